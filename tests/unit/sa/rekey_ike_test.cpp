// CREATE_CHILD_SA for the IKE SA itself, RFC 7296 §1.3.2 and §2.18, message by message. What meets it is in
// collision_test.cpp.
#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/sa/key_log.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using namespace std::chrono_literals;
using trace::CloseReason;
using wire::DhGroup;
using wire::ExchangeType;
using wire::NotifyType;
using wire::Transform;
using wire::TransformType;

namespace {

struct Log final : sa::KeyLog {
  void ike_keys(const IkeSpis& spis, const crypto::IkeSuite&, const keys::SaKeys& sk) override {
    ike.emplace_back(spis, sk);
  }
  void child_keys(const sa::ChildKeyEntry& entry) override { children.push_back(entry); }
  std::vector<std::pair<IkeSpis, keys::SaKeys>> ike;
  std::vector<sa::ChildKeyEntry> children;
};

/// Keeps the payloads of what leaves.
struct Outgoing final : sa::OutboundTap {
  void on_payloads(sa::OutboundMessage& message) override {
    if (alter) alter(message);
    sent.push_back(message);
  }
  std::function<void(sa::OutboundMessage&)> alter;
  std::vector<sa::OutboundMessage> sent;
};

sa::RekeyIkeSa rekey(const Peer& peer) { return {peer.only_sa().spis}; }

Datagram only(const std::vector<Datagram>& all) {
  REQUIRE(all.size() == 1);
  return all.front();
}

/// Both sides have one and the same IKE SA with one and the same Child SA.
void check_agreed(const PeerPair& p) {
  const auto i = p.initiator.only_sa();
  const auto r = p.responder.only_sa();
  CHECK(i.spis == r.spis);
  REQUIRE(i.children.size() == 1);
  REQUIRE(r.children.size() == 1);
  CHECK(i.children[0].inbound == r.children[0].outbound);
  CHECK(i.children[0].outbound == r.children[0].inbound);
}

void check_alive(PeerPair& p) {
  for (Peer* peer : {&p.initiator, &p.responder}) {
    const auto before = peer->seen<trace::RequestAnswered>().size();
    p.settle(peer->command(sa::CheckLiveness{peer->only_sa().spis}, p.now));
    CHECK(peer->seen<trace::RequestAnswered>().size() == before + 1);
  }
}

}  // namespace

