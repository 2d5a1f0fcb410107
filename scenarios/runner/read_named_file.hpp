// Files that a target or a scenario names, read where an engine is set up.
#pragma once

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string>

#include "engine/base/bytes.hpp"
#include "scenarios/format/file_reference.hpp"
#include "scenarios/runner/proposal_strings.hpp"

namespace ikevet::scenarios {

/// The octets of the file through `parse`: what is wrong, also what `parse` throws as std::invalid_argument, becomes a
/// SetupError with the place of the name, the file and a remedy.
template <class Parse>
auto read_named_file(const FileReference& file, Parse parse) {
  std::ifstream in(file.path, std::ios::binary);
  if (!in)
    throw SetupError(
        fmt::format("{}: {} cannot be opened; the path is relative to the JSON file", file.place, file.path));
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  try {
    return parse(as_bytes(text));
  } catch (const std::invalid_argument& error) {
    throw SetupError(fmt::format("{}: {}: {}", file.place, file.path, error.what()));
  }
}

}  // namespace ikevet::scenarios
