// IKE_INTERMEDIATE (RFC 9242) and the additional key exchanges in it (RFC 9370 §2.2.2), message by message.
#include <catch2/catch.hpp>

#include "engine/base/writer.hpp"
#include "engine/keys/auth_octets.hpp"
#include "engine/keys/key_ring.hpp"
#include "engine/sa/additional_key_exchanges.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using wire::DhGroup;
using wire::ExchangeType;
using wire::NotifyType;
using wire::Transform;
using wire::TransformType;

namespace {

struct Keys final : sa::KeyLog {
  void ike_keys(const IkeSpis& spis, const crypto::IkeSuite& suite, const keys::SaKeys& sk) override {
    ring.add(spis, suite, sk);
    generations.push_back(sk);
  }
  void child_keys(const sa::ChildKeyEntry& entry) override { children.push_back(entry.keys); }
  keys::KeyRing ring;
  std::vector<keys::SaKeys> generations;
  std::vector<keys::ChildKeys> children;
};

/// x25519, then what is given for ADDKE1, ADDKE2, ...: alternatives for each.
wire::Proposal hybrid(const std::vector<std::vector<DhGroup>>& additional) {
  wire::Proposal out = ike_proposal();
  for (std::size_t i = 0; i < additional.size(); ++i)
    for (const DhGroup group : additional[i])
      out.transforms.push_back(
          Transform::of(static_cast<TransformType>(static_cast<std::size_t>(TransformType::ADDKE1) + i), group));
  return out;
}

template <class Config>
Config with(Config config, wire::Proposal proposal) {
  config.ike_proposals = {std::move(proposal)};
  return config;
}

struct Pair {
  explicit Pair(const wire::Proposal& proposal, sa::OutboundTap* tap_i = nullptr)
      : peers(with(initiator_config(), proposal), with(responder_config(), proposal),
              {tap_i, nullptr, nullptr, &keys_i}, {nullptr, nullptr, nullptr, &keys_r}) {}
  Pair(sa::Config i, sa::Config r, sa::OutboundTap* tap_i = nullptr)
      : peers(std::move(i), std::move(r), {tap_i, nullptr, nullptr, &keys_i}, {nullptr, nullptr, nullptr, &keys_r}) {}

  Datagram to_r(const Datagram& d) { return only(peers.to_responder(d)); }
  Datagram to_i(const Datagram& d) { return only(peers.to_initiator(d)); }
  static Datagram only(const std::vector<Datagram>& all) {
    REQUIRE(all.size() == 1);
    return all.front();
  }
  /// What is inside SK, opened with the keys that were told to the log.
  std::vector<wire::Payload> inside(const Datagram& d) const {
    return wire::parse_chain(std::get<wire::Encrypted>(message_in(d).payloads.back().body).first_inner, plaintext(d))
        .payloads;
  }
  Bytes plaintext(const Datagram& d) const {
    const Bytes& octets = d.payload;
    const auto opened = keys_i.ring.open(message_in(d).header, octets, 28, wire::PayloadType::SK);
    REQUIRE(opened);
    return opened->plaintext;
  }

  Keys keys_i;
  Keys keys_r;
  PeerPair peers;
};

DhGroup ke_group(const std::vector<wire::Payload>& payloads) {
  const auto* ke = wire::find<wire::KeyExchange>(payloads);
  return ke ? ke->group : DhGroup::NONE;
}

}  // namespace

