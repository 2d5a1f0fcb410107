// Expected results of a target: what a run is compared with, so that a change of verdict is noticed in either
// direction.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reports/verdict.hpp"

namespace ikevet::reports {

/// The status of each scenario and of each requirement that a run touched. Requirements that were not run are left out:
/// an extended catalogue changes nothing.
struct Baseline {
  std::string target;
  std::map<std::string, Status> scenarios;
  std::map<std::string, Status> requirements;
  friend bool operator==(const Baseline&, const Baseline&) = default;
};

Baseline baseline_of(const Verdicts& verdicts, std::string target);

std::string to_json_text(const Baseline& baseline);
/// A file written by to_json_text, or a report.json, whose verdicts are then the expected ones. Throws FileError.
Baseline baseline_from_json(std::string_view text, const std::string& file);
void write_baseline(const std::filesystem::path& file, const Baseline& baseline);
Baseline read_baseline(const std::filesystem::path& file);

struct Change {
  enum class Kind {
    Regression,      ///< passed before, does not now
    UnexpectedPass,  ///< did not pass before, does now: the baseline wants an update
    Changed,         ///< another way of not passing
    New,             ///< the baseline does not have it
    Missing,         ///< the baseline has it, this run does not
  };
  Kind kind{};
  std::string id;
  bool is_scenario{};
  std::string before, after;  ///< statuses; empty where there is none
  /// "regression: scenario rfc7296/2.05-.../x: pass -> fail".
  std::string text() const;
  friend bool operator==(const Change&, const Change&) = default;
};
std::string_view name(Change::Kind);

/// What differs, regressions first. Missing entries count only where `whole_run`: a selection of scenarios is expected
/// to lack the others.
std::vector<Change> compare(const Baseline& expected, const Verdicts& actual, bool whole_run);

inline constexpr int kDiffersFromBaseline = 7;  ///< design.md: exit code of a run with at least one change

}  // namespace ikevet::reports
