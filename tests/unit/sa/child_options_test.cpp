// What is settled beside the algorithms of a Child SA: selectors, mode, IPComp, padding, fragments, AH, ESN.
#include <catch2/catch.hpp>

#include "engine/sa/child_sa.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using wire::NotifyType;
using wire::TrafficSelector;
using wire::Transform;

namespace {

TrafficSelector net(const char* address, unsigned bits, std::uint8_t protocol = 0, std::uint16_t from = 0,
                    std::uint16_t to = 65535) {
  return TrafficSelector::prefix(*IpAddress::parse(address), bits, protocol, from, to);
}

/// Keeps what leaves in IKE_AUTH, and may alter it.
struct Watch final : sa::OutboundTap {
  std::vector<wire::Payload> auth;
  std::function<void(std::vector<wire::Payload>&)> alter;
  void on_payloads(sa::OutboundMessage& m) override {
    if (m.header.exchange != wire::ExchangeType::IKE_AUTH) return;
    if (alter) alter(m.payloads);
    auth = m.payloads;
  }
};

const sa::ChildSaView& only_child(const Peer& peer) {
  static sa::ChildSaView copy;
  copy = peer.only_sa().children.at(0);
  return copy;
}

wire::Proposal ah_proposal() {
  wire::Proposal out;
  out.protocol = wire::ProtocolId::AH;
  out.transforms = {Transform::of(wire::IntegId::AUTH_HMAC_SHA2_256_128), Transform::of(wire::EsnId::NoESN)};
  return out;
}

}  // namespace

TEST_CASE("Selectors: the packet's addresses stand first and decide the policy", "[sa][rfc7296-2.9]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.remote_ts = {net("10.2.0.0", 16)};
  r.local_ts = {net("10.2.1.0", 24)};
  r.child.more_policies = {{{net("10.2.7.0", 24)}, r.remote_ts}};
  SECTION("no packet: one entry of the policy, and more would be possible") {
    PeerPair p(i, r);
    p.establish();
    CHECK(only_child(p.initiator).remote_ts == std::vector{net("10.2.1.0", 24)});
  }
  SECTION("a packet to the second entry") {
    i.child.trigger_packet = sa::TriggerPacket{net("10.1.0.5", 32, 6, 1025, 1025), net("10.2.7.9", 32, 6, 443, 443)};
    Watch watch_i, watch_r;
    PeerPair p(i, r, {.outbound = &watch_i}, {.outbound = &watch_r});
    p.establish();
    CHECK(wire::find<wire::TSr>(watch_i.auth)->selectors.front() == net("10.2.7.9", 32, 6, 443, 443));
    CHECK(only_child(p.initiator).remote_ts == std::vector{net("10.2.7.9", 32, 6, 443, 443), net("10.2.7.0", 24)});
    CHECK(wire::find_notify(watch_r.auth, NotifyType::ADDITIONAL_TS_POSSIBLE));
  }
}

TEST_CASE("Selectors: a Child SA for each pair of addresses", "[sa][rfc7296-2.9]") {
  auto i = initiator_config();
  auto r = responder_config();
  r.child.single_pair = true;
  SECTION("no packet to tell which: SINGLE_PAIR_REQUIRED, and the IKE SA stands") {
    PeerPair p(i, r);
    p.establish();
    CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::SINGLE_PAIR_REQUIRED);
    CHECK(p.initiator.only_sa().children.empty());
  }
  SECTION("the pair of the packet") {
    i.child.trigger_packet = sa::TriggerPacket{net("10.1.0.5", 32, 17, 7, 7), net("10.2.0.9", 32, 17, 7, 7)};
    PeerPair p(i, r);
    p.establish();
    CHECK(only_child(p.responder).local_ts == std::vector{net("10.2.0.9", 32, 17, 7, 7), net("10.2.0.9", 32)});
    CHECK(only_child(p.responder).remote_ts == std::vector{net("10.1.0.5", 32, 17, 7, 7), net("10.1.0.5", 32)});
  }
}

TEST_CASE("Selectors: both families in one Child SA, and none that carries nothing", "[sa][rfc7296-2.9]") {
  auto i = initiator_config();
  auto r = responder_config();
  for (auto* c : {&i, &r}) {
    c->local_ts.push_back(net(c == &i ? "2001:db8:1::" : "2001:db8:2::", 48));
    c->remote_ts.push_back(net(c == &i ? "2001:db8:2::" : "2001:db8:1::", 48));
  }
  SECTION("both") {
    PeerPair p(i, r);
    p.establish();
    CHECK(only_child(p.responder).local_ts.size() == 2);
    CHECK(only_child(p.responder).remote_ts.size() == 2);
  }
  SECTION("IPv6 has no other end") {
    r.local_ts.pop_back();
    PeerPair p(i, r);
    p.establish();
    CHECK(only_child(p.initiator).local_ts == std::vector{net("10.1.0.0", 24)});
  }
  SECTION("nothing is left") {
    r.local_ts = {net("2001:db8:2::", 48)};
    r.remote_ts = {net("10.1.0.0", 24)};
    PeerPair p(i, r);
    p.establish();
    CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::TS_UNACCEPTABLE);
  }
}