TEST_CASE("x25519 in IKE_SA_INIT, ML-KEM-768 in IKE_INTERMEDIATE, then IKE_AUTH under the new keys",
          "[sa][rfc9370-2.2.2][rfc9242-3.2]") {
  Pair p(hybrid({{DhGroup::ML_KEM_768}}));
  // I -> R   HDR, SAi1(.. ADDKE1 ..), KEi, Ni, N(INTERMEDIATE_EXCHANGE_SUPPORTED)
  const Datagram init = p.peers.initiate();
  CHECK(wire::find_notify(message_in(init).payloads, NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED));
  // R -> I   HDR, SAr1(.. ADDKE1 ..), KEr, Nr, N(INTERMEDIATE_EXCHANGE_SUPPORTED)
  const Datagram init_r = p.to_r(init);
  CHECK(wire::find_notify(message_in(init_r).payloads, NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED));
  // I -> R   HDR, SK {KEi(1)}: 1184 octets of encapsulation key
  const Datagram first = p.to_i(init_r);
  CHECK(message_in(first).header.exchange == ExchangeType::IKE_INTERMEDIATE);
  CHECK(message_in(first).header.message_id == MessageId{1});
  const auto ke_i = p.inside(first);
  REQUIRE(wire::find<wire::KeyExchange>(ke_i));
  CHECK(wire::find<wire::KeyExchange>(ke_i)->group == DhGroup::ML_KEM_768);
  CHECK(wire::find<wire::KeyExchange>(ke_i)->data.size() == 1184);
  CHECK(p.peers.responder.engine.half_open() == 1);
  // R -> I   HDR, SK {KEr(1)}: 1088 octets of ciphertext, under the keys of IKE_SA_INIT
  const Datagram first_r = p.to_r(first);
  CHECK(wire::find<wire::KeyExchange>(p.inside(first_r))->data.size() == 1088);
  REQUIRE(p.keys_r.generations.size() == 2);
  // I -> R   HDR, SK {IDi, AUTH, SAi2, TSi, TSr}   under SK_ei(1), with the next Message ID
  const Datagram auth = p.to_i(first_r);
  CHECK(message_in(auth).header.exchange == ExchangeType::IKE_AUTH);
  CHECK(message_in(auth).header.message_id == MessageId{2});
  REQUIRE(p.keys_i.generations.size() == 2);
  CHECK(p.keys_i.generations == p.keys_r.generations);
  CHECK_FALSE(p.keys_i.generations[0] == p.keys_i.generations[1]);
  keys::KeyRing before;
  before.add(message_in(auth).header.spis, p.peers.initiator.only_sa().suite, p.keys_i.generations[0]);
  CHECK_FALSE(before.open(message_in(auth).header, auth.payload, 28, wire::PayloadType::SK));
  // R -> I   HDR, SK {IDr, AUTH, SAr2, TSi, TSr}
  p.peers.to_initiator(p.to_r(auth));
  CHECK(p.peers.initiator.seen<trace::IkeSaEstablished>().size() == 1);
  CHECK(p.peers.responder.seen<trace::IkeSaEstablished>().size() == 1);
  CHECK(p.keys_i.children == p.keys_r.children);
  CHECK(crypto::text(p.peers.initiator.only_sa().suite) == "aes256gcm16-prfsha256-x25519-ke1_mlkem768");
}

TEST_CASE("Each additional key exchange has its exchange, in the order of the Transform Types", "[sa][rfc9370-2.2.1]") {
  // ADDKE1, ADDKE2 (NONE is chosen), ADDKE3.
  auto r = with(responder_config(), hybrid({{DhGroup::ML_KEM_512}, {DhGroup::NONE}, {DhGroup::ECP_384}}));
  Pair p(
      with(initiator_config(),
           hybrid({{DhGroup::ML_KEM_512}, {DhGroup::CURVE448, DhGroup::NONE}, {DhGroup::ECP_256, DhGroup::ECP_384}})),
      std::move(r));
  const Datagram first = p.to_i(p.to_r(p.peers.initiate()));
  CHECK(ke_group(p.inside(first)) == DhGroup::ML_KEM_512);
  const Datagram second = p.to_i(p.to_r(first));
  CHECK(message_in(second).header.message_id == MessageId{2});
  CHECK(ke_group(p.inside(second)) == DhGroup::ECP_384);
  const Datagram auth = p.to_i(p.to_r(second));
  CHECK(message_in(auth).header.exchange == ExchangeType::IKE_AUTH);
  CHECK(message_in(auth).header.message_id == MessageId{3});
  p.peers.to_initiator(p.to_r(auth));
  CHECK(p.keys_i.generations.size() == 3);
  CHECK(p.keys_i.generations == p.keys_r.generations);
  CHECK(p.peers.responder.seen<trace::IkeSaEstablished>().size() == 1);
}

