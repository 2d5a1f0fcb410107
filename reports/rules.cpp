#include "reports/rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/wire/checks.hpp"
#include "reports/rules/families.hpp"
#include "reports/rules/signatures.hpp"

namespace ikevet::reports {
namespace {

constexpr std::size_t kExamplesKept = 3;
constexpr std::size_t kViolationsShown = 10;

void add_frame(std::vector<std::size_t>& frames, const trace::MessageRecord& message) {
  if (message.frame != 0 && std::ranges::find(frames, message.frame) == frames.end()) frames.push_back(message.frame);
}

std::string expected_text(std::string_view requirement, const scenarios::Catalogue& catalogue) {
  const auto found = catalogue.find(requirement);
  if (found != catalogue.end()) return fmt::format("{} ({})", found->second.paraphrase, found->second.citation());
  const auto checked = std::ranges::find(wire::kCheckedRequirements, requirement, &wire::CheckedRequirement::id);
  return std::string(checked == wire::kCheckedRequirements.end() ? requirement : checked->what);
}

RequirementVerdict to_verdict(std::string_view requirement, const Observations& seen, std::string_view scenario,
                              const scenarios::Catalogue& catalogue) {
  RequirementVerdict out;
  out.requirement = requirement;
  if (seen.violations().empty()) {
    out.status = Status::Pass;
    out.detail = fmt::format("seen {} {}", seen.occurred(), seen.occurred() == 1 ? "time" : "times");
    out.evidence.push_back({std::string(scenario), std::nullopt, seen.examples(), {}, {}});
    return out;
  }
  out.status = Status::Fail;
  const std::size_t count = seen.violations().size();
  out.detail = seen.violations().front().detail;
  if (count > 1) out.detail += fmt::format(" (and {} more)", count - 1);
  for (std::size_t i = 0; i < std::min(count, kViolationsShown); ++i) {
    const Violation& violation = seen.violations()[i];
    out.evidence.push_back({std::string(scenario), std::nullopt, violation.frames,
                            expected_text(requirement, catalogue), violation.detail});
  }
  return out;
}

}  // namespace

void Observations::saw(const trace::MessageRecord& message) {
  ++occurred_;
  if (examples_.size() < kExamplesKept) add_frame(examples_, message);
}

void Observations::broken(std::initializer_list<const trace::MessageRecord*> messages, std::string detail) {
  Violation violation{{}, std::move(detail)};
  for (const trace::MessageRecord* message : messages)
    if (message != nullptr) add_frame(violation.frames, *message);
  violations_.push_back(std::move(violation));
}

std::vector<Rule> trace_rules() {
  std::vector<Rule> out;
  for (const auto family :
       {rules::message_id_rules(), rules::retransmission_rules(), rules::negotiation_rules(),
        rules::traffic_selector_rules(), rules::ike_sa_init_rules(), rules::nonce_rules(), rules::protection_rules(),
        rules::occurrence_rules(), rules::response_rules(), rules::ike_sa_end_rules(), rules::signature_rules()})
    out.insert(out.end(), family.begin(), family.end());
  return out;
}

std::vector<std::string_view> watched_requirements() {
  std::vector<std::string_view> out;
  for (const wire::CheckedRequirement& checked : wire::kCheckedRequirements) out.push_back(checked.id);
  for (const Rule& rule : trace_rules()) out.push_back(rule.requirement);
  return out;
}

std::vector<RequirementVerdict> apply_rules(std::string_view scenario, const TraceView& view,
                                            const scenarios::Catalogue& catalogue) {
  std::vector<RequirementVerdict> out;
  const auto add = [&](std::string_view requirement, const Observations& seen) {
    if (seen.occurred() > 0) out.push_back(to_verdict(requirement, seen, scenario, catalogue));
  };
  for (const auto& [requirement, seen] : rules::message_checks(view)) add(requirement, seen);
  for (const Rule& rule : trace_rules()) add(rule.requirement, rule.look(view));
  std::ranges::sort(out, {}, &RequirementVerdict::requirement);
  return out;
}

}  // namespace ikevet::reports
