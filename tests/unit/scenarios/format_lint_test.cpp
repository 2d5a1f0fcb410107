// Each rule of the lint: a scenario that breaks it, the place that is named, and the same put right.
#include <algorithm>

#include "scenarios/format/lint.hpp"
#include "tests/unit/scenarios/format_support.hpp"

using namespace ikevet::scenarios;  // NOLINT(google-build-using-namespace)

namespace {

Catalogue requirements() {
  Catalogue out = two_requirements();
  const auto add = [&](const char* id, Level level, Testability testability) {
    Requirement requirement;
    requirement.id = id;
    requirement.rfc = 7296;
    requirement.section = "9.9";
    requirement.level = level;
    requirement.binds = Binds::Both;
    requirement.testability = testability;
    requirement.why_not = "it happens inside";
    out.emplace(id, requirement);
  };
  add("rfc7296-9.9-may", Level::May, Testability::Wire);
  add("rfc7296-9.9-should", Level::Should, Testability::Wire);
  add("rfc7296-9.9-hidden", Level::Must, Testability::NotObservable);
  return out;
}

/// "too-strong 5:3": rule and place of each finding in a scenario with these steps.
std::vector<std::string> found_in(const std::string& steps, const std::string& covers = "rfc7296-2.5-critical-unknown",
                                  const std::string& more = "") {
  const TempFolder folder;
  const auto file = folder.write("s.json", R"({"id": "s", "title": "Something is answered",
"description": "What happens and why.", "harness": "initiator",
"covers": [")" + covers + "\"]," + more + "\n\"steps\": [\n" +
                                               steps + "\n]}\n");
  const Catalogue catalogue = requirements();
  const std::vector<Scenario> scenarios = load_scenarios(file, catalogue);
  std::vector<const Scenario*> all;
  for (const Scenario& scenario : scenarios) all.push_back(&scenario);
  std::vector<std::string> out;
  for (const LintFinding& finding : lint(all, {}, catalogue))
    out.push_back(std::string(name(finding.rule)) + " " + std::to_string(finding.problem.line) + ":" +
                  std::to_string(finding.problem.column));
  return out;
}

using Found = std::vector<std::string>;

constexpr const char* kAsk = R"({"send": "IKE_SA_INIT"},)";

}  // namespace

TEST_CASE("lint: a step that nothing leads to", "[scenarios][lint]") {
  CHECK(found_in(R"({"establish": {}},
{"liveness": {}})") == Found{});
  CHECK(found_in(R"({"liveness": {}})") == Found{"unreachable 5:1"});
  CHECK(found_in(R"({"establish": {}},
{"delete": "ike"},
{"liveness": {}},
{"liveness": {}})") == Found{"unreachable 7:1"});
  CHECK(found_in(R"({"establish": {}},
{"delete": "ike"},
{"establish": {}},
{"liveness": {}})") == Found{});
  CHECK(found_in(R"({"expect": "IKE_SA_INIT"})") == Found{"unreachable 5:1"});
  CHECK(found_in(R"({"establish": {}},
{"liveness": {}},
{"drop": {"from": "dut", "exchange": "INFORMATIONAL"}})") == Found{"unreachable 7:1"});
  CHECK(found_in(R"({"send": "IKE_SA_INIT"},
{"replay": {"exchange": "IKE_AUTH"}},
{"expect": "IKE_SA_INIT"})") == Found{"unreachable 6:1"});
}

TEST_CASE("lint: an alternative that an earlier one hides", "[scenarios][lint]") {
  const std::string ask = kAsk;
  CHECK(found_in(ask + R"({"expect": "IKE_SA_INIT", "one_of": [
{"payloads": [{"payload": "SA"}]},
{"payloads": [{"payload": "SA"}, {"payload": "KE"}], "citation": "RFC 7296 §9.9"}]})") == Found{"unreachable 7:1"});
  CHECK(found_in(ask + R"({"expect": "IKE_SA_INIT", "one_of": [
{"payloads": [{"payload": "SA"}, {"payload": "KE"}]},
{"payloads": [{"payload": "SA"}], "citation": "RFC 7296 §9.9"}]})") == Found{});
}

TEST_CASE("lint: an error is expected, and nothing shows that the device answers", "[scenarios][lint]") {
  const std::string ask = kAsk;
  CHECK(found_in(ask + R"(
{"expect": "IKE_SA_INIT", "payloads": [{"notify": "NO_PROPOSAL_CHOSEN"}]})") == Found{"control 6:1"});
  CHECK(found_in(ask + R"(
{"expect": "IKE_SA_INIT", "payloads": [{"notify": "INVALID_KE_PAYLOAD"}]})") == Found{});
}

TEST_CASE("lint: more is demanded than the RFC does", "[scenarios][lint]") {
  const std::string answer = std::string(kAsk) + R"({"expect": "IKE_SA_INIT", "payloads": [{"payload": "SA"}]})";
  CHECK(found_in(answer, "rfc7296-9.9-may") == Found{"too-strong 5:25"});
  CHECK(found_in(answer, "rfc7296-9.9-may", R"("needs": ["responder", "mobike"],)") == Found{});
  CHECK(found_in(answer, "rfc7296-9.9-should") == Found{});
  CHECK(found_in(answer, R"(rfc7296-9.9-should", "rfc7296-2.5-critical-unknown)") == Found{"too-strong 5:25"});
  const std::string another = std::string(kAsk) + R"({"expect": "IKE_SA_INIT", "one_of": [
{"payloads": [{"payload": "SA"}]}, {"silence": true, "citation": "RFC 7296 §9.9"}]})";
  CHECK(found_in(another, R"(rfc7296-9.9-should", "rfc7296-2.5-critical-unknown)") == Found{});
}

TEST_CASE("lint: a notification that the RFC leaves to the device", "[scenarios][lint]") {
  const std::string steps = R"({"establish": {}},
{"send": "INFORMATIONAL", "what": "liveness"},
{"expect": "INFORMATIONAL", "payloads": [{"notify": "INVALID_IKE_SPI"}]})";
  CHECK(found_in(steps) == Found{"too-strong 7:1"});
  CHECK(found_in(steps, "rfc7296-9.9-should") == Found{});
}

TEST_CASE("lint: a requirement that the wire does not show", "[scenarios][lint]") {
  CHECK(found_in(R"({"establish": {}})", "rfc7296-9.9-hidden") == Found{"untestable 3:12"});
}

TEST_CASE("lint: what keeps a file from being loaded is a finding, and the other files are looked at",
          "[scenarios][lint]") {
  const TempFolder folder;
  folder.write("requirements/rfc7296.json", R"({"rfc": 7296, "title": "IKEv2", "requirements": [{"id": "rfc7296-2.5-known",
"section": "2.5", "line": 1704, "level": "MUST", "binds": "receiver", "testable": "wire", "text": "What is known is told to everybody."}]})");
  folder.write("suite/a.json", R"({"id": "a", "title": "Something is answered", "description": "What and why.",
 "covers": ["rfc7296-2.5-no-such"], "harness": "initiator", "steps": [{"liveness": {}}]})");
  const LintReport report = lint_files(folder.path(), {});
  REQUIRE(report.findings.size() == 1);
  CHECK(report.unusable());
  CHECK(report.findings.front().problem.line == 2);
  CHECK_THAT(report.findings.front().problem.what, Catch::Contains("no such requirement"));
}