TEST_CASE("Selectors: the responder may not widen", "[sa][rfc7296-2.9]") {
  Watch watch;
  watch.alter = [](std::vector<wire::Payload>& payloads) {
    if (auto* tsr = wire::find<wire::TSr>(payloads)) tsr->selectors = {net("10.2.0.0", 23)};
  };
  PeerPair p(initiator_config(), responder_config(), {}, {.outbound = &watch});
  p.establish();
  CHECK(p.initiator.seen<trace::PeerFault>().at(0).section == "RFC 7296 §2.9");
  CHECK(p.initiator.engine.ike_sas().empty());
}

TEST_CASE("A rekeyed Child SA keeps its scope", "[sa][rfc7296-2.9.2]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.remote_ts = {net("10.2.0.0", 16)};
  r.local_ts = {net("10.2.1.0", 24)};
  r.child.more_policies = {{{net("10.2.7.0", 24)}, r.remote_ts}};
  i.child.trigger_packet = sa::TriggerPacket{net("10.1.0.5", 32), net("10.2.7.9", 32)};
  PeerPair p(i, r);
  p.establish();
  const auto before = only_child(p.initiator);
  p.settle(p.initiator.command(sa::RekeyChildSa{p.initiator.only_sa().spis, before.inbound}, p.now));
  CHECK(only_child(p.initiator).inbound != before.inbound);
  CHECK(only_child(p.initiator).remote_ts == before.remote_ts);
}

TEST_CASE("Transport mode is asked for, granted or declined", "[sa][rfc7296-1.3.1]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.transport_mode = true;
  SECTION("granted, and kept by the rekeyed Child SA") {
    r.transport_mode = true;
    PeerPair p(i, r);
    p.establish();
    CHECK(only_child(p.initiator).manner.transport_mode);
    p.settle(p.responder.command(sa::RekeyChildSa{p.responder.only_sa().spis, only_child(p.responder).inbound}, p.now));
    CHECK(only_child(p.initiator).manner.transport_mode);
    CHECK(only_child(p.responder).manner.transport_mode);
  }
  SECTION("declined: tunnel mode") {
    PeerPair p(i, r);
    p.establish();
    CHECK_FALSE(only_child(p.initiator).manner.transport_mode);
  }
  SECTION("declined where nothing else will do: the Child SA is deleted") {
    i.child.require_transport_mode = true;
    PeerPair p(i, r);
    p.establish();
    CHECK(p.initiator.only_sa().children.empty());
    CHECK(p.responder.only_sa().children.empty());
    CHECK(p.responder.seen<trace::ChildSaClosed>().at(0).reason == trace::CloseReason::DeletedByPeer);
  }
}

TEST_CASE("IPComp: the responder takes one of the algorithms", "[sa][rfc7296-2.22]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.child.ipcomp = {wire::IpcompTransform::IPCOMP_DEFLATE, wire::IpcompTransform::IPCOMP_LZS};
  r.child.ipcomp = {wire::IpcompTransform::IPCOMP_LZS};
  Watch watch;
  SECTION("agreed, each with the other's CPI") {
    PeerPair p(i, r);
    p.establish();
    const auto ours = *only_child(p.initiator).manner.ipcomp;
    const auto theirs = *only_child(p.responder).manner.ipcomp;
    CHECK(ours.transform == wire::IpcompTransform::IPCOMP_LZS);
    CHECK(ours.inbound_cpi == theirs.outbound_cpi);
    CHECK(ours.outbound_cpi == theirs.inbound_cpi);
    CHECK(ours.inbound_cpi >= 256);
  }
  SECTION("none in common") {
    r.child.ipcomp = {wire::IpcompTransform::IPCOMP_LZJH};
    PeerPair p(i, r);
    p.establish();
    CHECK_FALSE(only_child(p.initiator).manner.ipcomp);
    CHECK_FALSE(only_child(p.responder).manner.ipcomp);
  }
  SECTION("an answer to what was not offered") {
    watch.alter = [](std::vector<wire::Payload>& payloads) {
      payloads.push_back({wire::Notify::of(NotifyType::IPCOMP_SUPPORTED, Bytes{1, 2, 4}), false, 0});
    };
    r.child.ipcomp.clear();
    PeerPair p(i, r, {}, {.outbound = &watch});
    p.establish();
    CHECK_FALSE(p.initiator.seen<trace::PeerFault>().empty());
  }
  SECTION("too short to be read: as if it were not there") {
    watch.alter = [](std::vector<wire::Payload>& payloads) {
      for (auto& payload : payloads)
        if (auto* n = std::get_if<wire::Notify>(&payload.body); n && n->type == NotifyType::IPCOMP_SUPPORTED)
          n->data.resize(2);
    };
    PeerPair p(i, r, {.outbound = &watch});
    p.establish();
    CHECK_FALSE(only_child(p.responder).manner.ipcomp);
  }
}

