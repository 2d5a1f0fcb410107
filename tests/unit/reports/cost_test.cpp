#include "reports/cost/cost.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "reports/cost/cost_report.hpp"
#include "tests/support/dialogue.hpp"
#include "tests/unit/reports/sample.hpp"

using namespace ikevet;
using namespace ikevet::reports;
using namespace std::chrono_literals;
using test::Dialogue;
using trace::Party;
using wire::ExchangeType;
using wire::NotifyType;

namespace {

RunReport report_of(const Dialogue& d, const char* target = "acme") {
  RunReport out;
  out.info.target = target;
  out.info.dut_address = "192.0.2.2";
  out.played.emplace_back();
  out.played.back().scenario.id = "s";
  out.played.back().run.trace = d.trace();
  return out;
}

Link link(Duration delay, double loss, std::vector<Duration> gaps = {1s, 2s}) {
  return {delay, loss, std::move(gaps), "given"};
}

constexpr std::size_t kHeaders = 28;  // IPv4 and UDP

}  // namespace

TEST_CASE("a plain set-up is RFC 7296's ideal", "[reports][cost]") {
  Dialogue d(Party::Harness);
  d.establish();
  const RunCost cost = cost_of(report_of(d));
  REQUIRE(cost.set_ups.size() == 1);
  const SetUpCost& set_up = cost.set_ups[0];
  CHECK(set_up.cost.messages == kIkev2Ideal.messages);
  CHECK(set_up.cost.packets == 4);
  CHECK(set_up.cost.round_trips == kIkev2Ideal.round_trips);
  CHECK(set_up.set_up.extras.empty());
  CHECK(set_up.frames == std::vector<std::size_t>{1, 2, 3, 4});
  std::size_t octets = 0;
  for (const trace::Packet& packet : d.trace().packets) octets += packet.datagram.payload.size() + kHeaders;
  CHECK(set_up.cost.octets == octets);
  CHECK(cost.typical() == &cost.set_ups[0]);
}

TEST_CASE("the device's time is what its answer took beyond the fastest one", "[reports][cost]") {
  Dialogue d(Party::Harness);
  d.ike_sa_init();  // answered after 10 ms
  d.request(Party::Harness, ExchangeType::IKE_AUTH, 1, {wire::IDi{}});
  d.wait(30ms);
  d.response(Party::Dut, ExchangeType::IKE_AUTH, 1, {wire::IDr{}, wire::Authentication{}});
  SECTION("estimated") {
    const RunCost cost = cost_of(report_of(d));
    CHECK(cost.path.source == PathTime::Source::Estimated);
    CHECK(cost.path.round_trip == 10ms);
    CHECK(cost.path.frames == std::vector<std::size_t>{1, 2});
    CHECK(cost.total.network == 20ms);
    CHECK(cost.total.device == 30ms);
    CHECK(cost.total.harness == 10ms);  // between IKE_SA_INIT and IKE_AUTH
    CHECK(cost.total.total() == 60ms);
  }
  SECTION("given") {
    const RunCost cost = cost_of(report_of(d), {4ms});
    CHECK(cost.total.network == 8ms);
    CHECK(cost.total.device == 42ms);
  }
}

TEST_CASE("a device that asks works between an answer and its next request", "[reports][cost]") {
  Dialogue d(Party::Dut);
  d.ike_sa_init();
  d.wait(20ms);
  d.request(Party::Dut, ExchangeType::IKE_AUTH, 1, {wire::IDi{}, wire::Authentication{}});
  d.response(Party::Harness, ExchangeType::IKE_AUTH, 1, {wire::IDr{}, wire::Authentication{}});
  const RunCost cost = cost_of(report_of(d), {4ms});
  REQUIRE(cost.set_ups.size() == 1);
  CHECK(cost.total.device == 26ms);   // 30 ms between the two, without a round trip
  CHECK(cost.total.harness == 20ms);  // 10 ms for each answer
  CHECK(cost.total.network == 8ms);
}

