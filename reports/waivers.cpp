#include "reports/waivers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "reports/reasons.hpp"

namespace ikevet::reports {

using scenarios::Waiver;
using State = WaiverAccount::State;

namespace {

std::vector<WaiverAccount> all_of(const RunContext& context, std::span<const Waiver> waivers) {
  std::vector<WaiverAccount> out;
  for (const scenarios::KnownDeviation& known : context.known_deviations)
    out.push_back(
        {WaiverAccount::Source::Target, {"", known.requirement, known.reason, known.owner, known.expires}, {}});
  for (const Waiver& waiver : waivers) out.push_back({WaiverAccount::Source::File, waiver, {}});
  return out;
}

/// Dates are ISO 8601, so that text order is time order.
bool over(const Waiver& waiver, const std::string& date) { return !waiver.expires.empty() && waiver.expires < date; }

bool covers(const Waiver& waiver, const std::string& scenario, const std::string& requirement) {
  return (waiver.scenario.empty() || waiver.scenario == scenario) &&
         (waiver.requirement.empty() || waiver.requirement == requirement);
}

/// The narrowest that covers the failure, of those that hold or of those that are over; null when there is none.
WaiverAccount* find(std::vector<WaiverAccount>& all, const std::string& date, bool expired, const std::string& scenario,
                    const std::string& requirement) {
  WaiverAccount* out = nullptr;
  const auto named = [](const Waiver& w) { return int{!w.scenario.empty()} + int{!w.requirement.empty()}; };
  for (WaiverAccount& one : all)
    if (over(one.waiver, date) == expired && covers(one.waiver, scenario, requirement) &&
        (out == nullptr || named(one.waiver) > named(out->waiver)))
      out = &one;
  return out;
}

std::string joined(const std::string& before, const std::string& after) {
  return before.empty() ? after : before + "; " + after;
}

/// "counts from 3; ticket 4711 (owner: jo, until 2027-01-31)".
std::string because(const Waiver& waiver) {
  return fmt::format("{} (owner: {}{}{})", waiver.reason, waiver.owner, waiver.expires.empty() ? "" : ", until ",
                     waiver.expires);
}

class Applier {
 public:
  Applier(const RunContext& context, std::span<const Waiver> waivers)
      : all_(all_of(context, waivers)), date_(context.date) {}

  void apply(ScenarioVerdict& scenario) {
    for (RequirementVerdict& rule : scenario.rules) waive(scenario.scenario, rule);
    bool waived = false, failing = false, any_failed = false;
    for (RequirementVerdict& requirement : scenario.requirements) {
      any_failed = any_failed || requirement.status == Status::Fail;
      waived = waive(scenario.scenario, requirement) || waived;
      failing = failing || requirement.status == Status::Fail;
    }
    if (scenario.status != Status::Fail) return;
    // A step that speaks of no requirement failed: only a waiver of the whole scenario covers that.
    if (!any_failed) {
      waived = waive(scenario.scenario, "", scenario.detail);
      failing = !waived;
    }
    if (waived && !failing) {
      scenario.status = Status::Waived;
      scenario.reason = reasons::kKnownDeviation;
    }
  }

 private:
  bool waive(const std::string& scenario, RequirementVerdict& verdict) {
    if (verdict.status != Status::Fail || !waive(scenario, verdict.requirement, verdict.detail)) return false;
    verdict.status = Status::Waived;
    verdict.reason = reasons::kKnownDeviation;
    return true;
  }

  bool waive(const std::string& scenario, const std::string& requirement, std::string& detail) {
    if (const WaiverAccount* holds = find(all_, date_, false, scenario, requirement)) {
      detail = because(holds->waiver) + (detail.empty() ? "" : "; seen: " + detail);
      return true;
    }
    if (const WaiverAccount* ended = find(all_, date_, true, scenario, requirement))
      detail = joined(detail, fmt::format("the waiver of {} ended on {}", ended->waiver.owner, ended->waiver.expires));
    return false;
  }

