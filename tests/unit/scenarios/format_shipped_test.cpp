// What is shipped: it loads, it is complete, and its names agree with the code's.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "engine/wire/checks.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/selector.hpp"
#include "tests/support/paths.hpp"
#include "tests/unit/scenarios/format_support.hpp"

using namespace ikevet;             // NOLINT(google-build-using-namespace)
using namespace ikevet::scenarios;  // NOLINT(google-build-using-namespace)

namespace {

const Library& shipped() {
  static const Library library = load_library(find_data_dir());
  return library;
}

template <class E>
std::set<std::string> names_of_registry() {
  std::set<std::string> out;
  for (const wire::Named<E>& row : wire::registry<E>())
    if (const auto shown = std::string(wire::name(row.value)); shown != "None" && shown != "NONE") out.insert(shown);
  return out;
}

std::set<std::string> names_in_schema(const char* definition) {
  const auto schema = nlohmann::json::parse(schema_text("scenario"));
  std::set<std::string> out;
  for (const auto& branch : schema["definitions"][definition]["anyOf"])
    if (branch.contains("enum"))
      for (const auto& name : branch["enum"]) out.insert(name.get<std::string>());
  return out;
}

std::set<std::string> strings(const nlohmann::json& list) {
  std::set<std::string> out;
  for (const auto& name : list) out.insert(name.get<std::string>());
  return out;
}

}  // namespace

TEST_CASE("The shipped scenarios, requirements, profiles and targets load without a problem", "[scenarios][shipped]") {
  CHECK(problems_of([] { shipped(); }).empty());
  CHECK(shipped().suite.size() >= 24);
  CHECK(shipped().catalogue.size() >= 300);
  CHECK(shipped().profiles.size() >= 1);
  const auto targets = load_targets(shipped().folder / "targets", shipped().catalogue);
  const auto has = [&](std::string_view name) { return std::ranges::count(targets, name, &Target::name) == 1; };
  CHECK(has("embedded"));
  CHECK(has("loopback"));
}

TEST_CASE("The profile of everything selects everything", "[scenarios][shipped]") {
  const std::vector<std::string> full{"profile:full"};
  CHECK(select(shipped(), full).size() == shipped().suite.size());
}

TEST_CASE("Each shipped profile selects what its name says", "[scenarios][shipped][profiles]") {
  const auto members = [](const std::string& profile) {
    const std::vector<std::string> selector{"profile:" + profile};
    return select(shipped(), selector);
  };
  const auto has = [&](const std::string& profile, std::string_view below) {
    return std::ranges::any_of(members(profile), [&](const Scenario* one) { return one->id.starts_with(below); });
  };
  for (const char* profile :
       {"rfc7296-minimal", "rfc7296-full", "rfc8247", "ipv6ready-end-node", "ipv6ready-gateway", "remote-access-client",
        "remote-access-gateway", "site-to-site", "mobile", "quick", "hostile"}) {
    INFO(profile);
    CHECK(members(profile).size() >= 20);
  }
  CHECK(std::ranges::all_of(members("rfc7296-full"),
                            [](const Scenario* one) { return one->id.starts_with("rfc7296/"); }));
  for (const Scenario* one : members("remote-access-client")) CHECK(one->harness == Role::Responder);
  for (const Scenario* one : members("remote-access-gateway")) CHECK(one->harness == Role::Initiator);
  CHECK(has("mobile", "rfc4555/"));
  CHECK(has("rfc7296-minimal", "rfc7296/1.04"));
  // RFC 7296 §4: a minimal implementation may refuse CREATE_CHILD_SA.
  CHECK_FALSE(has("rfc7296-minimal", "rfc7296/1.03"));
  CHECK(has("ipv6ready-end-node", "rfc7296/1.03-create-child-sa/transport-mode"));
  CHECK_FALSE(has("ipv6ready-gateway", "rfc7296/1.03-create-child-sa/transport-mode"));
  Duration waits{};
  for (const Scenario* one : members("quick")) waits += one->estimated;
  CHECK(waits < std::chrono::seconds(30));  // the other half of its minute is for the exchanges
}

