#include "engine/esp/data_plane.hpp"

#include <catch2/catch.hpp>
#include <deque>

#include "engine/esp/ip.hpp"
#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::esp;
using namespace ikevet::test;
using wire::TrafficSelector;

namespace {

using namespace std::chrono_literals;

constexpr IkeSpis kIke{IkeSpi{1}, IkeSpi{2}};
constexpr IkeSpis kNextIke{IkeSpi{3}, IkeSpi{4}};
const Instant kStart{1000s};

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
Endpoint at(std::string_view text) { return Endpoint::parse(text).value(); }

/// Two hosts whose engines would have said what these functions say.
struct Pair {
  explicit Pair(std::uint16_t port = 500, DataPlaneOptions options = {}, bool with_nat = false)
      : nat(with_nat),
        left(options, random),
        right(options, random),
        left_at{ip("192.0.2.1"), port},
        right_at{ip("192.0.2.2"), port} {}

  /// A Child SA with SPIs n (to the left) and n + 1, asked for by the left or the right side.
  void establish(std::uint32_t n, bool left_asks = true, std::optional<std::uint32_t> rekeys = {}) {
    keys::ChildSaKeySet set;
    set.ike = kIke;
    set.suite = {wire::ProtocolId::ESP, wire::EncrId::ENCR_AES_GCM_16, 256,
                 wire::IntegId::NONE,   wire::DhGroup::NONE,           false};
    set.initiator = left_asks ? left_at : right_at;
    set.responder = left_asks ? right_at : left_at;
    set.spi_to_initiator = {left_asks ? n : n + 1};
    set.spi_to_responder = {left_asks ? n + 1 : n};
    SeededRandom keys(n);
    set.keys.encr_i = SecretBytes(keys.bytes(36));
    set.keys.encr_r = SecretBytes(keys.bytes(36));
    left.keys(set);
    right.keys(set);
    const std::vector a{TrafficSelector::prefix(ip("10.1.0.0"), 24)};
    const std::vector b{TrafficSelector::prefix(ip("10.2.0.0"), 24)};
    const auto old = [&](std::uint32_t add) { return rekeys ? std::optional(ChildSpi{*rekeys + add}) : std::nullopt; };
    note(left, trace::ChildSaEstablished{kIke, {n}, {n + 1}, a, b, false, old(0)});
    note(right, trace::ChildSaEstablished{kIke, {n + 1}, {n}, b, a, false, old(1)});
    const SaPath on_left{kIke, {n}, left_at, right_at, false, nat};
    const SaPath on_right{kIke, {n + 1}, right_at, left_at, false, nat};
    left.follow(std::span(&on_left, 1));
    right.follow(std::span(&on_right, 1));
  }
  void note(DataPlane& plane, const trace::Event& event) { take(plane, plane.note(event, now)); }

  void take(DataPlane& plane, PlaneOutputs out) {
    for (Datagram& datagram : out.datagrams) on_the_way.push_back(std::move(datagram));
    auto& events = &plane == &left ? left_events : right_events;
    for (trace::Event& event : out.events) events.push_back(std::move(event));
  }
  /// Delivers everything; `spoil` may look at it on the way.
  void settle() {
    for (; !on_the_way.empty(); on_the_way.pop_front()) {
      const Datagram datagram = on_the_way.front();
      last = datagram;
      ++delivered;
      DataPlane& to = datagram.destination.address == right_at.address ? right : left;
      REQUIRE(to.takes(datagram));
      take(to, to.handle(datagram, now));
    }
  }
  void run_until_quiet() {
    settle();
    while (const auto wake = left.wake_at(now)) {
      now = std::max(*wake, now);
      take(left, left.tick(now));
      settle();
    }
  }
  bool ping(std::uint16_t count = 3) {
    PingPlan plan;
    plan.count = count;
    const auto complete = left.complete(plan);
    if (!complete) return false;
    take(left, left.ping(*complete, now));
    return true;
  }
  template <class E>
  static std::vector<E> seen(const std::vector<trace::Event>& events) {
    std::vector<E> out;
    for (const trace::Event& event : events)
      if (const auto* e = std::get_if<E>(&event)) out.push_back(*e);
    return out;
  }
  trace::TrafficMeasured measured() const { return seen<trace::TrafficMeasured>(left_events).at(0); }

