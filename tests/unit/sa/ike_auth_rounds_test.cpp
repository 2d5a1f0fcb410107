// IKE_AUTH in more than one exchange: EAP (with a method made for the test), EAP alone, several authentications.
#include <catch2/catch.hpp>

#include "engine/base/writer.hpp"
#include "engine/eap/method.hpp"
#include "tests/support/peer_pair.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using sa::AuthKind;
using wire::NotifyType;

namespace {

/// `type` 255 is experimental, RFC 3748 §5.8.
Bytes eap_packet(wire::EapCode code, std::uint8_t id, std::string_view data, std::uint8_t type = 255) {
  Writer out;
  const bool typed = code == wire::EapCode::Request || code == wire::EapCode::Response;
  out.u8(code).u8(id).u16(4 + (typed ? 1 : 0) + data.size());
  if (typed) out.u8(type);
  out.bytes(as_bytes(data));
  return out.take();
}

struct Method {
  int rounds = 2;
  bool key = true;
  bool mutual = true;
  std::string password = "right";
  std::uint8_t type = 255;
};

/// Asks `rounds` times for the password.
class Authenticator final : public eap::Conversation {
 public:
  explicit Authenticator(Method method) : method_(std::move(method)) {}
  eap::Outcome handle(BytesView packet) override {
    if (!packet.empty() && !equal(packet.subspan(5), as_bytes("right")))
      return eap::Failure{"wrong password", false, eap_packet(wire::EapCode::Failure, id_, "")};
    if (asked_++ < method_.rounds)
      return eap::Reply{eap_packet(wire::EapCode::Request, ++id_, "password?", method_.type)};
    eap::Success out{eap_packet(wire::EapCode::Success, id_, ""), {}, "alice", method_.mutual};
    if (method_.key) out.msk = SecretBytes(as_bytes("a key of sixty-four octets, more or less"));
    return out;
  }

 private:
  Method method_;
  int asked_{};
  std::uint8_t id_{};
};

class User final : public eap::Conversation {
 public:
  explicit User(Method method) : method_(std::move(method)) {}
  eap::Outcome handle(BytesView packet) override {
    const auto code = static_cast<wire::EapCode>(packet[0]);
    if (code == wire::EapCode::Failure) return eap::Failure{"turned away", true, {}};
    if (code == wire::EapCode::Request)
      return eap::Reply{eap_packet(wire::EapCode::Response, packet[1], method_.password)};
    eap::Success out{{}, {}, "", method_.mutual};
    if (method_.key) out.msk = SecretBytes(as_bytes("a key of sixty-four octets, more or less"));
    return out;
  }

 private:
  Method method_;
};

class TestProvider final : public eap::Provider {
 public:
  explicit TestProvider(Method method) : method_(std::move(method)) {}
  std::unique_ptr<eap::Conversation> peer(const wire::Identification&, const eap::Surroundings&) const override {
    return std::make_unique<User>(method_);
  }
  std::unique_ptr<eap::Conversation> authenticator(const wire::Identification&,
                                                   const eap::Surroundings&) const override {
    return std::make_unique<Authenticator>(method_);
  }

 private:
  Method method_;
};

sa::Config eap_initiator(const Method& method = {}) {
  auto config = initiator_config();
  config.credentials.local[0].kind = AuthKind::Eap;
  config.credentials.eap = std::make_shared<TestProvider>(method);
  return config;
}
sa::Config eap_responder(const Method& method = {}) {
  auto config = responder_config();
  config.credentials.remote[0].kinds = {AuthKind::Eap};
  config.credentials.eap = std::make_shared<TestProvider>(method);
  return config;
}

bool established(const PeerPair& p) {
  const auto stands = [](const Peer& peer) {
    const auto all = peer.engine.ike_sas();
    return all.size() == 1 && all[0].stage == sa::IkeSaView::Stage::Established && all[0].children.size() == 1;
  };
  return stands(p.initiator) && stands(p.responder);
}

}  // namespace

