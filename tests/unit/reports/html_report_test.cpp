#include "reports/html_report.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "reports/files.hpp"
#include "reports/html_blocks.hpp"
#include "reports/html_index.hpp"
#include "reports/html_pool.hpp"
#include "reports/html_scenario.hpp"
#include "reports/ladder.hpp"
#include "tests/support/dialogue.hpp"
#include "tests/unit/reports/sample.hpp"

using namespace ikevet;
using namespace ikevet::reports;

namespace {

bool contains(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

std::size_t occurrences(const std::string& text, std::string_view what) {
  std::size_t out = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++out;
  return out;
}

}  // namespace

TEST_CASE("the page shows what matters without its script, too", "[reports][html]") {
  const std::string page = html_report(test::sample_report());
  if (const char* file = std::getenv("IKEVET_SAMPLE_HTML")) write_file(file, page);  // tests/html looks at it
  CHECK(contains(page, "<!DOCTYPE html>"));
  CHECK(contains(page, "ACME Gateway 9000, firmware 7.1"));
  CHECK(contains(page, "tested requirements are broken"));
  CHECK(contains(page, "rfc7296-2.5-critical-unknown"));
  CHECK_FALSE(contains(page, "{{"));
  CHECK(html_report(test::sample_report()) == page);
}

TEST_CASE("the page asks nobody for anything, and runs its own script alone", "[reports][html]") {
  const std::string page = html_report(test::sample_report());
  CHECK_FALSE(contains(page, "https://"));
  CHECK_FALSE(contains(page, " src="));
  CHECK_FALSE(contains(page, "@import"));
  CHECK_FALSE(contains(page, "url("));
  CHECK(contains(page, "default-src 'none'"));
  CHECK(contains(page, "script-src 'sha256-"));
  CHECK(occurrences(page, "<script>") == 1);
}

TEST_CASE("text of a peer stays text", "[reports][html]") {
  const std::string hostile = "</script><script>alert(2)</script>\"'><img src=x onerror=alert(3)>\xff\x01";
  RunReport report = test::sample_report();
  for (ScenarioVerdict& scenario : report.verdicts.scenarios) scenario.detail = hostile;
  for (auto& [id, requirement] : report.verdicts.requirements) {
    requirement.detail = hostile;
    for (Evidence& evidence : requirement.evidence) evidence.actual = evidence.expected = hostile;
  }
  report.info.target_title = report.info.target = report.info.out_dir = hostile;
  report.info.files.push_back({hostile, hostile});
  report.claimed = {hostile};
  for (PlayedScenario& played : report.played) {
    played.scenario.title = played.scenario.description = hostile;
    played.scenario.tags = {hostile};
    for (scenarios::Step& step : played.scenario.steps) step.note = hostile;
    played.run.trace.events.push_back({played.run.trace.packets.back().at, trace::IkeSaEstablished{{}, true, hostile}});
  }
  const std::string page = html_report(report);
  if (const char* file = std::getenv("IKEVET_HOSTILE_HTML")) write_file(file, page);
  CHECK(occurrences(page, "<script>") == 1);
  CHECK_FALSE(contains(page, "<img"));
  CHECK_FALSE(contains(page, "\x01"));
  CHECK_FALSE(contains(page, "\xff"));
}

TEST_CASE("a report of nothing is a page, too", "[reports][html]") {
  CHECK(contains(html_report({}), "Nothing was run"));
}

TEST_CASE("base64 of RFC 4648", "[reports][html]") {
  CHECK(base64(as_bytes("")).empty());  // §10
  CHECK(base64(as_bytes("f")) == "Zg==");
  CHECK(base64(as_bytes("fo")) == "Zm8=");
  CHECK(base64(as_bytes("foobar")) == "Zm9vYmFy");
}

TEST_CASE("the index has what lists and searches need", "[reports][html]") {
  const RunReport report = test::sample_report();
  const auto index = html_index(report);
  CHECK(index["scenarios"].size() == 5);
  CHECK(index["requirements"].size() == report.verdicts.requirements.size());
  const auto numbers = requirement_numbers(report);
  const auto critical = numbers.find("rfc7296-2.5-critical-unknown");
  REQUIRE(critical != numbers.end());
  CHECK(index["requirements"][critical->second][0] == critical->first);
  const auto& scenario = index["scenarios"][1];
  CHECK(scenario[0] == "rfc7296/2.05-forward-compatibility/critical-unknown-payload");
  CHECK(index["statuses"][scenario[2].get<std::size_t>()][0] == "fail");
  CHECK(scenario[8][0][0] == critical->second);
  CHECK(scenario[8][0][2] == nlohmann::ordered_json::array({6}));
  CHECK(index["failures"][0][1] == true);
}

TEST_CASE("octets of encrypted payloads can be left to the capture", "[reports][html]") {
  const RunReport report = test::sample_report();
  const auto numbers = requirement_numbers(report);
  HtmlPool pool;
  HtmlChunk whole(pool), lean(pool);
  whole.add(report.verdicts.scenarios[0], &report.played[0].scenario, &report.played[0], numbers, true);
  lean.add(report.verdicts.scenarios[0], &report.played[0].scenario, &report.played[0], numbers, false);
  CHECK(lean.content().size() < whole.content().size());
  const auto pooled = pool.json();
  CHECK(contains(pooled["texts"].dump(), "HDR, SAi1, KEi, Ni"));
  CHECK(contains(pooled["texts"].dump(), "IKE SA Initiator's SPI"));
}

TEST_CASE("the ladder: packets, losses, repetitions, events", "[reports][html][ladder]") {
  const RunReport report = test::sample_report();
  HtmlPool pool;
  const auto rows = ladder_rows(report.played[0], pool);
  const auto texts = pool.json()["texts"];
  int packets = 0, lost = 0, steps = 0;
  for (const auto& row : rows) {
    if (row[0] == 0) ++steps;
    if (row[0] != 1) continue;
    ++packets;
    if (row[3] == static_cast<int>(trace::Fate::DroppedByScenario)) ++lost;
  }
  CHECK(packets == 8);
  CHECK(lost == 1);
  CHECK(steps == 2);
  CHECK(contains(texts.dump(), "frame 5 again"));
  CHECK(contains(texts.dump(), "IKE SA established with ID_FQDN responder.test"));
  CHECK(ladder_rows(report.played[0], pool, 3).size() < rows.size());
}

TEST_CASE("steps at one instant stand behind the packets that earlier steps took", "[reports][html][ladder]") {
  scenarios::ScenarioRun run;
  test::Dialogue d(trace::Party::Harness);
  d.establish();
  run.trace = d.trace();
  for (trace::Packet& packet : run.trace.packets) packet.at = Instant{};
  scenarios::StepOutcome one{0, scenarios::StepStatus::Done, Instant{}, Instant{}, {1, 2}, {}, {}};
  scenarios::StepOutcome two{1, scenarios::StepStatus::Done, Instant{}, Instant{}, {3}, {}, {}};
  run.steps = {one, two};
  CHECK(first_packets(run) == std::vector<std::size_t>{0, 2});
}
