// Additional key exchanges behind CREATE_CHILD_SA: IKE_FOLLOWUP_KE, RFC 9370 §2.2.4, message by message.
#include <catch2/catch.hpp>

#include "engine/base/writer.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using wire::DhGroup;
using wire::ExchangeType;
using wire::NotifyType;
using wire::Transform;
using wire::TransformType;

namespace {

struct ChildKeyLog final : sa::KeyLog {
  void ike_keys(const IkeSpis&, const crypto::IkeSuite&, const keys::SaKeys& sk) override { ike.push_back(sk); }
  void child_keys(const sa::ChildKeyEntry& entry) override { children.push_back(entry); }
  std::vector<keys::SaKeys> ike;
  std::vector<sa::ChildKeyEntry> children;
};

/// Remembers the payloads of what leaves, and can alter them.
struct Outgoing final : sa::OutboundTap {
  void on_payloads(sa::OutboundMessage& message) override {
    if (message.header.exchange == ExchangeType::IKE_FOLLOWUP_KE && alter) alter(message.payloads);
    last = message;
  }
  Bytes link() const {
    const wire::Notify* found = wire::find_notify(last.payloads, NotifyType::ADDITIONAL_KEY_EXCHANGE);
    return found ? found->data : Bytes{};
  }
  DhGroup ke() const {
    const auto* found = wire::find<wire::KeyExchange>(last.payloads);
    return found ? found->group : DhGroup::NONE;
  }
  std::function<void(std::vector<wire::Payload>&)> alter;
  sa::OutboundMessage last;
};

sa::Config with_child(sa::Config config) {
  wire::Proposal proposal = esp_proposal({DhGroup::CURVE25519});
  proposal.transforms.push_back(Transform::of(TransformType::ADDKE1, DhGroup::ML_KEM_768));
  proposal.transforms.push_back(Transform::of(TransformType::ADDKE3, DhGroup::CURVE448));
  config.child_proposals = {proposal};
  return config;
}

struct Pair {
  Pair()
      : peers(with_child(initiator_config()), with_child(responder_config()), {&out_i, nullptr, nullptr, &keys_i},
              {&out_r, nullptr, nullptr, &keys_r}) {
    peers.establish();
  }
  Datagram rekey() {
    const sa::IkeSaView view = peers.initiator.only_sa();
    const auto sent = peers.initiator.command(sa::RekeyChildSa{view.spis, view.children.at(0).inbound}, peers.now);
    return only(sent);
  }
  Datagram to_r(const Datagram& d) { return only(peers.to_responder(d)); }
  Datagram to_i(const Datagram& d) { return only(peers.to_initiator(d)); }
  static Datagram only(const std::vector<Datagram>& all) {
    REQUIRE(all.size() == 1);
    return all.front();
  }
  Outgoing out_i, out_r;
  ChildKeyLog keys_i, keys_r;
  PeerPair peers;
};

}  // namespace

TEST_CASE("The first Child SA takes no additional key exchange; its rekeying takes all", "[sa][rfc9370-2.2.4]") {
  Pair p;
  REQUIRE(p.keys_i.children.size() == 1);
  // I -> R   HDR(CREATE_CHILD_SA), SK {N(REKEY_SA), SA, Ni, KEi, TSi, TSr}
  const Datagram ask = p.rekey();
  CHECK(message_in(ask).header.exchange == ExchangeType::CREATE_CHILD_SA);
  const Bytes ni = wire::find<wire::Nonce>(p.out_i.last.payloads)->data;
  // R -> I   HDR(CREATE_CHILD_SA), SK {SA, Nr, KEr, TSi, TSr, N(ADDITIONAL_KEY_EXCHANGE)(link1)}
  const Datagram answer = p.to_r(ask);
  const Bytes link1 = p.out_r.link();
  const Bytes nr = wire::find<wire::Nonce>(p.out_r.last.payloads)->data;
  CHECK_FALSE(link1.empty());
  CHECK(p.keys_r.children.size() == 1);  // there is nothing yet
  // I -> R   HDR(IKE_FOLLOWUP_KE), SK {KEi(1), N(ADDITIONAL_KEY_EXCHANGE)(link1)}
  const Datagram first = p.to_i(answer);
  CHECK(message_in(first).header.exchange == ExchangeType::IKE_FOLLOWUP_KE);
  CHECK(p.out_i.link() == link1);
  CHECK(p.out_i.ke() == DhGroup::ML_KEM_768);
  // R -> I   HDR(IKE_FOLLOWUP_KE), SK {KEr(1), N(ADDITIONAL_KEY_EXCHANGE)(link2)}
  const Datagram first_r = p.to_r(first);
  const Bytes link2 = p.out_r.link();
  CHECK_FALSE(link2.empty());
  CHECK(link2 != link1);
  // I -> R   HDR(IKE_FOLLOWUP_KE), SK {KEi(2), N(ADDITIONAL_KEY_EXCHANGE)(link2)}
  const Datagram second = p.to_i(first_r);
  CHECK(p.out_i.link() == link2);
  CHECK(p.out_i.ke() == DhGroup::CURVE448);
  CHECK(p.keys_i.children.size() == 1);
  // R -> I   HDR(IKE_FOLLOWUP_KE), SK {KEr(2)}
  const Datagram second_r = p.to_r(second);
  CHECK(p.out_r.link().empty());
  CHECK(p.keys_r.children.size() == 2);
  // I -> R   HDR(INFORMATIONAL), SK {D}: the old Child SA
  p.peers.settle({p.to_i(second_r)});
  REQUIRE(p.keys_i.children.size() == 2);
  CHECK(p.keys_i.children[1].keys == p.keys_r.children[1].keys);
  CHECK(crypto::text(p.keys_i.children[1].suite) == "aes256gcm16-x25519-ke1_mlkem768-ke3_x448");
  CHECK(p.peers.initiator.only_sa().children.size() == 1);
  CHECK(p.peers.responder.only_sa().children.size() == 1);
  REQUIRE(p.peers.initiator.seen<trace::ChildSaClosed>().size() == 1);
  CHECK(p.peers.initiator.seen<trace::ChildSaClosed>()[0].reason == trace::CloseReason::Rekeyed);
  CHECK_FALSE(equal(ni, nr));
}