TEST_CASE("EAP: message by message, each with the next Message ID", "[sa][rfc7296-2.16]") {
  PeerPair p(eap_initiator(), eap_responder());
  auto ask = p.to_initiator(p.to_responder(p.initiate()).at(0)).at(0);  // HDR, SK {IDi, IDr, SAi2, TSi, TSr}
  for (std::uint32_t id = 1; id <= 4; ++id) {
    CHECK(message_in(ask).header.message_id == MessageId{id});
    CHECK(p.responder.engine.half_open() == 1);
    // {IDr, AUTH, EAP}   {EAP}   {EAP (Success)}   {AUTH, SAr2, TSi, TSr}
    auto more = p.to_initiator(p.to_responder(ask).at(0));
    if (more.empty()) {
      CHECK(id == 4);
      break;
    }
    ask = more.at(0);
  }
  CHECK(established(p));
  CHECK(p.responder.engine.half_open() == 0);
  CHECK(p.responder.seen<trace::IkeSaEstablished>().at(0).peer_identity == "ID_FQDN initiator.test, EAP user alice");
}

TEST_CASE("EAP: a method without a key signs with SK_pi and SK_pr", "[sa][rfc7296-2.16]") {
  PeerPair p(eap_initiator({.key = false}), eap_responder({.key = false}));
  p.establish();
  CHECK(established(p));
}

TEST_CASE("EAP: keys that differ do not set up anything", "[sa][rfc7296-2.16]") {
  PeerPair p(eap_initiator({.key = false}), eap_responder());
  p.establish();
  CHECK(p.initiator.engine.ike_sas().empty());
  CHECK(p.responder.engine.ike_sas().empty());
  CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::AUTHENTICATION_FAILED);
}

TEST_CASE("EAP: a wrong password ends with EAP Failure and without IKE SA", "[sa][rfc7296-2.16]") {
  PeerPair p(eap_initiator({.password = "wrong"}), eap_responder());
  p.establish();
  CHECK(p.initiator.engine.ike_sas().empty());
  CHECK(p.responder.engine.ike_sas().empty());
  CHECK(p.initiator.seen<trace::IkeSaClosed>().at(0).detail == "EAP Failure: turned away");
  CHECK(p.responder.seen<trace::IkeSaClosed>().at(0).detail == "EAP failed: wrong password");
}

TEST_CASE("EAP: each round's answer is repeated when it was lost", "[sa][rfc7296-2.1]") {
  PeerPair p(eap_initiator(), eap_responder());
  auto ask = p.to_initiator(p.to_responder(p.initiate()).at(0)).at(0);
  for (int round = 0; round < 4; ++round) {
    const auto lost = p.to_responder(ask).at(0);
    const auto again = p.initiator_wakes().at(0);
    CHECK(again.payload == ask.payload);
    const auto answer = p.to_responder(again).at(0);
    CHECK(answer.payload == lost.payload);
    const auto more = p.to_initiator(answer);
    if (more.empty()) break;
    ask = more.at(0);
  }
  CHECK(established(p));
}

TEST_CASE("EAP: a responder that does not know it refuses", "[sa][rfc7296-2.16]") {
  PeerPair p(eap_initiator());
  p.establish();
  CHECK(p.initiator.seen<trace::RequestRefused>().at(0).error == NotifyType::AUTHENTICATION_FAILED);
}

TEST_CASE("EAP: who has to use EAP cannot come with a pre-shared key", "[sa][rfc7296-2.16]") {
  PeerPair p(initiator_config(), eap_responder());
  p.establish();
  CHECK(p.responder.seen<trace::PeerFault>().at(0).what ==
        "AUTH does not verify: method SHARED_KEY_MIC, accepted is EAP");
}

TEST_CASE("EAP: the conversation is bounded", "[sa][rfc7296-2.16]") {
  const auto rounds = GENERATE(20, 1000);
  PeerPair p(eap_initiator({.rounds = rounds}), eap_responder({.rounds = rounds}));
  p.establish();
  CHECK(established(p) == (rounds == 20));
  CHECK(p.responder.engine.ike_sas().size() == (rounds == 20 ? 1 : 0));
}

