#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "scenarios/format/loading.hpp"
#include "scenarios/format/nearest.hpp"
#include "scenarios/format/reading.hpp"

namespace ikevet::scenarios {
namespace {

constexpr std::string_view kTriggerPrefix = "trigger:";

void check_need(const Node& node) {
  const std::string need = node.text();
  std::vector<std::string> known;
  if (need.starts_with(kTriggerPrefix)) {
    for (const TriggerName& trigger : kTriggers) known.push_back(fmt::format("{}{}", kTriggerPrefix, trigger.name));
  } else {
    for (const Capability& capability : kCapabilities) known.emplace_back(capability.name);
  }
  if (std::ranges::find(known, need) == known.end())
    node.complain(fmt::format("no such {} \"{}\"", need.starts_with(kTriggerPrefix) ? "trigger" : "capability", need),
                  did_you_mean(need, known, "the names are in docs/writing-scenarios.md"));
}

/// The triggers that the steps pull, in their order.
std::set<std::string> triggers_of(const Scenario& scenario) {
  std::set<std::string> out;
  for (const Step& step : scenario.steps) {
    if (const auto* trigger = std::get_if<Trigger>(&step.action)) out.insert(trigger->name);
    if (const auto* silence = std::get_if<Silence>(&step.action); silence && !silence->trigger.empty())
      out.insert(silence->trigger);
    if (const auto* rekey = std::get_if<RekeyChild>(&step.action); rekey && rekey->by_dut) out.insert("rekey_child");
    if (const auto* rekey = std::get_if<RekeyIke>(&step.action); rekey && rekey->by_dut) out.insert("rekey_ike");
    if (const auto* gone = std::get_if<Delete>(&step.action); gone && gone->by_dut)
      out.insert(gone->child ? "delete_child" : "delete_ike");
    if (const auto* traffic = std::get_if<Traffic>(&step.action); traffic && traffic->by_dut) out.insert("traffic");
    if (const auto* move = std::get_if<Move>(&step.action); move && move->by_dut) out.insert("move");
    if (std::holds_alternative<Establish>(step.action) && scenario.harness == Role::Responder) out.insert("initiate");
  }
  return out;
}

void check_triggers(const Node& root, const Scenario& scenario) {
  for (const std::string& trigger : triggers_of(scenario)) {
    const std::string need = std::string(kTriggerPrefix) + trigger;
    if (std::ranges::find(scenario.needs, need) == scenario.needs.end())
      root["needs"].complain(fmt::format("a step pulls the trigger \"{}\", which is not among the needs", trigger),
                             fmt::format("add \"{}\"", need));
  }
}

bool alters(const Step& step) {
  if (const auto* send = std::get_if<Send>(&step.action)) return !send->mutate.empty();
  if (const auto* replay = std::get_if<Replay>(&step.action)) return !replay->mutate.empty();
  return false;
}

/// Everything in `covers` is proved by a step, and no step proves what is not in `covers`.
void check_proofs(const Node& root, const Scenario& scenario, const Catalogue& catalogue) {
  std::set<std::string, std::less<>> proved;
  bool proves_all = true;
  const std::vector<Node> steps = root["steps"].items();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string_view requirement = requirement_of(scenario.steps[i]);
    if (requirement.empty()) continue;
    proves_all = false;
    const Node node = steps[i]["proves"];
    check_requirement(node, catalogue);
    if (std::ranges::find(scenario.covers, requirement) == scenario.covers.end())
      node.complain(fmt::format("\"{}\" is not among what the scenario covers", requirement), "add it to `covers`");
    proved.insert(std::string(requirement));
  }
  // Where no step says what it proves, all of them together prove all that is covered.
  if (proves_all) return;
  for (const Node& covered : root["covers"].items())
    if (covered.is_string() && !proved.contains(covered.text()))
      covered.complain(fmt::format("no step proves \"{}\"", covered.text()),
                       "name it as `proves` of the step that shows it, or take it out");
}

Duration estimate(const Scenario& scenario) {
  constexpr Duration kAnswer = std::chrono::seconds(2), kGiveUp = std::chrono::seconds(60);
  Duration out{};
  for (const Step& step : scenario.steps) {
    if (const auto* wait = std::get_if<Wait>(&step.action)) out += wait->length;
    if (const auto* silence = std::get_if<Silence>(&step.action))
      out += silence->length.value_or(silence->at_most.value_or(kGiveUp));
    if (const auto* expect = std::get_if<Expect>(&step.action)) {
      if (expect->absent_for) out += *expect->absent_for;
      if (std::ranges::any_of(expect->one_of, &Alternative::silence)) out += expect->within.value_or(kAnswer);
    }
  }
  return out;
}

}  // namespace

void check_requirement(const Node& node, const Catalogue& catalogue) {
  if (!node.is_string() || catalogue.contains(node.text())) return;
  std::vector<std::string> known;
  for (const auto& [id, requirement] : catalogue) known.push_back(id);
  node.complain(fmt::format("no such requirement \"{}\"", node.text()),
                did_you_mean(node.text(), known, "add it to requirements/, or see `ikevet list requirements`"));
}

Scenario read_scenario(Document& document, const Catalogue& catalogue) {
  const Node root(document);
  Scenario out;
  out.file = document.file();
  out.text = document.text();
  out.id = root["id"].text();
  out.title = root["title"].text();
  out.description = root["description"].text();
  out.covers = root["covers"].texts();
  out.harness = root["harness"].text() == "responder" ? Role::Responder : Role::Initiator;
  out.needs = root["needs"].texts();
  out.control = root["control"].text();
  out.config = read_config(root["config"]);
  out.tags = root["tags"].texts();
  out.steps = read_steps(root["steps"], out.harness);
  out.estimated = estimate(out);

  for (const Node& covered : root["covers"].items()) check_requirement(covered, catalogue);
  for (const Node& need : root["needs"].items()) check_need(need);
  check_triggers(root, out);
  check_proofs(root, out, catalogue);
  if (out.control.empty())
    for (std::size_t i = 0; i < out.steps.size(); ++i)
      if (alters(out.steps[i])) {
        root["steps"].items()[i].complain("alters what the harness sends, but the scenario names no positive control",
                                          "add \"control\": the id of a scenario with the same role and configuration "
                                          "that alters nothing");
        break;
      }
  return out;
}

}  // namespace ikevet::scenarios
