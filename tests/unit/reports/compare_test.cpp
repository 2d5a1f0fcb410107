#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/baseline.hpp"
#include "reports/files.hpp"
#include "reports/json_report.hpp"
#include "reports/matrix.hpp"
#include "reports/reasons.hpp"
#include "reports/run_diff.hpp"
#include "tests/unit/reports/sample.hpp"

using namespace ikevet;
using namespace ikevet::reports;
using Kind = Difference::Kind;

namespace {

DiffSide side(std::string label, std::initializer_list<std::pair<const char*, Status>> requirements) {
  DiffSide out;
  out.label = std::move(label);
  for (const auto& [id, status] : requirements)
    out.verdicts.requirements[id] = {id, status, {}, {}, {{"s", 1, {4}, "an answer", std::string("saw ") + id}}};
  return out;
}

Kind only_kind(Status before, Status after) {
  const RunDiff found = diff(side("a", {{"x", before}}), side("b", {{"x", after}}), {});
  REQUIRE(found.differences.size() == 1);
  return found.differences[0].kind;
}

/// The difference that a change of what was seen makes.
std::size_t evidence_changes(const std::string& before, const std::string& after) {
  DiffSide a = side("a", {{"x", Status::Fail}}), b = a;
  a.verdicts.requirements["x"].evidence[0].actual = before;
  b.verdicts.requirements["x"].evidence[0].actual = after;
  return diff(a, b, {}).count(Kind::Evidence);
}

}  // namespace

TEST_CASE("each change of a verdict has its kind", "[reports][diff]") {
  CHECK(only_kind(Status::Pass, Status::Fail) == Kind::NewFail);
  CHECK(only_kind(Status::Inconclusive, Status::Fail) == Kind::NewFail);
  CHECK(only_kind(Status::Waived, Status::Fail) == Kind::NewFail);
  CHECK(only_kind(Status::PassLenient, Status::Inconclusive) == Kind::Lost);
  CHECK(only_kind(Status::Fail, Status::Pass) == Kind::Mended);
  CHECK(only_kind(Status::Unsupported, Status::PassLenient) == Kind::Gained);
  CHECK(only_kind(Status::Fail, Status::Waived) == Kind::Changed);
  CHECK(only_kind(Status::Pass, Status::PassLenient) == Kind::Changed);
}

TEST_CASE("what is worse, and what only differs", "[reports][diff]") {
  const auto of = [](Status before, Status after) {
    return diff(side("a", {{"x", before}}), side("b", {{"x", after}}), {});
  };
  CHECK(of(Status::Pass, Status::Fail).worse());
  CHECK(of(Status::Pass, Status::Unsupported).worse());
  CHECK_FALSE(of(Status::Fail, Status::Pass).worse());
  CHECK(of(Status::Fail, Status::Pass).verdicts_differ());
  CHECK_FALSE(of(Status::Fail, Status::Fail).verdicts_differ());
  CHECK(of(Status::Fail, Status::Fail).same == 1);
  CHECK(diff(side("a", {{"x", Status::Pass}}), side("b", {}), {}).worse());
  CHECK_FALSE(diff(side("a", {}), side("b", {{"x", Status::Pass}}), {}).worse());
  CHECK(diff(side("a", {}), side("b", {{"x", Status::Fail}}), {}).worse());
}

TEST_CASE("evidence is compared without what chance decides", "[reports][diff]") {
  CHECK(evidence_changes("SPI 0011223344556677 in frame 4 after 1.25 s",
                         "SPI a0b1c2d3e4f50617 in frame 12 after 2.5 s") == 0);
  CHECK(evidence_changes("Message ID 3, 0 is next", "Message ID 4, 0 is next") == 1);
  CHECK(evidence_changes("NO_PROPOSAL_CHOSEN", "INVALID_SYNTAX") == 1);
  CHECK(evidence_changes("the facade was defaced", "the facade was decadent") == 1);  // letters a to f, not octets
}

TEST_CASE("requirements that neither run touched do not count", "[reports][diff]") {
  DiffSide a = side("a", {}), b = side("b", {});
  a.verdicts.requirements["x"] = {"x", Status::Inconclusive, std::string(reasons::kNotRun), {}, {}};
  b.verdicts.requirements["x"] = {"x", Status::Pass, {}, {}, {}};
  const RunDiff found = diff(a, b, {});
  REQUIRE(found.differences.size() == 1);
  CHECK(found.differences[0].kind == Kind::New);
}