TEST_CASE("cookies, repetitions and losses are counted and named", "[reports][cost]") {
  Dialogue d(Party::Harness);
  wire::Notify cookie = wire::Notify::of(NotifyType::COOKIE);
  cookie.data = Bytes(8, 7);
  d.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {test::ike_offer(), test::key_exchange(), test::nonce(1)});
  d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {cookie}, [](wire::Message& m) { m.header.spis.r = {}; });
  const std::size_t again = d.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0,
                                      {cookie, test::ike_offer(), test::key_exchange(), test::nonce(1)});
  d.wait(500ms);
  d.again(again);
  d.lose_next();
  const std::size_t answer =
      d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {test::ike_choice(), test::key_exchange(), test::nonce(2)});
  d.again(answer);
  d.ike_auth();
  const RunCost cost = cost_of(report_of(d));
  REQUIRE(cost.set_ups.size() == 1);
  CHECK(cost.set_ups[0].set_up.extras == std::vector<std::string>{"COOKIE", "2 repeated"});
  CHECK(cost.set_ups[0].cost.messages == 6);
  CHECK(cost.set_ups[0].cost.packets == 8);
  CHECK(cost.set_ups[0].cost.lost == 1);
  CHECK(cost.set_ups[0].cost.round_trips == 3);
  CHECK(cost.typical() == nullptr);  // it does not stand for what a set-up takes
  REQUIRE(cost.kinds.size() == 2);
  CHECK(cost.kinds[0].type == "IKE_SA_INIT");
  CHECK(cost.kinds[0].answer_max == 10ms);  // from the latest sending
}

TEST_CASE("the device's retransmissions are its curve", "[reports][cost]") {
  Dialogue d(Party::Harness);
  d.establish();
  const std::size_t ask = d.request(Party::Dut, ExchangeType::INFORMATIONAL, 0, {});
  for (const Duration gap : {1s, 2s, 4s}) {
    d.wait(gap - 10ms);
    d.again(ask);
  }
  const RunCost cost = cost_of(report_of(d));
  CHECK(cost.device_gaps == std::vector<Duration>{1s, 2s, 4s});
  Link on = link_from_text("delay=10ms");
  project(cost, on);
  CHECK(on.gaps == cost.device_gaps);
}

TEST_CASE("the built-in device has no time of its own", "[reports][cost]") {
  Dialogue d(Party::Harness);
  d.establish();
  RunReport report = report_of(d, "embedded");
  report.info.dut_address.clear();
  const RunCost cost = cost_of(report);
  CHECK(cost.path.source == PathTime::Source::Virtual);
  for (const ExchangeKind& kind : cost.kinds) CHECK_FALSE(kind.device_median.has_value());
}

TEST_CASE("a link is read, or said to be wrong", "[reports][cost]") {
  const Link one = link_from_text("delay=50ms,loss=2%,retransmit=1s/2s");
  CHECK(one.delay == 50ms);
  CHECK(one.loss == Approx(0.02));
  CHECK(one.gaps == std::vector<Duration>{1s, 2s});
  CHECK(link_from_text("loss=0.5,delay=1s").loss == Approx(0.5));
  for (const char* wrong :
       {"", "loss=2%", "delay=soon", "delay=1s,loss=1", "delay=1s,loss=x", "delay=1s,speed=2", "delay"})
    CHECK_THROWS_AS(link_from_text(wrong), std::invalid_argument);
}

TEST_CASE("expected times are those of the formula", "[reports][cost]") {
  const std::vector<FlowStep> two{{"a"}, {"b"}};
  SECTION("nothing is lost") {
    const Projection p = project("x", "", two, link(50ms, 0));
    CHECK(p.expected == 200ms);
    CHECK(p.without_loss == 200ms);
    CHECK(p.expected_packets == Approx(4));
    CHECK(p.failure == Approx(0));
  }
  SECTION("half of the packets are lost: s = 1/4, tries at 0, 1 and 3 s") {
    const Projection p = project("x", "", {{"a"}}, link(0ms, 0.5));
    const double s = 0.25, q = 0.75;
    const double expected = (s * q * 1 + s * q * q * 3) / (1 - q * q * q);
    CHECK(std::chrono::duration<double>(p.expected).count() == Approx(expected));
    CHECK(p.failure == Approx(q * q * q));
    CHECK(p.expected_packets == Approx(1.5 * (1 + q + q * q)));
  }
  SECTION("an answer that is slower than the first gap costs a packet, and no time") {
    const Projection p = project("x", "", {{"a"}}, link(700ms, 0));
    CHECK(p.expected == 1400ms);
    CHECK(p.expected_packets == Approx(4));
  }
  SECTION("more packets are lost more often") {
    const Projection whole = project("x", "", {{"a", 1, 1}}, link(10ms, 0.1));
    const Projection pieces = project("x", "", {{"a", 3, 4}}, link(10ms, 0.1));
    CHECK(pieces.expected > whole.expected);
    CHECK(pieces.failure > whole.failure);
  }
}

