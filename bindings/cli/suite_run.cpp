#include "bindings/cli/suite_run.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "bindings/cli/analyses.hpp"
#include "bindings/cli/evidence.hpp"
#include "bindings/cli/interruption.hpp"
#include "bindings/cli/player.hpp"
#include "bindings/cli/run_dir.hpp"
#include "bindings/cli/run_hooks.hpp"
#include "bindings/cli/stored_run.hpp"
#include "bindings/cli/user_error.hpp"
#include "bindings/cli/version.hpp"
#include "engine/base/random.hpp"
#include "reports/files.hpp"
#include "reports/grader.hpp"
#include "reports/reasons.hpp"
#include "reports/run_record.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/selector.hpp"
#include "scenarios/runner/peer_setup.hpp"

namespace ikevet::app {
namespace fs = std::filesystem;
namespace reasons = reports::reasons;

using reports::ScenarioVerdict;
using reports::Status;
using scenarios::Scenario;
using scenarios::Target;
using scenarios::TargetKind;

namespace {

constexpr std::string_view kTriggerNeed = "trigger:";

// --------------------------------------------------------------------------------------------------------------- plan

bool is_scenario_file(const std::string& word) { return word.ends_with(".json"); }

/// What the user chose: scenarios of the suite, then those from files.
std::vector<Scenario> chosen(const RunRequest& request, const scenarios::Library& library) {
  std::vector<std::string> selectors;
  std::vector<Scenario> out, from_files;
  for (const std::string& word : request.select) {
    if (is_scenario_file(word)) {
      for (Scenario& scenario : scenarios::load_scenarios(word, library.catalogue, library.suite))
        from_files.push_back(std::move(scenario));
    } else {
      selectors.push_back(word);
    }
  }
  if (from_files.empty() || !selectors.empty())
    for (const Scenario* scenario : scenarios::select(library, selectors)) out.push_back(*scenario);
  out.insert(out.end(), from_files.begin(), from_files.end());
  return out;
}

/// Each control before the first scenario that needs it; nothing twice.
std::vector<Scenario> with_controls(const std::vector<Scenario>& scenarios, const scenarios::Library& library) {
  std::vector<Scenario> out;
  const auto add = [&](const Scenario& scenario) {
    if (std::ranges::find(out, scenario.id, &Scenario::id) == out.end()) out.push_back(scenario);
  };
  for (const Scenario& scenario : scenarios) {
    if (const Scenario* control = library.find(scenario.control)) add(*control);
    add(scenario);
  }
  return out;
}

std::uint64_t choose_seed(const RunRequest& request, const Target& target) {
  if (request.seed) return *request.seed;
  // Small enough to be typed again.
  return target.kind == TargetKind::Embedded ? 1 : OsRandom().u32();
}

// ---------------------------------------------------------------------------------------------------------------- run

std::string iso_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

reports::RunInfo first_info(const RunPlan& plan) {
  reports::RunInfo info;
  info.ikevet_version = version();
  info.libraries = library_versions();
  info.target = plan.request.target;
  info.target_title = plan.target.title;
  if (plan.deviation) info.target_title += fmt::format("; deviates: {} {}", plan.deviation->id, plan.deviation->title);
  if (plan.target.kind != TargetKind::Embedded) info.dut_address = plan.target.dut_address.text();
  info.selection = plan.request.select;
  info.seed = plan.seed;
  info.started = iso_now();
  info.out_dir = plan.run_dir.string();
  info.strict = plan.request.strict;
  info.partial = true;  // until it is complete
  for (const Scenario& scenario : plan.scenarios) info.scenarios.push_back(scenario.id);
  return info;
}

bool was_interrupted(const GradedScenario& one) {
  return one.run ? one.run->interrupted : one.verdict.reason == reasons::kInterrupted;
}

/// Gives the scenarios' results in order, whatever number of threads work on them.
class Pool {
 public:
  Pool(Player& player, std::size_t count, unsigned jobs) : player_(player), results_(count) {
    for (unsigned i = 0; jobs > 1 && i < jobs; ++i) threads_.emplace_back([this] { work(); });
  }
  ~Pool() {
    next_ = results_.size();  // after an exception: no new scenario
    for (std::thread& thread : threads_) thread.join();
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  GradedScenario take(std::size_t index) {
    return threads_.empty() ? player_.run(index) : results_[index].get_future().get();
  }

 private:
  void work() {
    for (std::size_t index = next_++; index < results_.size(); index = next_++) try {
        results_[index].set_value(player_.run(index));
      } catch (...) {
        results_[index].set_exception(std::current_exception());
      }
  }

  Player& player_;
  std::vector<std::promise<GradedScenario>> results_;
  std::atomic<std::size_t> next_{0};
  std::vector<std::thread> threads_;
};

/// As the report will show it: with its control, which was played before, and with waivers.
ScenarioVerdict in_context(const RunPlan& plan, const reports::RunInfo& info,
                           const std::vector<GradedScenario>& so_far) {
  std::vector<GradedScenario> few;
  for (const GradedScenario& one : so_far)
    if (one.scenario.id == so_far.back().scenario.control) few.push_back({one.verdict, one.scenario, std::nullopt});
  few.push_back({so_far.back().verdict, so_far.back().scenario, std::nullopt});
  return join(info, few, {plan.target.known_deviations, plan.waivers}, {}).scenarios.back();
}

/// Whether playing it again can tell more: what failed for good fails again, what depends on chance does not.
bool worth_playing_again(const GradedScenario& one) {
  if (!one.run || one.run->interrupted) return false;
  return one.verdict.status == Status::Fail || one.verdict.status == Status::Inconclusive;
}

unsigned reruns_of(const RunPlan& plan) {
  // The built-in device does the same again.
  return plan.request.reruns.value_or(plan.target.kind == TargetKind::Live ? 1U : 0U);
}

std::vector<GradedScenario> play_all(const RunPlan& plan, reports::RunInfo& info, RunObserver& observer,
                                     RunHooks* hooks, RunTiming& timing) {
  const auto began = std::chrono::steady_clock::now();
  Player player(plan, observer, hooks);
  std::vector<GradedScenario> out;
  std::vector<std::size_t> again;
  {
    Pool pool(player, plan.scenarios.size(), jobs_of(plan, hooks));
    for (std::size_t i = 0; i < plan.scenarios.size(); ++i) {
      observer.started(i, plan.scenarios[i]);
      out.push_back(pool.take(i));
      if (worth_playing_again(out.back())) again.push_back(i);
      observer.finished(i, plan.scenarios[i], in_context(plan, info, out));
    }
  }
  for (unsigned time = 1; time <= reruns_of(plan); ++time)
    for (const std::size_t i : again) {
      if (Interruption::requested()) break;
      const Status before = out[i].verdict.status;
      info.scenarios.push_back(again_id(plan.scenarios[i].id, time));
      out.push_back(player.run(i, time));
      if (out.back().verdict.status != before)
        observer.note(fmt::format("{} is unstable: {} before, {} when it was played again", plan.scenarios[i].id,
                                  reports::name(before), reports::name(out.back().verdict.status)));
    }
  timing = player.timing();
  timing.wall = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - began);
  return out;
}

std::vector<scenarios::ClaimFinding> contradicted_claims(const Target& target,
                                                         const std::vector<GradedScenario>& graded) {
  std::vector<scenarios::ClaimEvidence> evidence;
  for (const GradedScenario& one : graded)
    if (one.run)
      for (scenarios::ClaimEvidence& each : scenarios::claim_evidence(one.run->trace, one.scenario.id))
        evidence.push_back(std::move(each));
  return scenarios::compare_claims(target.capabilities, evidence);
}

void write_claims(const fs::path& file, const std::vector<scenarios::ClaimFinding>& claims) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const scenarios::ClaimFinding& claim : claims)
    rows.push_back({{"capability", claim.capability},
                    {"finding", claim.claimed ? "claimed-but-refused" : "unclaimed-but-accepted"},
                    {"evidence", claim.evidence.how},
                    {"scenario", claim.evidence.scenario},
                    {"frame", claim.evidence.frame}});
  reports::write_file(file, rows.dump(2) + "\n");
}

