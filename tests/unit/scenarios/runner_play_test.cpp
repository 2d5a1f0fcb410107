// Scenarios played from the first step to the last against the built-in device.
#include <catch2/catch.hpp>
#include <sstream>

#include "engine/wire/describe.hpp"
#include "scenarios/format/loader.hpp"
#include "scenarios/runner/runner.hpp"
#include "scenarios/runner/test_bed.hpp"
#include "tests/support/paths.hpp"

using namespace ikevet;
using namespace ikevet::scenarios;
using Catch::Matchers::Contains;
using wire::ExchangeType;

namespace {

const Library& library() {
  static const Library loaded = load_library((test::source_dir() / "scenarios").string());
  return loaded;
}

const Target& embedded() {
  static const Target target = find_target("embedded", library().folder, library().catalogue);
  return target;
}

ScenarioRun run(const Scenario& scenario, const Target& target = embedded(), const RunOptions& options = {}) {
  const auto bed = open_test_bed(target, scenario, options);
  return play(scenario, target, bed->link(), options);
}

/// What happened, for messages of failed tests.
std::string story(const Scenario& scenario, const ScenarioRun& played) {
  std::ostringstream out;
  for (const StepOutcome& step : played.steps)
    out << describe(scenario.steps[step.step]) << ": " << name(step.status) << " " << step.detail << "\n";
  for (const trace::MessageRecord& message : played.trace.messages)
    out << message.frame << " " << trace::name(message.from) << " " << wire::describe_header(message.outer.header)
        << " " << wire::describe(message.outer, message.inner) << "\n";
  for (const trace::EventRecord& event : played.trace.events) out << trace::text(event.event) << "\n";
  return out.str();
}

Scenario scenario_of(Role role, std::vector<Action> actions) {
  Scenario out;
  out.id = "test";
  out.harness = role;
  for (Action& action : actions) out.steps.push_back({std::move(action), "", ""});
  return out;
}

Expect expecting(ExchangeType exchange, std::optional<bool> response = {}) {
  Alternative alternative;
  alternative.message.exchange = exchange;
  alternative.message.response = response;
  return {{alternative}, {}, {}, {}, ""};
}

StepStatus status_of(const ScenarioRun& played, std::size_t step) { return played.steps.at(step).status; }

std::string octets_of(const trace::Trace& trace) {
  std::string out;
  for (const trace::Packet& packet : trace.packets)
    out += std::to_string(packet.at.time_since_epoch().count()) + " " + to_hex(packet.datagram.payload) + "\n";
  return out;
}

}  // namespace

/// The built-in devices, the plain one first: others have certificates, or are the client of EAP.
const std::vector<Target>& built_in() {
  static const std::vector<Target> all = [] {
    std::vector<Target> out{embedded()};
    for (const Target& target : load_targets(library().folder / "targets", library().catalogue))
      if (target.kind == TargetKind::Embedded && target.name != out.front().name)
        out.push_back(find_target(target.name, library().folder, library().catalogue));
    return out;
  }();
  return all;
}

/// The first that can do all that the scenario needs; null when none can.
const Target* fit_for(const Scenario& scenario) {
  const auto can = [&](const Target& target) {
    return std::ranges::all_of(scenario.needs, [&](const std::string& need) {
      return target.claims(need) || (need.starts_with("trigger:") && target.triggers.contains(need.substr(8)));
    });
  };
  const auto it = std::ranges::find_if(built_in(), can);
  return it == built_in().end() ? nullptr : &*it;
}

TEST_CASE("every scenario of the suite holds against a built-in device", "[runner][suite]") {
  REQUIRE(library().suite.size() >= 20);
  for (const Scenario& scenario : library().suite) {
    const Target* target = fit_for(scenario);
    INFO(scenario.id);
    REQUIRE(target != nullptr);
    const ScenarioRun played = run(scenario, *target);
    INFO(scenario.id << "\n" << story(scenario, played));
    CHECK(std::ranges::all_of(played.steps, [](const auto& step) { return step.status == StepStatus::Done; }));
    CHECK_FALSE(played.interrupted);
  }
}