  std::vector<WaiverAccount> all_;
  std::string date_;
};

class Accountant {
 public:
  Accountant(const Verdicts& verdicts, const RunContext& context, std::span<const Waiver> waivers)
      : verdicts_(verdicts), date_(context.date), all_(all_of(context, waivers)) {}

  std::vector<WaiverAccount> account() {
    for (const ScenarioVerdict& scenario : verdicts_.scenarios) {
      bool by_requirement = false;
      for (const auto* list : {&scenario.requirements, &scenario.rules})
        for (const RequirementVerdict& verdict : *list) {
          by_requirement =
              (note(scenario.scenario, verdict.requirement, verdict.status) && list == &scenario.requirements) ||
              by_requirement;
        }
      if (!by_requirement) note(scenario.scenario, "", scenario.status);
    }
    for (WaiverAccount& one : all_) one.state = state_of(one);
    return std::move(all_);
  }

 private:
  bool note(const std::string& scenario, const std::string& requirement, Status status) {
    if (status != Status::Waived && status != Status::Fail) return false;
    WaiverAccount* by = find(all_, date_, status == Status::Fail, scenario, requirement);
    if (by == nullptr) return true;
    const WaiverAccount::Covered covered{scenario, requirement};
    if (std::ranges::find(by->covered, covered) == by->covered.end()) by->covered.push_back(covered);
    return true;
  }

  State state_of(const WaiverAccount& one) const {
    if (over(one.waiver, date_)) return State::Expired;
    if (!one.covered.empty()) return State::Used;
    const bool was_there = std::ranges::any_of(verdicts_.scenarios, [&](const ScenarioVerdict& scenario) {
      if (!one.waiver.scenario.empty() && one.waiver.scenario != scenario.scenario) return false;
      const auto names_it = [&](const RequirementVerdict& v) { return v.requirement == one.waiver.requirement; };
      return one.waiver.requirement.empty() || std::ranges::any_of(scenario.requirements, names_it) ||
             std::ranges::any_of(scenario.rules, names_it);
    });
    return was_there ? State::NotNeeded : State::NotInRun;
  }

  const Verdicts& verdicts_;
  std::string date_;
  std::vector<WaiverAccount> all_;
};

}  // namespace

std::string_view name(State state) {
  switch (state) {
    case State::Used:
      return "used";
    case State::Expired:
      return "expired";
    case State::NotNeeded:
      return "not-needed";
    case State::NotInRun:
      return "not-in-run";
  }
  return "unknown";
}

std::string_view name(WaiverAccount::Source source) {
  return source == WaiverAccount::Source::Target ? "target" : "file";
}

std::string WaiverAccount::what() const {
  if (waiver.requirement.empty()) return waiver.scenario;
  return waiver.scenario.empty() ? waiver.requirement : fmt::format("{} in {}", waiver.requirement, waiver.scenario);
}

std::string WaiverAccount::text() const {
  const std::string head =
      fmt::format("{} (owner {}{}{})", what(), waiver.owner, waiver.expires.empty() ? "" : ", until ", waiver.expires);
  const std::string count = fmt::format("{} failure{}", covered.size(), covered.size() == 1 ? "" : "s");
  switch (state) {
    case State::Used:
      return fmt::format("{}: {} waived", head, count);
    case State::Expired:
      return covered.empty() ? head + ": expired, and nothing failed that it covered"
                             : fmt::format("{}: expired, so {} count{}", head, count, covered.size() == 1 ? "s" : "");
    case State::NotNeeded:
      return head + ": nothing that it covers failed, it can go";
    case State::NotInRun:
      return head + ": nothing in this run that it names";
  }
  return head;
}

void apply_waivers(std::vector<ScenarioVerdict>& scenarios, const RunContext& context,
                   std::span<const Waiver> waivers) {
  Applier applier(context, waivers);
  for (ScenarioVerdict& scenario : scenarios) applier.apply(scenario);
}

std::vector<WaiverAccount> waiver_accounts(const Verdicts& verdicts, const RunContext& context,
                                           std::span<const Waiver> waivers) {
  return Accountant(verdicts, context, waivers).account();
}

}  // namespace ikevet::reports
