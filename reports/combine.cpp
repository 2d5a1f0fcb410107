// Joining the verdicts of one run.
#include <fmt/format.h>

#include <algorithm>

#include "reports/grader.hpp"
#include "reports/reasons.hpp"
#include "reports/waivers.hpp"

namespace ikevet::reports {

using scenarios::Catalogue;

namespace {

/// Of several runs of one scenario the first stands for all when they agree; Unstable otherwise.
std::vector<ScenarioVerdict> merge_repetitions(std::vector<ScenarioVerdict> all) {
  std::vector<ScenarioVerdict> out;
  for (ScenarioVerdict& next : all) {
    const auto known = std::ranges::find(out, next.scenario, &ScenarioVerdict::scenario);
    if (known == out.end()) {
      out.push_back(std::move(next));
      continue;
    }
    if (known->status == next.status) continue;
    if (known->status != Status::Unstable)
      known->detail = fmt::format("first {}, then {}", name(known->status), name(next.status));
    known->status = Status::Unstable;
    known->reason = reasons::kDiffersBetweenRuns;
    for (RequirementVerdict& requirement : known->requirements) {
      const auto again =
          std::ranges::find(next.requirements, requirement.requirement, &RequirementVerdict::requirement);
      if (again == next.requirements.end() || again->status == requirement.status) continue;
      requirement.detail = fmt::format("first {}, then {}", name(requirement.status), name(again->status));
      requirement.status = Status::Unstable;
      requirement.reason = reasons::kDiffersBetweenRuns;
    }
  }
  return out;
}

bool passed(Status status) { return status == Status::Pass || status == Status::PassLenient; }

void make_inconclusive(ScenarioVerdict& verdict, std::string_view reason, const std::string& detail) {
  verdict.status = Status::Inconclusive;
  verdict.reason = reason;
  verdict.detail = detail;
  for (RequirementVerdict& requirement : verdict.requirements) {
    requirement.status = Status::Inconclusive;
    requirement.reason = reason;
    requirement.detail = detail;
    requirement.evidence.clear();
  }
}

/// A provocation proves something only where the same exchange without it went well in the same run.
void apply_controls(std::vector<ScenarioVerdict>& all, const RunContext& context) {
  std::map<std::string, Status, std::less<>> status;
  for (const ScenarioVerdict& verdict : all) status.emplace(verdict.scenario, verdict.status);
  for (ScenarioVerdict& verdict : all) {
    const auto control = context.controls.find(verdict.scenario);
    if (control == context.controls.end() || control->second.empty()) continue;
    const bool concluded = passed(verdict.status) || verdict.status == Status::Fail;
    if (!concluded) continue;  // what it says of itself is more to the point
    const auto played = status.find(control->second);
    if (played == status.end())
      make_inconclusive(verdict, reasons::kControlNotRun, "the control " + control->second + " was not run");
    else if (!passed(played->second))
      make_inconclusive(verdict, reasons::kControlFailed,
                        fmt::format("the control {} ended as {}", control->second, name(played->second)));
  }
}

/// Which of two verdicts on one requirement stands for both: a failure is one wherever it was seen, a pass outweighs
/// places where nothing could be seen.
int weight(Status status) {
  switch (status) {
    case Status::Fail:
      return 9;
    case Status::Waived:
      return 8;
    case Status::Unstable:
      return 7;
    case Status::PassLenient:
      return 6;
    case Status::Pass:
      return 5;
    case Status::Error:
      return 4;
    case Status::Inconclusive:
      return 3;
    case Status::Unsupported:
      return 2;
    case Status::NotApplicable:
      return 1;
  }
  return 0;
}

constexpr std::size_t kEvidenceKept =
    20;  ///< of each requirement over all scenarios; the rest stands with the scenarios

void fold(RequirementVerdict& into, const RequirementVerdict& from) {
  if (weight(from.status) > weight(into.status)) {
    into = from;
  } else if (from.status == into.status) {
    for (const Evidence& evidence : from.evidence)
      if (into.evidence.size() < kEvidenceKept) into.evidence.push_back(evidence);
  }
}

RequirementVerdict untouched(const scenarios::Requirement& requirement) {
  RequirementVerdict out;
  out.requirement = requirement.id;
  const bool seen_from_outside = requirement.testability == scenarios::Testability::Wire ||
                                 requirement.testability == scenarios::Testability::NeedsTrigger;
  out.status = seen_from_outside ? Status::Inconclusive : Status::NotApplicable;
  out.reason = seen_from_outside ? reasons::kNotRun : reasons::kNotTestable;
  out.detail = requirement.why_not;
  return out;
}

}  // namespace

std::map<std::string, std::string, std::less<>> controls_of(std::span<const scenarios::Scenario> scenarios) {
  std::map<std::string, std::string, std::less<>> out;
  for (const scenarios::Scenario& scenario : scenarios)
    if (!scenario.control.empty()) out.emplace(scenario.id, scenario.control);
  return out;
}

Verdicts combine(std::vector<ScenarioVerdict> scenarios, const Catalogue& catalogue, const RunContext& context) {
  return combine(std::move(scenarios), catalogue, context, {});
}

Verdicts combine(std::vector<ScenarioVerdict> scenarios, const Catalogue& catalogue, const RunContext& context,
                 std::span<const scenarios::Waiver> waivers) {
  Verdicts out;
  out.partial = context.partial;
  out.scenarios = merge_repetitions(std::move(scenarios));
  apply_controls(out.scenarios, context);
  apply_waivers(out.scenarios, context, waivers);

  for (const ScenarioVerdict& scenario : out.scenarios)
    for (const auto* list : {&scenario.requirements, &scenario.rules})
      for (const RequirementVerdict& verdict : *list) {
        const auto [place, is_new] = out.requirements.emplace(verdict.requirement, verdict);
        if (!is_new) fold(place->second, verdict);
      }
  for (const auto& [id, requirement] : catalogue) out.requirements.emplace(id, untouched(requirement));
  return out;
}

}  // namespace ikevet::reports
