// A run from selection to reports. `ikevet run` and the Python package call the same functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bindings/cli/exit_code.hpp"
#include "bindings/cli/run_timing.hpp"
#include "reports/baseline.hpp"
#include "reports/report.hpp"
#include "reports/waivers.hpp"
#include "scenarios/format/deviation.hpp"
#include "scenarios/format/loader.hpp"
#include "scenarios/runner/claims.hpp"

namespace ikevet::app {

class RunHooks;  // run_hooks.hpp

/// What a user asks for.
struct RunRequest {
  /// Selectors (scenarios/format/selector.hpp), and files of scenarios: what ends in ".json" is one.
  std::vector<std::string> select;
  std::string target = "embedded";  ///< name or file
  std::optional<std::filesystem::path> out;
  /// Decides SPIs, nonces and keys. Empty: 1 for the embedded target, whose runs then are the same octets; for others a
  /// fresh one, since a real device may remember SPIs.
  std::optional<std::uint64_t> seed;
  bool strict{};             ///< a SHOULD counts like a MUST
  bool keys = true;          ///< write key files beside the captures
  double timeout_scale = 1;  ///< multiplies every time that is waited for the device
  unsigned jobs = 1;         ///< scenarios at a time; a live target takes as many as its `concurrency` says
  /// How often what failed or was inconclusive is played again; empty: once with a live target.
  std::optional<unsigned> reruns;
  std::string deviation;  ///< with the embedded target: what the device does wrong; an id of deviations/
  std::optional<std::filesystem::path> baseline;  ///< expected verdicts: a report.json or a baseline file
  std::optional<std::filesystem::path> waivers;   ///< failures that somebody answers for
};

/// A request with everything read and checked. Nothing has been written or sent yet.
struct RunPlan {
  RunRequest request;
  scenarios::Library library;
  scenarios::Target target;
  std::vector<scenarios::Scenario> scenarios;  ///< in the order they are played, controls before what needs them
  std::size_t selected{};                      ///< without the controls that were added
  std::filesystem::path run_dir;
  std::uint64_t seed{};
  std::optional<reports::Baseline> baseline;
  std::vector<scenarios::Waiver> waivers;
  std::optional<std::string> waivers_text;  ///< the file may lie in the folder that an earlier run is removed from
  std::optional<scenarios::Deviation> deviation;

  Duration estimated() const;
};

/// Throws FormatError, FileError, and UserError (nothing selected: exit 5).
RunPlan plan_run(const RunRequest& request);
/// The same for somebody who has read the library already.
RunPlan plan_run(const RunRequest& request, scenarios::Library library);

/// Why a scenario cannot be played with this target: a need that it does not claim; empty when it can.
std::string missing_need(const scenarios::Scenario& scenario, const scenarios::Target& target);

/// Hears what happens while it happens. Called from one thread at a time.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void started(std::size_t /*index*/, const scenarios::Scenario&) {}
  /// `verdict` already looks at the scenario's control and at waivers.
  virtual void finished(std::size_t /*index*/, const scenarios::Scenario&,
                        const reports::ScenarioVerdict& /*verdict*/) {}
  /// Something about the run that the user should know, e.g. why packets are not recorded.
  virtual void note(const std::string&) {}
};

struct RunResult {
  reports::RunReport report;
  std::filesystem::path run_dir;
  std::vector<reports::Change> changes;  ///< from the baseline
  std::vector<reports::WaiverAccount> waivers;
  std::vector<scenarios::ClaimFinding> claims;  ///< where the capabilities of the target file and the wire disagree
  RunTiming timing;
  ExitCode exit_code{};
};

/// Plays, writes the evidence, grades from what was written, writes the reports. An Interruption (Ctrl-C) ends it after
/// the scenario at hand; what has been played is graded and reported, marked partial. Throws UserError where this
/// machine does not let us at the device (exit 4), FileError where evidence cannot be written; what was written stays.
/// `hooks` may be null; with hooks, scenarios are played one at a time.
RunResult run_suite(const RunPlan& plan, RunObserver& observer, RunHooks* hooks = nullptr);

/// The exit code of a graded run: an interrupted one is never 0, since it proves less than was asked.
ExitCode exit_code_of(const reports::RunReport& report, const std::vector<reports::Change>& changes);

}  // namespace ikevet::app
