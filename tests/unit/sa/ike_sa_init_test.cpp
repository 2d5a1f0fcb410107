#include <catch2/catch.hpp>

#include "engine/base/writer.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using wire::DhGroup;
using wire::NotifyType;

TEST_CASE("IKE_SA_INIT: the first request", "[sa][rfc7296-1.2]") {
  PeerPair p;
  const Datagram ask = p.initiate();  // I -> R   HDR, SAi1, KEi, Ni
  const wire::Message m = message_in(ask);
  CHECK(m.header.exchange == wire::ExchangeType::IKE_SA_INIT);
  CHECK(m.header.flags == wire::kFlagInitiator);
  CHECK(m.header.spis.r.is_zero());
  CHECK_FALSE(m.header.spis.i.is_zero());
  CHECK(m.header.message_id == MessageId{0});
  REQUIRE(m.payloads.size() == 5);
  CHECK(m.payloads[0].type() == wire::PayloadType::SA);
  CHECK(m.payloads[1].type() == wire::PayloadType::KE);
  CHECK(m.payloads[2].type() == wire::PayloadType::Nonce);
  CHECK(wire::find_notify(m.payloads, NotifyType::NAT_DETECTION_SOURCE_IP));
  CHECK(wire::find_notify(m.payloads, NotifyType::NAT_DETECTION_DESTINATION_IP));
}

TEST_CASE("IKE_SA_INIT: a lost response is repeated, not recomputed", "[sa][rfc7296-2.1]") {
  PeerPair p;
  const Datagram ask = p.initiate();
  const auto lost = p.to_responder(ask);  // R -> I   HDR, SAr1, KEr, Nr   (never arrives)
  REQUIRE(lost.size() == 1);

  const auto again = p.initiator_wakes();
  REQUIRE(again.size() == 1);
  CHECK(again[0].payload == ask.payload);
  const auto repeated = p.to_responder(again[0]);
  REQUIRE(repeated.size() == 1);
  CHECK(repeated[0].payload == lost[0].payload);
  CHECK(p.responder.engine.half_open() == 1);
  CHECK(p.responder.seen<trace::ResponseRepeated>().size() == 1);
}

TEST_CASE("IKE_SA_INIT: repeated after IKE_AUTH it is ignored", "[sa][rfc7296-2.1]") {
  PeerPair p;
  const Datagram ask = p.initiate();
  p.settle(p.to_responder(ask));
  REQUIRE(p.responder.only_sa().stage == sa::IkeSaView::Stage::Established);
  CHECK(p.to_responder(ask).empty());
  CHECK(p.responder.engine.ike_sas().size() == 1);
  CHECK(p.responder.engine.half_open() == 0);
  CHECK(p.responder.seen<trace::Discarded>().back().section == "RFC 7296 §2.1");
}

TEST_CASE("IKE_SA_INIT: retransmissions back off and end", "[sa][rfc7296-2.4]") {
  PeerPair p;
  const Datagram ask = p.initiate();
  std::vector<Duration> gaps;
  Instant last = p.now;
  for (auto again = p.initiator_wakes(); !again.empty(); again = p.initiator_wakes()) {
    CHECK(again[0].payload == ask.payload);
    gaps.push_back(p.now - last);
    last = p.now;
  }
  CHECK(gaps.size() == 5);
  CHECK(std::ranges::is_sorted(gaps));
  REQUIRE(p.initiator.seen<trace::IkeSaClosed>().size() == 1);
  CHECK(p.initiator.seen<trace::IkeSaClosed>()[0].reason == trace::CloseReason::PeerDead);
  CHECK(p.initiator.engine.ike_sas().empty());
  CHECK_FALSE(p.initiator.wake_at);
}

TEST_CASE("IKE_SA_INIT: a cookie is asked for and shown", "[sa][rfc7296-2.6]") {
  auto config = responder_config();
  config.cookie_threshold = 0;
  PeerPair p(initiator_config(), config);
  const Datagram ask = p.initiate();
  const auto demand = p.to_responder(ask);  // R -> I   HDR(A,0), N(COOKIE)
  REQUIRE(demand.size() == 1);
  const wire::Message m = message_in(demand[0]);
  CHECK(m.header.spis.r.is_zero());
  REQUIRE(wire::find_notify(m.payloads, NotifyType::COOKIE));
  CHECK(p.responder.engine.half_open() == 0);

  const auto shown = p.to_initiator(demand[0]);  // I -> R   HDR(A,0), N(COOKIE), SAi1, KEi, Ni
  REQUIRE(shown.size() == 1);
  wire::Message second = message_in(shown[0]);
  const wire::Message first = message_in(ask);
  REQUIRE(wire::find_notify(second.payloads, NotifyType::COOKIE));
  CHECK(second.payloads.front().type() == wire::PayloadType::Notify);
  // §2.6: everything behind the cookie is unchanged.
  second.payloads.erase(second.payloads.begin());
  CHECK(second.payloads == first.payloads);
  p.settle(p.to_responder(shown[0]));
  CHECK(p.initiator.only_sa().stage == sa::IkeSaView::Stage::Established);
}

TEST_CASE("IKE_SA_INIT: a cookie made for another address is not taken", "[sa][rfc7296-2.6]") {
  auto config = responder_config();
  config.cookie_threshold = 0;
  PeerPair p(initiator_config(), config);
  const auto demand = p.to_responder(p.initiate());
  auto shown = p.to_initiator(demand.at(0)).at(0);
  shown.source.address = *IpAddress::parse("192.0.2.77");
  const auto answer = p.to_responder(shown);
  REQUIRE(answer.size() == 1);
  CHECK(wire::find_notify(message_in(answer[0]).payloads, NotifyType::COOKIE));
  CHECK(p.responder.engine.half_open() == 0);
}

