#include "reports/html_report.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "reports/files.hpp"
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

TEST_CASE("the page shows what matters", "[reports][html]") {
  const std::string page = html_report(test::sample_report());
  if (const char* file = std::getenv("IKEVET_SAMPLE_HTML")) write_file(file, page);  // to look at
  CHECK(contains(page, "<!DOCTYPE html>"));
  CHECK(contains(page, "ACME Gateway 9000, firmware 7.1"));
  CHECK(contains(page, "tested requirements are broken"));
  CHECK(contains(page, "UNSUPPORTED_CRITICAL_PAYLOAD"));
  CHECK(contains(page, "ikevet run rfc7296&#x2F;2.05-forward-compatibility&#x2F;critical-unknown-payload") +
            contains(page, "ikevet run rfc7296/2.05-forward-compatibility/critical-unknown-payload") ==
        1);
  CHECK(page.find("id=\"failures\"") < page.find("id=\"scenarios\""));
  CHECK(occurrences(page, "<svg") == 4);
  CHECK_FALSE(contains(page, "{{"));
}

TEST_CASE("the page asks nobody for anything", "[reports][html]") {
  const std::string page = html_report(test::sample_report());
  CHECK_FALSE(contains(page, "http://"));
  CHECK_FALSE(contains(page, "https://"));
  CHECK_FALSE(contains(page, "src="));
  CHECK_FALSE(contains(page, "@import"));
  CHECK_FALSE(contains(page, "url("));
  CHECK(contains(page, "default-src 'none'"));
}

TEST_CASE("text of a peer stays text", "[reports][html]") {
  RunReport report = test::sample_report();
  const std::string hostile = "</script><script>alert(2)</script>\"'><img onerror=x>\xff\x01";
  for (ScenarioVerdict& scenario : report.verdicts.scenarios) scenario.detail = hostile;
  for (auto& [id, requirement] : report.verdicts.requirements) {
    requirement.detail = hostile;
    for (Evidence& evidence : requirement.evidence) evidence.actual = evidence.expected = hostile;
  }
  report.info.target_title = hostile;
  for (PlayedScenario& played : report.played) {
    played.scenario.title = hostile;
    for (scenarios::Step& step : played.scenario.steps) step.note = hostile;
    played.run.trace.events.push_back({played.run.trace.packets.back().at, trace::IkeSaEstablished{{}, true, hostile}});
  }
  const std::string page = html_report(report);
  CHECK(occurrences(page, "<script>") == 1);
  CHECK(occurrences(page, "</script>") == 1);
  CHECK_FALSE(contains(page, "<img"));
  CHECK_FALSE(contains(page, "\x01"));
  CHECK_FALSE(contains(page, "\xff"));
}

TEST_CASE("decoded messages are left out of a huge report, ladders stay", "[reports][html]") {
  const std::string page = html_report(test::sample_report(), {1000});
  CHECK(contains(page, "Decoded fields are left out"));
  CHECK(occurrences(page, "<svg") == 4);
}

TEST_CASE("a report of nothing is a page, too", "[reports][html]") {
  CHECK(contains(html_report({}), "Nothing was run"));
}

TEST_CASE("the ladder: arrows, losses, repetitions, marks", "[reports][html][ladder]") {
  const RunReport report = test::sample_report();
  const std::string svg = ladder_svg(report.played[0], {"s1m", {4}});
  CHECK(occurrences(svg, "lad-head") == 7);  // eight packets, one of them lost
  CHECK(occurrences(svg, "lad-cross") == 1);
  CHECK(contains(svg, "frame 5 again"));
  CHECK(contains(svg, "lad-marked"));
  CHECK(contains(svg, "HDR, SAi1, KEi, Ni"));
  CHECK(contains(svg, "IKE SA established with ID_FQDN responder.test"));
  CHECK(contains(svg, "href=\"#s1m0\""));
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