  bool nat;
  SeededRandom random{1};
  DataPlane left;
  DataPlane right;
  Endpoint left_at, right_at;
  Instant now = kStart;
  std::deque<Datagram> on_the_way;
  Datagram last;
  int delivered{};
  std::vector<trace::Event> left_events, right_events;
};

}  // namespace

TEST_CASE("data plane: echo requests go through the Child SA and come back", "[esp]") {
  const std::uint16_t port = GENERATE(std::uint16_t{500}, std::uint16_t{4500});
  const bool nat = port == 4500 && GENERATE(true, false);
  Pair p(port, {}, nat);
  CHECK_FALSE(p.ping());  // no Child SA yet
  p.establish(0x100);
  REQUIRE(p.ping(5));
  p.run_until_quiet();
  CHECK(p.measured().between == "10.1.0.1 > 10.2.0.1 ICMP");
  CHECK(p.measured().sent == 5);
  CHECK(p.measured().answered == 5);
  CHECK(p.right.answered() == 5);
  CHECK(p.delivered == 10);
  // RFC 7296 §2.23, RFC 3948: in UDP where there is a NAT, in IP protocol 50 elsewhere, even with IKE on port 4500.
  CHECK(p.last.source.port == (nat ? 4500 : 0));
  CHECK(p.now - kStart < 1s);
}

TEST_CASE("data plane: what is lost counts as lost, once patience ends", "[esp]") {
  Pair p;
  p.establish(0x100);
  REQUIRE(p.ping(4));
  p.on_the_way.clear();
  p.run_until_quiet();
  CHECK(p.measured().sent == 4);
  CHECK(p.measured().answered == 3);
  CHECK(p.now - kStart >= 1s);
}

TEST_CASE("data plane: answers that overtake each other, come twice or are altered are counted", "[esp]") {
  PingPlan plan{ip("10.1.0.1"), ip("10.2.0.1"), false, 3, 0ms, 8, 1s, 9};
  Pinger pinger(plan, kStart);
  std::vector<Bytes> requests = pinger.tick(kStart);
  CHECK(requests.size() == 3);
  const auto answer = [&](std::size_t n) {
    return *read_echo(*EchoHost::answer(requests[n], {TrafficSelector::prefix(ip("10.2.0.0"), 24)}));
  };
  CHECK(pinger.take(answer(1)));
  CHECK(pinger.take(answer(0)));
  CHECK(pinger.take(answer(1)));
  Echo altered = answer(2);
  altered.data[0] ^= 1;
  CHECK(pinger.take(altered));
  CHECK_FALSE(pinger.finished(kStart));
  CHECK(pinger.finished(kStart + 1s));
  CHECK(pinger.report().answered == 2);
  CHECK(pinger.report().out_of_order == 1);
  CHECK(pinger.report().duplicates == 1);
  CHECK(pinger.report().altered == 1);
  CHECK(pinger.report().lost() == 1);
  Echo foreign = answer(2);
  foreign.id = 10;
  CHECK_FALSE(pinger.take(foreign));
}

TEST_CASE("data plane: rekey by us: the new SA is used at once, the old one still received on", "[esp][rfc7296-2.8]") {
  Pair p;
  p.establish(0x100);
  REQUIRE(p.ping(1));
  const Datagram on_old = p.on_the_way.front();
  p.establish(0x200, true, 0x100);
  CHECK(p.right.size() == 2);
  p.settle();  // the request on the old SA, its answer
  CHECK(p.right.answered() == 1);
  // §2.8: the responder of the rekey keeps to the old one until the initiator shows that it has the new one.
  CHECK(read_header(p.last.payload)->spi == ChildSpi{0x100});
  REQUIRE(p.ping(1));
  CHECK(read_header(p.on_the_way.front().payload)->spi == ChildSpi{0x201});
  p.settle();
  CHECK(read_header(p.last.payload)->spi == ChildSpi{0x200});

  p.note(p.left, trace::ChildSaClosed{kIke, {0x100}, {0x101}, trace::CloseReason::Rekeyed});
  p.note(p.right, trace::ChildSaClosed{kIke, {0x101}, {0x100}, trace::CloseReason::Rekeyed});
  REQUIRE(p.ping(1));
  p.settle();
  CHECK(Pair::seen<trace::TrafficMeasured>(p.left_events).size() == 3);
  CHECK(Pair::seen<trace::EspDiscarded>(p.right_events).empty());
  p.take(p.right, p.right.handle(on_old, p.now));
  CHECK(Pair::seen<trace::EspDiscarded>(p.right_events).at(0).why == "no Child SA has this SPI");
}

