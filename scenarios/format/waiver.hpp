// Failures that somebody answers for until a date, from a file of the user's.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "scenarios/format/requirement.hpp"

namespace ikevet::scenarios {

/// One entry. At least one of `scenario` and `requirement` is there; an empty one stands for any.
struct Waiver {
  std::string scenario;
  std::string requirement;
  std::string reason;
  std::string owner;
  std::string expires;  ///< "2027-01-31", the last day on which it holds
  friend bool operator==(const Waiver&, const Waiver&) = default;
};

/// Throws FormatError with all that is wrong: form, and requirements that `catalogue` does not know unless that is
/// empty. Scenarios are not looked up, since a run may have some that are no part of the suite: one that matches
/// nothing is said by the report.
std::vector<Waiver> load_waivers(const std::filesystem::path& file, const Catalogue& catalogue = {});

}  // namespace ikevet::scenarios