TEST_CASE("the same seed gives the same octets at the same times, another seed others", "[runner]") {
  const Scenario scenario = scenario_of(Role::Initiator, {Establish{}, RekeyChild{}, Liveness{}});
  const auto with_seed = [&](std::uint64_t seed) {
    RunOptions options;
    options.seed = seed;
    return octets_of(run(scenario, embedded(), options).trace);
  };
  CHECK(with_seed(7) == with_seed(7));
  CHECK(with_seed(7) != with_seed(8));
  CHECK(scenario_seed(1, "a") != scenario_seed(1, "b"));
}

TEST_CASE("compound steps, in both roles and started by either side", "[runner]") {
  const Role role = GENERATE(Role::Initiator, Role::Responder);
  const bool by_dut = GENERATE(false, true);
  const Scenario scenario = scenario_of(role, {Establish{}, Liveness{}, RekeyChild{by_dut, ""}, Liveness{},
                                               Delete{true, by_dut, ""}, Liveness{}, Delete{false, by_dut, ""}});
  const ScenarioRun played = run(scenario);
  INFO(story(scenario, played));
  for (const StepOutcome& step : played.steps) CHECK(step.status == StepStatus::Done);
}

TEST_CASE("what an expect took is held until a step lets it go", "[runner]") {
  SECTION("an absence in between leaves it held") {
    Expect nothing;
    nothing.absent = MessagePattern{};
    nothing.absent_for = std::chrono::seconds(1);
    const Scenario scenario = scenario_of(
        Role::Initiator, {Send{ExchangeType::IKE_SA_INIT, "", {}, false}, expecting(ExchangeType::IKE_SA_INIT), nothing,
                          Wait{std::chrono::milliseconds(100)}, Send{ExchangeType::IKE_AUTH, "", {}, false},
                          expecting(ExchangeType::IKE_AUTH)});
    const ScenarioRun played = run(scenario);
    INFO(story(scenario, played));
    for (const StepOutcome& step : played.steps) CHECK(step.status == StepStatus::Done);
  }
  SECTION("an expect after an expect lets the engine go on by itself") {
    const Scenario scenario = scenario_of(
        Role::Initiator, {Send{ExchangeType::IKE_SA_INIT, "", {}, false}, expecting(ExchangeType::IKE_SA_INIT),
                          expecting(ExchangeType::IKE_AUTH), Liveness{}});
    const ScenarioRun played = run(scenario);
    INFO(story(scenario, played));
    for (const StepOutcome& step : played.steps) CHECK(step.status == StepStatus::Done);
  }
  SECTION("establish finishes a set-up that was begun step by step") {
    const Scenario scenario = scenario_of(Role::Initiator, {Send{ExchangeType::IKE_SA_INIT, "", {}, false},
                                                            expecting(ExchangeType::IKE_SA_INIT), Establish{}});
    const ScenarioRun played = run(scenario);
    INFO(story(scenario, played));
    CHECK(status_of(played, 2) == StepStatus::Done);
    CHECK(std::ranges::count_if(played.trace.messages, [](const trace::MessageRecord& m) {
            return m.outer.header.exchange == ExchangeType::IKE_SA_INIT && !m.is_response();
          }) == 1);
  }
}

TEST_CASE("after a damaged request that nobody answered the IKE SA is as before", "[runner]") {
  const Mutation wrong_checksum{Layer::AfterIntegrity, FlipBits{"SK/Encrypted Data", Bytes{0xff}}};
  Expect silence;
  silence.one_of.push_back({{}, true, "RFC 7296 §2.21", false});
  silence.within = std::chrono::milliseconds(500);
  const Scenario scenario =
      scenario_of(Role::Initiator, {Establish{}, Send{ExchangeType::INFORMATIONAL, "liveness", {wrong_checksum}, false},
                                    silence, Liveness{}, Delete{}});
  const ScenarioRun played = run(scenario);
  INFO(story(scenario, played));
  for (const StepOutcome& step : played.steps) CHECK(step.status == StepStatus::Done);
  CHECK(played.steps[2].alternative == 0U);
}