TEST_CASE("data plane: rekey by the peer: we wait for its packets, or for its Delete", "[esp][rfc7296-2.8]") {
  Pair p;
  p.establish(0x100);
  p.establish(0x200, false, 0x100);
  REQUIRE(p.ping(1));
  CHECK(read_header(p.on_the_way.front().payload)->spi == ChildSpi{0x101});
  p.note(p.left, trace::ChildSaClosed{kIke, {0x100}, {0x101}, trace::CloseReason::Rekeyed});
  REQUIRE(p.ping(1));
  CHECK(read_header(p.on_the_way.back().payload)->spi == ChildSpi{0x201});
}

TEST_CASE("data plane: Child SAs follow their IKE SA through a move and a rekey, and end with it", "[esp]") {
  Pair p(4500);
  p.establish(0x100);
  const SaPath moved{kNextIke, {0x100}, at("198.51.100.7:4500"), p.right_at, false, true};
  p.left.follow(std::span(&moved, 1));
  REQUIRE(p.ping(1));
  CHECK(p.on_the_way.front().source == at("198.51.100.7:4500"));
  p.note(p.left, trace::IkeSaClosed{kIke, trace::CloseReason::Rekeyed, ""});
  CHECK(p.left.size() == 1);  // RFC 7296 §2.18: the new IKE SA has it
  p.note(p.left, trace::IkeSaClosed{kNextIke, trace::CloseReason::DeletedByUs, ""});
  CHECK(p.left.size() == 0);
}

TEST_CASE("data plane: the port of a peer behind a NAT is followed, of another it is not", "[esp][rfc7296-2.23]") {
  Pair p(4500, {}, true);
  const bool behind_nat = GENERATE(true, false);
  p.note(p.right, trace::NatDetected{kIke, false, behind_nat});
  p.establish(0x100);
  REQUIRE(p.ping(1));
  p.on_the_way.front().source.port = 61000;
  const Datagram request = p.on_the_way.front();
  p.take(p.right, p.right.handle(request, p.now));
  const Datagram answer = p.on_the_way.back();
  CHECK(answer.destination.port == (behind_nat ? 61000 : 4500));
  CHECK(Pair::seen<trace::EspPeerMoved>(p.right_events).size() == (behind_nat ? 1 : 0));
  // A replayed packet from elsewhere moves nothing.
  Datagram replayed = request;
  replayed.source.port = 62000;
  p.take(p.right, p.right.handle(replayed, p.now));
  CHECK(Pair::seen<trace::EspPeerMoved>(p.right_events).size() == (behind_nat ? 1 : 0));
}

TEST_CASE("data plane: with MOBIKE only the engine moves the peer", "[esp][rfc4555-3.8]") {
  Pair p(4500, {}, true);
  p.note(p.right, trace::NatDetected{kIke, false, true});
  p.establish(0x100);
  const SaPath fixed{kIke, {0x101}, p.right_at, at("198.51.100.7:4500"), true, true};
  p.right.follow(std::span(&fixed, 1));
  REQUIRE(p.ping(1));
  p.on_the_way.front().source.port = 61000;
  p.settle();
  CHECK(Pair::seen<trace::EspPeerMoved>(p.right_events).empty());
  // RFC 4555 §3.7: the Child SAs go where the engine says, and not before; without a NAT without UDP.
  CHECK(p.last.destination == p.left_at);
  p.note(p.right, trace::ChildSaMoved{kIke, {0x101}, {0x100}, p.right_at, p.left_at, false});
  REQUIRE(p.ping(1));
  p.settle();
  CHECK(p.last.destination.port == 0);
}