TEST_CASE("EAP: the half-open IKE SA goes when the initiator falls silent", "[sa][rfc7296-2.16]") {
  PeerPair p(eap_initiator(), eap_responder());
  const auto ask = p.to_initiator(p.to_responder(p.initiate()).at(0)).at(0);
  p.to_responder(ask);
  p.responder_wakes();
  CHECK(p.responder.engine.ike_sas().empty());
}

TEST_CASE("EAP: an initiator that does not believe the responder ends it", "[sa][rfc7296-2.21.2]") {
  auto config = eap_initiator();
  config.psk = SecretBytes(as_bytes("another key"));
  PeerPair p(config, eap_responder());
  p.establish();
  CHECK(p.initiator.seen<trace::IkeSaClosed>().at(0).reason == trace::CloseReason::RefusedByUs);
  CHECK(p.responder.engine.ike_sas().empty());
  CHECK(p.responder.seen<trace::IkeSaClosed>().at(0).detail ==
        "the initiator ends IKE_AUTH with AUTHENTICATION_FAILED");
}

TEST_CASE("EAP alone: the responder has no AUTH before the end", "[sa][rfc5998-3]") {
  auto i = eap_initiator();
  auto r = eap_responder();
  i.credentials.eap_only = r.credentials.eap_only = true;
  i.psk = SecretBytes(as_bytes("not used"));
  SECTION("a mutual method will do") {
    PeerPair p(i, r);
    p.establish();
    CHECK(established(p));
  }
  SECTION("one that is not mutual will not") {
    i.credentials.eap = r.credentials.eap = std::make_shared<TestProvider>(Method{.mutual = false});
    PeerPair p(i, r);
    p.establish();
    CHECK(p.initiator.engine.ike_sas().empty());
    CHECK(p.responder.seen<trace::PeerFault>().at(0).section == "RFC 5998 §3");
  }
  SECTION("one that is known not to be safe ends it at once, not after its last packet") {
    // RFC 5998 §3: "MUST abort the protocol immediately otherwise".
    const auto guessable = static_cast<std::uint8_t>(wire::EapType::MSCHAPv2);
    r.credentials.eap = std::make_shared<TestProvider>(Method{.type = guessable});
    PeerPair p(i, r);
    p.establish();
    const auto closed = p.initiator.seen<trace::IkeSaClosed>();
    REQUIRE(closed.size() == 1);
    CHECK(closed[0].detail == "MSCHAPv2 is offered where EAP stands alone");
    CHECK(p.responder.engine.ike_sas().empty());
  }
  SECTION("the initiator did not ask for it") {
    i.credentials.eap_only = false;
    PeerPair p(i, r);
    p.establish();
    CHECK(p.initiator.engine.ike_sas().empty());  // the responder's AUTH is made with another pre-shared key
  }
}

TEST_CASE("NULL authentication: of one side or of both", "[sa][rfc7619-2.1]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.credentials.local[0].kind = AuthKind::Null;
  i.local_id = sa::Identity::none();
  r.credentials.remote[0].kinds = {AuthKind::Null};
  r.remote_id = sa::Identity::none();
  PeerPair p(i, r);
  p.establish();
  CHECK(established(p));
  CHECK(p.responder.seen<trace::IkeSaEstablished>().at(0).peer_identity == "ID_NULL ");
}

TEST_CASE("NULL authentication: not where it is not allowed", "[sa][rfc7619-2.1]") {
  auto i = initiator_config();
  i.credentials.local[0].kind = AuthKind::Null;
  PeerPair p(i);
  p.establish();
  CHECK(p.responder.engine.ike_sas().empty());
}

