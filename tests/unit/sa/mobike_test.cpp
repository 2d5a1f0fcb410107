// MOBIKE message by message, RFC 4555.
#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>

#include "engine/sa/key_log.hpp"
#include "engine/sa/message_io.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using namespace std::chrono_literals;

namespace {

IpAddress ip(const char* text) { return *IpAddress::parse(text); }
const IpAddress kI1 = ip("192.0.2.1");
const IpAddress kR1 = ip("192.0.2.2");
const IpAddress kI2 = ip("198.51.100.1");
const IpAddress kR2 = ip("203.0.113.2");
const IpAddress kI6 = ip("2001:db8::1");
const IpAddress kR6 = ip("2001:db8::2");

sa::Config mobile(sa::Config config, std::vector<IpAddress> additional = {}) {
  config.mobike.supported = true;
  config.mobike.additional_addresses = std::move(additional);
  return config;
}

struct Pair : PeerPair {
  explicit Pair(sa::Config i = mobile(initiator_config()), sa::Config r = mobile(responder_config()),
                sa::Seams seams_i = {}, sa::Seams seams_r = {})
      : PeerPair(std::move(i), std::move(r), seams_i, seams_r) {
    establish();
  }
  IkeSpis spis() const { return initiator.only_sa().spis; }
  bool is_initiators(const IpAddress& a) const { return a == kI1 || a == kI2 || a == kI6; }
  /// Delivers everything, but what goes to an address that is down.
  void run(std::vector<Datagram> first) {
    std::deque<Datagram> under_way(first.begin(), first.end());
    for (int n = 0; !under_way.empty() && n < 200; ++n) {
      const Datagram d = under_way.front();
      under_way.pop_front();
      if (lost(d)) continue;
      for (Datagram& more : (is_initiators(d.destination.address) ? initiator : responder).handle(d, now))
        under_way.push_back(std::move(more));
    }
    CHECK(under_way.empty());
  }
  bool lost(const Datagram& d) const {
    return std::ranges::any_of(down,
                               [&](const IpAddress& a) { return d.source.address == a || d.destination.address == a; });
  }
  /// Time passes until both have nothing to do within `limit`.
  void pass(Duration limit) {
    const Instant end = now + limit;
    for (int n = 0; n < 500; ++n) {
      Peer* next = nullptr;
      for (Peer* peer : {&initiator, &responder})
        if (peer->wake_at && *peer->wake_at <= end && (!next || *peer->wake_at < *next->wake_at)) next = peer;
      if (!next) break;
      now = std::max(now, *next->wake_at);
      run(next->tick(now));
    }
    now = end;
  }
  std::vector<IpAddress> down;
};

/// The payloads inside a message of `from`, which a tap wrote down.
struct Listener final : sa::OutboundTap {
  void on_payloads(sa::OutboundMessage& message) override { sent.push_back(message); }
  const wire::Notify* last(wire::NotifyType type) const { return wire::find_notify(sent.back().payloads, type); }
  std::vector<sa::OutboundMessage> sent;
};

struct KeyLog final : sa::KeyLog {
  void ike_keys(const IkeSpis&, const crypto::IkeSuite&, const keys::SaKeys&) override {}
  void child_keys(const sa::ChildKeyEntry&) override {}
  void child_moved(ChildSpi, ChildSpi, const Endpoint& local, const Endpoint& remote) override {
    moves.push_back(local.text() + " " + remote.text());
  }
  std::vector<std::string> moves;
};

}  // namespace

TEST_CASE("MOBIKE: agreed in IKE_AUTH, on port 4500 without a NAT", "[sa][rfc4555-3.2]") {
  Pair p(mobile(initiator_config(), {kI2, kI6}), mobile(responder_config(), {kR2}));
  for (const Peer* peer : {&p.initiator, &p.responder}) {
    CHECK(peer->only_sa().mobike);
    CHECK(peer->only_sa().local.port == 4500);  // §3.3
    CHECK(peer->seen<trace::NatDetected>().empty());
  }
  CHECK(p.responder.only_sa().peer_addresses == std::vector{kI2, kI6});
  CHECK(p.initiator.only_sa().peer_addresses == std::vector{kR2});
}

