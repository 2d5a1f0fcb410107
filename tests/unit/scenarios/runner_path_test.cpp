// Steps about what lies beneath IKE, played against the built-in device: traffic, moves, NATs, fragments.
#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "engine/wire/describe.hpp"
#include "scenarios/format/loader.hpp"
#include "scenarios/runner/runner.hpp"
#include "scenarios/runner/test_bed.hpp"
#include "tests/support/paths.hpp"

using namespace ikevet;
using namespace ikevet::scenarios;
using Catch::Matchers::Contains;
using trace::Party;
using wire::ExchangeType;

namespace {

const Target& embedded() {
  static const Library library = load_library(test::source_dir() / "scenarios");
  static const Target target = find_target("embedded", library.folder, library.catalogue);
  return target;
}

Scenario scenario_of(Role role, std::vector<Action> actions) {
  Scenario out;
  out.id = "test";
  out.harness = role;
  for (Action& action : actions) out.steps.push_back({std::move(action), "", ""});
  return out;
}

Scenario mobile(Role role, std::vector<Action> actions) {
  Scenario out = scenario_of(role, std::move(actions));
  out.config.mobike.supported = true;
  return out;
}

ScenarioRun run(const Scenario& scenario, const Target& target = embedded(), keys::KeySet* keys = nullptr) {
  RunOptions options;
  options.seed = 1;
  const auto bed = open_test_bed(target, scenario, options);
  return play(scenario, target, bed->link(), options, keys);
}

std::string story(const ScenarioRun& played) {
  std::ostringstream out;
  for (const StepOutcome& step : played.steps)
    out << step.step << ": " << name(step.status) << " " << step.detail << "\n";
  for (const trace::EventRecord& event : played.trace.events) out << trace::text(event.event) << "\n";
  return out.str();
}

bool all_done(const ScenarioRun& played) {
  return std::ranges::all_of(played.steps, [](const auto& step) { return step.status == StepStatus::Done; });
}

/// Packets of one side that carry no IKE message and are no keepalive.
std::vector<trace::Packet> esp_packets(const trace::Trace& trace, Party from) {
  std::vector<trace::Packet> out;
  for (const trace::Packet& packet : trace.packets)
    if (packet.from == from && !trace::find_ike_message(packet.datagram) && packet.datagram.payload.size() > 1)
      out.push_back(packet);
  return out;
}

Traffic asked_by_dut() {
  Traffic out;
  out.by_dut = true;
  out.count = 3;
  return out;
}

}  // namespace

TEST_CASE("traffic: echo requests of either side pass the Child SA and are accounted for", "[runner][traffic]") {
  Traffic udp;
  udp.udp = true;
  udp.count = 5;
  const ScenarioRun played = run(scenario_of(Role::Initiator, {Establish{}, Traffic{}, udp, asked_by_dut()}));
  INFO(story(played));
  CHECK(all_done(played));
  CHECK_THAT(played.steps[1].detail, Contains("3"));
  CHECK_THAT(played.steps[3].detail, Contains("3 echo requests were answered"));
  CHECK(played.steps[1].frames.size() == 6);
  CHECK(esp_packets(played.trace, Party::Harness).size() == 3 + 5 + 3);
  CHECK(esp_packets(played.trace, Party::Dut).size() == 3 + 5 + 3);
}

TEST_CASE("traffic: what does not come back is a failure, as far as no loss is allowed", "[runner][traffic]") {
  // Without NAT detection ESP stays in IP protocol 50, which the NAT does not pass.
  Traffic patient;
  patient.loss = 3;
  Scenario scenario = scenario_of(Role::Initiator, {Nat{}, Establish{}, patient, Traffic{}});
  scenario.config.nat.supported = false;
  const ScenarioRun played = run(scenario);
  INFO(story(played));
  CHECK(played.steps[2].status == StepStatus::Done);
  CHECK(played.steps[3].status == StepStatus::Unmet);
  CHECK_THAT(played.steps[3].detail, Contains("0 of 3 echo requests answered"));
}

TEST_CASE("traffic: it flows while other steps are played", "[runner][traffic]") {
  Traffic flow;
  flow.part = Traffic::Part::Begin;
  flow.count = 60;
  flow.interval = std::chrono::milliseconds(20);
  Traffic end;
  end.part = Traffic::Part::End;
  const ScenarioRun played =
      run(scenario_of(Role::Initiator, {Establish{}, flow, RekeyChild{}, Wait{std::chrono::milliseconds(500)},
                                        RekeyChild{true, ""}, Wait{std::chrono::milliseconds(200)}, end}));
  INFO(story(played));
  CHECK(all_done(played));
  // Some of it went through each of three Child SAs.
  std::set<Bytes> spis;
  for (const trace::Packet& packet : esp_packets(played.trace, Party::Harness))
    spis.insert(Bytes(packet.datagram.payload.begin(), packet.datagram.payload.begin() + 4));
  CHECK(spis.size() == 3);
}

TEST_CASE("traffic: packets that arrive twice or forged are recorded as injected, and change nothing",
          "[runner][traffic][rfc4303-3.4.3]") {
  for (const auto attack : {Traffic::Attack::Replay, Traffic::Attack::Forge}) {
    Traffic traffic;
    traffic.attack = attack;
    traffic.dummies = 2;
    const ScenarioRun played = run(scenario_of(Role::Initiator, {Establish{}, traffic, Traffic{}}));
    INFO(story(played));
    CHECK(all_done(played));
    const auto sent = esp_packets(played.trace, Party::Harness);
    CHECK(std::ranges::count(sent, trace::Fate::Injected, &trace::Packet::fate) == 3);
    CHECK(esp_packets(played.trace, Party::Dut).size() == 6);
  }
}