TEST_CASE("A responder that has forgotten the series answers STATE_NOT_FOUND, and the initiator begins anew",
          "[sa][rfc9370-2.2.4]") {
  Pair p;
  const Datagram first = p.to_i(p.to_r(p.rekey()));
  // The request arrives when the state is gone: "5-20 seconds of waiting time".
  p.peers.now += std::chrono::seconds(30);
  const Datagram late = p.to_r(first);
  CHECK(wire::find_notify(p.out_r.last.payloads, NotifyType::STATE_NOT_FOUND));
  REQUIRE(p.peers.responder.seen<trace::PeerFault>().size() == 1);
  const Datagram anew = p.to_i(late);
  CHECK(message_in(anew).header.exchange == ExchangeType::CREATE_CHILD_SA);
  p.peers.settle({anew});
  CHECK(p.keys_i.children.size() == 2);
  CHECK(p.peers.initiator.only_sa().children.size() == 1);
}

TEST_CASE("STATE_NOT_FOUND again and again is fatal", "[sa][rfc9370-2.2.4]") {
  Pair p;
  p.out_i.alter = [](std::vector<wire::Payload>& payloads) {
    for (wire::Payload& payload : payloads)
      if (auto* notify = std::get_if<wire::Notify>(&payload.body)) notify->data = Bytes{1, 2, 3};
  };
  p.peers.settle({p.rekey()});
  CHECK(p.peers.initiator.seen<trace::RequestRefused>().size() == 3);
  CHECK(p.peers.initiator.engine.ike_sas().empty());
  REQUIRE(p.peers.responder.seen<trace::IkeSaClosed>().size() == 1);
  CHECK(p.peers.responder.seen<trace::IkeSaClosed>()[0].reason == trace::CloseReason::DeletedByPeer);
}

TEST_CASE("A lost IKE_FOLLOWUP_KE response is repeated, and there is one Child SA", "[sa][rfc9370-2.2.4]") {
  Pair p;
  const Datagram second = p.to_i(p.to_r(p.to_i(p.to_r(p.rekey()))));
  const Datagram lost = p.to_r(second);
  const Datagram again = Pair::only(p.peers.initiator_wakes());
  CHECK(again.payload == second.payload);
  CHECK(p.to_r(again).payload == lost.payload);
  p.peers.settle({p.to_i(lost)});
  CHECK(p.keys_r.children.size() == 2);
  CHECK(p.peers.responder.only_sa().children.size() == 1);
}

TEST_CASE("While the key exchanges go on, the peer's rekeying of the same Child SA is put off", "[sa][rfc9370-2.2.4]") {
  Pair p;
  const Datagram first = p.to_i(p.to_r(p.rekey()));
  const sa::IkeSaView view = p.peers.responder.only_sa();
  const auto theirs = p.peers.responder.command(sa::RekeyChildSa{view.spis, view.children.at(0).inbound}, p.peers.now);
  const Datagram refused = p.to_i(Pair::only(theirs));
  CHECK(wire::find_notify(p.out_i.last.payloads, NotifyType::TEMPORARY_FAILURE));
  p.peers.to_responder(refused);
  p.peers.settle({p.to_r(first)});
  CHECK(p.peers.initiator.only_sa().children.size() == 1);
  CHECK(p.peers.responder.only_sa().children.size() == 1);
}

TEST_CASE("IKE_FOLLOWUP_KE with another method than is due is refused", "[sa][rfc9370-2.2.4]") {
  Pair p;
  p.out_i.alter = [](std::vector<wire::Payload>& payloads) {
    wire::find<wire::KeyExchange>(payloads)->group = DhGroup::ML_KEM_512;
  };
  p.to_r(p.to_i(p.to_r(p.rekey())));
  CHECK(wire::find_notify(p.out_r.last.payloads, NotifyType::INVALID_SYNTAX));
  CHECK(p.keys_r.children.size() == 1);
}

TEST_CASE("Unfinished series are bounded and forgotten", "[sa][rfc9370-2.2.4]") {
  Pair p;
  // An initiator that loses its state after each CREATE_CHILD_SA exchange, its requests being retracted.
  int put_off = 0;
  for (int n = 0; n < 10; ++n) {
    const Datagram answer = p.to_r(p.rekey());
    if (wire::find_notify(p.out_r.last.payloads, NotifyType::TEMPORARY_FAILURE)) ++put_off;
    const sa::IkeSaView view = p.peers.initiator.only_sa();
    p.peers.to_initiator(answer);
    p.peers.initiator.command(sa::Retract{view.spis}, p.peers.now);
  }
  CHECK(put_off == 2);
  p.peers.now += std::chrono::seconds(30);
  p.peers.responder.tick(p.peers.now);
  p.to_r(p.rekey());
  CHECK_FALSE(p.out_r.link().empty());
}