TEST_CASE("MOBIKE: one side alone does not have it", "[sa][rfc4555-3.2]") {
  Pair p(mobile(initiator_config()), responder_config());
  CHECK_FALSE(p.initiator.only_sa().mobike);
  CHECK_FALSE(p.responder.only_sa().mobike);
  CHECK_THROWS_AS(p.initiator.command(sa::Move{p.spis(), kI2, kR1}, p.now), std::invalid_argument);
}

TEST_CASE("MOBIKE: move, routability check, move back", "[sa][rfc4555-3.5]") {
  Listener said_i;
  Listener said_r;
  KeyLog log;
  Pair p(mobile(initiator_config()), mobile(responder_config()), sa::Seams{&said_i},
         sa::Seams{&said_r, nullptr, nullptr, &log});
  // (IP_I2:4500 -> IP_R1:4500)  HDR, SK {N(UPDATE_SA_ADDRESSES), N(NAT_DETECTION_*_IP), N(COOKIE2)}
  const auto update = p.initiator.command(sa::Move{p.spis(), kI2, kR1}, p.now);
  REQUIRE(update.size() == 1);
  CHECK(update[0].source == Endpoint{kI2, 4500});
  CHECK(said_i.last(wire::NotifyType::UPDATE_SA_ADDRESSES));
  CHECK(said_i.last(wire::NotifyType::NAT_DETECTION_SOURCE_IP));
  const Bytes cookie = said_i.last(wire::NotifyType::COOKIE2)->data;
  CHECK(p.initiator.seen<trace::ChildSaMoved>().at(0).local.address == kI2);

  // <--  HDR, SK {N(NAT_DETECTION_*_IP), N(COOKIE2)},  then  HDR, SK {N(COOKIE2)}
  const auto answer = p.to_responder(update[0]);
  REQUIRE(answer.size() == 2);
  CHECK(answer[0].destination == Endpoint{kI2, 4500});
  REQUIRE(said_r.sent.size() >= 2);
  const sa::OutboundMessage& response = said_r.sent[said_r.sent.size() - 2];
  CHECK(wire::find_notify(response.payloads, wire::NotifyType::COOKIE2)->data == cookie);
  CHECK(wire::find_notify(response.payloads, wire::NotifyType::NAT_DETECTION_DESTINATION_IP));
  CHECK(p.responder.only_sa().remote.address == kI2);
  // §3.7: the IPsec SAs stay where they are until the check is done.
  CHECK(p.responder.seen<trace::ChildSaMoved>().empty());
  p.run(answer);
  REQUIRE(p.responder.seen<trace::ChildSaMoved>().size() == 1);
  CHECK(p.responder.seen<trace::ChildSaMoved>()[0].remote == Endpoint{kI2, 4500});
  CHECK_FALSE(p.responder.seen<trace::ChildSaMoved>()[0].udp_encapsulation);
  CHECK(log.moves == std::vector<std::string>{"192.0.2.2:4500 198.51.100.1:4500"});
  CHECK(p.responder.seen<trace::PathTested>().at(0).works);

  p.run(p.initiator.command(sa::Move{p.spis(), kI1, kR1}, p.now));
  CHECK(p.responder.only_sa().remote.address == kI1);
  CHECK(p.responder.seen<trace::ChildSaMoved>().size() == 2);
  CHECK(p.responder.only_sa().children.size() == 1);
}

TEST_CASE("MOBIKE: from IPv4 to IPv6 and back", "[sa][rfc4555-3.5]") {
  Pair p(mobile(initiator_config(), {kI6}), mobile(responder_config(), {kR6}));
  CHECK_THROWS_AS(p.initiator.command(sa::Move{p.spis(), kI6, kR1}, p.now), std::invalid_argument);
  // The responder's address is new to the initiator, so its Child SAs follow when the update is answered.
  const auto update = p.initiator.command(sa::Move{p.spis(), kI6, kR6}, p.now);
  CHECK(p.initiator.seen<trace::ChildSaMoved>().empty());
  p.run(update);
  CHECK(p.initiator.seen<trace::ChildSaMoved>().at(0).remote == Endpoint{kR6, 4500});
  CHECK(p.responder.only_sa().local == Endpoint{kR6, 4500});
  CHECK(p.responder.seen<trace::ChildSaMoved>().at(0).remote == Endpoint{kI6, 4500});
  p.run(p.initiator.command(sa::Move{p.spis(), kI1, kR1}, p.now));
  CHECK(p.responder.only_sa().remote == Endpoint{kI1, 4500});
}

