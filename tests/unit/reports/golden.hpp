// Comparing with a file of tests/unit/reports/golden. IKEVET_UPDATE_GOLDEN=1 in the environment writes them anew: read
// the difference before committing it.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "reports/files.hpp"
#include "tests/support/paths.hpp"

namespace ikevet::test {

inline void check_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path file = test::source_dir() / "tests/unit/reports/golden" / name;
  if (std::getenv("IKEVET_UPDATE_GOLDEN") != nullptr) reports::write_file(file, text);
  INFO("expected: " << file.string() << "; IKEVET_UPDATE_GOLDEN=1 writes it anew");
  CHECK(reports::read_file(file) == text);
}

}  // namespace ikevet::test