TEST_CASE("AUTH covers the IKE_INTERMEDIATE messages: IntAuth put together by hand", "[sa][rfc9242-3.3.2]") {
  Pair p(hybrid({{DhGroup::CURVE448}, {DhGroup::ECP_256}}));
  const Datagram init = p.peers.initiate();
  const Datagram init_r = p.to_r(init);
  const Datagram first = p.to_i(init_r);
  const Datagram first_r = p.to_r(first);
  const Datagram second = p.to_i(first_r);
  const Datagram second_r = p.to_r(second);
  const Datagram auth = p.to_i(second_r);
  REQUIRE(message_in(auth).header.message_id == MessageId{3});

  // Header with "Adjusted Length", generic header of SK with "Adjusted Payload Length", and the inner payloads.
  const auto a_and_p = [&](const Datagram& d) {
    const Bytes inner = p.plaintext(d);
    Writer out;
    out.bytes(BytesView(d.payload).first(24)).u32(28 + 4 + inner.size());
    out.bytes(BytesView(d.payload).subspan(28, 2)).u16(4 + inner.size());
    out.bytes(inner);
    return out.take();
  };
  const crypto::Prf prf = *crypto::Prf::find(wire::PrfId::PRF_HMAC_SHA2_256);
  const auto& sk = p.keys_i.generations;
  REQUIRE(sk.size() == 3);
  // IntAuth_i1 = prf(SK_pi1, A | P), IntAuth_i2 = prf(SK_pi2, IntAuth_i1 | A | P)
  const SecretBytes i1 = prf.compute(sk[0].pi.view(), {a_and_p(first)});
  const SecretBytes i2 = prf.compute(sk[1].pi.view(), {i1.view(), a_and_p(second)});
  const SecretBytes r1 = prf.compute(sk[0].pr.view(), {a_and_p(first_r)});
  const SecretBytes r2 = prf.compute(sk[1].pr.view(), {r1.view(), a_and_p(second_r)});
  const Bytes mid = Writer().u32(3).take();  // IKE_AUTH_MID

  const auto inside = p.inside(auth);
  const Bytes id = wire::body_octets(*wire::find<wire::IDi>(inside));
  const Bytes nr = wire::find<wire::Nonce>(message_in(init_r).payloads)->data;
  // InitiatorSignedOctets = RealMsg1 | NonceRData | MACedIDForI | IntAuth, with the newest SK_pi
  const Bytes octets =
      cat(keys::initiator_signed_octets(prf, init.payload, nr, sk[2].pi.view(), id), i2.view(), r2.view(), mid);
  const Bytes wanted = keys::shared_key_auth(prf, initiator_config().psk.view(), octets);
  CHECK(wire::find<wire::Authentication>(inside)->data == wanted);
}

TEST_CASE("IKE_INTERMEDIATE without any key exchange: RFC 9242 alone", "[sa][rfc9242-3.2]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.intermediate.empty_exchanges = 2;
  r.intermediate.announce = true;
  Pair p(std::move(i), std::move(r));
  const Datagram first = p.to_i(p.to_r(p.peers.initiate()));
  CHECK(message_in(first).header.exchange == ExchangeType::IKE_INTERMEDIATE);
  CHECK(p.inside(first).empty());
  const Datagram second = p.to_i(p.to_r(first));
  CHECK(message_in(second).header.message_id == MessageId{2});
  const Datagram auth = p.to_i(p.to_r(second));
  CHECK(message_in(auth).header.exchange == ExchangeType::IKE_AUTH);
  p.peers.to_initiator(p.to_r(auth));
  CHECK(p.keys_i.generations.size() == 1);
  CHECK(p.peers.initiator.seen<trace::IkeSaEstablished>().size() == 1);
}

TEST_CASE("A responder that does not return the notification gets no IKE_INTERMEDIATE", "[sa][rfc9242-3.1]") {
  auto i = initiator_config();
  i.intermediate.empty_exchanges = 1;
  Pair p(std::move(i), responder_config());
  const Datagram init = p.peers.initiate();
  CHECK(wire::find_notify(message_in(init).payloads, NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED));
  const Datagram init_r = p.to_r(init);
  CHECK_FALSE(wire::find_notify(message_in(init_r).payloads, NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED));
  CHECK(message_in(p.to_i(init_r)).header.exchange == ExchangeType::IKE_AUTH);
}