TEST_CASE("a message altered once is followed by the honest one", "[runner]") {
  const Mutation elsewhere{Layer::Values, SetField{"HDR/Message ID", {}, 4096}};
  const Scenario scenario =
      scenario_of(Role::Initiator, {Establish{}, Send{ExchangeType::INFORMATIONAL, "liveness", {elsewhere}, true},
                                    expecting(ExchangeType::INFORMATIONAL, true)});
  const ScenarioRun played = run(scenario);
  INFO(story(scenario, played));
  CHECK(status_of(played, 2) == StepStatus::Done);
  // Both were protected with the right keys.
  int opened = 0;
  for (const trace::MessageRecord& m : played.trace.messages)
    if (m.from == trace::Party::Harness && m.outer.header.exchange == ExchangeType::INFORMATIONAL && !m.is_response())
      opened += m.protection == trace::Protection::Opened ? 1 : 0;
  CHECK(opened >= 2);
}

TEST_CASE("the network loses, doubles and repeats what it is told to", "[runner]") {
  MessagePattern liveness;
  liveness.exchange = ExchangeType::INFORMATIONAL;
  liveness.response = false;
  Check same;
  same.what = Check::What::SameAnswer;
  SECTION("lost") {
    const Scenario scenario =
        scenario_of(Role::Initiator, {Establish{}, Drop{trace::Party::Harness, liveness, 1}, Liveness{}});
    const ScenarioRun played = run(scenario);
    INFO(story(scenario, played));
    CHECK(status_of(played, 2) == StepStatus::Done);
    const auto lost = std::ranges::find(played.trace.packets, trace::Fate::DroppedByScenario, &trace::Packet::fate);
    REQUIRE(lost != played.trace.packets.end());
    CHECK(lost->frame == 0);  // it never reached the wire
  }
  SECTION("doubled") {
    const Scenario scenario = scenario_of(
        Role::Initiator, {Establish{}, Duplicate{liveness}, Liveness{}, Wait{std::chrono::seconds(1)}, same});
    const ScenarioRun played = run(scenario);
    INFO(story(scenario, played));
    CHECK(status_of(played, 4) == StepStatus::Done);
  }
  SECTION("repeated") {
    const Scenario scenario = scenario_of(Role::Initiator, {Establish{}, Liveness{}, Replay{liveness, {}},
                                                            expecting(ExchangeType::INFORMATIONAL, true), same});
    const ScenarioRun played = run(scenario);
    INFO(story(scenario, played));
    for (const StepOutcome& step : played.steps) CHECK(step.status == StepStatus::Done);
  }
}

TEST_CASE("an expectation that is not met says what came instead", "[runner]") {
  Expect cookie = expecting(ExchangeType::IKE_SA_INIT, true);
  PayloadPattern payload;
  payload.type = wire::PayloadType::Notify;
  payload.notify = wire::NotifyType::COOKIE;
  cookie.one_of[0].message.payloads = {payload};
  const Scenario scenario =
      scenario_of(Role::Initiator, {Send{ExchangeType::IKE_SA_INIT, "", {}, false}, cookie, Liveness{}});
  const ScenarioRun played = run(scenario);
  CHECK(status_of(played, 1) == StepStatus::Unmet);
  CHECK(played.steps[1].frames.front() == 2);
  CHECK_THAT(played.steps[1].detail, Contains("frame 2") && Contains("COOKIE"));
  CHECK(status_of(played, 2) == StepStatus::NotReached);
}

TEST_CASE("what must be absent and is seen", "[runner]") {
  Expect none;
  none.absent = MessagePattern{};
  none.absent->exchange = ExchangeType::IKE_SA_INIT;
  none.absent_for = std::chrono::seconds(1);
  const ScenarioRun played = run(scenario_of(Role::Initiator, {Send{ExchangeType::IKE_SA_INIT, "", {}, false}, none}));
  CHECK(status_of(played, 1) == StepStatus::Violated);
  CHECK(played.steps[1].frames == std::vector<std::size_t>{2});
}

TEST_CASE("a check that does not hold does not stop the scenario", "[runner]") {
  Check none_alive;
  none_alive.what = Check::What::NoIkeSa;
  const ScenarioRun played = run(scenario_of(Role::Initiator, {Establish{}, none_alive, Liveness{}}));
  CHECK(status_of(played, 1) == StepStatus::Unmet);
  CHECK(status_of(played, 2) == StepStatus::Done);
}

