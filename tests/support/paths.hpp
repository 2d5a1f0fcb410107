// Where tests find what lies in the tree and beside it.
#pragma once

#include <filesystem>

namespace ikevet::test {

/// The top of the source tree.
std::filesystem::path source_dir();
/// ../shared, which only developers have: tests that use it skip with a reason when it is absent.
std::filesystem::path shared_dir();

}  // namespace ikevet::test