TEST_CASE("A lost IKE_INTERMEDIATE response is repeated, though the keys have changed since", "[sa][rfc9242-3.3.1]") {
  Pair p(hybrid({{DhGroup::ML_KEM_512}}));
  const Datagram first = p.to_i(p.to_r(p.peers.initiate()));
  const Datagram lost = p.to_r(first);
  CHECK(p.keys_r.generations.size() == 2);
  const Datagram again = Pair::only(p.peers.initiator_wakes());
  CHECK(again.payload == first.payload);
  const Datagram repeated = p.to_r(again);
  CHECK(repeated.payload == lost.payload);
  CHECK(p.keys_r.generations.size() == 2);
  p.peers.settle({repeated});
  CHECK(p.peers.initiator.seen<trace::IkeSaEstablished>().size() == 1);
  // Once IKE_AUTH has come, the old request is only old.
  CHECK(p.peers.to_responder(again).empty());
}

TEST_CASE("IKE_AUTH before all key exchanges are done, or out of turn, is not answered", "[sa][rfc9370-2.2.1]") {
  Pair p(hybrid({{DhGroup::CURVE448}, {DhGroup::ML_KEM_512}}));
  const Datagram first = p.to_i(p.to_r(p.peers.initiate()));
  p.to_r(first);
  // Message ID 2 is due. The header names no other exchange than the keys protect, so the message is made anew.
  auto cipher = keys::SkCipher::create(p.peers.responder.only_sa().suite, p.keys_r.generations[1].ei, {});
  REQUIRE(cipher);
  const auto forged = [&](ExchangeType exchange, std::uint32_t id) {
    wire::Message message;
    message.header = message_in(first).header;
    message.header.exchange = exchange;
    message.header.message_id = MessageId{id};
    message.payloads = {
        wire::Payload{wire::Encrypted{wire::PayloadType::None, Bytes(cipher->sealed_size(0))}, false, 0}};
    Bytes octets = message.octets();
    const BytesView prefix(octets.data(), 32);
    SeededRandom random(3);
    const Bytes body = cipher->seal(prefix, {}, random);
    std::ranges::copy(body, octets.begin() + 32);
    Datagram out = first;
    out.payload = octets;
    return out;
  };
  CHECK(p.peers.to_responder(forged(ExchangeType::IKE_AUTH, 2)).empty());
  CHECK(p.peers.to_responder(forged(ExchangeType::IKE_INTERMEDIATE, 3)).empty());
  CHECK(p.peers.responder.seen<trace::Discarded>().size() == 2);
  CHECK(p.peers.to_responder(forged(ExchangeType::IKE_INTERMEDIATE, 2)).size() == 1);
}

TEST_CASE("A KE payload of another method than is due is refused", "[sa][rfc9370-2.2.2]") {
  struct OtherMethod final : sa::OutboundTap {
    void on_payloads(sa::OutboundMessage& message) override {
      if (message.header.exchange != ExchangeType::IKE_INTERMEDIATE) return;
      wire::find<wire::KeyExchange>(message.payloads)->group = DhGroup::ML_KEM_768;
    }
  } tap;
  Pair p(hybrid({{DhGroup::ML_KEM_512}}), &tap);
  const Datagram first = p.to_i(p.to_r(p.peers.initiate()));
  const Datagram answer = p.to_r(first);
  CHECK(message_in(answer).header.exchange == ExchangeType::IKE_INTERMEDIATE);
  CHECK(wire::find_notify(p.inside(answer), NotifyType::INVALID_SYNTAX));
  CHECK(p.peers.responder.seen<trace::IkeSaClosed>().size() == 1);
  // The same request again has the same answer for a while.
  CHECK(p.to_r(first).payload == answer.payload);
  p.peers.to_initiator(answer);
  CHECK(p.peers.initiator.seen<trace::RequestRefused>().size() == 1);
  CHECK(p.peers.initiator.engine.ike_sas().empty());
}

TEST_CASE("An encapsulation key that fails the modulus check is refused", "[sa][rfc9370-2.2.2]") {
  struct Overflow final : sa::OutboundTap {
    void on_payloads(sa::OutboundMessage& message) override {
      if (message.header.exchange != ExchangeType::IKE_INTERMEDIATE) return;
      Bytes& ek = wire::find<wire::KeyExchange>(message.payloads)->data;
      ek[0] = 0xff;
      ek[1] = 0xff;
    }
  } tap;
  Pair p(hybrid({{DhGroup::ML_KEM_1024}}), &tap);
  const Datagram answer = p.to_r(p.to_i(p.to_r(p.peers.initiate())));
  CHECK(wire::find_notify(p.inside(answer), NotifyType::INVALID_SYNTAX));
  CHECK(p.peers.responder.seen<trace::IkeSaClosed>().size() == 1);
}