TEST_CASE("two reports are compared, and written", "[reports][diff]") {
  const RunReport report = test::sample_report();
  RunReport later = report;
  later.info.seed = 8;
  later.verdicts.scenarios[0].status = Status::Inconclusive;
  later.verdicts.scenarios[0].reason = reasons::kDutUnreachable;
  later.verdicts.scenarios.erase(later.verdicts.scenarios.begin() + 2);
  for (auto& [id, verdict] : later.verdicts.requirements)
    if (verdict.status == Status::Fail) {
      verdict.status = Status::Pass;
      verdict.evidence.resize(1);
      verdict.evidence[0].actual = "as asked | <b>";
    }
  const DiffSide a = diff_side_from_json(json_report(report), "a.json");
  const DiffSide b = diff_side_from_json(json_report(later), "b.json");
  CHECK_FALSE(diff(a, a, report.catalogue).verdicts_differ());
  const RunDiff found = diff(a, b, report.catalogue);
  const std::string text = diff_markdown(found);
  CHECK(text.find("# b.json against a.json") == 0);
  CHECK(text.find("## Mended") != std::string::npos);
  CHECK(text.find("## Gone") != std::string::npos);
  CHECK(text.find("as asked | <b>") == std::string::npos);  // a cell of a table
  const auto json = nlohmann::json::parse(diff_json(found));
  CHECK(json.at("worse") == true);
  CHECK(json.at("counts").at("mended") == found.count(Kind::Mended));
  CHECK(json.at("differences").size() == found.differences.size());
  CHECK(json.at("conditions") == nlohmann::json::array({"seed: 7 -> 8"}));
}

TEST_CASE("a baseline has no evidence to compare", "[reports][diff]") {
  const RunReport report = test::sample_report();
  const DiffSide a = diff_side_from_json(to_json_text(baseline_of(report.verdicts, "acme-gw")), "base.json");
  const RunDiff found = diff(a, diff_side_from_json(json_report(report), "r.json"), report.catalogue);
  CHECK(found.differences.empty());
  CHECK(found.same > 0);
  CHECK_THROWS_WITH(diff_side_from_json("{}", "x.json"), Catch::Contains("neither a baseline nor a report.json"));
  CHECK_THROWS_AS(diff_side_from_json("{", "x.json"), FileError);
}

namespace {

DiffSide matrix_column(std::string label, std::initializer_list<std::pair<const char*, Status>> scenarios) {
  DiffSide out;
  out.label = std::move(label);
  for (const auto& [id, status] : scenarios) {
    out.verdicts.scenarios.emplace_back();
    out.verdicts.scenarios.back().scenario = id;
    out.verdicts.scenarios.back().status = status;
    out.verdicts.scenarios.back().detail = "because <b>";
  }
  return out;
}

}  // namespace

TEST_CASE("runs side by side, by section, with gaps where a run lacks a scenario", "[reports][matrix]") {
  const Matrix m = matrix({matrix_column("a", {{"rfc1/2.1-x/one", Status::Pass}, {"rfc1/2.1-x/two", Status::Fail}}),
                           matrix_column("b", {{"rfc1/2.1-x/one", Status::Pass}, {"rfc1/3-y/three", Status::Waived}})},
                          {});
  REQUIRE(m.scenarios.size() == 2);
  CHECK(m.scenarios[0].name == "rfc1/2.1-x");
  REQUIRE(m.scenarios[0].rows.size() == 2);
  CHECK_FALSE(m.scenarios[0].rows[0].differs());
  CHECK(m.scenarios[0].rows[0].all_pass());
  CHECK(m.scenarios[0].rows[1].differs());
  CHECK_FALSE(m.scenarios[0].rows[1].cells[1].status.has_value());
  CHECK(m.scenarios[1].rows[0].cells[1].status == Status::Waived);
  CHECK(m.scenarios[0].rows[0].cells[0].said.empty());  // a plain pass needs no reason
}

TEST_CASE("the page needs nothing from outside and shows hostile text as text", "[reports][matrix]") {
  const RunReport report = test::sample_report();
  DiffSide a = diff_side_from_json(json_report(report), "a.json");
  a.label = "<script>x</script>";
  const std::string page =
      matrix_html(matrix({a, matrix_column("b", {{"rfc1/2.1-x/one", Status::Error}})}, report.catalogue));
  CHECK(page.find("<script>x</script>") == std::string::npos);
  CHECK(page.find("because <b>") == std::string::npos);
  CHECK(page.find("&lt;script&gt;x") != std::string::npos);
  for (const char* outside : {"http://", "https://", "src=", "@import", "url("})
    CHECK(page.find(outside) == std::string::npos);
  CHECK(page.find("rfc7296-2.5-critical-unknown") != std::string::npos);
}

TEST_CASE("the matrix as JSON", "[reports][matrix]") {
  const auto json = nlohmann::json::parse(
      matrix_json(matrix({matrix_column("a", {{"x", Status::Pass}}), matrix_column("b", {})}, {})));
  CHECK(json.at("columns").size() == 2);
  CHECK(json.at("scenarios")[0].at("cells")[0].at("status") == "pass");
  CHECK(json.at("scenarios")[0].at("cells")[1].at("status").is_null());
  CHECK(json.at("scenarios")[0].at("differs") == true);
}
