// What a scenario can be suspected of though it loads: steps that nothing leads to, a failure that proves nothing, more
// demanded of a device than the RFC does.
//
// | rule          | says                                                                                              |
// |---------------|---------------------------------------------------------------------------------------------------|
// | `format`      | the file cannot be used: the loader's own problems, unknown requirements and controls among them |
// | `unreachable` | a step or an alternative that never comes to anything | | `control`     | an error or silence is
// expected, and no scenario shows that all is well when nothing is done wrong  | | `too-strong`  | what the RFC leaves
// to the device (MAY, SHOULD) is demanded of it                                   | | `untestable`  | a requirement is
// covered of which the catalogue says that the wire does not show it                 |
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/format/loader.hpp"

namespace ikevet::scenarios {

enum class LintRule { Format, Unreachable, Control, TooStrong, Untestable };
std::string_view name(LintRule);  ///< "format", "unreachable", ...

struct LintFinding {
  LintRule rule{};
  std::string scenario;  ///< id; empty for Format
  Problem problem;       ///< `file` and `pointer` are set; find_places() adds line and column
};

/// All rules but Format. `control` may be null: the scenario has none.
std::vector<LintFinding> lint(const Scenario& scenario, const Scenario* control, const Catalogue& catalogue);

/// The rule `unreachable` alone.
std::vector<LintFinding> lint_reach(const Scenario& scenario);

/// The same of many: what is found in several instances of one file is told of the first. With lines and columns.
std::vector<LintFinding> lint(const std::vector<const Scenario*>& scenarios, const Suite& suite,
                              const Catalogue& catalogue);

/// What is wrong with the files of a whole suite. Files that cannot be read are findings of the rule Format.
struct LintReport {
  std::size_t files{}, scenarios{};
  std::vector<LintFinding> findings;  ///< in the order of file and line
  bool unusable() const;              ///< there is a finding of the rule Format
};
/// The suite of a data folder, or only `files` (their controls are looked up in the suite).
LintReport lint_files(const std::filesystem::path& data_dir, const std::vector<std::filesystem::path>& files);

}  // namespace ikevet::scenarios