/// The final verdicts beside the evidence, and in the captures.
void store_verdicts(const fs::path& run_dir, const reports::RunReport& report) {
  for (const ScenarioVerdict& verdict : report.verdicts.scenarios) {
    reports::write_verdict(run_dir / verdict.scenario / kVerdictFile, verdict);
    if (reports::find_run(report, verdict.scenario) != nullptr) annotate_capture(run_dir / verdict.scenario, verdict);
  }
}

}  // namespace

Duration RunPlan::estimated() const {
  Duration out{};
  for (const Scenario& scenario : scenarios) out += scenarios::scale(scenario.estimated, request.timeout_scale);
  return out;
}

std::string missing_need(const Scenario& scenario, const Target& target) {
  std::vector<std::string> missing;
  for (const std::string& need : scenario.needs) {
    const bool is_trigger = need.starts_with(kTriggerNeed);
    const bool there = is_trigger ? target.triggers.contains(need.substr(kTriggerNeed.size())) : target.claims(need);
    if (!there) missing.push_back(need);
  }
  if (missing.empty()) return "";
  return fmt::format("the target {} does not have {}", target.name, fmt::join(missing, ", "));
}

RunPlan plan_run(const RunRequest& request) {
  return plan_run(request, scenarios::load_library(scenarios::find_data_dir()));
}