TEST_CASE("a device that is not there, and one that refuses", "[runner]") {
  SECTION("silence") {
    Scenario scenario = scenario_of(Role::Initiator, {Drop{trace::Party::Harness, {}, 1000}, Establish{}});
    CHECK(status_of(run(scenario), 1) == StepStatus::NoAnswer);
  }
  SECTION("refusal") {
    Scenario scenario = scenario_of(Role::Initiator, {Establish{}});
    scenario.config.psk = "not the right one";
    const ScenarioRun played = run(scenario);
    CHECK(status_of(played, 0) == StepStatus::Refused);
    CHECK_THAT(played.steps[0].detail, Contains("AUTHENTICATION_FAILED"));
  }
  SECTION("a trigger that the device does not have") {
    const ScenarioRun played = run(scenario_of(Role::Initiator, {Establish{}, Trigger{"dance"}}));
    CHECK(status_of(played, 1) == StepStatus::TriggerFailed);
    CHECK(played.steps[1].detail.starts_with("unsupported"));
  }
}

TEST_CASE("mistakes of a scenario are errors of the harness, never of the device", "[runner]") {
  const auto status = [](std::vector<Action> actions) {
    const ScenarioRun played = run(scenario_of(Role::Initiator, std::move(actions)));
    return played.steps.back().status;
  };
  CHECK(status({Liveness{}}) == StepStatus::HarnessError);
  CHECK(status({Send{ExchangeType::IKE_AUTH, "", {}, false}}) == StepStatus::HarnessError);
  MessagePattern never;
  never.exchange = ExchangeType::CREATE_CHILD_SA;
  CHECK(status({Establish{}, Replay{never, {}}}) == StepStatus::HarnessError);
  const Mutation impossible{Layer::Values, RemovePayload{{wire::PayloadType::CERT, {}, 0}}};
  CHECK(status({Send{ExchangeType::IKE_SA_INIT, "", {impossible}, false}}) == StepStatus::HarnessError);
}

TEST_CASE("an interruption keeps what was seen", "[runner]") {
  const Scenario scenario = scenario_of(Role::Initiator, {Establish{}, Wait{std::chrono::hours(1)}, Liveness{}});
  RunOptions options;
  const auto bed = open_test_bed(embedded(), scenario, options);
  const Link link = bed->link();
  options.on_step = [&](const StepOutcome& outcome) {
    if (outcome.step == 0) link.transport.interrupt();
  };
  const ScenarioRun played = play(scenario, embedded(), link, options);
  CHECK(played.interrupted);
  CHECK(status_of(played, 0) == StepStatus::Done);
  CHECK(status_of(played, 1) == StepStatus::NotReached);
  CHECK(played.trace.messages.size() >= 4);
}

TEST_CASE("keys of the run are handed over", "[runner]") {
  const Scenario scenario = scenario_of(Role::Initiator, {Establish{}, RekeyChild{}});
  const RunOptions options;
  const auto bed = open_test_bed(embedded(), scenario, options);
  keys::KeySet keys;
  const ScenarioRun played = play(scenario, embedded(), bed->link(), options, &keys);
  CHECK(keys.ike.size() == 1);
  CHECK(keys.children.size() == 2);
  CHECK(std::ranges::none_of(played.trace.messages,
                             [](const auto& m) { return m.protection == trace::Protection::NoKeys; }));
}

TEST_CASE("the target `loopback`: the same over real sockets", "[runner][sockets]") {
  Target target = find_target("loopback", library().folder, library().catalogue);
  target.dut_ike_port = target.dut_nat_t_port = 0;  // several test programs may run at a time
  const Role role = GENERATE(Role::Initiator, Role::Responder);
  const Scenario scenario = scenario_of(role, {Establish{}, Liveness{}, RekeyChild{}, Delete{}});
  const ScenarioRun played = run(scenario, target);
  INFO(story(scenario, played));
  for (const StepOutcome& step : played.steps) CHECK(step.status == StepStatus::Done);
}
