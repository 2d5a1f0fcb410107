#include <catch2/catch.hpp>

#include "engine/eap/md4.hpp"
#include "engine/eap/mschapv2_crypto.hpp"
#include "tests/unit/eap/conversation.hpp"

using namespace ikevet;
using namespace ikevet::tests;
namespace mschapv2 = eap::mschapv2;

namespace {

// RFC 2759 §9.2.
const Bytes kAuthenticatorChallenge = octets("5b5d7c7d7b3f2f3e3c2c602132262628");
const Bytes kPeerChallenge = octets("21402324255e262a28295f2b3a337c7e");
const Bytes kNtResponse = octets("82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df");

std::string message_of(const Eap& packet) { return text(BytesView(packet.data).subspan(4)); }

}  // namespace

TEST_CASE("MD4", "[eap][rfc1320]") {
  // RFC 1320 §A.5.
  const auto hash = [](std::string_view s) { return to_hex(eap::md4(as_bytes(s))); };
  CHECK(hash("") == "31d6cfe0d16ae931b73c59d7e0c089c0");
  CHECK(hash("a") == "bde52cb31de33e46245e05fbdbd6fb24");
  CHECK(hash("abc") == "a448017aaf21d8525fc10ae87aa6729d");
  CHECK(hash("message digest") == "d9130a8164549fe818874806e1c7014b");
  CHECK(hash("abcdefghijklmnopqrstuvwxyz") == "d79e1c308aa5bbcdeea8ed63df412da9");
  CHECK(hash("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == "043f8582f241db351ce627e153e7f0e4");
  CHECK(hash("12345678901234567890123456789012345678901234567890123456789012345678901234567890") ==
        "e33b4ddc9c38f2199c3e7b164fcc0536");
}

TEST_CASE("MSCHAPv2: the example of RFC 2759 §9.2", "[eap][rfc2759]") {
  const SecretBytes hash = mschapv2::nt_password_hash(as_bytes("clientPass"));
  CHECK(hash.reveal_hex() == "44ebba8d5312b8d611474411f56989ae");
  CHECK(mschapv2::hash_nt_password_hash(hash.view()).reveal_hex() == "41c00c584bd2d91c4017a2a12fa59f3f");
  const Bytes response = mschapv2::generate_nt_response(kAuthenticatorChallenge, kPeerChallenge, "User", hash.view());
  CHECK(response == kNtResponse);
  CHECK(mschapv2::generate_nt_response(kAuthenticatorChallenge, kPeerChallenge, "DOMAIN\\User", hash.view()) ==
        kNtResponse);  // §4: without the domain
  CHECK(mschapv2::generate_authenticator_response(hash.view(), response, kPeerChallenge, kAuthenticatorChallenge,
                                                  "User") == "S=407A5589115FD0D6209F510FE9C04566932CDA56");
}

TEST_CASE("MSCHAPv2: MSK", "[eap][rfc3079-3.5.3]") {
  // RFC 3079 §3.5.3: the master keys for 128 bits; which one comes first is draft-kamath §5's.
  const SecretBytes hash = mschapv2::nt_password_hash(as_bytes("clientPass"));
  CHECK(mschapv2::master_session_key(hash.view(), kNtResponse).reveal_hex() ==
        "d5f0e9521e3ea9589645e86051c822268b7cdc149b993a1ba118cb153f56dccb" + std::string(64, '0'));
}

TEST_CASE("MSCHAPv2: passwords in 16-bit characters", "[eap][rfc2759-8.3]") {
  CHECK(to_hex(mschapv2::to_unicode(as_bytes("aé€"))) == "6100e900ac20");
  CHECK(to_hex(mschapv2::to_unicode(as_bytes("\xf0\x9f\x94\x91"))) == "3dd811dd");  // U+1F511
  CHECK(to_hex(mschapv2::to_unicode(octets("ff41c3"))) == "ff004100c300");          // no UTF-8
}

TEST_CASE("MSCHAPv2: both sides derive the same MSK", "[eap][rfc2759]") {
  PeerConfig p = alice(EapType::MSCHAPv2);
  p.identity = "anonymous";
  p.user = "EXAMPLE\\alice";
  Talk talk(p, server(EapType::MSCHAPv2), "harness.test");
  talk.run();
  REQUIRE(talk.both(Status::Success));
  CHECK(talk.of_peer.proof->msk.size() == 64);
  CHECK(talk.same_msk());
  CHECK_FALSE(talk.of_peer.proof->mutual);  // RFC 5998 §4: it can be guessed at
  CHECK(text(talk.of_authenticator.proof->identity) == "EXAMPLE\\alice");
  // Challenge, Response, Success, Success, EAP Success.
  REQUIRE(talk.said.size() == 5);
  CHECK(talk.said[0].data[0] == 1);
  CHECK(talk.said[1].data[0] == 2);
  CHECK(message_of(talk.said[2]).starts_with("S="));
  CHECK(to_hex(talk.said[3].data) == "03");
}

TEST_CASE("MSCHAPv2: a wrong password is told with E=691", "[eap][rfc2759-6]") {
  AuthenticatorConfig a = server(EapType::MSCHAPv2);
  SECTION("no retry") {
    Talk talk(alice(EapType::MSCHAPv2, {"wrong"}), a);
    talk.run();
    REQUIRE(talk.said.size() == 5);
    CHECK(message_of(talk.said[2]).starts_with("E=691 R=0 C="));
    CHECK(message_of(talk.said[2]).ends_with(" V=3 M=wrong password"));
    CHECK(to_hex(talk.said[3].data) == "04");
    CHECK(talk.said[4].code == EapCode::Failure);
    CHECK(talk.both(Status::Failure));
    CHECK(talk.of_peer.why == "EAP Failure: MSCHAPv2: E=691, authentication failure");
    CHECK(talk.of_authenticator.why == "MSCHAPv2: wrong password");
  }
  SECTION("retry with a new challenge") {
    a.attempts = 2;
    Talk talk(alice(EapType::MSCHAPv2, {"wrong", "password"}), a);
    talk.run();
    REQUIRE(talk.said.size() == 7);
    CHECK(message_of(talk.said[2]).starts_with("E=691 R=1 C="));
    CHECK(talk.said[3].data[0] == 2);
    CHECK(talk.said[3].data[1] == static_cast<std::uint8_t>(talk.said[2].data[1] + 1));
    CHECK(talk.both(Status::Success));
    CHECK(talk.same_msk());
  }
  SECTION("retry is allowed, but the peer has no other password") {
    a.attempts = 2;
    Talk talk(alice(EapType::MSCHAPv2, {"wrong"}), a);
    talk.run();
    CHECK(to_hex(talk.said[3].data) == "04");
    CHECK(talk.both(Status::Failure));
  }
}

TEST_CASE("MSCHAPv2: a closed account is E=647", "[eap][rfc2759-6]") {
  AuthenticatorConfig a = server(EapType::MSCHAPv2);
  a.users->add("alice", {secret("password"), true, false, {}, {}});
  Talk talk(alice(EapType::MSCHAPv2), a);
  talk.run();
  CHECK(message_of(talk.said[2]).starts_with("E=647 R=0 "));
  CHECK(talk.of_peer.why == "EAP Failure: MSCHAPv2: E=647, account disabled");
}

TEST_CASE("MSCHAPv2: an expired password is changed", "[eap][rfc2759-7]") {
  AuthenticatorConfig a = server(EapType::MSCHAPv2);
  a.users->add("alice", {secret("password"), false, true, {}, {}});
  PeerConfig p = alice(EapType::MSCHAPv2);
  SECTION("to a new one, which is good from then on") {
    p.new_password = "n€w";
    Talk talk(p, a);
    talk.run();
    REQUIRE(talk.said.size() == 7);
    CHECK(message_of(talk.said[2]).starts_with("E=648 "));
    CHECK(talk.said[3].data[0] == 7);
    CHECK(talk.said[3].data.size() == 586);  // §7
    CHECK(talk.both(Status::Success));
    CHECK(talk.same_msk());
    CHECK(Talk(alice(EapType::MSCHAPv2, {"n€w"}), a).run().both(Status::Success));
    CHECK(Talk(alice(EapType::MSCHAPv2), a).run().both(Status::Failure));
  }
  SECTION("the user has no new one") {
    Talk talk(p, a);
    CHECK(talk.run().both(Status::Failure));
    CHECK(talk.of_peer.why == "EAP Failure: MSCHAPv2: E=648, password expired");
  }
}

TEST_CASE("MSCHAPv2: an authenticator that does not know the password", "[eap][rfc2759-8.8]") {
  Talk talk(alice(EapType::MSCHAPv2), server(EapType::MSCHAPv2));
  const Eap challenge = *talk.authenticator->start().send;
  const Eap response = *talk.peer->handle(challenge).send;
  Eap success = *talk.authenticator->handle(response).send;
  success.data[4 + 2] ^= 1;
  const Step step = talk.peer->handle(success);
  CHECK_FALSE(step.send);
  CHECK(step.why == "MSCHAPv2: the authenticator does not prove that it knows the password");
  // Nor does it get away with a plain Success.
  CHECK(talk.peer->handle({EapCode::Success, response.identifier, {}, {}}).status == Status::Running);
}

TEST_CASE("MSCHAPv2: malformed packets", "[eap]") {
  Talk talk(alice(EapType::MSCHAPv2), server(EapType::MSCHAPv2));
  const auto peer_says = [&](const char* hex) {
    return talk.peer->handle({EapCode::Request, 200, EapType::MSCHAPv2, octets(hex)}).why;
  };
  CHECK(peer_says("") == "MSCHAPv2: OpCode at octet 0: 1 octets wanted, 0 left");
  CHECK(peer_says("010100") == "MSCHAPv2: MS-Length at octet 2: 2 octets wanted, 1 left");
  CHECK(peer_says("0101000500").empty() == false);
  CHECK(peer_says("0101000608aa") == "MSCHAPv2: Value-Size at octet 0: a challenge has 16 octets");
  CHECK(peer_says("0301000453").find("MS-Length") != std::string::npos);
  CHECK(peer_says("0301000553") == "MSCHAPv2: Success before a Challenge");
  CHECK(peer_says("0401000553") == "MSCHAPv2: Failure before a Challenge");
  CHECK(peer_says("0901000553") == "MSCHAPv2: OpCode 9");
  const Eap asked = *talk.authenticator->start().send;
  const auto server_says = [&](const char* hex) {
    return talk.authenticator->handle({EapCode::Response, asked.identifier, EapType::MSCHAPv2, octets(hex)}).why;
  };
  CHECK(server_says("0201000531") == "MSCHAPv2: Peer-Challenge at octet 1: 16 octets wanted, 0 left");
  CHECK(server_says("0201000530") == "MSCHAPv2: Value-Size at octet 0: a response has 49 octets");
  CHECK(server_says("03") == "MSCHAPv2: OpCode 3");
  CHECK(server_says("07010004") == "MSCHAPv2: OpCode 7");
}
