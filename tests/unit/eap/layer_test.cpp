// RFC 3748: what holds for all methods.
#include <catch2/catch.hpp>

#include "engine/eap/expanded.hpp"
#include "tests/unit/eap/conversation.hpp"

using namespace ikevet;
using namespace ikevet::tests;

namespace {

Eap request(std::uint8_t id, EapType type, BytesView data = {}) { return {EapCode::Request, id, type, to_bytes(data)}; }
const Bytes kChallenge = octets("10000102030405060708090a0b0c0d0e0f");

}  // namespace

TEST_CASE("EAP: Identity, then the method, then Success", "[eap][rfc3748-2]") {
  AuthenticatorConfig a = server(EapType::MD5_Challenge);
  a.ask_identity = true;
  a.notification = "maintenance at noon";
  Talk talk(alice(EapType::MD5_Challenge), a, "harness.test");
  talk.run();
  REQUIRE(talk.said.size() == 7);
  CHECK(talk.said[0].type == EapType::Identity);
  CHECK(text(talk.said[1].data) == "alice");
  CHECK(talk.said[2].type == EapType::Notification);  // §5.2: answered without data
  CHECK(text(talk.said[2].data) == "maintenance at noon");
  CHECK(talk.said[3].data.empty());
  CHECK(talk.said[4].type == EapType::MD5_Challenge);
  CHECK(talk.said[6] == Eap{EapCode::Success, talk.said[5].identifier, {}, {}});  // §4.2
  // §4.1: a Response has the Identifier of its Request, and each new Request has another one.
  for (std::size_t i = 0; i + 1 < talk.said.size(); i += 2)
    CHECK(talk.said[i].identifier == talk.said[i + 1].identifier);
  CHECK(talk.said[0].identifier != talk.said[2].identifier);
  CHECK(talk.said[2].identifier != talk.said[4].identifier);
  REQUIRE(talk.both(Status::Success));
  CHECK(text(talk.of_authenticator.proof->identity) == "alice");
  CHECK(talk.of_authenticator.proof->msk.empty());
  CHECK_FALSE(talk.of_peer.proof->mutual);
}

TEST_CASE("EAP: the authenticator offers its list, the peer answers with Nak", "[eap][rfc3748-5.3.1]") {
  AuthenticatorConfig a = server(EapType::OTP);
  a.methods = {EapType::OTP, EapType::MSCHAPv2, EapType::GTC, EapType::MD5_Challenge};
  PeerConfig p = alice(EapType::MD5_Challenge);
  p.methods = {EapType::MD5_Challenge, EapType::GTC};
  Talk talk(p, a);
  talk.run();
  CHECK(talk.said[0].type == EapType::OTP);
  CHECK(talk.said[1].type == EapType::Nak);
  CHECK(to_hex(talk.said[1].data) == "0406");  // what the peer wants, in its order
  CHECK(talk.said[2].type == EapType::GTC);    // ours decides among them; MSCHAPv2 is left out
  CHECK(talk.both(Status::Success));
  CHECK(talk.of_peer.proof->method == EapType::GTC);
}

TEST_CASE("EAP: no method that both want is a Failure", "[eap][rfc3748-5.3.1]") {
  PeerConfig p = alice(EapType::MD5_Challenge);
  SECTION("another one") { p.methods = {EapType::GTC}; }
  SECTION("none at all: a zero") { p.methods = {}; }
  Talk talk(p, server(EapType::MD5_Challenge));
  talk.run();
  CHECK(to_hex(talk.said[1].data) == (p.methods.empty() ? "00" : "06"));
  CHECK(talk.said[2].code == EapCode::Failure);
  CHECK(talk.both(Status::Failure));
  CHECK(talk.of_authenticator.why == "no method that both sides want");
  CHECK(talk.of_peer.why == "EAP Failure: no method of ours was asked for");
}

TEST_CASE("EAP peer: a Request that comes twice gets the same Response", "[eap][rfc3748-4.1]") {
  Talk talk(alice(EapType::MSCHAPv2), server(EapType::MSCHAPv2));
  const Eap asked = *talk.authenticator->start().send;
  const auto first = talk.peer->handle(asked).send;
  REQUIRE(first);
  CHECK(talk.peer->handle(asked).send == first);  // though another peer challenge could be drawn
}

TEST_CASE("EAP peer: Expanded Types", "[eap][rfc3748-5.7][rfc3748-5.3.2]") {
  SeededRandom random(1);
  PeerConfig p = alice(EapType::MD5_Challenge);
  p.methods = {EapType::MD5_Challenge, EapType::OTP};
  const auto peer = eap::make_peer_layer(std::make_shared<PeerConfig>(p), random, kNow);
  SECTION("a legacy method in the expanded format is answered in it") {
    const auto step = peer->handle(request(7, EapType::Expanded, eap::Expanded{0, 4, kChallenge}.octets()));
    REQUIRE(step.send);
    CHECK(step.send->type == EapType::Expanded);
    const auto inner = eap::Expanded::parse(step.send->data);
    REQUIRE(inner);
    CHECK(inner->type == 4);
    CHECK(inner->data.size() == 1 + 16 + 5);
  }
  SECTION("a vendor's method gets an Expanded Nak") {
    const auto step = peer->handle(request(7, EapType::Expanded, eap::Expanded{20, 6, {}}.octets()));
    REQUIRE(step.send);
    // §5.3.2: Vendor-Id 0, Vendor-Type 3, then 8 octets for each type.
    CHECK(to_hex(step.send->data) ==
          "00000000000003"
          "fe00000000000004"
          "fe00000000000005");
  }
  SECTION("cut short, it is passed over") {
    CHECK_FALSE(peer->handle(request(7, EapType::Expanded, octets("000000"))).send);
  }
}

