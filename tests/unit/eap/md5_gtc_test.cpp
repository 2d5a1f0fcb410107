#include <catch2/catch.hpp>

#include "engine/crypto/hash.hpp"
#include "tests/unit/eap/conversation.hpp"

using namespace ikevet;
using namespace ikevet::tests;

TEST_CASE("MD5-Challenge: the digest of RFC 1994", "[eap][rfc3748-5.4][rfc1994-4.1]") {
  // MD5(02 | "password" | challenge), computed with Python's hashlib.
  SeededRandom random(1);
  const auto peer = eap::make_peer_layer(std::make_shared<PeerConfig>(alice(EapType::MD5_Challenge)), random, kNow);
  const auto step = peer->handle({EapCode::Request, 2, EapType::MD5_Challenge,
                                  octets("10"
                                         "000102030405060708090a0b0c0d0e0f"
                                         "7372")});
  REQUIRE(step.send);
  CHECK(step.send->identifier == 2);
  CHECK(to_hex(step.send->data) ==
        "10"
        "6abede9b0307124a330bbb425a8e4733" +
            to_hex(as_bytes("alice")));
}

TEST_CASE("MD5-Challenge: malformed values", "[eap][rfc1994-4.1]") {
  Talk talk(alice(EapType::MD5_Challenge), server(EapType::MD5_Challenge));
  const Eap asked = *talk.authenticator->start().send;
  CHECK_FALSE(talk.peer->handle({EapCode::Request, 9, EapType::MD5_Challenge, octets("1000")}).send);
  CHECK_FALSE(talk.peer->handle({EapCode::Request, 9, EapType::MD5_Challenge, octets("00")}).send);
  CHECK(talk.authenticator->handle({EapCode::Response, asked.identifier, EapType::MD5_Challenge, octets("0401")}).why ==
        "MD5-Challenge: Value at octet 1: 4 octets wanted, 1 left");
  CHECK_FALSE(
      talk.authenticator->handle({EapCode::Response, asked.identifier, EapType::MD5_Challenge, octets("0101")}).send);
}

TEST_CASE("MD5-Challenge and GTC refuse an account that is closed", "[eap]") {
  const EapType method = GENERATE(EapType::MD5_Challenge, EapType::GTC);
  AuthenticatorConfig a = server(method);
  a.users->add("alice", {secret("password"), true, false, {}, {}});
  Talk talk(alice(method), a);
  CHECK(talk.run().both(Status::Failure));
}

TEST_CASE("GTC: a text is shown and the password comes back", "[eap][rfc3748-5.6]") {
  Talk talk(alice(EapType::GTC), server(EapType::GTC));
  talk.run();
  CHECK(text(talk.said[0].data) == "Password");
  CHECK(text(talk.said[1].data) == "password");
  CHECK(talk.both(Status::Success));
  SeededRandom random(1);
  const auto peer = eap::make_peer_layer(std::make_shared<PeerConfig>(alice(EapType::GTC)), random, kNow);
  CHECK_FALSE(peer->handle({EapCode::Request, 1, EapType::GTC, {}}).send);
}