TEST_CASE("MOBIKE: a request under way is repeated from the new address, then the update", "[sa][rfc4555-3.5]") {
  Pair p;
  const auto ask = p.initiator.command(sa::CheckLiveness{p.spis()}, p.now);  // lost
  const auto moved = p.initiator.command(sa::Move{p.spis(), kI2, kR1}, p.now);
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].payload == ask.at(0).payload);
  CHECK(moved[0].source.address == kI2);
  // §3.8: what is no UPDATE_SA_ADDRESSES moves nothing.
  const auto answer = p.to_responder(moved[0]);
  CHECK(p.responder.only_sa().remote.address == kI1);
  REQUIRE(answer.size() == 1);
  CHECK(answer[0].destination.address == kI2);  // RFC 7296 §2.11
  p.run(answer);
  CHECK(p.responder.only_sa().remote.address == kI2);
}

TEST_CASE("MOBIKE: a second move makes the answer to the first one stale", "[sa][rfc4555-3.5]") {
  Pair p;
  const auto first = p.initiator.command(sa::Move{p.spis(), kI2, kR1}, p.now);
  const auto answer = p.to_responder(first.at(0));  // under way while ...
  const auto second = p.initiator.command(sa::Move{p.spis(), kI1, kR1}, p.now);
  // The first request is repeated from where we are now; the new update waits for the window.
  REQUIRE(second.size() == 1);
  CHECK(second[0].payload == first[0].payload);
  const auto tested = p.initiator.seen<trace::PathTested>().size();
  p.run(answer);
  CHECK(p.responder.only_sa().remote.address == kI1);
  CHECK(p.initiator.only_sa().local.address == kI1);
  CHECK(p.responder.only_sa().next_peer_request == MessageId{4});  // two updates
  CHECK(p.initiator.seen<trace::PathTested>().size() == tested + 1);
}

TEST_CASE("MOBIKE: only the original initiator moves", "[sa][rfc4555-3.5]") {
  Pair p;
  CHECK_THROWS_AS(p.responder.command(sa::Move{p.spis(), kR2, kI1}, p.now), std::invalid_argument);
  // A responder that tries all the same changes nothing.
  auto forged =
      p.responder.command(sa::SendInformational{p.spis(), {sa::notify(wire::NotifyType::UPDATE_SA_ADDRESSES)}}, p.now);
  forged.at(0).source.address = kR2;
  CHECK(p.to_initiator(forged[0]).size() == 1);
  CHECK(p.initiator.only_sa().remote.address == kR1);
  CHECK(p.initiator.seen<trace::PeerFault>().at(0).section == "RFC 4555 §3.5");
}

TEST_CASE("MOBIKE: an unacceptable address is left again", "[sa][rfc4555-3.5]") {
  sa::Config r = mobile(responder_config());
  r.mobike.unacceptable = {kI2};
  Pair p(mobile(initiator_config()), r);
  p.run(p.initiator.command(sa::Move{p.spis(), kI2, kR1}, p.now));
  CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == wire::NotifyType::UNACCEPTABLE_ADDRESSES);
  CHECK(p.responder.only_sa().remote.address == kI1);
  CHECK(p.initiator.only_sa().local.address == kI1);
  CHECK(p.initiator.seen<trace::ChildSaMoved>().back().local.address == kI1);
}

TEST_CASE("MOBIKE: without return routability the Child SAs follow at once", "[sa][rfc4555-3.7]") {
  sa::Config r = mobile(responder_config());
  r.mobike.return_routability = false;
  Pair p(mobile(initiator_config()), r);
  const auto answer = p.to_responder(p.initiator.command(sa::Move{p.spis(), kI2, kR1}, p.now).at(0));
  CHECK(answer.size() == 1);
  CHECK(p.responder.seen<trace::ChildSaMoved>().size() == 1);
}

namespace {

/// Answers with another COOKIE2 than was sent.
struct WrongCookie final : sa::OutboundTap {
  void on_payloads(sa::OutboundMessage& message) override {
    if (!message.header.is_response()) return;
    for (wire::Payload& p : message.payloads)
      if (auto* n = std::get_if<wire::Notify>(&p.body); n && n->type == wire::NotifyType::COOKIE2) n->data[0] ^= 1;
  }
};

}  // namespace

