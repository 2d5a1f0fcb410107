#include <catch2/catch.hpp>

#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using wire::NotifyType;

TEST_CASE("IKE_AUTH: both sides hold the same IKE SA and Child SA", "[sa][rfc7296-1.2]") {
  PeerPair p;
  p.establish();
  const auto i = p.initiator.only_sa();
  const auto r = p.responder.only_sa();
  CHECK(i.spis == r.spis);
  CHECK(i.suite == r.suite);
  CHECK(i.we_are_original_initiator);
  CHECK_FALSE(r.we_are_original_initiator);
  REQUIRE(i.children.size() == 1);
  REQUIRE(r.children.size() == 1);
  CHECK(i.children[0].inbound == r.children[0].outbound);
  CHECK(i.children[0].outbound == r.children[0].inbound);
  CHECK(i.children[0].local_ts == r.children[0].remote_ts);
  CHECK(p.initiator.seen<trace::IkeSaEstablished>().at(0).peer_identity == "ID_FQDN responder.test");
}

TEST_CASE("IKE_AUTH: a wrong pre-shared key is refused under protection", "[sa][rfc7296-2.21.2]") {
  auto config = initiator_config();
  config.psk = SecretBytes(as_bytes("another key"));
  PeerPair p(config);
  p.establish();
  CHECK(p.responder.engine.ike_sas().empty());
  CHECK(p.initiator.engine.ike_sas().empty());
  CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::AUTHENTICATION_FAILED);
  CHECK(p.initiator.seen<trace::IkeSaEstablished>().empty());
}

TEST_CASE("IKE_AUTH: the refusal is repeated when its first copy was lost", "[sa][rfc7296-2.1]") {
  auto config = initiator_config();
  config.psk = SecretBytes(as_bytes("another key"));
  PeerPair p(config);
  const auto auth = p.to_initiator(p.to_responder(p.initiate()).at(0));
  const auto lost = p.to_responder(auth.at(0));
  const auto again = p.initiator_wakes();
  CHECK(again.at(0).payload == auth.at(0).payload);
  CHECK(p.to_responder(again.at(0)).at(0).payload == lost.at(0).payload);
}

TEST_CASE("IKE_AUTH: an unexpected identity is refused", "[sa][rfc7296-2.21.2]") {
  auto config = responder_config();
  config.remote_id = sa::Identity::fqdn("somebody.else");
  PeerPair p(initiator_config(), config);
  p.establish();
  CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::AUTHENTICATION_FAILED);
}

TEST_CASE("IKE_AUTH: without a Child SA in common the IKE SA stands", "[sa][rfc7296-2.21.2]") {
  auto config = responder_config();
  SECTION("no proposal") {
    config.child_proposals[0].transforms[0] = wire::Transform::of(wire::EncrId::ENCR_AES_GCM_16, 128);
    PeerPair p(initiator_config(), config);
    p.establish();
    CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::NO_PROPOSAL_CHOSEN);
    CHECK(p.initiator.only_sa().stage == sa::IkeSaView::Stage::Established);
    CHECK(p.responder.only_sa().children.empty());
  }
  SECTION("no Traffic Selector") {
    config.local_ts = {wire::TrafficSelector::prefix(*IpAddress::parse("10.9.0.0"), 24)};
    PeerPair p(initiator_config(), config);
    p.establish();
    CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::TS_UNACCEPTABLE);
    CHECK(p.initiator.only_sa().children.empty());
  }
}

TEST_CASE("IKE_AUTH: Traffic Selectors are narrowed", "[sa][rfc7296-2.9]") {
  auto config = initiator_config();
  config.remote_ts = {wire::TrafficSelector::prefix(*IpAddress::parse("10.0.0.0"), 8)};
  PeerPair p(config);
  p.establish();
  CHECK(p.initiator.only_sa().children.at(0).remote_ts == p.responder.only_sa().children.at(0).local_ts);
  CHECK(p.initiator.only_sa().children.at(0).remote_ts.at(0).text() == "10.2.0.0-10.2.0.255");
}

TEST_CASE("IKE_AUTH: INITIAL_CONTACT closes what was before", "[sa][rfc7296-2.4]") {
  PeerPair p;
  p.establish();
  const auto before = p.responder.only_sa().spis;
  p.settle(p.initiator.command(sa::Abandon{before}, p.now));
  p.establish();
  CHECK(p.responder.only_sa().spis != before);
  CHECK(p.responder.seen<trace::IkeSaClosed>().at(0).reason == trace::CloseReason::Superseded);
}

TEST_CASE("IKE_AUTH: a forged response changes nothing", "[sa][rfc7296-3.14]") {
  PeerPair p;
  const auto auth = p.to_initiator(p.to_responder(p.initiate()).at(0));
  auto answer = p.to_responder(auth.at(0)).at(0);
  auto forged = answer;
  forged.payload.back() ^= 1;
  CHECK(p.to_initiator(forged).empty());
  CHECK(p.initiator.seen<trace::Discarded>().size() == 1);
  p.settle(p.to_initiator(answer));
  CHECK(p.initiator.only_sa().stage == sa::IkeSaView::Stage::Established);
}

TEST_CASE("IKE_AUTH: PSK with each group and cipher of the table in common use", "[sa][rfc7296-2.14]") {
  using wire::Transform;
  const auto group =
      GENERATE(wire::DhGroup::MODP_2048, wire::DhGroup::ECP_256, wire::DhGroup::ECP_384, wire::DhGroup::CURVE25519);
  const auto integ = GENERATE(wire::IntegId::AUTH_HMAC_SHA1_96, wire::IntegId::AUTH_HMAC_SHA2_256_128,
                              wire::IntegId::AUTH_HMAC_SHA2_512_256);
  wire::Proposal proposal = ike_proposal({group});
  proposal.transforms[0] = Transform::of(wire::EncrId::ENCR_AES_CBC, 256);
  proposal.transforms.push_back(Transform::of(integ));
  auto i = initiator_config();
  auto r = responder_config();
  i.ike_proposals = r.ike_proposals = {proposal};
  PeerPair p(i, r);
  p.establish();
  CHECK(p.initiator.only_sa().stage == sa::IkeSaView::Stage::Established);
  CHECK(p.responder.only_sa().suite.integ == integ);
}