TEST_CASE("CREATE_CHILD_SA: the IKE SA is rekeyed", "[sa][rfc7296-1.3.2][rfc7296-2.18]") {
  Outgoing out_i, out_r;
  Log log_i, log_r;
  PeerPair p(initiator_config(), responder_config(), {.outbound = &out_i, .key_log = &log_i},
             {.outbound = &out_r, .key_log = &log_r});
  p.establish();
  const auto before = p.initiator.only_sa();
  const bool by_initiator = GENERATE(true, false);
  Peer& a = by_initiator ? p.initiator : p.responder;  // begins
  Peer& b = by_initiator ? p.responder : p.initiator;
  Outgoing& out_a = by_initiator ? out_i : out_r;

  // A -> B   HDR, SK {SA, Ni, KEi}
  const Datagram ask = only(a.command(rekey(a), p.now));
  REQUIRE(out_a.sent.back().header.exchange == ExchangeType::CREATE_CHILD_SA);
  const auto& asked = out_a.sent.back().payloads;
  REQUIRE(asked.size() == 3);
  CHECK(wire::find<wire::SecurityAssociation>(asked)->proposals.at(0).spi.size() == 8);
  // B -> A   HDR, SK {SA, Nr, KEr}
  const Datagram answer = only(b.handle(ask, p.now));
  // A -> B   HDR, SK {D}     on the old IKE SA, and the empty answer to it
  const Datagram deletion = only(a.handle(answer, p.now));
  CHECK(out_a.sent.back().header.spis == before.spis);
  CHECK(wire::find<wire::Delete>(out_a.sent.back().payloads)->protocol == wire::ProtocolId::IKE);
  const Datagram deleted = only(b.handle(deletion, p.now));
  CHECK(a.handle(deleted, p.now).empty());

  check_agreed(p);
  const auto after = a.only_sa();
  CHECK(after.spis.i != before.spis.i);
  CHECK(after.spis.r != before.spis.r);
  // §2.18: whoever began the exchange is the original initiator of the new IKE SA; counters begin at 0.
  CHECK(after.we_are_original_initiator);
  CHECK_FALSE(b.only_sa().we_are_original_initiator);
  CHECK(after.next_request == MessageId{0});
  CHECK(after.next_peer_request == MessageId{0});
  CHECK(a.only_sa().children[0].inbound == (by_initiator ? before.children[0].inbound : before.children[0].outbound));
  const auto rekeyed = a.seen<trace::IkeSaRekeyed>();
  REQUIRE(rekeyed.size() == 1);
  CHECK(rekeyed[0].ike == before.spis);
  CHECK(rekeyed[0].successor == after.spis);
  CHECK(rekeyed[0].by_us);
  CHECK_FALSE(b.seen<trace::IkeSaRekeyed>().at(0).by_us);
  for (const Peer* peer : {&a, &b}) {
    CHECK(peer->seen<trace::IkeSaClosed>().at(0).reason == CloseReason::Rekeyed);
    CHECK(peer->seen<trace::ChildSaClosed>().empty());
  }
  REQUIRE(log_i.ike.size() == 2);
  CHECK(log_i.ike == log_r.ike);
  CHECK(log_i.ike[1].first == after.spis);
  CHECK_FALSE(log_i.ike[0].second == log_i.ike[1].second);

  // Messages go on under the new keys, and Child SAs are rekeyed from the new SK_d.
  check_alive(p);
  p.settle(b.command(sa::RekeyChildSa{after.spis, b.only_sa().children[0].inbound}, p.now));
  check_agreed(p);
  CHECK(log_i.children.back().keys == log_r.children.back().keys);
  // And once more, by the other side.
  p.settle(b.command(rekey(b), p.now));
  check_agreed(p);
  CHECK(b.only_sa().we_are_original_initiator);
  check_alive(p);
}

TEST_CASE("CREATE_CHILD_SA: INVALID_KE_PAYLOAD when the IKE SA is rekeyed", "[sa][rfc7296-1.3.2]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.ike_proposals = {ike_proposal({DhGroup::CURVE25519, DhGroup::ECP_256})};
  r.ike_proposals = {ike_proposal({DhGroup::ECP_256, DhGroup::CURVE25519})};
  i.first_ke_group = DhGroup::CURVE25519;
  Outgoing out;
  PeerPair p(i, r, {.outbound = &out});
  p.establish();
  SECTION("the group that is in use does") {
    p.settle(p.initiator.command(rekey(p.initiator), p.now));
    CHECK(p.initiator.seen<trace::RequestRefused>().empty());
  }
  SECTION("another one is sent first") {
    bool once = true;
    out.alter = [&](sa::OutboundMessage& message) {
      auto* ke = const_cast<wire::KeyExchange*>(wire::find<wire::KeyExchange>(message.payloads));
      if (ke && std::exchange(once, false)) *ke = {DhGroup::CURVE25519, 0, Bytes(32, 9)};
    };
    p.settle(p.initiator.command(rekey(p.initiator), p.now));
    CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::INVALID_KE_PAYLOAD);
  }
  CHECK(p.initiator.only_sa().suite.group == DhGroup::ECP_256);
  check_agreed(p);
}