TEST_CASE("Both roles are played, and whatever alters has its control", "[scenarios][shipped]") {
  for (const Role role : {Role::Initiator, Role::Responder})
    CHECK(std::ranges::count(shipped().suite, role, &Scenario::harness) >= 10);
  for (const Scenario& scenario : shipped().suite) {
    INFO(scenario.id);
    CHECK(scenario.description.size() > 60);
    if (!scenario.control.empty()) CHECK(shipped().find(scenario.control) != nullptr);
  }
}

TEST_CASE("Every scenario can be played against one of the embedded devices", "[scenarios][shipped]") {
  std::vector<Target> embedded;
  for (Target& target : load_targets(shipped().folder / "targets", shipped().catalogue))
    if (target.kind == TargetKind::Embedded) embedded.push_back(std::move(target));
  const auto can = [](const Target& target, const std::string& need) {
    return target.claims(need) || (need.starts_with("trigger:") && target.triggers.contains(need.substr(8)));
  };
  for (const Scenario& scenario : shipped().suite) {
    INFO(scenario.id);
    CHECK(std::ranges::any_of(embedded, [&](const Target& target) {
      return std::ranges::all_of(scenario.needs, [&](const std::string& need) { return can(target, need); });
    }));
  }
}

TEST_CASE("Every requirement that the wire checks name is in the catalogue, under that section",
          "[scenarios][shipped]") {
  for (const wire::CheckedRequirement& checked : wire::kCheckedRequirements) {
    INFO(checked.id);
    const auto it = shipped().catalogue.find(checked.id);
    REQUIRE(it != shipped().catalogue.end());
    CHECK(it->second.section == checked.section);
  }
}

TEST_CASE("The schema offers editors the names that the code knows", "[scenarios][shipped]") {
  CHECK(names_in_schema("exchange") == names_of_registry<wire::ExchangeType>());
  CHECK(names_in_schema("notify_type") == names_of_registry<wire::NotifyType>());
  CHECK(names_in_schema("payload_type") == names_of_registry<wire::PayloadType>());
  CHECK(names_in_schema("group") == names_of_registry<wire::DhGroup>());

  std::set<std::string> triggers, capabilities;
  for (const TriggerName& trigger : kTriggers) triggers.emplace(trigger.name);
  for (const Capability& capability : kCapabilities) capabilities.emplace(capability.name);
  const auto scenario = nlohmann::json::parse(schema_text("scenario"));
  const auto target = nlohmann::json::parse(schema_text("target"));
  CHECK(strings(scenario["definitions"]["trigger"]["enum"]) == triggers);
  CHECK(strings(target["properties"]["capabilities"]["items"]["enum"]) == capabilities);
}

TEST_CASE("The guide names every action, trigger and capability", "[scenarios][shipped]") {
  std::ostringstream all;
  all << std::ifstream(test::source_dir() / "docs/writing-scenarios.md").rdbuf();
  const std::string guide = all.str();
  REQUIRE_FALSE(guide.empty());
  for (const TriggerName& trigger : kTriggers)
    CHECK_THAT(guide, Catch::Contains("| `" + std::string(trigger.name) + "` |"));
  for (const Capability& capability : kCapabilities)
    CHECK_THAT(guide, Catch::Contains("| `" + std::string(capability.name) + "` |"));
  for (const char* action : {"establish", "send",    "expect", "liveness",  "rekey_child", "rekey_ike", "create_child",
                             "delete",    "silence", "drop",   "duplicate", "replay",      "wait",      "trigger",
                             "check",     "traffic", "move",   "path_test", "nat",         "nat_remap", "reorder"})
    CHECK_THAT(guide, Catch::Contains("| `\"" + std::string(action) + "\":"));
}
