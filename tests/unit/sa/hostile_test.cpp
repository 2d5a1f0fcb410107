// Octets from anybody: the engine answers or stays silent, and goes on.
#include <catch2/catch.hpp>

#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;

TEST_CASE("No octets make the engine throw, and an established IKE SA lives on", "[sa][hostile]") {
  PeerPair p;
  const Datagram ask = p.initiate();
  const auto init = p.to_responder(ask);
  const auto auth = p.to_initiator(init.at(0));
  const auto done = p.to_responder(auth.at(0));
  p.to_initiator(done.at(0));
  const IkeSpis spis = p.initiator.only_sa().spis;

  SeededRandom random(42);
  for (const Datagram& seed : {ask, init[0], auth[0], done[0]}) {
    for (int n = 0; n < 3000; ++n) {
      Datagram d = seed;
      const auto flips = 1 + random.u32() % 4;
      for (std::uint32_t k = 0; k < flips; ++k)
        d.payload[random.u32() % d.payload.size()] = static_cast<std::uint8_t>(random.u32());
      if (random.u32() % 4 == 0) d.payload.resize(random.u32() % (d.payload.size() + 1));
      (d.destination.address == ask.destination.address ? p.responder : p.initiator).handle(d, p.now);
    }
  }
  // §2.21.4: nothing unprotected changes the state of an SA.
  const auto alive = p.initiator.engine.ike_sas();
  CHECK(std::ranges::count(alive, spis, &sa::IkeSaView::spis) == 1);
  p.settle(p.initiator.command(sa::CheckLiveness{spis}, p.now));
  CHECK(p.initiator.seen<trace::RequestAnswered>().size() == 1);
  CHECK(p.responder.engine.half_open() <= responder_config().half_open_limit);
}

TEST_CASE("Empty, short and foreign datagrams are discarded with a reason", "[sa][hostile]") {
  PeerPair p;
  const Endpoint from{*IpAddress::parse("192.0.2.9"), 500};
  const auto send = [&](std::uint16_t port, Bytes octets) {
    return p.to_responder({from, {*IpAddress::parse("192.0.2.2"), port}, std::move(octets)});
  };
  CHECK(send(500, {}).empty());
  CHECK(send(500, Bytes(27, 0)).empty());
  CHECK(send(4500, Bytes{1, 2, 3, 4, 5, 6, 7, 8}).empty());  // ESP
  CHECK(p.responder.seen<trace::Discarded>().size() == 3);
  CHECK(send(4500, Bytes{0xff}).empty());  // NAT keepalive, RFC 3948 §2.3
  CHECK(p.responder.seen<trace::Discarded>().size() == 3);
}
