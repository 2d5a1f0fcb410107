#include "reports/json_report.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/files.hpp"
#include "reports/grader.hpp"
#include "reports/markdown_report.hpp"
#include "reports/reasons.hpp"
#include "reports/summary.hpp"
#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/sample.hpp"

using namespace ikevet;
using namespace ikevet::reports;

TEST_CASE("report.json is what it was", "[reports][json][golden]") {
  test::check_golden("report.json", json_report(test::sample_report()));
}

TEST_CASE("report.md is what it was", "[reports][markdown][golden]") {
  test::check_golden("report.md", markdown_report(test::sample_report()));
}

TEST_CASE("verdicts are read back from report.json", "[reports][json]") {
  const RunReport report = test::sample_report();
  const Verdicts back = verdicts_from_report(json_report(report), "report.json");
  REQUIRE(back.scenarios.size() == report.verdicts.scenarios.size());
  RunReport again = report;
  again.verdicts = back;
  CHECK(json_report(again) == json_report(report));
  CHECK_THROWS_WITH(verdicts_from_report("{}", "r.json"), "r.json: this is not a report.json");
  CHECK_THROWS_AS(verdicts_from_report("[1", "r.json"), FileError);
}

TEST_CASE("the schema names all members and statuses", "[reports][json]") {
  const auto schema = nlohmann::json::parse(report_schema());
  const auto report = nlohmann::json::parse(json_report(test::sample_report()));
  const auto& definitions = schema.at("definitions");
  for (const auto& [member, value] : report.items()) CHECK(schema.at("properties").contains(member));
  for (const auto& [member, value] : report.at("run").items())
    CHECK(definitions.at("run").at("properties").contains(member));
  for (const auto& scenario : report.at("scenarios"))
    for (const auto& [member, value] : scenario.items())
      CHECK(definitions.at("scenario").at("properties").contains(member));
  CHECK(definitions.at("status").at("enum").size() == kStatusCount);
}

TEST_CASE("the denominator adds up", "[reports][summary]") {
  const RunReport report = test::sample_report();
  const Denominator d = denominator(report.verdicts);
  CHECK(d.total == report.verdicts.requirements.size());
  CHECK(d.total == d.tested + d.inconclusive + d.unsupported + d.not_run + d.not_testable);
  CHECK(d.tested == d.passed + d.failed + d.waived + d.unstable);
  CHECK(d.not_testable == 1);
  CHECK(d.waived == 1);
  CHECK(denominator(report.verdicts, report.catalogue, 7296).not_testable == 1);
  CHECK(exit_code(report.verdicts, report.catalogue, false) == 1);
}

TEST_CASE("a failure has all that a reader needs", "[reports][summary]") {
  const std::vector<Failure> all = failures(test::sample_report());
  const auto found = std::ranges::find(all, "rfc7296-2.5-critical-unknown", &Failure::requirement);
  REQUIRE(found != all.end());
  CHECK(found->required);
  CHECK(found->citation == "RFC 7296 §2.5");
  REQUIRE(found->seen.size() == 1);
  CHECK(found->seen[0].frames == std::vector<std::size_t>{6});
  CHECK(found->seen[0].rerun ==
        "ikevet run rfc7296/2.05-forward-compatibility/critical-unknown-payload --target acme-gw --seed 7 --out "
        "out/acme-again");
}