TEST_CASE("EAP peer: what RFC 3748 has silently discarded", "[eap][rfc3748-2.1][rfc3748-4.2]") {
  Talk talk(alice(EapType::MD5_Challenge), server(EapType::MD5_Challenge));
  const auto silent = [&](const Eap& packet) {
    const Step step = talk.peer->handle(packet);
    return step.status == Status::Running && !step.send && !step.why.empty();
  };
  CHECK(silent({EapCode::Response, 1, EapType::Identity, {}}));
  CHECK(silent({EapCode{9}, 1, {}, {}}));
  CHECK(silent({EapCode::Request, 1, {}, {}}));
  CHECK(silent(request(1, EapType::Nak, octets("04"))));
  CHECK(silent({EapCode::Success, 0, {}, {}}));  // before anything was asked
  REQUIRE(talk.peer->handle(request(1, EapType::Identity)).send);
  CHECK(silent({EapCode::Success, 1, {}, {}}));  // §4.2: without a method having run
  CHECK(silent(request(2, EapType::MD5_Challenge)));
  REQUIRE(talk.peer->handle(request(3, EapType::MD5_Challenge, kChallenge)).send);
  CHECK(silent(request(4, EapType::GTC, as_bytes("Password"))));  // §2.1: one method only, and no Nak now
  CHECK(silent(request(5, EapType::Identity)));                   // §2.1: no Identity Requery
  CHECK(silent({EapCode::Success, 2, {}, {}}));                   // §4.2: not the Identifier of our Response
  CHECK(silent({EapCode::Failure, 2, {}, {}}));
  CHECK(talk.peer->handle(request(6, EapType::Notification, as_bytes("hello"))).send);
  CHECK(talk.peer->handle({EapCode::Success, 6, {}, {}}).status == Status::Success);
  CHECK_FALSE(talk.peer->handle(request(7, EapType::Identity)).send);  // it is over
}

TEST_CASE("EAP authenticator: what it passes over", "[eap][rfc3748-4.1][rfc3748-2.1]") {
  Talk talk(alice(EapType::MSCHAPv2), server(EapType::MSCHAPv2));
  const auto silent = [&](const Eap& packet) {
    const Step step = talk.authenticator->handle(packet);
    return step.status == Status::Running && !step.send && !step.why.empty();
  };
  CHECK(silent({EapCode::Response, 1, EapType::MSCHAPv2, {}}));  // nothing was asked yet
  const Eap asked = *talk.authenticator->start().send;
  const Eap answer = *talk.peer->handle(asked).send;
  Eap other = answer;
  other.identifier = static_cast<std::uint8_t>(asked.identifier + 1);
  CHECK(silent(other));
  other = answer;
  other.code = EapCode::Request;
  CHECK(silent(other));
  other = answer;
  other.type = EapType::GTC;
  CHECK(silent(other));
  other.type.reset();
  CHECK(silent(other));
  const Step success = talk.authenticator->handle(answer);
  REQUIRE(success.send);
  CHECK(silent(answer));  // the Response to the Request before
  // §2.1: a Nak after the method has begun is unexpected.
  CHECK(silent({EapCode::Response, success.send->identifier, EapType::Nak, octets("06")}));
}

TEST_CASE("EAP authenticator: Failure after the tries that the user has", "[eap][rfc3748-4.2]") {
  const EapType method = GENERATE(EapType::MD5_Challenge, EapType::GTC, EapType::MSCHAPv2);
  AuthenticatorConfig a = server(method);
  SECTION("one try") {
    Talk talk(alice(method, {"wrong", "password"}), a);
    talk.run();
    CHECK(talk.said.back().code == EapCode::Failure);
    CHECK(talk.both(Status::Failure));
    CHECK(talk.of_peer.by_other_side);
  }
  SECTION("three times wrong, then right") {
    a.attempts = 4;
    Talk talk(alice(method, {"wrong", "wronger", "wrongest", "password"}), a);
    talk.run();
    CHECK(talk.said.back().code == EapCode::Success);
    CHECK(talk.both(Status::Success));
  }
  SECTION("three tries, all of them wrong") {
    a.attempts = 3;
    Talk talk(alice(method, {"wrong", "wronger", "wrongest", "password"}), a);
    talk.run();
    CHECK(talk.said.back().code == EapCode::Failure);
    CHECK(talk.both(Status::Failure));
  }
  SECTION("a user whom nobody knows") {
    PeerConfig p = alice(method);
    p.identity = "mallory";
    Talk talk(p, a, "mallory");
    talk.run();
    CHECK(talk.both(Status::Failure));
    CHECK(talk.of_authenticator.why.find("unknown user") != std::string::npos);
  }
}
