// JSON to text and back, for files that people and other programs read.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "reports/files.hpp"

namespace ikevet::reports {

/// On one line, or indented. Octets of a peer that are no UTF-8 become U+FFFD instead of stopping the report.
inline std::string to_text(const nlohmann::ordered_json& json, int indent = -1) {
  return json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

/// `read(json)` of a file's text; whatever is wrong with it becomes a FileError that names the file.
template <class Read>
auto parse_file(std::string_view text, const std::string& file, Read read) {
  try {
    return read(nlohmann::ordered_json::parse(text));
  } catch (const FileError& fault) {
    throw FileError(file + ": " + fault.what());
  } catch (const nlohmann::json::exception& fault) {
    throw FileError(file + ": " + fault.what());
  }
}

}  // namespace ikevet::reports