TEST_CASE("CREATE_CHILD_SA: the response that rekeys the IKE SA is lost", "[sa][rfc7296-2.1]") {
  PeerPair p;
  p.establish();
  const auto old = p.initiator.only_sa().spis;
  const Datagram ask = only(p.initiator.command(rekey(p.initiator), p.now));
  const Datagram lost = only(p.to_responder(ask));
  const Datagram again = only(p.initiator_wakes());
  CHECK(again.payload == ask.payload);
  const Datagram repeated = only(p.to_responder(again));
  CHECK(repeated.payload == lost.payload);
  CHECK(p.responder.engine.ike_sas().size() == 2);  // the old one and its one successor
  SECTION("the responder may use the new IKE SA before the initiator knows it") {
    const auto next = p.responder.seen<trace::IkeSaRekeyed>().at(0).successor;
    const Datagram early = only(p.responder.command(sa::CheckLiveness{next}, p.now));
    CHECK(p.to_initiator(early).empty());
    p.settle(p.to_initiator(repeated));
    p.settle(p.responder_wakes());
    CHECK(p.responder.seen<trace::RequestAnswered>().size() == 1);
  }
  SECTION("the deletion is lost, too") {
    const Datagram deletion = only(p.to_initiator(repeated));
    CHECK(only(p.initiator_wakes()).payload == deletion.payload);
    p.settle({deletion});
  }
  SECTION("the deletion never comes: the other side closes the old IKE SA after a while") {
    p.to_initiator(repeated);
    p.initiator.command(sa::Abandon{old}, p.now);
    p.responder.wake_at = p.responder.wake_at.value();
    std::vector<Datagram> deletion;
    while (deletion.empty()) deletion = p.responder_wakes();
    CHECK(message_in(only(deletion)).header.spis == old);
    // The initiator does not know it any more, so nobody answers; the new IKE SA stays.
    CHECK(p.to_initiator(deletion[0]).empty());
    while (p.responder.engine.ike_sas().size() > 1) p.responder_wakes();
  }
  check_agreed(p);
  check_alive(p);
}

TEST_CASE("Rekeyed IKE SA: what was agreed goes on", "[sa][rfc7296-2.8]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.mobike.supported = r.mobike.supported = true;
  i.fragmentation.supported = r.fragmentation.supported = true;
  i.extensions.redirect.follow = true;
  i.local_ts = r.remote_ts = {wire::TrafficSelector::prefix(*IpAddress::parse("0.0.0.0"), 0)};
  i.configuration.request = {{false, wire::CfgAttribute::INTERNAL_IP4_ADDRESS, {}}};
  r.configuration.pool = {{*IpAddress::parse("10.3.0.1"), *IpAddress::parse("10.3.0.1")}};
  PeerPair p(i, r);
  p.establish();
  const auto before = p.initiator.only_sa();
  REQUIRE(before.internal_addresses.size() == 1);
  Peer& by = GENERATE(true, false) ? p.initiator : p.responder;
  p.settle(by.command(rekey(by), p.now));
  check_agreed(p);
  // The address stays leased (there is one only), selectors follow it, and it is free when the new IKE SA is gone.
  CHECK(p.initiator.only_sa().internal_addresses == before.internal_addresses);
  CHECK(p.responder.only_sa().internal_addresses == before.internal_addresses);
  CHECK(p.initiator.only_sa().mobike);
  const auto spis = p.initiator.only_sa().spis;
  p.settle(p.initiator.command(sa::CreateChildSa{spis}, p.now));
  CHECK(p.initiator.only_sa().children.at(1).local_ts == before.children.at(0).local_ts);
  // RFC 4555 §1.3, §3.5: the party that began the first IKE SA moves, whoever rekeyed.
  CHECK_THROWS_AS(
      p.responder.command(sa::Move{spis, *IpAddress::parse("192.0.2.2"), *IpAddress::parse("192.0.2.1")}, p.now),
      std::invalid_argument);
  CHECK_NOTHROW(p.settle(
      p.initiator.command(sa::Move{spis, *IpAddress::parse("192.0.2.1"), *IpAddress::parse("192.0.2.2")}, p.now)));
  // RFC 5685: the client is still the client.
  p.settle(
      p.responder.command(sa::RedirectClient{spis, sa::GatewayIdentity::of(*IpAddress::parse("192.0.2.9"))}, p.now));
  const auto used = p.initiator.seen<trace::ExtensionUsed>();
  CHECK(std::ranges::count(used, "redirect", &trace::ExtensionUsed::extension) == 1);
}

