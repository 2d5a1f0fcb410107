#include "reports/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/reasons.hpp"

namespace ikevet::reports {
namespace {

void count_place(Denominator& out, Place place) {
  ++out.total;
  switch (place) {
    case Place::Passed:
      ++out.passed;
      break;
    case Place::Failed:
      ++out.failed;
      break;
    case Place::Waived:
      ++out.waived;
      break;
    case Place::Unstable:
      ++out.unstable;
      break;
    case Place::Inconclusive:
      ++out.inconclusive;
      break;
    case Place::Unsupported:
      ++out.unsupported;
      break;
    case Place::NotRun:
      ++out.not_run;
      break;
    case Place::NotTestable:
      ++out.not_testable;
      break;
  }
  out.tested = out.passed + out.failed + out.waived + out.unstable;
}

std::string step_text(const RunReport& report, const Evidence& evidence) {
  const scenarios::Scenario* scenario = find_scenario(report, evidence.scenario);
  if (!evidence.step) return {};
  if (scenario == nullptr || *evidence.step >= scenario->steps.size())
    return fmt::format("step {}", *evidence.step + 1);
  return fmt::format("step {}: {}", *evidence.step + 1, scenarios::describe(scenario->steps[*evidence.step]));
}

Failure::Seen seen(const RunReport& report, const Evidence& evidence) {
  const scenarios::ScenarioRun* run = find_run(report, evidence.scenario);
  return {evidence.scenario, step_text(report, evidence),
          evidence.expected, evidence.actual,
          evidence.frames,   rerun_line(report.info, evidence.scenario, run == nullptr ? report.info.seed : run->seed)};
}

Failure failure_of(const RunReport& report, const RequirementVerdict& verdict) {
  Failure out;
  out.requirement = verdict.requirement;
  out.required = required(report.catalogue, verdict.requirement, report.info.strict);
  if (const auto found = report.catalogue.find(verdict.requirement); found != report.catalogue.end()) {
    out.level = scenarios::name(found->second.level);
    out.citation = found->second.citation();
    out.paraphrase = found->second.paraphrase;
  }
  for (const Evidence& evidence : verdict.evidence) out.seen.push_back(seen(report, evidence));
  return out;
}

/// A scenario that failed though none of its requirements did.
bool fails_alone(const ScenarioVerdict& scenario) {
  return scenario.status == Status::Fail &&
         std::ranges::none_of(scenario.requirements, [](const auto& r) { return r.status == Status::Fail; }) &&
         std::ranges::none_of(scenario.rules, [](const auto& r) { return r.status == Status::Fail; });
}

}  // namespace

std::string rerun_line(const RunInfo& info, std::string_view scenario, std::uint64_t seed) {
  std::string line = fmt::format("ikevet run {}", scenario);
  if (!info.target.empty()) line += " --target " + info.target;
  line += fmt::format(" --seed {} --out {}", seed, info.out_dir.empty() ? "out/again" : info.out_dir + "-again");
  return line;
}

const scenarios::Scenario* find_scenario(const RunReport& report, std::string_view id) {
  for (const PlayedScenario& played : report.played)
    if (played.scenario.id == id) return &played.scenario;
  for (const scenarios::Scenario& other : report.others)
    if (other.id == id) return &other;
  return nullptr;
}

const scenarios::ScenarioRun* find_run(const RunReport& report, std::string_view id) {
  for (const PlayedScenario& played : report.played)
    if (played.scenario.id == id) return &played.run;
  return nullptr;
}

Tally tally(const std::vector<ScenarioVerdict>& scenarios) {
  Tally out{};
  for (const ScenarioVerdict& scenario : scenarios) ++out[static_cast<std::size_t>(scenario.status)];
  return out;
}

Place place_of(const RequirementVerdict& verdict) {
  switch (verdict.status) {
    case Status::Pass:
    case Status::PassLenient:
      return Place::Passed;
    case Status::Fail:
      return Place::Failed;
    case Status::Waived:
      return Place::Waived;
    case Status::Unstable:
      return Place::Unstable;
    case Status::Unsupported:
      return Place::Unsupported;
    case Status::NotApplicable:
      return Place::NotTestable;
    case Status::Inconclusive:
    case Status::Error:
      break;
  }
  return verdict.reason == reasons::kNotRun ? Place::NotRun : Place::Inconclusive;
}

std::string_view name(Place place) {
  switch (place) {
    case Place::Passed:
      return "passed";
    case Place::Failed:
      return "failed";
    case Place::Waived:
      return "waived";
    case Place::Unstable:
      return "unstable";
    case Place::Inconclusive:
      return "inconclusive";
    case Place::Unsupported:
      return "unsupported";
    case Place::NotRun:
      return "not run";
    case Place::NotTestable:
      return "not testable";
  }
  return "unknown";
}

Denominator denominator(const Verdicts& verdicts) {
  Denominator out;
  for (const auto& [id, verdict] : verdicts.requirements) count_place(out, place_of(verdict));
  return out;
}

Denominator denominator(const Verdicts& verdicts, const scenarios::Catalogue& catalogue, int rfc) {
  Denominator out;
  for (const auto& [id, verdict] : verdicts.requirements) {
    const auto found = catalogue.find(id);
    if ((found == catalogue.end() ? 0 : found->second.rfc) == rfc) count_place(out, place_of(verdict));
  }
  return out;
}

std::vector<Failure> failures(const RunReport& report) {
  std::vector<Failure> out;
  for (const auto& [id, verdict] : report.verdicts.requirements)
    if (verdict.status == Status::Fail) out.push_back(failure_of(report, verdict));
  for (const ScenarioVerdict& scenario : report.verdicts.scenarios) {
    if (!fails_alone(scenario)) continue;
    Failure failure;
    failure.requirement = scenario.scenario;
    failure.required = true;
    failure.seen.push_back(seen(report, {scenario.scenario, std::nullopt, {}, {}, scenario.detail}));
    out.push_back(std::move(failure));
  }
  std::ranges::stable_sort(out, [](const Failure& a, const Failure& b) { return a.required && !b.required; });
  return out;
}

std::string headline(const RunReport& report) {
  const Denominator d = denominator(report.verdicts);
  const std::vector<Failure> all = failures(report);
  const auto broken = static_cast<std::size_t>(std::ranges::count_if(all, &Failure::required));
  if (report.verdicts.scenarios.empty()) return "Nothing was run";
  if (broken > 0)
    return fmt::format("{} of {} tested requirements {} broken", broken, d.tested, broken == 1 ? "is" : "are");
  if (d.tested == 0) return "Nothing could be concluded";
  std::string text = fmt::format("{} of {} tested requirements hold", d.passed, d.tested);
  if (d.passed == d.tested) text = fmt::format("All {} tested requirements hold", d.tested);
  if (!all.empty())
    text +=
        fmt::format(", {} {} not followed", all.size(), all.size() == 1 ? "recommendation is" : "recommendations are");
  if (d.waived > 0) text += fmt::format(", {} known {}", d.waived, d.waived == 1 ? "deviation" : "deviations");
  return text;
}

}  // namespace ikevet::reports