TEST_CASE("IKEv1 takes more messages, and longer", "[reports][cost]") {
  Link on = link(50ms, 0);
  const std::vector<Projection> flows = project(RunCost{}, on);
  REQUIRE(flows.size() == 3);
  CHECK(flows[0].packets == kIkev2Ideal.messages);
  CHECK(flows[1].packets == kIkev1Main.messages);
  CHECK(flows[2].packets == kIkev1Aggressive.messages);
  CHECK(flows[0].expected == 200ms);
  CHECK(flows[1].expected == 450ms);
  CHECK(flows[2].expected == 250ms);
}

TEST_CASE("IKEv1 flows are put together from their messages", "[reports][cost]") {
  std::vector<trace::Packet> packets;
  const auto put = [&](std::uint8_t exchange, std::uint32_t message_id, std::uint8_t fill) {
    wire::IkeHeader header;
    header.spis = {{1}, {packets.empty() ? 0ULL : 2ULL}};
    header.version = 0x10;
    header.exchange = static_cast<ExchangeType>(exchange);
    header.message_id = {message_id};
    header.length = wire::kIkeHeaderSize + 4;
    Writer out;
    header.serialise(out);
    out.bytes(Bytes(4, fill));
    const Endpoint a{IpAddress::v4({192, 0, 2, 1}), kIkePort}, b{IpAddress::v4({192, 0, 2, 2}), kIkePort};
    packets.push_back({packets.size() + 1, Instant(packets.size() * 10ms), Party::Harness, {a, b, out.take()}, {}});
  };
  for (std::uint8_t i = 0; i < 6; ++i) put(2, 0, i);
  put(2, 0, 5);  // once more
  for (std::uint8_t i = 0; i < 3; ++i) put(32, 77, i);
  put(5, 99, 1);  // informational
  const std::vector<Ikev1Flow> flows = ikev1_flows(packets);
  REQUIRE(flows.size() == 1);
  CHECK(flows[0].mode == "main mode");
  CHECK(flows[0].phase1_messages + flows[0].quick_messages == kIkev1Main.messages);
  CHECK(flows[0].quick_modes == 1);
  CHECK(flows[0].other_messages == 1);
  CHECK(flows[0].elapsed == 90ms);
}

TEST_CASE("the cost of a run as text, JSON and a chart", "[reports][cost]") {
  const RunReport report = test::sample_report();
  const RunCost cost = cost_of(report);
  Link on = link_from_text("delay=40ms,loss=1%");
  const std::vector<Projection> flows = project(cost, on);
  const ProjectedLink projected{on, flows};
  const std::string text = cost_markdown(report.info, cost, projected);
  CHECK(text.find("| IKEv2, RFC 7296's ideal | 4 | 2 |") != std::string::npos);
  CHECK(text.find("| IKEv1 main mode + quick mode | 9 | 4.5 |") != std::string::npos);
  CHECK(text.find("## Over a link of 40 ms one way and 1 % loss") != std::string::npos);
  const auto json = nlohmann::json::parse(cost_json(report.info, cost, projected));
  CHECK(json.at("total").at("total_ns") == cost.total.total().count());
  CHECK(json.at("projection").at("flows").size() == 4);
  const std::string svg = cost_svg(cost, projected);
  CHECK(svg.starts_with("<svg"));
  CHECK(svg.find("Expected over 40 ms one way, 1 % loss") != std::string::npos);
}