TEST_CASE("CREATE_CHILD_SA: a wrong answer to the rekeying of the IKE SA", "[sa][rfc7296-2.21]") {
  Outgoing out;
  PeerPair p(initiator_config(), responder_config(), {}, {.outbound = &out});
  p.establish();
  std::string section;
  SECTION("the SPI is zero") {
    section = "RFC 7296 §3.3.1";
    out.alter = [](sa::OutboundMessage& m) {
      if (auto* sa = const_cast<wire::SecurityAssociation*>(wire::find<wire::SecurityAssociation>(m.payloads)))
        sa->proposals.at(0).spi = Bytes(8);
    };
  }
  SECTION("the nonce is short") {
    section = "RFC 7296 §3.9";
    out.alter = [](sa::OutboundMessage& m) {
      if (auto* nonce = const_cast<wire::Nonce*>(wire::find<wire::Nonce>(m.payloads))) nonce->data.resize(15);
    };
  }
  SECTION("another group in KE") {
    section = "RFC 7296 §1.3.2";
    out.alter = [](sa::OutboundMessage& m) {
      if (auto* ke = const_cast<wire::KeyExchange*>(wire::find<wire::KeyExchange>(m.payloads)))
        ke->group = DhGroup::ECP_256;
    };
  }
  p.settle(p.initiator.command(rekey(p.initiator), p.now));
  CHECK(p.initiator.seen<trace::PeerFault>().at(0).section == section);
  // The two can have no IKE SA in common any more.
  CHECK(p.initiator.engine.ike_sas().empty());
}

TEST_CASE("CREATE_CHILD_SA: a request to rekey the IKE SA that cannot be met", "[sa][rfc7296-1.3.2]") {
  Outgoing out;
  PeerPair p(initiator_config(), responder_config(), {.outbound = &out});
  p.establish();
  NotifyType error{};
  SECTION("without KE") {
    error = NotifyType::INVALID_SYNTAX;
    out.alter = [](sa::OutboundMessage& m) {
      std::erase_if(m.payloads,
                    [](const wire::Payload& one) { return std::holds_alternative<wire::KeyExchange>(one.body); });
    };
  }
  SECTION("§2.18: without Diffie-Hellman") {
    error = NotifyType::NO_PROPOSAL_CHOSEN;
    out.alter = [](sa::OutboundMessage& m) {
      auto* sa = const_cast<wire::SecurityAssociation*>(wire::find<wire::SecurityAssociation>(m.payloads));
      for (wire::Transform& t : sa->proposals.at(0).transforms)
        if (t.type == TransformType::KE) t.id = 0;
    };
  }
  SECTION("an SPI of four octets") {
    error = NotifyType::NO_PROPOSAL_CHOSEN;
    out.alter = [](sa::OutboundMessage& m) {
      auto* sa = const_cast<wire::SecurityAssociation*>(wire::find<wire::SecurityAssociation>(m.payloads));
      sa->proposals.at(0).spi.resize(4);
    };
  }
  p.settle(p.initiator.command(rekey(p.initiator), p.now));
  CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == error);
  CHECK(p.responder.seen<trace::IkeSaRekeyed>().empty());
  CHECK(p.responder.engine.ike_sas().size() <= 1);
}