RunPlan plan_run(const RunRequest& request, scenarios::Library library) {
  RunPlan plan;
  plan.request = request;
  plan.library = std::move(library);
  const fs::path& data_dir = plan.library.folder;
  const std::vector<Scenario> selected = chosen(request, plan.library);
  if (selected.empty())
    throw UserError(ExitCode::NothingSelected, fmt::format("nothing is selected by {}", fmt::join(request.select, " ")),
                    "`ikevet list` shows what there is");
  for (const Scenario& scenario : selected)
    if (!stays_below(scenario.id))
      throw UserError(ExitCode::Usage,
                      fmt::format("{}: the id \"{}\" leads out of the run's folder", scenario.file, scenario.id),
                      "take the \"..\" out of it");
  plan.selected = selected.size();
  plan.scenarios = with_controls(selected, plan.library);
  plan.target = scenarios::find_target(request.target, data_dir, plan.library.catalogue);
  if (!request.deviation.empty()) {
    if (plan.target.kind != TargetKind::Embedded)
      throw UserError(ExitCode::Usage, fmt::format("the target {} cannot deviate", plan.target.name),
                      "take the target embedded, or start `ikevet serve --deviation` as the device");
    const auto all = scenarios::load_deviations(data_dir / "deviations", plan.library.catalogue);
    plan.deviation = scenarios::find_deviation(all, request.deviation);
  }
  // Values that cannot be used are told before anything is sent.
  for (const Scenario& scenario : plan.scenarios) scenarios::harness_config(plan.target, scenario.config);
  if (request.baseline) plan.baseline = reports::read_baseline(*request.baseline);
  if (request.waivers) {
    plan.waivers = scenarios::load_waivers(*request.waivers, plan.library.catalogue);
    plan.waivers_text = reports::read_file(*request.waivers);
  }
  plan.run_dir = choose_run_dir(request.out, plan.target.name);
  plan.seed = choose_seed(request, plan.target);
  return plan;
}

ExitCode exit_code_of(const reports::RunReport& report, const std::vector<reports::Change>& changes) {
  const auto code = static_cast<ExitCode>(reports::exit_code(report.verdicts, report.catalogue, report.info.strict));
  // Where the harness or the way to the device failed, a difference says nothing.
  if (code == ExitCode::HarnessError || code == ExitCode::Unreachable) return code;
  if (!changes.empty()) return ExitCode::Differs;
  const bool proves_too_little = code == ExitCode::Pass || code == ExitCode::NothingSelected;
  return report.info.partial && proves_too_little ? ExitCode::Inconclusive : code;
}

RunResult run_suite(const RunPlan& plan, RunObserver& observer, RunHooks* hooks) {
  RunResult out;
  out.run_dir = plan.run_dir;
  reports::RunInfo info = first_info(plan);
  try_sockets(plan);
  if (plan.request.jobs > jobs_of(plan, hooks))
    observer.note(
        plan.target.kind == TargetKind::Live
            ? fmt::format("{} scenarios at a time: that is the concurrency of the target", jobs_of(plan, hooks))
            : "one scenario at a time: --jobs is for the embedded target and for live ones");
  prepare_run_dir(plan.run_dir);
  reports::write_run_info(plan.run_dir / kRunFile, info);
  store_target(plan.run_dir, plan.target);
  store_waivers(plan.run_dir, plan.waivers_text);

  std::vector<GradedScenario> graded = play_all(plan, info, observer, hooks, out.timing);
  info.partial = std::ranges::any_of(graded, was_interrupted);
  info.finished = iso_now();

  out.report.info = info;
  out.report.catalogue = plan.library.catalogue;
  out.report.claimed = plan.target.capabilities;
  out.report.verdicts = join(info, graded, {plan.target.known_deviations, plan.waivers}, plan.library.catalogue);
  out.waivers = account(out.report, {plan.target.known_deviations, plan.waivers});
  out.claims = contradicted_claims(plan.target, graded);
  write_claims(plan.run_dir / kClaimsFile, out.claims);
  write_timing(plan.run_dir / kTimingFile, out.timing);
  graded.resize(plan.scenarios.size());  // those that were played again have been joined
  for (GradedScenario& one : graded) {
    if (one.run) {
      out.report.played.push_back({std::move(one.scenario), std::move(*one.run)});
    } else {
      out.report.others.push_back(std::move(one.scenario));
    }
  }
  store_verdicts(plan.run_dir, out.report);
  out.report.info.files = digests(plan.run_dir, info);
  write_reports(plan.run_dir, out.report, Analyses(out.report, plan.library, out.waivers), report_formats());
  info.files = digests(plan.run_dir, info);
  reports::write_run_info(plan.run_dir / kRunFile, info);

  const bool whole_run = plan.request.select.empty() && !info.partial;
  if (plan.baseline) out.changes = reports::compare(*plan.baseline, out.report.verdicts, whole_run);
  out.exit_code = exit_code_of(out.report, out.changes);
  return out;
}

}  // namespace ikevet::app