TEST_CASE("MOBIKE: another COOKIE2 than was sent closes the IKE SA", "[sa][rfc4555-3.7]") {
  WrongCookie tap;
  Pair p(mobile(initiator_config()), mobile(responder_config()), sa::Seams{&tap});
  p.run(p.initiator.command(sa::Move{p.spis(), kI2, kR1}, p.now));
  CHECK(p.responder.engine.ike_sas().empty());
  CHECK(p.responder.seen<trace::ChildSaMoved>().empty());
  CHECK(p.responder.seen<trace::PeerFault>().at(0).section == "RFC 4555 §3.7");
}

TEST_CASE("MOBIKE: the responder's address goes, and the initiator follows", "[sa][rfc4555-3.6]") {
  Pair p(mobile(initiator_config()), mobile(responder_config(), {kR2}));
  p.down = {kR1};
  // <--  (IP_R2 -> IP_I1)  HDR, SK {N(NO_ADDITIONAL_ADDRESSES)}
  const auto tell = p.responder.command(sa::AddressesChanged{{kR2}}, p.now);
  REQUIRE(tell.size() == 1);
  CHECK(tell[0].source == Endpoint{kR2, 4500});
  CHECK(p.responder.seen<trace::ChildSaMoved>().at(0).local.address == kR2);  // §3.5, the exception
  p.run(tell);
  CHECK(p.initiator.only_sa().remote.address == kR2);
  CHECK(p.initiator.seen<trace::ChildSaMoved>().at(0).remote.address == kR2);
  CHECK(p.responder.only_sa().local.address == kR2);
}

TEST_CASE("MOBIKE: another address of the responder is told, and nothing moves", "[sa][rfc4555-3.6]") {
  Pair p;
  p.run(p.responder.command(sa::AddressesChanged{{kR1, kR2, kR6}}, p.now));
  CHECK(p.initiator.only_sa().peer_addresses == std::vector{kR2, kR6});
  CHECK(p.initiator.seen<trace::IkeSaMoved>().empty());
  p.run(p.responder.command(sa::AddressesChanged{{kR1}}, p.now));
  CHECK(p.initiator.only_sa().peer_addresses.empty());
}

TEST_CASE("MOBIKE: the initiator's address goes, to another of its family or with the peer's other one",
          "[sa][rfc4555-3.5]") {
  Pair p(mobile(initiator_config()), mobile(responder_config(), {kR6}));
  p.run(p.initiator.command(sa::AddressesChanged{{kI6, kI2}}, p.now));
  CHECK(p.responder.only_sa().remote.address == kI2);
  CHECK(p.responder.only_sa().peer_addresses == std::vector{kI6});
  p.run(p.initiator.command(sa::AddressesChanged{{kI6}}, p.now));
  CHECK(p.responder.only_sa().remote.address == kI6);
  CHECK(p.responder.only_sa().local.address == kR6);
}

TEST_CASE("MOBIKE: a path that does not answer is left for one that does", "[sa][rfc4555-3.10]") {
  Pair p(mobile(initiator_config()), mobile(responder_config(), {kR2}));
  p.down = {kR1};
  p.run(p.initiator.command(sa::CheckLiveness{p.spis()}, p.now));
  p.pass(20s);
  CHECK(p.initiator.only_sa().remote.address == kR2);
  CHECK(p.responder.only_sa().local.address == kR2);
  CHECK_FALSE(p.initiator.seen<trace::PathTested>().at(0).works);
  CHECK(p.initiator.seen<trace::PathTested>().back().works);
  CHECK(p.responder.seen<trace::ChildSaMoved>().back().local.address == kR2);
  CHECK(p.initiator.seen<trace::ChildSaMoved>().back().remote.address == kR2);
}

TEST_CASE("MOBIKE: when no path answers the peer is given up", "[sa][rfc4555-3.10]") {
  Pair p(mobile(initiator_config(), {kI2}), mobile(responder_config(), {kR2}));
  p.down = {kR1, kR2};
  p.run(p.initiator.command(sa::CheckLiveness{p.spis()}, p.now));
  p.pass(200s);
  CHECK(p.initiator.engine.ike_sas().empty());
  CHECK(p.initiator.seen<trace::PathTested>().size() == 3);
}