TEST_CASE("CREATE_CHILD_SA: additional key exchanges when the IKE SA is rekeyed", "[sa][rfc9370-2.2.4]") {
  auto i = initiator_config();
  auto r = responder_config();
  wire::Proposal proposal = ike_proposal();
  proposal.transforms.push_back(Transform::of(TransformType::ADDKE1, DhGroup::ML_KEM_768));
  i.ike_proposals = r.ike_proposals = {proposal};
  Log log_i, log_r;
  Outgoing out;
  PeerPair p(i, r, {.outbound = &out, .key_log = &log_i}, {.key_log = &log_r});
  p.establish();
  // I -> R  HDR(CREATE_CHILD_SA), SK {SA, Ni, KEi}     R -> I  HDR, SK {SA, Nr, KEr, N(ADDITIONAL_KEY_EXCHANGE)}
  const Datagram first = only(p.to_responder(only(p.initiator.command(rekey(p.initiator), p.now))));
  CHECK(p.responder.engine.ike_sas().size() == 1);  // nothing is made yet
  // I -> R  HDR(IKE_FOLLOWUP_KE), SK {KEi(1), N(ADDITIONAL_KEY_EXCHANGE)}
  const Datagram follow = only(p.to_initiator(first));
  CHECK(out.sent.back().header.exchange == ExchangeType::IKE_FOLLOWUP_KE);
  SECTION("they are done") { p.settle({follow}); }
  SECTION("the peer's request to rekey it comes in between: TEMPORARY_FAILURE") {
    const Datagram other = only(p.responder.command(rekey(p.responder), p.now));
    p.settle(p.to_initiator(other));
    CHECK(p.responder.seen<trace::RequestRefused>().at(0).error == NotifyType::TEMPORARY_FAILURE);
    p.settle({follow});
  }
  check_agreed(p);
  CHECK(p.initiator.seen<trace::IkeSaRekeyed>().size() == 1);
  CHECK(log_i.ike.back().first == p.initiator.only_sa().spis);
  CHECK(log_i.ike.back() == log_r.ike.back());
  check_alive(p);
}

TEST_CASE("CREATE_CHILD_SA: an additional Child SA", "[sa][rfc7296-1.3.1]") {
  PeerPair p;
  p.establish();
  const auto spis = p.initiator.only_sa().spis;
  const auto part = [](const char* net) {
    return std::vector{wire::TrafficSelector::prefix(*IpAddress::parse(net), 28)};
  };
  SECTION("as configured") { p.settle(p.initiator.command(sa::CreateChildSa{spis}, p.now)); }
  SECTION("with selectors of its own, by the responder") {
    p.settle(p.responder.command(sa::CreateChildSa{spis, part("10.2.0.16"), part("10.1.0.16")}, p.now));
    CHECK(p.responder.only_sa().children.at(1).local_ts == part("10.2.0.16"));
    CHECK(p.responder.only_sa().children.at(1).remote_ts == part("10.1.0.16"));
  }
  const auto i = p.initiator.only_sa();
  const auto r = p.responder.only_sa();
  REQUIRE(i.children.size() == 2);
  REQUIRE(r.children.size() == 2);
  CHECK(i.children[1].inbound == r.children[1].outbound);
  CHECK(i.children[1].local_ts == r.children[1].remote_ts);
  CHECK_FALSE(p.initiator.seen<trace::ChildSaEstablished>().at(1).rekeys);
}

TEST_CASE("NO_ADDITIONAL_SAS: the limit of Child SAs", "[sa][rfc7296-1.3]") {
  auto r = responder_config();
  r.rekey.child_sa_limit = GENERATE(0, 2);
  PeerPair p(initiator_config(), r);
  p.establish();
  const auto view = p.initiator.only_sa();
  const auto refusals = [&] { return p.initiator.seen<trace::RequestRefused>(); };
  p.settle(p.initiator.command(sa::CreateChildSa{view.spis}, p.now));
  p.settle(p.initiator.command(sa::RekeyChildSa{view.spis, view.children.at(0).inbound}, p.now));
  if (r.rekey.child_sa_limit == 0) {
    // §4: a minimal implementation.
    p.settle(p.initiator.command(sa::RekeyIkeSa{view.spis}, p.now));
    REQUIRE(refusals().size() == 3);
    CHECK(p.initiator.only_sa().children.size() == 1);
    CHECK(p.initiator.only_sa().spis == view.spis);
  } else {
    CHECK(refusals().empty());
    p.settle(p.initiator.command(sa::CreateChildSa{view.spis}, p.now));
    REQUIRE(refusals().size() == 1);
    CHECK(p.initiator.only_sa().children.size() == 2);
  }
  for (const auto& refusal : refusals()) CHECK(refusal.error == NotifyType::NO_ADDITIONAL_SAS);
}
