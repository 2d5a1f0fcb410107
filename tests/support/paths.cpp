#include "tests/support/paths.hpp"

namespace ikevet::test {

std::filesystem::path source_dir() { return IKEVET_SOURCE_DIR; }
std::filesystem::path shared_dir() { return source_dir().parent_path() / "shared"; }

}  // namespace ikevet::test
