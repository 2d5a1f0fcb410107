// What the run makes of waits, of the device's health, and of scenarios that are played again.
#include "bindings/cli/player.hpp"

#include <catch2/catch.hpp>

#include "bindings/cli/health_record.hpp"
#include "tests/unit/scenarios/format_support.hpp"

using namespace ikevet;
using namespace ikevet::scenarios;
using Catch::Matchers::Contains;
using std::chrono::seconds;

namespace {

constexpr Instant at(int second) { return Instant(seconds(second)); }

Scenario scenario_of(std::vector<Action> actions) {
  Scenario out;
  out.id = "s";
  for (Action& action : actions) out.steps.push_back({std::move(action), "", ""});
  return out;
}

StepOutcome outcome(std::size_t step, int began, int ended, StepStatus status = StepStatus::Done) {
  StepOutcome out;
  out.step = step;
  out.status = status;
  out.began = at(began);
  out.ended = at(ended);
  return out;
}

Expect silence_or_answer() {
  Expect out;
  out.one_of.resize(2);
  out.one_of[1].silence = true;
  return out;
}

}  // namespace

TEST_CASE("Waits are what the protocol asks for, not what exchanges take", "[cli][timing]") {
  const Scenario scenario = scenario_of({Establish{}, Wait{seconds(5)}, silence_or_answer(), silence_or_answer()});
  ScenarioRun run;
  run.steps = {outcome(0, 0, 1), outcome(1, 1, 6), outcome(2, 1, 8), outcome(3, 8, 9)};
  run.steps[2].alternative = 1;  // silent: its time counts from the end of the step before
  run.steps[3].alternative = 0;  // answered
  CHECK(app::waits_of(scenario, run) == seconds(7));
  run.steps[0].status = StepStatus::NoAnswer;
  CHECK(app::waits_of(scenario, run) == seconds(8));
}

TEST_CASE("A run may take 1.3 times its waits, as many at a time as the device takes, and the longest",
          "[cli][timing]") {
  app::RunTiming timing;
  ScenarioRun run;
  run.steps = {outcome(0, 0, 10)};
  for (int i = 0; i < 4; ++i) timing.add(scenario_of({Wait{seconds(10)}}), run);
  timing.concurrency = 2;
  timing.wall = seconds(39);
  CHECK(timing.bound() == seconds(39));  // 1.3 * (40 / 2 + 10)
  CHECK(timing.within());
  timing.wall = seconds(40);
  CHECK_FALSE(timing.within());
  CHECK_THAT(timing.text(), Contains("exceeded"));
}

TEST_CASE("Scenarios that were played again keep their evidence beside the first", "[cli][reruns]") {
  CHECK(app::again_id("rfc7296/a/b", 0) == "rfc7296/a/b");
  CHECK(app::again_id("rfc7296/a/b", 2) == "again-2/rfc7296/a/b");
  CHECK(app::base_id("again-2/rfc7296/a/b") == "rfc7296/a/b");
  CHECK(app::base_id("rfc7296/a/b") == "rfc7296/a/b");
  CHECK(app::base_id("again-x/b") == "again-x/b");
}

TEST_CASE("A scenario shares the device if it asks for answers alone", "[cli][jobs]") {
  Scenario plain = scenario_of({Establish{}});
  CHECK(app::can_share(plain));
  plain.needs = {"responder", "trigger:rekey_child"};
  CHECK_FALSE(app::can_share(plain));
  CHECK_FALSE(app::can_share(scenario_of({Establish{}, Traffic{}})));
  Scenario other = scenario_of({Establish{}});
  other.harness = Role::Responder;
  CHECK_FALSE(app::can_share(other));
}

TEST_CASE("The device is looked at where it might have been hurt, or where silence speaks for it", "[cli][health]") {
  CHECK_FALSE(app::tries_robustness(scenario_of({Establish{}, Liveness{}})));
  Send altered;
  altered.mutate.resize(1);
  CHECK(app::tries_robustness(scenario_of({altered})));
  CHECK(app::tries_robustness(scenario_of({silence_or_answer()})));
  CHECK(app::tries_robustness(scenario_of({Replay{}})));
}

TEST_CASE("A device that restarted has failed, whatever its messages were, live and from the evidence",
          "[cli][health]") {
  const TempFolder folder;
  const auto file = folder.path() / "health.json";
  CHECK_FALSE(app::read_health(file));
  app::write_health(file, {DeviceHealth::State::Restarted, "`life` says 2"});
  const auto health = app::read_health(file);
  REQUIRE(health);
  reports::ScenarioVerdict verdict;
  verdict.status = reports::Status::Pass;
  app::apply_health(verdict, *health);
  CHECK(verdict.status == reports::Status::Fail);
  CHECK_THAT(verdict.detail, Contains("it restarted: `life` says 2"));
  verdict.status = reports::Status::Pass;
  app::apply_health(verdict, {DeviceHealth::State::Alive, ""});
  CHECK(verdict.status == reports::Status::Pass);
  app::apply_health(verdict, {DeviceHealth::State::Silent, "not answered"});
  CHECK(verdict.status == reports::Status::Inconclusive);
  CHECK(verdict.reason == "device-gone");
  app::apply_health(verdict, {DeviceHealth::State::Dead, "no process"});
  CHECK(verdict.status == reports::Status::Fail);
}
