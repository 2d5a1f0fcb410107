#include <catch2/catch.hpp>

#include "reports/baseline.hpp"
#include "reports/reasons.hpp"
#include "reports/verdict.hpp"

using namespace ikevet;
using namespace ikevet::reports;

namespace {

int code(std::initializer_list<std::pair<Status, std::string_view>> scenarios) {
  Verdicts v;
  for (const auto& [status, reason] : scenarios) {
    ScenarioVerdict scenario;
    scenario.scenario = "s" + std::to_string(v.scenarios.size());
    scenario.status = status;
    scenario.reason = reason;
    v.scenarios.push_back(scenario);
  }
  return exit_code(v, {}, false);
}

}  // namespace

TEST_CASE("exit codes of design.md", "[reports][exit-code]") {
  CHECK(code({}) == 5);
  CHECK(code({{Status::Pass, ""}, {Status::PassLenient, ""}, {Status::Unsupported, ""}, {Status::Waived, ""}}) == 0);
  CHECK(code({{Status::Pass, ""}, {Status::Fail, ""}}) == 1);
  CHECK(code({{Status::Pass, ""}, {Status::Error, reasons::kHarnessError}}) == 3);
  CHECK(code({{Status::Error, reasons::kHarnessError}, {Status::Fail, ""}}) == 1);
  CHECK(code({{Status::Inconclusive, reasons::kDutUnreachable}}) == 4);
  CHECK(code({{Status::Pass, ""}, {Status::Inconclusive, reasons::kTriggerFailed}}) == 4);
  CHECK(code({{Status::Pass, ""}, {Status::Inconclusive, reasons::kSetupRefused}}) == 6);
  CHECK(code({{Status::Unsupported, ""}}) == 6);
  CHECK(code({{Status::Pass, ""}, {Status::Unstable, ""}}) == 6);
}

TEST_CASE("names of statuses go both ways", "[reports]") {
  for (std::size_t i = 0; i < kStatusCount; ++i) {
    const auto status = static_cast<Status>(i);
    CHECK(status_from_name(name(status)) == status);
  }
  CHECK(status_from_name("passed") == std::nullopt);
}
