#include "bindings/cli/suite_run.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;
using app::ExitCode;
using reports::Status;

namespace {

reports::RunReport report_with(Status status, bool partial = false) {
  reports::RunReport out;
  out.info.partial = partial;
  reports::ScenarioVerdict verdict;
  verdict.scenario = "a";
  verdict.status = status;
  out.verdicts.scenarios.push_back(verdict);
  out.verdicts.partial = partial;
  return out;
}

const std::vector<reports::Change> kOneChange{{reports::Change::Kind::UnexpectedPass, "a", true, "fail", "pass"}};

}  // namespace

TEST_CASE("an interrupted run is never a passed one", "[cli]") {
  CHECK(app::exit_code_of(report_with(Status::Pass), {}) == ExitCode::Pass);
  CHECK(app::exit_code_of(report_with(Status::Pass, true), {}) == ExitCode::Inconclusive);
  CHECK(app::exit_code_of(report_with(Status::Fail, true), {}) == ExitCode::Failed);
  reports::RunReport nothing;
  nothing.info.partial = true;
  CHECK(app::exit_code_of(nothing, {}) == ExitCode::Inconclusive);
}

TEST_CASE("a difference from the baseline has its code, save where nothing was seen", "[cli]") {
  CHECK(app::exit_code_of(report_with(Status::Pass), kOneChange) == ExitCode::Differs);
  CHECK(app::exit_code_of(report_with(Status::Fail), kOneChange) == ExitCode::Differs);
  CHECK(app::exit_code_of(report_with(Status::Error), kOneChange) == ExitCode::HarnessError);
}

TEST_CASE("a scenario needs capabilities and triggers of its target", "[cli]") {
  scenarios::Scenario scenario;
  scenario.needs = {"responder", "trigger:rekey_child"};
  scenarios::Target target;
  target.name = "box";
  CHECK(app::missing_need(scenario, target) == "the target box does not have responder, trigger:rekey_child");
  target.capabilities = {"responder"};
  target.triggers["rekey_child"] = {};
  CHECK(app::missing_need(scenario, target).empty());
}
