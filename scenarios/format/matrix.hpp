// Many scenarios from one file: a template, and axes whose values are put into it.
//
//     "matrix": {
//       "payload": [{"id": "sa", "name": "SA"}, {"id": "nonce", "name": "Nonce"}],
//       "fault": {"from": "../../../axes/list-faults.json"}
//     },
//     "exclude": [{"payload": "nonce", "fault": "twice"}],
//     "overrides": [{"when": {"payload": "sa"}, "merge": {"covers": ["rfc7296-..."]}}],
//
// Every combination of one value of each axis is an instance with an id of its own: that of the file, then the ids of
// its values in the order of the axes' names' appearance. A value is a word, a number, or an object with an `id`.
//
// In the rest of the file "${payload.name}" stands for a member of the instance's value, "${payload}" for its id. A
// string that is nothing but one such reference is replaced by the value itself, of whatever type; as an item of an
// array, a value that is an array gives all its items. "${fault.mutate?}" may be missing: then what it is the value of
// is left out.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ikevet::scenarios {

/// One combination.
struct MatrixInstance {
  std::string name;             ///< "sa/missing": what its id has behind that of the file
  nlohmann::ordered_json json;  ///< a scenario without `matrix`, `exclude` and `overrides`
};

/// More instances than this from one file are a mistake of the author's.
inline constexpr std::size_t kMostInstances = 2000;

/// Tells what is wrong: JSON pointer into the file, what, remedy.
using MatrixComplaint = std::function<void(std::string pointer, std::string what, std::string remedy)>;

/// The instances of a file that has a `matrix`, whose form is described by the schema "matrix". `folder` is where the
/// file stands, for axes that are kept in files of their own.
std::vector<MatrixInstance> expand_matrix(const nlohmann::ordered_json& root, const std::filesystem::path& folder,
                                          const MatrixComplaint& complain);

}  // namespace ikevet::scenarios
