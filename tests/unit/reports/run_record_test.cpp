#include "reports/run_record.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>

#include "reports/event_json.hpp"
#include "reports/files.hpp"
#include "reports/grader.hpp"
#include "tests/support/dialogue.hpp"
#include "tests/unit/reports/sample.hpp"

using namespace ikevet;
using namespace ikevet::reports;
using namespace std::chrono_literals;
using trace::Party;

namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() : path(fs::temp_directory_path() / ("ikevet-reports-" + std::to_string(::getpid()))) {
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

std::vector<trace::Packet> capture_of(const trace::Trace& trace) {
  std::vector<trace::Packet> out;
  for (const trace::Packet& packet : trace.packets)
    if (packet.frame != 0) out.push_back(packet);
  return out;
}

const IkeSpis kSpis{{0xfedcba9876543210}, {2}};

std::vector<trace::Event> every_event() {
  using namespace trace;
  const auto ts = test::tsi().selectors;
  return {IkeSaKeyed{kSpis, true},
          IkeSaEstablished{kSpis, false, "ID_FQDN x"},
          IkeSaClosed{kSpis, CloseReason::PeerDead, "why"},
          ChildSaEstablished{kSpis, {0xc0000001}, {7}, ts, ts, true, ChildSpi{9}},
          ChildSaClosed{kSpis, {1}, {2}, CloseReason::Rekeyed},
          RequestRefused{kSpis, wire::ExchangeType::IKE_AUTH, {1}, wire::NotifyType::AUTHENTICATION_FAILED},
          RequestAnswered{kSpis, wire::ExchangeType::INFORMATIONAL, {4}},
          Retransmitted{kSpis, wire::ExchangeType::INFORMATIONAL, {4}, 2},
          RequestTimedOut{kSpis, wire::ExchangeType::INFORMATIONAL, {4}, 5},
          ResponseRepeated{kSpis, {3}},
          Discarded{*Endpoint::parse("[2001:db8::1]:500"), "no such IKE SA", "RFC 7296 §2.21"},
          PeerFault{kSpis, "what", "RFC 7296 §2", wire::NotifyType::INVALID_SYNTAX},
          RequestRepeatedWith{kSpis, wire::NotifyType::COOKIE},
          NatDetected{kSpis, true, false},
          ExtensionUsed{kSpis, "redirect", "to 192.0.2.9"},
          MessageReassembled{kSpis, MessageId{2}, true, 3},
          FragmentSizeReduced{kSpis, MessageId{1}, 576},
          IkeSaMoved{kSpis, *Endpoint::parse("192.0.2.1:4500"), *Endpoint::parse("[2001:db8::1]:4500"), "why"},
          ChildSaMoved{kSpis, ChildSpi{1}, ChildSpi{2}, *Endpoint::parse("192.0.2.1:4500"),
                       *Endpoint::parse("192.0.2.2:4500"), true},
          PeerAddresses{kSpis, {IpAddress::v4({192, 0, 2, 9})}},
          PathTested{kSpis, *Endpoint::parse("192.0.2.1:4500"), *Endpoint::parse("192.0.2.2:4500"), true},
          EspDiscarded{ChildSpi{7}, Endpoint{IpAddress::v4({192, 0, 2, 2}), 4500}, "came before", "RFC 4303 §3.4.3"},
          ChildSaSpent{kSpis, ChildSpi{1}, ChildSaSpent::Stage::Soft, 1'000'000, 1000},
          EspPeerMoved{kSpis, Endpoint{{}, 4500}, Endpoint{{}, 1024}},
          TrafficMeasured{"10.1.0.1 > 10.2.0.1 ICMP", 5, 4, 1, 2},
          TrafficAnswered{3},
          IkeSaRekeyed{kSpis, IkeSpis{{5}, {6}}, true}};
}

}  // namespace

TEST_CASE("every event survives trace.jsonl", "[reports][record]") {
  CHECK(every_event().size() == std::variant_size_v<trace::Event>);
  for (const trace::Event& event : every_event()) {
    INFO(trace::name(event));
    const auto back = event_from(trace::name(event), fields_of(event));
    REQUIRE(back);
    CHECK(back->index() == event.index());
    CHECK(trace::text(*back) == trace::text(event));
    CHECK(fields_of(*back) == fields_of(event));
  }
  CHECK_FALSE(event_from("event-of-the-future", {}));
}

