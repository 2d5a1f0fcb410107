#include <catch2/catch.hpp>

#include "reports/grader.hpp"
#include "reports/reasons.hpp"

using namespace ikevet;
using namespace ikevet::reports;

namespace {

scenarios::Requirement requirement(std::string id, scenarios::Testability testability = scenarios::Testability::Wire) {
  scenarios::Requirement r;
  r.id = std::move(id);
  r.rfc = 7296;
  r.level = scenarios::Level::Must;
  r.testability = testability;
  r.why_not = testability == scenarios::Testability::Wire ? "" : "inside the device";
  return r;
}

scenarios::Catalogue catalogue() {
  scenarios::Catalogue out;
  out.emplace("a", requirement("a"));
  out.emplace("b", requirement("b"));
  out.emplace("hidden", requirement("hidden", scenarios::Testability::NotObservable));
  return out;
}

ScenarioVerdict scenario(std::string id, Status status, std::string requirement = "a") {
  ScenarioVerdict out;
  out.scenario = std::move(id);
  out.status = status;
  out.requirements = {{std::move(requirement), status, {}, {}, {}}};
  return out;
}

RunContext with_control() {
  RunContext context;
  context.controls.emplace("negative", "control");
  return context;
}

RunContext with_waiver(std::string expires) {
  RunContext context;
  context.date = "2026-11-23";
  context.known_deviations = {{"a", "fixed in 7.2", "jo", std::move(expires)}};
  return context;
}

}  // namespace

TEST_CASE("a provocation counts only where its control passed", "[reports][combine]") {
  const Status outcome = GENERATE(Status::Pass, Status::Fail);
  SECTION("it passed") {
    const Verdicts v =
        combine({scenario("control", Status::Pass, "b"), scenario("negative", outcome)}, catalogue(), with_control());
    CHECK(v.scenarios[1].status == outcome);
    CHECK(v.requirements.at("a").status == outcome);
  }
  SECTION("it failed") {
    const Verdicts v =
        combine({scenario("control", Status::Fail, "b"), scenario("negative", outcome)}, catalogue(), with_control());
    CHECK(v.scenarios[1].status == Status::Inconclusive);
    CHECK(v.scenarios[1].reason == reasons::kControlFailed);
    CHECK(v.requirements.at("a").status == Status::Inconclusive);
    CHECK(v.requirements.at("b").status == Status::Fail);
  }
  SECTION("it was not run") {
    const Verdicts v = combine({scenario("negative", outcome)}, catalogue(), with_control());
    CHECK(v.scenarios[0].reason == reasons::kControlNotRun);
  }
  SECTION("order does not matter") {
    const Verdicts v =
        combine({scenario("negative", outcome), scenario("control", Status::Pass, "b")}, catalogue(), with_control());
    CHECK(v.scenarios[0].status == outcome);
  }
}

TEST_CASE("what a scenario says of itself outweighs its control", "[reports][combine]") {
  ScenarioVerdict error = scenario("negative", Status::Error);
  error.reason = reasons::kHarnessError;
  const Verdicts v = combine({scenario("control", Status::Fail, "b"), error}, catalogue(), with_control());
  CHECK(v.scenarios[1].reason == reasons::kHarnessError);
}

TEST_CASE("every requirement of the catalogue has a verdict", "[reports][combine]") {
  const Verdicts v = combine({scenario("x", Status::Pass)}, catalogue(), {});
  CHECK(v.requirements.at("a").status == Status::Pass);
  CHECK(v.requirements.at("b").status == Status::Inconclusive);
  CHECK(v.requirements.at("b").reason == reasons::kNotRun);
  CHECK(v.requirements.at("hidden").status == Status::NotApplicable);
  CHECK(v.requirements.at("hidden").reason == reasons::kNotTestable);
  CHECK(v.requirements.at("hidden").detail == "inside the device");
}

TEST_CASE("a failure anywhere is the requirement's; a pass outweighs places without sight", "[reports][combine]") {
  const Verdicts one =
      combine({scenario("x", Status::Pass), scenario("y", Status::Fail), scenario("z", Status::Pass)}, catalogue(), {});
  CHECK(one.requirements.at("a").status == Status::Fail);
  const Verdicts two = combine({scenario("x", Status::Inconclusive), scenario("y", Status::Pass)}, catalogue(), {});
  CHECK(two.requirements.at("a").status == Status::Pass);
  ScenarioVerdict by_rule = scenario("x", Status::Pass, "b");
  by_rule.rules = {{"a", Status::Fail, {}, "seen", {{"x", {}, {3}, "e", "f"}}}};
  const Verdicts three = combine({by_rule, scenario("y", Status::Pass)}, catalogue(), {});
  CHECK(three.requirements.at("a").status == Status::Fail);
  CHECK(three.requirements.at("a").evidence.size() == 1);
}

TEST_CASE("known deviations waive until they expire", "[reports][combine]") {
  SECTION("in time, and on the last day") {
    const std::string expires = GENERATE("2027-01-31", "2026-11-23", "");
    const Verdicts v = combine({scenario("x", Status::Fail)}, catalogue(), with_waiver(expires));
    CHECK(v.scenarios[0].status == Status::Waived);
    CHECK(v.requirements.at("a").status == Status::Waived);
    CHECK(v.requirements.at("a").detail.find("fixed in 7.2") != std::string::npos);
    CHECK(exit_code(v, catalogue(), false) == 0);
  }
  SECTION("expired") {
    const Verdicts v = combine({scenario("x", Status::Fail)}, catalogue(), with_waiver("2026-11-22"));
    CHECK(v.scenarios[0].status == Status::Fail);
    CHECK(v.requirements.at("a").detail.find("2026-11-22") != std::string::npos);
    CHECK(exit_code(v, catalogue(), false) == 1);
  }
  SECTION("another requirement of the scenario still fails") {
    ScenarioVerdict both = scenario("x", Status::Fail);
    both.requirements.push_back({"b", Status::Fail, {}, {}, {}});
    const Verdicts v = combine({both}, catalogue(), with_waiver(""));
    CHECK(v.scenarios[0].status == Status::Fail);
    CHECK(v.requirements.at("a").status == Status::Waived);
    CHECK(v.requirements.at("b").status == Status::Fail);
  }
  SECTION("a rule") {
    ScenarioVerdict by_rule = scenario("x", Status::Pass, "b");
    by_rule.rules = {{"a", Status::Fail, {}, "seen", {}}};
    const Verdicts v = combine({by_rule}, catalogue(), with_waiver(""));
    CHECK(v.scenarios[0].rules[0].status == Status::Waived);
    CHECK(exit_code(v, catalogue(), false) == 0);
  }
}

TEST_CASE("a scenario that comes out differently is unstable", "[reports][combine]") {
  const Verdicts same = combine({scenario("x", Status::Pass), scenario("x", Status::Pass)}, catalogue(), {});
  CHECK(same.scenarios.size() == 1);
  CHECK(same.scenarios[0].status == Status::Pass);
  const Verdicts v = combine({scenario("x", Status::Pass), scenario("x", Status::Fail)}, catalogue(), {});
  REQUIRE(v.scenarios.size() == 1);
  CHECK(v.scenarios[0].status == Status::Unstable);
  CHECK(v.requirements.at("a").status == Status::Unstable);
  CHECK(exit_code(v, catalogue(), false) == 6);
}