TEST_CASE("Multiple authentication: the initiator twice", "[sa][rfc4739-2.4]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.credentials.local.push_back({AuthKind::SharedKey, sa::Identity::fqdn("user.test"), {}});
  r.credentials.remote.push_back({{AuthKind::SharedKey}, sa::Identity::fqdn("user.test")});
  SECTION("both know it") {
    PeerPair p(i, r);
    p.establish();
    CHECK(established(p));
    CHECK(p.responder.seen<trace::IkeSaEstablished>().at(0).peer_identity == "ID_FQDN user.test");
    CHECK(p.initiator.only_sa().next_request == MessageId{3});
  }
  SECTION("with EAP behind it") {  // RFC 4739 §2.3
    i.credentials.local[1].kind = AuthKind::Eap;
    r.credentials.remote[1].kinds = {AuthKind::Eap};
    i.credentials.eap = r.credentials.eap = std::make_shared<TestProvider>(Method{});
    PeerPair p(i, r);
    p.establish();
    CHECK(established(p));
    CHECK(p.responder.seen<trace::IkeSaEstablished>().at(0).peer_identity == "ID_FQDN user.test, EAP user alice");
  }
  SECTION("EAP twice") {  // RFC 4739 §2.2
    i.credentials.local[0].kind = i.credentials.local[1].kind = AuthKind::Eap;
    r.credentials.remote[0].kinds = r.credentials.remote[1].kinds = {AuthKind::Eap};
    i.credentials.eap = r.credentials.eap = std::make_shared<TestProvider>(Method{});
    PeerPair p(i, r);
    p.establish();
    CHECK(established(p));
  }
  SECTION("the second identity does not pass") {
    i.credentials.local[1].id = sa::Identity::fqdn("mallory.test");
    PeerPair p(i, r);
    p.establish();
    CHECK(p.responder.engine.ike_sas().empty());
    CHECK(p.initiator.engine.ike_sas().empty());
  }
  SECTION("the initiator does not know it") {
    i.credentials.local.pop_back();
    PeerPair p(i, r);
    p.establish();
    CHECK(p.responder.seen<trace::PeerFault>().at(0).what == "another authentication is missing");
  }
  SECTION("the responder does not know it") {
    r.credentials.remote.pop_back();
    PeerPair p(i, r);
    p.establish();
    CHECK(established(p));
    CHECK(p.initiator.only_sa().next_request == MessageId{2});
  }
}

TEST_CASE("Multiple authentication: the responder twice, and both", "[sa][rfc4739-2.5]") {
  auto i = initiator_config();
  auto r = responder_config();
  r.credentials.local.push_back({AuthKind::SharedKey, sa::Identity::fqdn("owner.test"), {}});
  i.credentials.remote.push_back({{AuthKind::SharedKey}, sa::Identity::fqdn("owner.test")});
  SECTION("the responder alone") {
    PeerPair p(i, r);
    p.establish();
    CHECK(established(p));
    CHECK(p.initiator.seen<trace::IkeSaEstablished>().at(0).peer_identity == "ID_FQDN owner.test");
  }
  SECTION("both, the initiator with EAP") {
    i.credentials.local.push_back({AuthKind::Eap, sa::Identity::fqdn("user.test"), {}});
    r.credentials.remote.push_back({{AuthKind::Eap}, sa::Identity::fqdn("user.test")});
    i.credentials.eap = r.credentials.eap = std::make_shared<TestProvider>(Method{});
    PeerPair p(i, r);
    p.establish();
    CHECK(established(p));
  }
  SECTION("one is missing") {
    r.credentials.local.pop_back();
    PeerPair p(i, r);
    p.establish();
    CHECK(p.initiator.seen<trace::PeerFault>().at(0).section == "RFC 4739 §2.1");
    CHECK(p.initiator.engine.ike_sas().empty());
  }
}

TEST_CASE("Shared secrets by identity", "[sa][rfc7296-2.15]") {
  auto i = initiator_config();
  auto r = responder_config();
  i.psk = SecretBytes(as_bytes("of this initiator"));
  r.credentials.shared_secrets = {{sa::Identity::fqdn("somebody.test"), SecretBytes(as_bytes("another"))},
                                  {sa::Identity::fqdn("initiator.test"), SecretBytes(as_bytes("of this initiator"))}};
  PeerPair p(i, r);
  p.establish();
  CHECK(established(p));
}