TEST_CASE("a run is rebuilt from its record and capture, and graded the same", "[reports][record]") {
  const RunReport report = test::sample_report();
  const test::PlainSk keys;
  for (const PlayedScenario& played : report.played) {
    const RunRecord record = record_from_jsonl(to_jsonl(record_of(played.run)), "trace.jsonl");
    const scenarios::ScenarioRun again = rebuild(record, capture_of(played.run.trace), &keys);
    CHECK(again.seed == played.run.seed);
    CHECK(again.harness_endpoints == played.run.harness_endpoints);
    CHECK(again.trace.messages.size() == played.run.trace.messages.size());
    CHECK(again.trace.events.size() == played.run.trace.events.size());
    CHECK(grade(played.scenario, again, report.catalogue) == grade(played.scenario, played.run, report.catalogue));
    CHECK(to_jsonl(record_of(again)) == to_jsonl(record_of(played.run)));
  }
}

TEST_CASE("a packet outside the capture stands in the record", "[reports][record]") {
  scenarios::ScenarioRun run;
  run.scenario = "x";
  trace::TraceBuilder builder(nullptr);
  builder.add(trace::Packet{0,
                            Instant(5ns),
                            Party::Dut,
                            {*Endpoint::parse("192.0.2.2:500"), *Endpoint::parse("192.0.2.1:500"), Bytes{1, 2, 3}},
                            trace::Fate::DroppedByScenario});
  run.trace = builder.take();
  const auto again = rebuild(record_from_jsonl(to_jsonl(record_of(run)), "x"), {}, nullptr);
  REQUIRE(again.trace.packets.size() == 1);
  CHECK(again.trace.packets[0].datagram == run.trace.packets[0].datagram);
  CHECK(again.trace.packets[0].fate == trace::Fate::DroppedByScenario);
  CHECK(again.trace.packets[0].at == Instant(5ns));
}

TEST_CASE("a record that was cut off is partial, a damaged one names its line", "[reports][record]") {
  const RunReport report = test::sample_report();
  const std::string whole = to_jsonl(record_of(report.played[0].run));
  SECTION("cut in the last line") {
    const RunRecord record = record_from_jsonl(std::string_view(whole).substr(0, whole.size() - 9), "t");
    CHECK(record.interrupted);
    CHECK(record.steps.size() == 2);
  }
  SECTION("damaged") {
    std::string bad = whole;
    bad.insert(bad.find('\n') + 1, "{\"kind\":\"nonsense\"}\n");
    CHECK_THROWS_WITH(record_from_jsonl(bad, "t.jsonl"), "t.jsonl:2: no such kind of line: \"nonsense\"");
  }
  SECTION("empty") { CHECK_THROWS_AS(record_from_jsonl("", "t"), FileError); }
  SECTION("the capture is shorter") { CHECK_THROWS_AS(rebuild(record_from_jsonl(whole, "t"), {}, nullptr), FileError); }
}

TEST_CASE("run.json and verdict.json survive their files", "[reports][record]") {
  const Folder folder;
  RunReport report = test::sample_report();
  report.info.scenarios = {"a", "b"};
  report.info.partial = true;
  write_run_info(folder.path / "run.json", report.info);
  CHECK(read_run_info(folder.path / "run.json") == report.info);
  for (const ScenarioVerdict& verdict : report.verdicts.scenarios) {
    // What is no UTF-8 is replaced in the file: compare what both sides can hold.
    write_verdict(folder.path / "deep" / "er" / "verdict.json", verdict);
    const ScenarioVerdict back = read_verdict(folder.path / "deep" / "er" / "verdict.json");
    write_verdict(folder.path / "verdict.json", back);
    CHECK(read_verdict(folder.path / "verdict.json") == back);
    CHECK(back.status == verdict.status);
  }
  CHECK_THROWS_AS(run_info_from_json("{\"format\":\"other\"}", "run.json"), FileError);
}

TEST_CASE("files are replaced whole, and leave nothing beside them", "[reports][record]") {
  const Folder folder;
  write_file(folder.path / "a.txt", "one");
  write_file(folder.path / "a.txt", "two");
  CHECK(read_file(folder.path / "a.txt") == "two");
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 1);
  CHECK_THROWS_AS(read_file(folder.path / "none"), FileError);
  CHECK_THROWS_AS(read_file(folder.path), FileError);
  CHECK_THROWS_AS(write_file("/proc/ikevet/none.txt", "x"), FileError);
}