TEST_CASE("TFC padding is declined, fragments are agreed by both", "[sa][rfc7296-1.3.1]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.child.refuse_tfc_padding = true;
  i.child.non_first_fragments = true;
  const bool both = GENERATE(true, false);
  r.child.non_first_fragments = both;
  PeerPair p(i, r);
  p.establish();
  CHECK(only_child(p.responder).manner.peer_refuses_tfc_padding);
  CHECK_FALSE(only_child(p.initiator).manner.peer_refuses_tfc_padding);
  CHECK(only_child(p.responder).manner.non_first_fragments == both);
  CHECK(only_child(p.initiator).manner.non_first_fragments == both);
}

TEST_CASE("AH: keys for integrity alone", "[sa][rfc7296-2.17]") {
  struct Log final : sa::KeyLog {
    void ike_keys(const IkeSpis&, const crypto::IkeSuite&, const keys::SaKeys&) override {}
    void child_keys(const sa::ChildKeyEntry& e) override { entry = e; }
    sa::ChildKeyEntry entry;
  } log_i, log_r;
  auto i = initiator_config();
  auto r = responder_config();
  i.child_proposals = {esp_proposal(), ah_proposal()};
  r.child_proposals = {ah_proposal()};
  PeerPair p(i, r, {.key_log = &log_i}, {.key_log = &log_r});
  p.establish();
  CHECK(only_child(p.initiator).suite.protocol == wire::ProtocolId::AH);
  CHECK(log_i.entry.keys == log_r.entry.keys);
  CHECK(log_i.entry.keys.integ_i.size() == 32);
  CHECK(log_i.entry.keys.encr_i.empty());
  // The Delete payload names the protocol.
  p.settle(p.initiator.command(sa::DeleteChildSa{p.initiator.only_sa().spis, only_child(p.initiator).inbound}, p.now));
  CHECK(p.responder.only_sa().children.empty());
}

TEST_CASE("Sequence numbers: 64 bits where both sides have them", "[sa][rfc7296-3.3.2]") {
  const auto with = [](std::vector<wire::EsnId> ids) {
    auto out = esp_proposal();
    out.transforms.pop_back();
    for (const auto id : ids) out.transforms.push_back(Transform::of(id));
    return out;
  };
  using enum wire::EsnId;
  auto i = initiator_config();
  auto r = responder_config();
  SECTION("both offered, ESN preferred by the responder") {
    i.child_proposals = {with({NoESN, wire::EsnId::ESN})};
    r.child_proposals = {with({wire::EsnId::ESN, NoESN})};
    PeerPair p(i, r);
    p.establish();
    CHECK(only_child(p.initiator).suite.esn);
    CHECK(only_child(p.responder).suite.esn);
  }
  SECTION("only one has it") {
    i.child_proposals = {with({wire::EsnId::ESN, NoESN})};
    r.child_proposals = {with({NoESN})};
    PeerPair p(i, r);
    p.establish();
    CHECK_FALSE(only_child(p.initiator).suite.esn);
  }
  SECTION("nothing in common") {
    i.child_proposals = {with({wire::EsnId::ESN})};
    r.child_proposals = {with({NoESN})};
    PeerPair p(i, r);
    p.establish();
    CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::NO_PROPOSAL_CHOSEN);
  }
}

TEST_CASE("Combined modes and others in several proposals", "[sa][rfc5282-8]") {
  wire::Proposal cbc = esp_proposal();
  cbc.transforms[0] = Transform::of(wire::EncrId::ENCR_AES_CBC, 256);
  cbc.transforms.insert(cbc.transforms.begin() + 1, Transform::of(wire::IntegId::AUTH_HMAC_SHA2_256_128));
  auto i = initiator_config();
  auto r = responder_config();
  i.child_proposals = {esp_proposal(), cbc};
  r.child_proposals = {cbc};
  PeerPair p(i, r);
  p.establish();
  CHECK(only_child(p.initiator).suite.encr == wire::EncrId::ENCR_AES_CBC);
  CHECK(only_child(p.initiator).suite.integ == wire::IntegId::AUTH_HMAC_SHA2_256_128);
}

TEST_CASE("A CPI is one that may be negotiated", "[sa][rfc3173-3.3]") {
  for (const std::uint32_t spi : {0U, 61183U, 61184U, 0xffffffffU}) {
    CHECK(sa::cpi_for(ChildSpi{spi}) >= 256);
    CHECK(sa::cpi_for(ChildSpi{spi}) <= 61439);
  }
}
