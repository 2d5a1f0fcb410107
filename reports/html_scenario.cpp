#include "reports/html_scenario.hpp"

#include <fmt/format.h>

#include "engine/wire/describe.hpp"
#include "reports/html_blocks.hpp"
#include "reports/json_text.hpp"
#include "reports/ladder.hpp"

namespace ikevet::reports {
namespace {

using Json = HtmlChunk::Json;

Json evidence_json(const Evidence& evidence, HtmlPool& pool) {
  return Json::array({evidence.step ? Json(*evidence.step) : Json(-1), evidence.frames, pool.text(evidence.expected),
                      pool.text(evidence.actual)});
}

Json verdict_json(const RequirementVerdict& verdict, std::size_t requirement, bool rule, HtmlPool& pool) {
  Json evidence = Json::array();
  for (const Evidence& one : verdict.evidence) evidence.push_back(evidence_json(one, pool));
  return Json::array({requirement, static_cast<int>(verdict.status), pool.text(verdict.reason),
                      pool.text(verdict.detail), rule ? 1 : 0, std::move(evidence)});
}

Json steps_json(const scenarios::Scenario& scenario, const scenarios::ScenarioRun* run, HtmlPool& pool) {
  Json out = Json::array();
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
    Json step = Json::array({pool.text(scenarios::describe(scenario.steps[i]))});
    const scenarios::StepOutcome* outcome = nullptr;
    if (run != nullptr)
      for (const scenarios::StepOutcome& one : run->steps)
        if (one.step == i) outcome = &one;
    if (outcome != nullptr) {
      step.push_back(pool.text(name(outcome->status)));
      step.push_back(pool.text(outcome->detail));
      step.push_back(outcome->frames);
    }
    out.push_back(std::move(step));
  }
  return out;
}

}  // namespace

std::size_t HtmlChunk::place(BytesView octets) {
  const std::string_view text(reinterpret_cast<const char*>(octets.data()), octets.size());
  const auto known = places_.find(text);
  if (known != places_.end()) return known->second;
  const std::size_t at = octets_.size();
  octets_ += text;
  places_.emplace(text, at);
  return at;
}

HtmlChunk::Json HtmlChunk::message(const trace::MessageRecord& record, bool encrypted_octets) {
  const bool opened = record.protection == trace::Protection::Opened;
  const wire::FieldNode tree = wire::field_tree(record.octets);
  std::size_t kept = record.octets.size();
  if (opened && !encrypted_octets)
    if (const wire::FieldNode* encrypted = wire::find_field(tree, "SK/Encrypted Data")) kept = encrypted->offset;
  Json out =
      Json::array({record.frame, record.from == trace::Party::Harness ? 0 : 1,
                   pool_.text(wire::describe_header(record.outer.header)),
                   pool_.text(opened ? wire::describe(record.outer, record.inner) : wire::describe(record.outer)),
                   pool_.text(name(record.protection)), place(BytesView(record.octets).first(kept)),
                   record.octets.size(), kept, pool_.trees(tree, record.octets)});
  Json inner = Json::array();
  if (opened && !record.inner.empty())
    inner = pool_.trees(wire::field_tree(record.inner.front().type(), record.plaintext), record.plaintext);
  out.push_back(place(record.plaintext));
  out.push_back(record.plaintext.size());
  out.push_back(std::move(inner));
  Json faults = Json::array();
  for (const ParseError& fault : record.outer.faults) faults.push_back(pool_.text(fault.text()));
  for (const ParseError& fault : record.inner_faults) faults.push_back(pool_.text("inside SK: " + fault.text()));
  out.push_back(std::move(faults));
  out.push_back(pool_.text(fmt::format("{} > {}", record.source.text(), record.destination.text())));
  return out;
}

void HtmlChunk::add(const ScenarioVerdict& verdict, const scenarios::Scenario* scenario, const PlayedScenario* played,
                    const std::map<std::string, std::size_t, std::less<>>& requirement, bool encrypted_octets) {
  Json out = Json::object();
  if (scenario != nullptr) {
    out["about"] = pool_.text(scenario->description);
    out["needs"] = Json::array();
    for (const std::string& need : scenario->needs) out["needs"].push_back(pool_.text(need));
    out["control"] = pool_.text(scenario->control);
    out["steps"] = steps_json(*scenario, played == nullptr ? nullptr : &played->run, pool_);
  }
  out["verdicts"] = Json::array();
  for (const auto* group : {&verdict.requirements, &verdict.rules})
    for (const RequirementVerdict& one : *group) {
      const bool rule = group == &verdict.rules;
      if (rule && one.status == Status::Pass) continue;  // the index has them
      const auto number = requirement.find(one.requirement);
      if (number != requirement.end()) out["verdicts"].push_back(verdict_json(one, number->second, rule, pool_));
    }
  if (played != nullptr) {
    out["seed"] = std::to_string(played->run.seed);
    out["rows"] = ladder_rows(*played, pool_);
    out["messages"] = Json::array();
    for (const trace::MessageRecord& record : played->run.trace.messages)
      out["messages"].push_back(message(record, encrypted_octets));
  }
  details_.push_back(std::move(out));
}

std::string HtmlChunk::content() const { return json_and_octets(to_text(details_), octets_); }

}  // namespace ikevet::reports