TEST_CASE("data plane: ESP, IKE and keepalives are told apart on port 4500", "[esp][rfc3948-2.2]") {
  Pair p;
  const auto to = [&](std::uint16_t port, std::string_view payload) {
    return Datagram{p.right_at, {p.left_at.address, port}, hex(payload)};
  };
  CHECK(p.left.takes(to(4500, "00000101 00000001")));
  CHECK(p.left.takes(to(4500, "ff")));
  CHECK_FALSE(p.left.takes(to(4500, "00000000 0102030405060708")));
  CHECK_FALSE(p.left.takes(to(500, "00000101 00000001")));
  CHECK(p.left.handle(to(4500, "ff"), p.now).events.empty());
  const Datagram bare{{p.right_at.address, 0}, {p.left_at.address, 0}, hex("00000101 0000")};
  CHECK(p.left.takes(bare));
  p.take(p.left, p.left.handle(bare, p.now));
  CHECK(Pair::seen<trace::EspDiscarded>(p.left_events).at(0).why == "shorter than an ESP header");
}

TEST_CASE("data plane: a flood of unknown SPIs makes a bounded number of events", "[esp]") {
  DataPlaneOptions options;
  options.most_complaints = 10;
  Pair p(4500, options);
  for (std::uint32_t i = 1; i < 100; ++i) {
    Writer packet;
    packet.u32(i).u32(1U).bytes(Bytes(40));
    p.take(p.left, p.left.handle({p.right_at, p.left_at, packet.take()}, p.now));
  }
  CHECK(p.left_events.size() == 10);
}

TEST_CASE("data plane: soft and hard lifetimes are told once each", "[esp][rfc4301-4.4.2.1]") {
  DataPlaneOptions options;
  options.lifetime.soft_packets = 4;
  options.lifetime.hard_packets = 8;
  Pair p(500, options);
  p.establish(0x100);
  REQUIRE(p.ping(10));
  p.run_until_quiet();
  const auto spent = Pair::seen<trace::ChildSaSpent>(p.left_events);
  REQUIRE(spent.size() == 2);
  CHECK(spent[0].stage == trace::ChildSaSpent::Stage::Soft);
  CHECK(spent[0].packets == 4);
  CHECK(spent[1].stage == trace::ChildSaSpent::Stage::Hard);
  CHECK(p.measured().answered == 4);
}

TEST_CASE("data plane: where IP protocol 50 cannot be sent, ESP goes in UDP beside IKE on port 500", "[esp]") {
  DataPlaneOptions options;
  options.always_udp = true;
  Pair p(500, options);
  p.establish(0x100);
  REQUIRE(p.ping(1));
  CHECK(p.on_the_way.front().source == at("192.0.2.1:4500"));
  CHECK(p.on_the_way.front().destination == at("192.0.2.2:4500"));
  p.run_until_quiet();
  CHECK(p.measured().answered == 1);
}

TEST_CASE("data plane: dummy packets arrive and say nothing", "[esp][rfc4303-2.6]") {
  Pair p;
  p.establish(0x100);
  p.take(p.left, p.left.send_dummy(64, p.now));
  CHECK(p.on_the_way.size() == 1);
  p.settle();
  CHECK(p.right_events.empty());
  CHECK(p.right.find({0x101})->window().highest() == 1);
}

TEST_CASE("data plane: a peer that refuses it gets no padding for traffic flow confidentiality",
          "[esp][rfc7296-1.3.1]") {
  for (const bool refused : {false, true}) {
    DataPlaneOptions options;
    options.tfc_multiple = 256;
    Pair p(500, options);
    p.establish(0x100);
    const std::vector<SaPath> paths{{kIke, {0x100}, at("192.0.2.1:500"), at("192.0.2.2:500"), false, false, refused}};
    p.left.follow(paths);
    REQUIRE(p.ping(1));
    CHECK((p.on_the_way.front().payload.size() > 256) != refused);
    p.run_until_quiet();
    CHECK(p.measured().answered == 1);
  }
}