TEST_CASE("IKE_SA_INIT: INVALID_KE_PAYLOAD names the group to use", "[sa][rfc7296-1.2]") {
  auto config = initiator_config();
  config.ike_proposals = {ike_proposal({DhGroup::MODP_2048, DhGroup::CURVE25519})};
  config.first_ke_group = DhGroup::MODP_2048;
  PeerPair p(config);
  const auto wish = p.to_responder(p.initiate());  // R -> I   HDR, N(INVALID_KE_PAYLOAD)
  const wire::Message m = message_in(wish.at(0));
  const auto* notify = wire::find_notify(m.payloads, NotifyType::INVALID_KE_PAYLOAD);
  REQUIRE(notify);
  CHECK(equal(notify->data, Writer().u16(DhGroup::CURVE25519).view()));
  CHECK(m.header.spis.r.is_zero());

  const auto again = p.to_initiator(wish.at(0));
  const auto* ke = wire::find<wire::KeyExchange>(message_in(again.at(0)).payloads);
  REQUIRE(ke);
  CHECK(ke->group == DhGroup::CURVE25519);
  p.settle(p.to_responder(again.at(0)));
  CHECK(p.responder.only_sa().stage == sa::IkeSaView::Stage::Established);
}

TEST_CASE("IKE_SA_INIT: cookie and then another group: both are in the third request", "[sa][rfc7296-2.6.1]") {
  auto ours = initiator_config();
  ours.ike_proposals = {ike_proposal({DhGroup::MODP_2048, DhGroup::CURVE25519})};
  ours.first_ke_group = DhGroup::MODP_2048;
  auto theirs = responder_config();
  theirs.cookie_threshold = 0;
  PeerPair p(ours, theirs);
  const Datagram first = p.initiate();
  const auto with_cookie = p.to_initiator(p.to_responder(first).at(0));
  const auto third = p.to_initiator(p.to_responder(with_cookie.at(0)).at(0));
  const wire::Message m = message_in(third.at(0));
  CHECK(wire::find_notify(m.payloads, NotifyType::COOKIE));
  CHECK(wire::find<wire::KeyExchange>(m.payloads)->group == DhGroup::CURVE25519);
  CHECK(*wire::find<wire::SecurityAssociation>(m.payloads) ==
        *wire::find<wire::SecurityAssociation>(message_in(first).payloads));
  p.settle(p.to_responder(third.at(0)));
  CHECK(p.initiator.only_sa().stage == sa::IkeSaView::Stage::Established);
}

TEST_CASE("IKE_SA_INIT: a group that was not offered is not believed", "[sa][rfc7296-1.2]") {
  PeerPair p;
  const Datagram ask = p.initiate();
  wire::Message forged = message_in(ask);
  forged.header.flags = wire::kFlagResponse;
  forged.payloads = {
      {wire::Notify::of(NotifyType::INVALID_KE_PAYLOAD, Writer().u16(DhGroup::MODP_768).view()), false, 0}};
  CHECK(p.to_initiator({ask.destination, ask.source, forged.octets()}).empty());
  CHECK(p.initiator.seen<trace::Discarded>().size() == 1);
  p.settle({ask});
  CHECK(p.initiator.only_sa().stage == sa::IkeSaView::Stage::Established);
}

TEST_CASE("IKE_SA_INIT: no proposal in common", "[sa][rfc7296-2.7]") {
  auto config = responder_config();
  config.ike_proposals = {ike_proposal({DhGroup::MODP_2048})};
  PeerPair p(initiator_config(), config);
  const auto answer = p.to_responder(p.initiate());
  CHECK(wire::find_notify(message_in(answer.at(0)).payloads, NotifyType::NO_PROPOSAL_CHOSEN));
  CHECK(p.responder.engine.ike_sas().empty());
  // §2.21.1: nobody vouches for the refusal, so the initiator goes on trying.
  CHECK(p.to_initiator(answer.at(0)).empty());
  CHECK(p.initiator.seen<trace::RequestRefused>().size() == 1);
  CHECK(p.initiator_wakes().size() == 1);
}

TEST_CASE("IKE_SA_INIT: a higher major version is answered with 2.0", "[sa][rfc7296-2.5]") {
  PeerPair p;
  Datagram ask = p.initiate();
  ask.payload[17] = 0x30;
  const auto answer = p.to_responder(ask);
  const wire::Message m = message_in(answer.at(0));
  CHECK(wire::find_notify(m.payloads, NotifyType::INVALID_MAJOR_VERSION));
  CHECK(m.header.version == 0x20);
  CHECK(m.header.flags == wire::kFlagResponse);
}

TEST_CASE("IKE_SA_INIT: a half-open IKE SA does not last", "[sa][rfc7296-2.6]") {
  PeerPair p;
  p.to_responder(p.initiate());
  CHECK(p.responder.engine.half_open() == 1);
  p.responder_wakes();
  CHECK(p.responder.engine.half_open() == 0);
  CHECK(p.responder.seen<trace::IkeSaClosed>().at(0).reason == trace::CloseReason::HalfOpenExpired);
}

TEST_CASE("IKE_SA_INIT: further requests are dropped at the limit", "[sa][rfc7296-2.6]") {
  auto config = responder_config();
  config.half_open_limit = 1;
  PeerPair p(initiator_config(), config);
  CHECK(p.to_responder(p.initiate()).size() == 1);
  CHECK(p.to_responder(p.initiate()).empty());
}