TEST_CASE("A ciphertext altered on the way, by somebody who knows the keys, leads to keys that do not fit",
          "[sa][rfc9370-2.2.2]") {
  struct Altered final : sa::OutboundTap {
    void on_payloads(sa::OutboundMessage& message) override {
      if (message.header.exchange == ExchangeType::IKE_INTERMEDIATE && message.header.is_response())
        wire::find<wire::KeyExchange>(message.payloads)->data[7] ^= 1;
    }
  } tap;
  const wire::Proposal proposal = hybrid({{DhGroup::ML_KEM_768}});
  PeerPair peers(with(initiator_config(), proposal), with(responder_config(), proposal), {}, {&tap});
  peers.settle({peers.initiate()});
  // FIPS 203 §6.3: implicit rejection; IKE_AUTH does not open.
  CHECK(peers.responder.seen<trace::IkeSaEstablished>().empty());
  CHECK_FALSE(peers.responder.seen<trace::Discarded>().empty());
}

TEST_CASE("What was altered between the values and the encryption fails AUTH", "[sa][rfc9242-3.3.2]") {
  struct Appended final : sa::OutboundTap {
    void on_plaintext(const sa::OutboundMessage& message, sa::Plaintext& plaintext) override {
      if (message.header.exchange != ExchangeType::IKE_INTERMEDIATE) return;
      plaintext.payloads[1] ^= 1;  // a reserved bit of the first inner payload
    }
  } tap;
  Pair p(hybrid({{DhGroup::CURVE448}}), &tap);
  p.peers.settle({p.peers.initiate()});
  CHECK(p.keys_i.generations == p.keys_r.generations);
  CHECK(p.peers.responder.seen<trace::IkeSaEstablished>().empty());
  REQUIRE(p.peers.initiator.seen<trace::RequestRefused>().size() == 1);
  CHECK(p.peers.initiator.seen<trace::RequestRefused>()[0].error == NotifyType::AUTHENTICATION_FAILED);
}

TEST_CASE("The number of IKE_INTERMEDIATE exchanges is bounded", "[sa][rfc9242-5]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.intermediate.empty_exchanges = 1000;
  r.intermediate.announce = true;
  Pair p(std::move(i), std::move(r));
  p.peers.settle({p.peers.initiate()});
  REQUIRE(p.peers.initiator.seen<trace::RequestRefused>().size() == 1);
  CHECK(p.peers.initiator.seen<trace::RequestRefused>()[0].message_id == MessageId{17});
  CHECK(p.peers.responder.seen<trace::IkeSaClosed>().size() == 1);
}

TEST_CASE("IKE_INTERMEDIATE that is never answered: retransmitted, then given up", "[sa][rfc9242-3.2]") {
  Pair p(hybrid({{DhGroup::ML_KEM_512}}));
  const Datagram first = p.to_i(p.to_r(p.peers.initiate()));
  for (int n = 0; n < 5; ++n) CHECK(Pair::only(p.peers.initiator_wakes()).payload == first.payload);
  CHECK(p.peers.initiator_wakes().empty());
  REQUIRE(p.peers.initiator.seen<trace::IkeSaClosed>().size() == 1);
  CHECK(p.peers.initiator.seen<trace::IkeSaClosed>()[0].reason == trace::CloseReason::PeerDead);
  p.peers.responder_wakes();
  CHECK(p.peers.responder.seen<trace::IkeSaClosed>().size() == 1);
}

TEST_CASE("A cookie comes before the additional key exchanges", "[sa][rfc9370-2.2.1][rfc7296-2.6]") {
  const wire::Proposal proposal = hybrid({{DhGroup::ML_KEM_768}});
  auto r = with(responder_config(), proposal);
  r.cookie_threshold = 0;
  Pair p(with(initiator_config(), proposal), std::move(r));
  p.peers.settle({p.peers.initiate()});
  CHECK(p.peers.initiator.seen<trace::RequestRepeatedWith>().size() == 1);
  CHECK(p.peers.responder.seen<trace::IkeSaEstablished>().size() == 1);
}
