#include <catch2/catch.hpp>

#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using wire::NotifyType;

namespace {

/// Alters the first message of one exchange, at each of the three layers as the test asks.
struct Tap final : sa::OutboundTap {
  wire::ExchangeType exchange{};
  std::function<void(sa::OutboundMessage&)> values;
  std::function<void(sa::Plaintext&)> plaintext;
  std::function<void(Bytes&)> octets;
  void on_payloads(sa::OutboundMessage& m) override {
    if (m.header.exchange == exchange && values) values(m);
  }
  void on_plaintext(const sa::OutboundMessage& m, sa::Plaintext& p) override {
    if (m.header.exchange == exchange && plaintext) plaintext(p);
  }
  void on_message(const sa::OutboundMessage& m, Bytes& o) override {
    if (m.header.exchange == exchange && octets) octets(o);
  }
};

}  // namespace

TEST_CASE("Values: AUTH is computed over what is sent", "[sa][tap][rfc7296-2.15]") {
  Tap tap;
  SECTION("reserved bits in IKE_SA_INIT") {
    tap.exchange = wire::ExchangeType::IKE_SA_INIT;
    tap.values = [](sa::OutboundMessage& m) { m.payloads[1].reserved = 0x7f; };
  }
  SECTION("an unknown payload that is not critical") {
    tap.exchange = wire::ExchangeType::IKE_SA_INIT;
    tap.values = [](sa::OutboundMessage& m) {
      m.payloads.push_back({wire::Unknown{static_cast<wire::PayloadType>(200), {1, 2}}, false, 0});
    };
  }
  SECTION("reserved octets in IDi") {
    tap.exchange = wire::ExchangeType::IKE_AUTH;
    tap.values = [](sa::OutboundMessage& m) { wire::find<wire::IDi>(m.payloads)->reserved = {1, 2, 3}; };
  }
  PeerPair p(initiator_config(), responder_config(), {.outbound = &tap});
  p.establish();
  CHECK(p.responder.only_sa().stage == sa::IkeSaView::Stage::Established);
}

TEST_CASE("Before integrity: the checksum holds, what is inside does not", "[sa][tap][rfc7296-2.21.2]") {
  Tap tap;
  tap.exchange = wire::ExchangeType::IKE_AUTH;
  tap.plaintext = [](sa::Plaintext& p) { p.payloads[2] = 0xff; };  // Payload Length of IDi
  PeerPair p(initiator_config(), responder_config(), {.outbound = &tap});
  p.establish();
  CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::INVALID_SYNTAX);
}

TEST_CASE("After integrity: the message is ignored", "[sa][tap][rfc7296-3.14]") {
  Tap tap;
  tap.exchange = wire::ExchangeType::IKE_AUTH;
  tap.octets = [](Bytes& o) { o.back() ^= 1; };
  PeerPair p(initiator_config(), responder_config(), {.outbound = &tap});
  p.establish();
  CHECK(p.initiator.seen<trace::RequestRefused>().empty());
  CHECK(p.responder.engine.half_open() == 1);
}

TEST_CASE("Padding of a tap's own", "[sa][tap][rfc7296-3.14]") {
  Tap tap;
  tap.exchange = wire::ExchangeType::IKE_AUTH;
  tap.plaintext = [](sa::Plaintext& p) {
    p.padding = Bytes(200, 0x5a);
    p.padding->push_back(200);
  };
  PeerPair p(initiator_config(), responder_config(), {.outbound = &tap});
  p.establish();
  CHECK(p.responder.only_sa().stage == sa::IkeSaView::Stage::Established);
}

TEST_CASE("Critical payloads of unknown type", "[sa][rfc7296-2.5]") {
  Tap tap;
  tap.exchange = GENERATE(wire::ExchangeType::IKE_SA_INIT, wire::ExchangeType::IKE_AUTH);
  tap.values = [](sa::OutboundMessage& m) {
    m.payloads.push_back({wire::Unknown{static_cast<wire::PayloadType>(200), {}}, true, 0});
  };
  PeerPair p(initiator_config(), responder_config(), {.outbound = &tap});
  p.establish();
  CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD);
  CHECK(p.responder.seen<trace::IkeSaEstablished>().empty());
}

TEST_CASE("Decisions: a responder that takes any AUTH", "[sa][tap]") {
  struct Gullible final : sa::Decisions {
    bool accept_auth(bool) override { return true; }
  } gullible;
  auto config = initiator_config();
  config.psk = SecretBytes(as_bytes("another key"));
  PeerPair p(config, responder_config(), {}, {.decisions = &gullible});
  p.establish();
  CHECK(p.responder.seen<trace::IkeSaEstablished>().size() == 1);
}

TEST_CASE("An IKE_AUTH request that lacks one of SA, TSi and TSr is rejected entirely", "[sa][tap][rfc7296-2.21.2]") {
  const auto lacking = GENERATE(wire::PayloadType::SA, wire::PayloadType::TSi, wire::PayloadType::TSr);
  Tap tap;
  tap.exchange = wire::ExchangeType::IKE_AUTH;
  tap.values = [lacking](sa::OutboundMessage& m) {
    std::erase_if(m.payloads, [lacking](const wire::Payload& payload) { return payload.type() == lacking; });
  };
  PeerPair p(initiator_config(), responder_config(), {.outbound = &tap});
  p.establish();
  CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::INVALID_SYNTAX);
  CHECK(p.initiator.seen<trace::IkeSaEstablished>().empty());
  CHECK(p.responder.seen<trace::IkeSaEstablished>().empty());
  CHECK(p.responder.engine.ike_sas().empty());
}