TEST_CASE("traffic: without a Child SA that carries it there is nothing to say of the device", "[runner][traffic]") {
  Traffic v6;
  v6.v6 = true;
  const ScenarioRun played = run(scenario_of(Role::Initiator, {Establish{}, v6}));
  CHECK(played.steps[1].status == StepStatus::HarnessError);
  const ScenarioRun gone = run(scenario_of(Role::Initiator, {Establish{}, Delete{true, false, ""}, Traffic{}}));
  CHECK(gone.steps[2].status == StepStatus::Unmet);
}

TEST_CASE("move: the harness goes, and what is sent to its old address is lost", "[runner][mobike][rfc4555-3.5]") {
  Move back;
  back.to = Move::To::First;
  keys::KeySet keys;
  const ScenarioRun played =
      run(mobile(Role::Initiator, {Establish{}, Move{}, Traffic{}, back, Traffic{}}), embedded(), &keys);
  INFO(story(played));
  CHECK(all_done(played));
  const IpAddress there = embedded().harness_other_addresses.front();
  std::set<IpAddress> used;
  for (const trace::Packet& packet : esp_packets(played.trace, Party::Dut))
    used.insert(packet.datagram.destination.address);
  CHECK(used == std::set<IpAddress>{embedded().harness_address, there});
  // The key tables find the Child SA under each of the addresses.
  CHECK(keys.children.size() >= 2);
  CHECK(std::ranges::any_of(keys.children, [&](const auto& child) { return child.initiator.address == there; }));
  // So that a capture alone tells who is who.
  CHECK(std::ranges::any_of(played.harness_endpoints, [&](const Endpoint& end) { return end.address == there; }));
}

TEST_CASE("move: the device goes, as initiator and as responder", "[runner][mobike]") {
  Move by_dut;
  by_dut.by_dut = true;
  for (const Role role : {Role::Initiator, Role::Responder}) {
    const ScenarioRun played = run(mobile(role, {Establish{}, by_dut, Traffic{}, by_dut, asked_by_dut()}));
    INFO(name(role) << "\n" << story(played));
    CHECK(all_done(played));
  }
}

TEST_CASE("move: it takes MOBIKE and another address", "[runner][mobike]") {
  const ScenarioRun without = run(scenario_of(Role::Initiator, {Establish{}, Move{}}));
  CHECK(without.steps[1].status == StepStatus::TriggerFailed);
  CHECK_THAT(without.steps[1].detail, Catch::StartsWith("unsupported: MOBIKE"));

  Target alone = embedded();
  alone.harness_other_addresses.clear();
  const ScenarioRun nowhere = run(mobile(Role::Initiator, {Establish{}, Move{}}), alone);
  CHECK(nowhere.steps[1].status == StepStatus::TriggerFailed);
  CHECK_THAT(nowhere.steps[1].detail, Contains("harness.other_addresses"));
}

TEST_CASE("path_test: answered to where it came from, and nothing moves", "[runner][mobike][rfc4555-3.10]") {
  const ScenarioRun played = run(mobile(Role::Initiator, {Establish{}, PathTest{}, asked_by_dut(), Liveness{}}));
  INFO(story(played));
  CHECK(all_done(played));
  const IpAddress there = embedded().harness_other_addresses.front();
  CHECK(std::ranges::count_if(played.trace.messages, [&](const auto& message) {
          return message.from == Party::Dut && message.destination.address == there;
        }) == 1);
}

TEST_CASE("nat: the device sees another address, and ESP goes in UDP", "[runner][nat][rfc7296-2.23]") {
  for (const Role role : {Role::Initiator, Role::Responder}) {
    const ScenarioRun played = run(scenario_of(role, {Nat{}, Establish{}, Traffic{}, asked_by_dut()}));
    INFO(name(role) << "\n" << story(played));
    CHECK(all_done(played));
    for (const trace::Packet& packet : esp_packets(played.trace, Party::Dut)) CHECK(packet.datagram.source.port != 0);
  }
}

TEST_CASE("nat: not on real sockets", "[runner][nat]") {
  const Target loopback = find_target("loopback", test::source_dir() / "scenarios");
  const ScenarioRun played = run(scenario_of(Role::Initiator, {Nat{}}), loopback);
  CHECK(played.steps[0].status == StepStatus::TriggerFailed);
}

TEST_CASE("reorder: the fragments of one message leave in the order asked for", "[runner][fragments][rfc7383-2.6]") {
  for (const bool doubled : {false, true}) {
    Scenario scenario = scenario_of(
        Role::Initiator, {Reorder{ExchangeType::IKE_AUTH, {}, Reorder::Order::Reversed, doubled}, Establish{}});
    scenario.config.fragmentation.supported = true;
    scenario.config.fragmentation.threshold = 200;
    const ScenarioRun played = run(scenario);
    INFO(story(played));
    CHECK(all_done(played));
    std::vector<int> numbers;
    for (const trace::MessageRecord& message : played.trace.messages)
      for (const wire::Payload& payload : message.outer.payloads)
        if (const auto* fragment = std::get_if<wire::EncryptedFragment>(&payload.body);
            fragment && message.from == Party::Harness)
          numbers.push_back(fragment->fragment_number);
    REQUIRE(numbers.size() >= 2);
    CHECK(std::ranges::is_sorted(numbers, std::greater{}));
    CHECK(numbers.back() == 1);
    CHECK(numbers.size() == static_cast<std::size_t>(numbers.front()) * (doubled ? 2 : 1));
  }
}
