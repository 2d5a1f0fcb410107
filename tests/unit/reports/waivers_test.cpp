#include "reports/waivers.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/files.hpp"
#include "reports/json_report.hpp"
#include "reports/markdown_report.hpp"
#include "reports/reasons.hpp"
#include "scenarios/format/problem.hpp"
#include "tests/unit/reports/sample.hpp"

using namespace ikevet;
using namespace ikevet::reports;
using State = WaiverAccount::State;

namespace {

ScenarioVerdict failing(std::string id, std::vector<std::string> requirements) {
  ScenarioVerdict out;
  out.scenario = std::move(id);
  out.status = Status::Fail;
  out.detail = "no answer";
  for (std::string& requirement : requirements)
    out.requirements.push_back({std::move(requirement), Status::Fail, {}, {}, {}});
  return out;
}

struct Waived : Verdicts {
  std::vector<WaiverAccount> waivers;
};

Waived with(std::vector<ScenarioVerdict> scenarios, const std::vector<scenarios::Waiver>& waivers,
            std::vector<scenarios::KnownDeviation> known = {}) {
  RunContext context;
  context.date = "2026-11-25";
  context.known_deviations = std::move(known);
  Waived out{combine(std::move(scenarios), {}, context, waivers), {}};
  out.waivers = waiver_accounts(out, context, waivers);
  return out;
}

std::vector<scenarios::Waiver> load(const std::string& text) {
  const auto file = std::filesystem::temp_directory_path() / "ikevet-waivers-test.json";
  write_file(file, text);
  const scenarios::Catalogue catalogue = test::sample_report().catalogue;
  struct Remove {
    std::filesystem::path file;
    ~Remove() { std::filesystem::remove(file); }
  } const remove{file};
  return scenarios::load_waivers(file, catalogue);
}

}  // namespace

TEST_CASE("a waiver of a scenario covers all that fails in it, and nothing elsewhere", "[reports][waivers]") {
  const Waived v = with({failing("x", {"a", "b"}), failing("y", {"a"})}, {{"x", "", "ticket 1", "jo", "2027-01-31"}});
  CHECK(v.scenarios[0].status == Status::Waived);
  CHECK(v.scenarios[1].status == Status::Fail);
  CHECK(v.requirements.at("a").status == Status::Fail);
  CHECK(v.requirements.at("b").status == Status::Waived);
  REQUIRE(v.waivers.size() == 1);
  CHECK(v.waivers[0].state == State::Used);
  CHECK(v.waivers[0].covered == std::vector<WaiverAccount::Covered>{{"x", "a"}, {"x", "b"}});
  CHECK(exit_code(v, {}, false) == 1);
}

TEST_CASE("the narrowest waiver is the one that is used", "[reports][waivers]") {
  const Waived v = with({failing("x", {"a"})},
                        {{"", "a", "everywhere", "jo", "2027-01-31"}, {"x", "a", "ticket 2", "kim", "2027-01-31"}});
  CHECK(v.requirements.at("a").detail.find("ticket 2 (owner: kim") == 0);
  CHECK(v.waivers[0].state == State::NotNeeded);
  CHECK(v.waivers[1].text() == "a in x (owner kim, until 2027-01-31): 1 failure waived");
}

TEST_CASE("a scenario that fails by no requirement is waived as a whole only", "[reports][waivers]") {
  CHECK(with({failing("x", {})}, {{"x", "", "ticket 1", "jo", "2027-01-31"}}).scenarios[0].status == Status::Waived);
  const Waived other = with({failing("x", {})}, {{"x", "a", "ticket 1", "jo", "2027-01-31"}});
  CHECK(other.scenarios[0].status == Status::Fail);
  CHECK(other.waivers[0].state == State::NotInRun);
  const Waived late = with({failing("x", {})}, {{"x", "", "ticket 1", "jo", "2026-11-24"}});
  CHECK(late.scenarios[0].detail == "no answer; the waiver of jo ended on 2026-11-24");
}

TEST_CASE("what is expired, not needed or not there is said", "[reports][waivers]") {
  ScenarioVerdict fine = failing("fine", {"b"});
  fine.status = fine.requirements[0].status = Status::Pass;
  const Waived v = with({failing("x", {"a"}), fine}, {{"", "a", "old", "jo", "2026-11-24"},
                                                      {"", "b", "mended", "jo", "2027-01-31"},
                                                      {"elsewhere", "", "other", "jo", "2027-01-31"}});
  CHECK(v.scenarios[0].status == Status::Fail);
  CHECK(v.waivers[0].text() == "a (owner jo, until 2026-11-24): expired, so 1 failure counts");
  CHECK(v.waivers[1].text() == "b (owner jo, until 2027-01-31): nothing that it covers failed, it can go");
  CHECK(v.waivers[2].text() == "elsewhere (owner jo, until 2027-01-31): nothing in this run that it names");
}

TEST_CASE("a file of waivers is checked", "[reports][waivers]") {
  const auto all = load(R"({"format": "ikevet-waivers", "version": 1, "waivers": [
      {"scenario": "x", "requirement": "rfc7296-2.2-request-message-ids", "reason": "r", "owner": "o", "expires": "2027-01-31"}]})");
  CHECK(all == std::vector<scenarios::Waiver>{{"x", "rfc7296-2.2-request-message-ids", "r", "o", "2027-01-31"}});
  CHECK_THROWS_WITH(load(R"({"format": "ikevet-waivers", "version": 1, "waivers": [
      {"requirement": "rfc7296-2.2-request-message-idz", "reason": "r", "owner": "o", "expires": "2027-01-31"}]})"),
                    Catch::Contains("rfc7296-2.2-request-message-ids"));
  CHECK_THROWS_AS(
      load(
          R"({"format": "ikevet-waivers", "version": 1, "waivers": [{"reason": "r", "owner": "o", "expires": "soon"}]})"),
      scenarios::FormatError);
}

TEST_CASE("known deviations of a target are accounted for beside waivers, and written", "[reports][waivers]") {
  const Waived v = with({failing("x", {"a", "b"})}, {{"x", "b", "ticket 3", "kim", "2027-01-31"}},
                        {{"a", "fixed in 7.2", "jo", ""}, {"c", "never seen", "jo", ""}});
  CHECK(v.scenarios[0].status == Status::Waived);
  REQUIRE(v.waivers.size() == 3);
  CHECK(v.waivers[0].source == WaiverAccount::Source::Target);
  CHECK(v.waivers[0].text() == "a (owner jo): 1 failure waived");
  CHECK(v.waivers[1].state == State::NotInRun);
  CHECK(v.waivers[2].covered == std::vector<WaiverAccount::Covered>{{"x", "b"}});
  RunReport report;
  report.verdicts = v;
  const auto json = nlohmann::json::parse(json_report(report, v.waivers));
  CHECK(json.at("waivers").size() == 3);
  CHECK(json.at("waivers")[2].at("state") == "used");
  CHECK(json.at("waivers")[2].at("covered")[0].at("requirement") == "b");
  CHECK(waiver_section(v.waivers).find("| b in x | kim | 2027-01-31 | used | 1 | ticket 3 |") != std::string::npos);
  CHECK(waiver_section({}).empty());
}
