// A file that a member of a JSON file names.
#pragma once

#include <string>

namespace ikevet::scenarios {

/// Relative to the JSON file. It is read when an engine is set up, not before: a stored run can be graded without it.
struct FileReference {
  std::string path;   ///< as it can be opened
  std::string place;  ///< "scenario.json: /config/auth/certificate"
  friend bool operator==(const FileReference&, const FileReference&) = default;
};

}  // namespace ikevet::scenarios
