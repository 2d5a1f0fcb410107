// What differs between two graded runs, e.g. of two firmware versions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.hpp"

namespace ikevet::reports {

/// One side of the comparison.
struct DiffSide {
  std::string label;  ///< as the user named it
  RunInfo info;       ///< of a baseline file: only the target
  Verdicts verdicts;
  bool has_evidence = true;  ///< a baseline file has statuses alone
};

struct Difference {
  enum class Kind {
    NewFail,   ///< fails, and did not
    Lost,      ///< passed, and is now neither passed nor failed
    Mended,    ///< failed, and passes
    Gained,    ///< passes, and was neither passed nor failed
    Changed,   ///< another way of not passing
    New,       ///< only the second run has it
    Gone,      ///< only the first run has it
    Evidence,  ///< the same verdict for another reason, or from other evidence
  };
  Kind kind{};
  bool is_scenario{};
  std::string id;
  std::string citation;                 ///< of a requirement: "RFC 7296 §2.5, MUST"
  std::string before, after;            ///< statuses; empty where there is none
  std::string said_before, said_after;  ///< what was seen
  std::vector<std::size_t> frames_before, frames_after;
  std::string scenario_before, scenario_after;  ///< in whose captures those frames are
};
inline constexpr std::size_t kDifferenceKinds = 8;
std::string_view name(Difference::Kind);   ///< "new-fail", "lost", ...
std::string_view title(Difference::Kind);  ///< "New failures", ...

struct RunDiff {
  DiffSide before, after;
  std::vector<Difference> differences;  ///< by kind, scenarios first, then by id
  std::size_t same{};                   ///< scenarios and requirements with the same verdict from the same evidence
  std::vector<std::string> conditions;  ///< what was not the same about the runs themselves, a sentence each

  std::size_t count(Difference::Kind kind) const;
  /// A verdict differs; changed evidence alone is no such difference.
  bool verdicts_differ() const;
  /// Something fails that did not, no longer passes, or is gone.
  bool worse() const;
};

/// Requirements that neither run touched are left out. Octets, times and frame numbers within what was seen differ
/// between any two runs and are no difference.
RunDiff diff(DiffSide before, DiffSide after, const scenarios::Catalogue& catalogue);

/// A run's report.json or a baseline file. Throws FileError.
DiffSide diff_side_from_json(std::string_view text, const std::string& file);

std::string diff_json(const RunDiff& diff);
/// For a pull request: counts, then a table for each kind. Changed evidence is folded away.
std::string diff_markdown(const RunDiff& diff);

}  // namespace ikevet::reports
