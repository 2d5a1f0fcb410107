#include "reports/baseline.hpp"

#include <catch2/catch.hpp>

#include "reports/files.hpp"
#include "reports/json_report.hpp"
#include "reports/reasons.hpp"
#include "tests/unit/reports/sample.hpp"

using namespace ikevet;
using namespace ikevet::reports;

namespace {

Verdicts verdicts(std::initializer_list<std::pair<const char*, Status>> scenarios) {
  Verdicts out;
  for (const auto& [id, status] : scenarios) {
    ScenarioVerdict scenario;
    scenario.scenario = id;
    scenario.status = status;
    out.scenarios.push_back(scenario);
    out.requirements[std::string("r-") + id] = {std::string("r-") + id, status, {}, {}, {}};
  }
  out.requirements["untouched"] = {"untouched", Status::Inconclusive, std::string(reasons::kNotRun), {}, {}};
  return out;
}

}  // namespace

TEST_CASE("a baseline survives its file", "[reports][baseline]") {
  const Baseline before = baseline_of(verdicts({{"a", Status::Pass}, {"b", Status::Fail}}), "dut");
  CHECK(before.requirements.size() == 2);  // what was not run is not expected
  CHECK(baseline_from_json(to_json_text(before), "x") == before);
}

TEST_CASE("a report.json serves as baseline", "[reports][baseline]") {
  const RunReport report = test::sample_report();
  const Baseline baseline = baseline_from_json(json_report(report), "report.json");
  CHECK(baseline == baseline_of(report.verdicts, report.info.target));
  CHECK(compare(baseline, report.verdicts, true).empty());
}

TEST_CASE("changes, regressions first, unexpected passes included", "[reports][baseline]") {
  const Baseline expected = baseline_of(
      verdicts({{"a", Status::Pass}, {"b", Status::Fail}, {"c", Status::Fail}, {"gone", Status::Pass}}), "dut");
  const Verdicts now =
      verdicts({{"a", Status::Fail}, {"b", Status::Pass}, {"c", Status::Inconclusive}, {"new", Status::Pass}});
  const std::vector<Change> changes = compare(expected, now, true);
  REQUIRE(changes.size() == 10);
  CHECK(changes[0].text() == "regression: scenario a: pass -> fail");
  CHECK(changes[1].text() == "regression: requirement r-a: pass -> fail");
  CHECK(changes[2].kind == Change::Kind::UnexpectedPass);
  CHECK(changes[4].kind == Change::Kind::Changed);
  CHECK(changes[6].text() == "new: scenario new: nothing -> pass");
  CHECK(changes[8].text() == "missing: scenario gone: pass -> nothing");
  CHECK(compare(expected, now, false).size() == 8);
}

TEST_CASE("a file that is no baseline says so", "[reports][baseline]") {
  CHECK_THROWS_WITH(baseline_from_json("{}", "b.json"), "b.json: this is neither a baseline nor a report.json");
  CHECK_THROWS_AS(baseline_from_json("{", "b.json"), FileError);
  CHECK_THROWS_AS(read_baseline("/nonexistent/b.json"), FileError);
}