TEST_CASE("MOBIKE: both sides move at once", "[sa][rfc4555-3.6]") {
  Pair p(mobile(initiator_config(), {kI2}), mobile(responder_config(), {kR2}));
  p.down = {kI1, kR1};
  auto moved = p.initiator.command(sa::AddressesChanged{{kI2}}, p.now);
  const auto told = p.responder.command(sa::AddressesChanged{{kR2}}, p.now);
  moved.insert(moved.end(), told.begin(), told.end());
  p.run(moved);
  p.pass(60s);
  CHECK(p.initiator.only_sa().remote.address == kR2);
  CHECK(p.responder.only_sa().remote.address == kI2);
  CHECK(p.responder.seen<trace::ChildSaMoved>().back().remote.address == kI2);
}

TEST_CASE("MOBIKE without NAT traversal protects the addresses", "[sa][rfc4555-3.9]") {
  sa::Config i = mobile(initiator_config());
  i.nat.supported = false;
  i.mobike.unexpected_nat_retries = 2;
  sa::Config r = mobile(responder_config());
  r.nat.supported = false;
  Listener said_r;
  Pair p(i, r, {}, sa::Seams{&said_r});
  CHECK(p.initiator.only_sa().local.port == 500);
  p.run(p.initiator.command(sa::Move{p.spis(), kI2, kR1}, p.now));
  CHECK(p.responder.only_sa().remote.address == kI2);
  // Somebody rewrites addresses: refused each time, tried again twice, and the responder stays.
  auto update = p.initiator.command(sa::Move{p.spis(), kI1, kR1}, p.now);
  int updates = 0;
  while (!update.empty()) {
    ++updates;
    Datagram rewritten = update.at(0);
    rewritten.source.address = ip("198.51.100.99");
    auto answer = p.to_responder(rewritten);
    REQUIRE(answer.size() == 1);
    CHECK(said_r.last(wire::NotifyType::UNEXPECTED_NAT_DETECTED));
    CHECK(answer[0].destination.address == ip("198.51.100.99"));
    update = p.to_initiator(answer[0]);
  }
  CHECK(updates == 3);
  CHECK(p.responder.only_sa().remote.address == kI2);
}

TEST_CASE("MOBIKE: NO_NATS_ALLOWED in IKE_AUTH is checked", "[sa][rfc4555-3.9]") {
  sa::Config i = mobile(initiator_config());
  i.nat.supported = false;
  PeerPair p(i, mobile(responder_config()));
  auto auth = p.to_initiator(p.to_responder(p.initiate()).at(0));
  auth.at(0).source.address = kI2;
  p.to_initiator(p.to_responder(auth[0]).at(0));
  CHECK(p.responder.seen<trace::PeerFault>().at(0).answered == wire::NotifyType::UNEXPECTED_NAT_DETECTED);
  CHECK(p.initiator.engine.ike_sas().empty());
}

TEST_CASE("MOBIKE behind a NAT: another mapping is noticed and updated", "[sa][rfc4555-3.8]") {
  PeerPair p(mobile(initiator_config()), mobile(responder_config()));
  std::uint16_t shift = 1000;
  const auto out = [&](Datagram d) {
    d.source = {kI2, static_cast<std::uint16_t>(d.source.port + shift)};
    return d;
  };
  const auto in = [&](Datagram d) {
    d.destination = {kI1, static_cast<std::uint16_t>(d.destination.port - shift)};
    return d;
  };
  std::deque<Datagram> way{p.initiate()};
  const auto run = [&] {
    for (int n = 0; !way.empty() && n < 100; ++n) {
      const Datagram d = way.front();
      way.pop_front();
      for (Datagram& more : d.source.address == kI1 ? p.to_responder(out(d)) : p.to_initiator(in(d)))
        way.push_back(std::move(more));
    }
  };
  run();
  REQUIRE(p.initiator.only_sa().mobike);
  const IkeSpis spis = p.initiator.only_sa().spis;
  const auto liveness = [&] {
    for (Datagram& d : p.initiator.command(sa::CheckLiveness{spis}, p.now)) way.push_back(std::move(d));
    run();
  };
  liveness();
  CHECK(p.responder.only_sa().remote.port == 5500);
  shift = 2000;
  liveness();
  // §3.8: the check itself moved nothing; the update that it led to did.
  CHECK(p.responder.only_sa().remote.port == 6500);
  CHECK(p.responder.seen<trace::IkeSaMoved>().size() == 1);
  CHECK(p.responder.seen<trace::ChildSaMoved>().back().udp_encapsulation);
}
