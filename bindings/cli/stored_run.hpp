// A run read back from its folder and graded again.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/keys/key_ring.hpp"
#include "reports/grader.hpp"
#include "reports/report.hpp"
#include "reports/waivers.hpp"
#include "scenarios/format/loader.hpp"

namespace ikevet::app {

/// The folder of one scenario of the run, graded by itself. Empty when the scenario was never come to.
struct GradedScenario {
  reports::ScenarioVerdict verdict;
  scenarios::Scenario scenario;
  std::optional<scenarios::ScenarioRun> run;  ///< empty for one that was not played
};

/// Grades from the files in `folder`. A scenario that was not played (its device lacks something, or the run was broken
/// off) has no record to grade; the verdict that says so is taken as it stands. Throws FileError, CaptureError,
/// KeyFileError and FormatError.
GradedScenario grade_stored(const std::filesystem::path& folder, const std::string& id,
                            const scenarios::Library& library, const keys::KeyRing& ring);

/// Whose failures are waived: those that the target file knows, and those of a file of waivers.
struct Waived {
  std::vector<scenarios::KnownDeviation> known_deviations;
  std::vector<scenarios::Waiver> waivers;
};

/// Everything of the run, graded from its evidence alone. RunInfo::files has the evidence, as the reports show it.
/// `more_keys` are added to those that lie in the run. `waivers` stands for the file of waivers that the run has.
reports::RunReport regrade(const std::filesystem::path& run_dir, const scenarios::Library& library,
                           const std::vector<std::filesystem::path>& more_keys = {},
                           const std::optional<std::filesystem::path>& waivers = {});

/// Verdicts of single scenarios, joined: controls, waivers, the day of the run.
reports::Verdicts join(const reports::RunInfo& info, const std::vector<GradedScenario>& graded, const Waived& waived,
                       const scenarios::Catalogue& catalogue);
/// What each waiver did in a run that was joined with them.
std::vector<reports::WaiverAccount> account(const reports::RunReport& report, const Waived& waived);

/// The run had its keys left out (--no-keys), so that its evidence alone does not give its verdicts.
bool lacks_keys(const std::filesystem::path& run_dir, const reports::RunInfo& info);

/// The target file without its credentials, which have no place among the evidence; and what of it counts for grading.
void store_target(const std::filesystem::path& run_dir, const scenarios::Target& target);
std::vector<scenarios::KnownDeviation> stored_deviations(const std::filesystem::path& run_dir);
std::vector<std::string> stored_capabilities(const std::filesystem::path& run_dir);

/// The waivers of a run: those of its target, and of the file that it was graded with unless another is given.
Waived stored_waivers(const std::filesystem::path& run_dir, const scenarios::Catalogue& catalogue,
                      const std::optional<std::filesystem::path>& file = {});
/// The text of a file of waivers, kept in the run so that it is graded with them again. None takes an earlier one away.
void store_waivers(const std::filesystem::path& run_dir, const std::optional<std::string>& text);

}  // namespace ikevet::app
