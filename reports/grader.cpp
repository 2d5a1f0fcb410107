#include "reports/grader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "reports/reasons.hpp"
#include "reports/rules.hpp"
#include "reports/step_judge.hpp"
#include "reports/trace_view.hpp"

namespace ikevet::reports {

using scenarios::Catalogue;
using scenarios::Scenario;
using scenarios::ScenarioRun;

namespace {

std::vector<std::string> requirements_of(const Scenario& scenario, const std::vector<StepVerdict>& steps) {
  std::vector<std::string> out = scenario.covers;
  for (const StepVerdict& step : steps)
    if (!step.requirement.empty() && std::ranges::find(out, step.requirement) == out.end())
      out.push_back(step.requirement);
  return out;
}

bool proves(const StepVerdict& step, const std::string& requirement, bool has_own_steps) {
  if (!step.requirement.empty()) return step.requirement == requirement;
  // A step that names no requirement speaks of all that the scenario covers. Where a requirement has steps of its own
  // the others only prepare for them: holding proves nothing more, failing still breaks it.
  return !has_own_steps || step.status == Status::Fail;
}

/// What the steps say of one requirement: a failure before anything else, then what kept it from being seen.
RequirementVerdict judge_requirement(const std::string& requirement, const std::vector<StepVerdict>& steps) {
  RequirementVerdict out;
  out.requirement = requirement;
  const bool own = std::ranges::any_of(steps, [&](const StepVerdict& s) { return s.requirement == requirement; });
  const StepVerdict* obstacle = nullptr;  // the first step that ended neither well nor badly
  bool lenient = false, held = false;
  for (const StepVerdict& step : steps) {
    if (!step.held() && step.status != Status::Fail && obstacle == nullptr && step.reached) obstacle = &step;
    if (!proves(step, requirement, own)) continue;
    if (step.status == Status::Fail) {
      out.status = Status::Fail;
      out.evidence.push_back(step.evidence);
    }
    if (!step.held() && obstacle == nullptr) obstacle = &step;
    lenient = lenient || step.status == Status::PassLenient;
    held = held || step.held();
  }
  if (out.status == Status::Fail && !out.evidence.empty()) {
    out.detail = out.evidence.front().actual;
    return out;
  }
  const bool all_own_held =
      own && std::ranges::all_of(steps, [&](const StepVerdict& s) { return s.requirement != requirement || s.held(); });
  if (obstacle != nullptr && !all_own_held) {
    out.status = obstacle->status == Status::Fail ? Status::Inconclusive : obstacle->status;
    out.reason = obstacle->status == Status::Fail ? std::string(reasons::kNotReached) : obstacle->reason;
    out.detail = obstacle->detail;
    return out;
  }
  if (!held) {
    out.status = Status::Inconclusive;
    out.reason = reasons::kNoStep;
    return out;
  }
  out.status = lenient ? Status::PassLenient : Status::Pass;
  for (const StepVerdict& step : steps)
    if (step.held() && !step.evidence.frames.empty() && proves(step, requirement, own))
      out.evidence.push_back(step.evidence);
  if (!out.evidence.empty()) return out;
  // A statement about the state that was reached (an IKE SA that lives on) has no frame of its own: what led there is
  // its evidence.
  for (const StepVerdict& step : steps)
    if (step.held() && !step.evidence.frames.empty()) out.evidence.push_back(step.evidence);
  return out;
}

bool breaks_required(const StepVerdict& step, const Scenario& scenario, const Catalogue& catalogue) {
  if (!step.requirement.empty()) return required(catalogue, step.requirement, false);
  return scenario.covers.empty() ||
         std::ranges::any_of(scenario.covers, [&](const std::string& id) { return required(catalogue, id, false); });
}

/// The scenario's own verdict: our errors first, then the device's failures, then what was in the way.
void judge_scenario(ScenarioVerdict& out, const Scenario& scenario, const std::vector<StepVerdict>& steps,
                    const Catalogue& catalogue) {
  const auto take = [&](const StepVerdict& step, Status status, std::string_view reason, std::string detail) {
    out.status = status;
    out.reason = reason;
    out.detail = fmt::format("step {} ({}): {}", step.step + 1, scenarios::name(scenario.steps[step.step].action),
                             detail.empty() ? std::string(reasons::explain(reason)) : detail);
  };
  const auto failure_text = [](const StepVerdict& step) {
    return fmt::format("expected {}; actual: {}", step.evidence.expected, step.evidence.actual);
  };
  const StepVerdict *error = nullptr, *failure = nullptr, *recommendation = nullptr, *obstacle = nullptr;
  bool lenient = false;
  for (const StepVerdict& step : steps) {
    const auto first = [&](const StepVerdict*& slot) { slot = slot == nullptr ? &step : slot; };
    if (step.status == Status::Error)
      first(error);
    else if (step.status == Status::Fail)
      first(breaks_required(step, scenario, catalogue) ? failure : recommendation);
    else if (!step.held())
      first(obstacle);
    lenient = lenient || step.status == Status::PassLenient;
  }
  if (error != nullptr) return take(*error, Status::Error, error->reason, error->detail);
  if (failure != nullptr) return take(*failure, Status::Fail, {}, failure_text(*failure));
  // Only a SHOULD was not followed: the scenario went another way that no MUST forbids.
  if (recommendation != nullptr)
    return take(*recommendation, Status::PassLenient, reasons::kRecommendation, failure_text(*recommendation));
  if (obstacle != nullptr) return take(*obstacle, obstacle->status, obstacle->reason, obstacle->detail);
  out.status = lenient ? Status::PassLenient : Status::Pass;
}

double seconds_of(const ScenarioRun& run) {
  if (run.steps.empty()) return 0;
  Instant began = Instant::max(), ended = Instant::min();
  for (const scenarios::StepOutcome& step : run.steps) {
    if (step.status == scenarios::StepStatus::NotReached) continue;
    began = std::min(began, step.began);
    ended = std::max(ended, step.ended);
  }
  if (began > ended) return 0;
  return std::chrono::duration<double>(ended - began).count();
}

}  // namespace

ScenarioVerdict grade(const Scenario& scenario, const ScenarioRun& run, const Catalogue& catalogue) {
  const TraceView view(run.trace);
  const StepJudge judge(scenario, run, view);
  std::vector<StepVerdict> steps;
  for (std::size_t step = 0; step < scenario.steps.size(); ++step) steps.push_back(judge.judge(step));

  ScenarioVerdict out;
  out.scenario = scenario.id;
  out.seconds = seconds_of(run);
  judge_scenario(out, scenario, steps, catalogue);
  for (const std::string& requirement : requirements_of(scenario, steps))
    out.requirements.push_back(judge_requirement(requirement, steps));
  out.rules = apply_rules(scenario.id, view, catalogue);
  return out;
}

ScenarioVerdict grade_capture(std::string name, const trace::Trace& trace, const Catalogue& catalogue) {
  ScenarioVerdict out;
  out.scenario = std::move(name);
  out.rules = apply_rules(out.scenario, TraceView(trace), catalogue);
  if (!trace.packets.empty())
    out.seconds = std::chrono::duration<double>(trace.packets.back().at - trace.packets.front().at).count();
  if (out.rules.empty()) {
    out.status = Status::Inconclusive;
    out.reason = reasons::kNoEvidence;
    out.detail = reasons::explain(reasons::kNoEvidence);
    return out;
  }
  std::size_t broken = 0, recommendations = 0;
  for (const RequirementVerdict& rule : out.rules)
    if (rule.status == Status::Fail) ++(required(catalogue, rule.requirement, false) ? broken : recommendations);
  out.status = broken > 0 ? Status::Fail : recommendations > 0 ? Status::PassLenient : Status::Pass;
  if (broken > 0) out.detail = fmt::format("{} of {} rules broken", broken, out.rules.size());
  if (broken == 0 && recommendations > 0) out.reason = reasons::kRecommendation;
  return out;
}

ScenarioVerdict not_played(const Scenario& scenario, Status status, std::string_view reason, std::string detail) {
  ScenarioVerdict out;
  out.scenario = scenario.id;
  out.status = status;
  out.reason = reason;
  out.detail = std::move(detail);
  for (const std::string& requirement : scenario.covers)
    out.requirements.push_back({requirement, status, out.reason, out.detail, {}});
  return out;
}

}  // namespace ikevet::reports
