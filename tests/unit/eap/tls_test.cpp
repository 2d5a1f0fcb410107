#include <catch2/catch.hpp>

#include "engine/eap/tls_framing.hpp"
#include "engine/eap/tls_session.hpp"
#include "tests/unit/eap/conversation.hpp"

using namespace ikevet;
using namespace ikevet::tests;

namespace {

PeerConfig tls_peer(const char* who = "client") {
  PeerConfig p = alice(EapType::TLS, {});
  p.tls.certificate_pem = pki(std::string(who) + ".pem");
  p.tls.private_key_pem = secret(pki(std::string(who) + ".key"));
  p.tls.trusted_pem = pki("ca.pem");
  p.tls.expected_name = "eap.dut.test";
  return p;
}

AuthenticatorConfig tls_server(const char* who = "server") {
  AuthenticatorConfig a = server(EapType::TLS);
  a.tls.certificate_pem = pki(std::string(who) + ".pem");
  a.tls.private_key_pem = secret(pki(std::string(who) + ".key"));
  a.tls.trusted_pem = pki("ca.pem");
  return a;
}

}  // namespace

TEST_CASE("EAP-TLS: a user with a certificate gets in", "[eap][rfc5216][rfc9190]") {
  const bool tls13 = GENERATE(false, true);
  const std::size_t fragment = GENERATE(std::size_t{4096}, std::size_t{100});
  PeerConfig p = tls_peer();
  AuthenticatorConfig a = tls_server();
  p.tls.fragment = a.tls.fragment = fragment;
  p.tls.tls13 = tls13;
  Talk talk(p, a);
  talk.run();
  INFO(talk.of_peer.why << " / " << talk.of_authenticator.why);
  REQUIRE(talk.both(Status::Success));
  CHECK(to_hex(talk.said[0].data) == "20");  // Start
  CHECK(talk.of_peer.proof->msk.size() == 64);
  CHECK(talk.same_msk());
  CHECK(talk.of_peer.proof->mutual);
  CHECK(text(talk.of_authenticator.proof->identity) == "alice@eap.test");  // RFC 5216 §5.2
  if (fragment == 4096) {
    // RFC 5216 §2.1.1: start, hello; flight, flight; finished, empty; Success. RFC 9190 §2.1.1: the same number, with
    // the commitment in the third.
    CHECK(talk.said.size() == 7);
    CHECK(to_hex(talk.said[5].data) == "00");
  } else {
    CHECK(talk.said.size() > 30);
  }
  for (const Eap& packet : talk.said) CHECK(packet.data.size() <= fragment + 5);
}

TEST_CASE("EAP-TLS: certificates that are refused", "[eap][rfc5216-2.1.3]") {
  PeerConfig p = tls_peer();
  AuthenticatorConfig a = tls_server();
  p.tls.tls13 = GENERATE(false, true);
  SECTION("the user's comes from a stranger") {
    Talk talk(tls_peer("stranger"), a);
    talk.run();
    CHECK(talk.both(Status::Failure));
    CHECK(talk.of_authenticator.why == "TLS: alert sent: unknown CA (unable to get local issuer certificate)");
    CHECK(talk.of_peer.why == "EAP Failure: TLS: alert received: unknown CA");
    CHECK(talk.said.back().code == EapCode::Failure);
  }
  SECTION("the user has none") {
    p.tls.certificate_pem.clear();
    Talk talk(p, a);
    talk.run();
    CHECK(talk.both(Status::Failure));
    CHECK(talk.of_peer.why.find("alert received") != std::string::npos);
  }
  SECTION("the server's comes from a stranger") {
    Talk talk(p, tls_server("stranger"));
    talk.run();
    CHECK(talk.both(Status::Failure));
    CHECK(talk.of_peer.why == "EAP Failure: TLS: alert sent: unknown CA (unable to get local issuer certificate)");
    CHECK(talk.of_authenticator.why == "TLS: alert received: unknown CA");
  }
  SECTION("the server's bears another name") {
    p.tls.expected_name = "other.test";
    Talk talk(p, a);
    talk.run();
    CHECK(talk.both(Status::Failure));
    CHECK(talk.of_peer.why.find("hostname mismatch") != std::string::npos);
  }
  SECTION("nobody is trusted") {
    p.tls.trusted_pem.clear();
    CHECK(Talk(p, a).run().both(Status::Failure));
  }
}

TEST_CASE("EAP-TLS: certificates out of their time", "[eap]") {
  SeededRandom random(1);
  const Instant later = kNow + std::chrono::hours(24 * 365 * 120);
  const auto peer = eap::make_peer_layer(std::make_shared<PeerConfig>(tls_peer()), random, later);
  const auto authenticator =
      eap::make_authenticator_layer(std::make_shared<AuthenticatorConfig>(tls_server()), random, kNow, {});
  Step step = authenticator->start();
  Step answer;
  while (step.send && (answer = peer->handle(*step.send)).send) step = authenticator->handle(*answer.send);
  CHECK(answer.why.find("certificate has expired") != std::string::npos);
}

TEST_CASE("EAP-TLS peer: a server without renegotiation_info is talked with", "[eap][rfc5746-4.1]") {
  const auto hello = [](std::string_view version) {
    // ServerHello: version, random, no session ID, ECDHE_RSA_WITH_AES_256_GCM_SHA384, no compression, no extension.
    return octets("160303002a02000026" + std::string(version) + std::string(64, '5') + "00c03000");
  };
  eap::TlsSession session(eap::TlsSession::Role::Client, tls_peer().tls, true, kNow);
  CHECK_FALSE(session.take_output().empty());
  session.feed(hello("0303"));
  CHECK(session.state() == eap::TlsSession::State::Handshake);

  eap::TlsSession other(eap::TlsSession::Role::Client, tls_peer().tls, true, kNow);
  other.feed(hello("0301"));
  CHECK(other.state() == eap::TlsSession::State::Failed);
  CHECK(other.why() == "TLS: alert sent: protocol version (unsupported protocol)");
}

TEST_CASE("EAP-TLS: versions that do not meet", "[eap][rfc9190]") {
  PeerConfig p = tls_peer();
  AuthenticatorConfig a = tls_server();
  p.tls.tls13 = false;
  a.tls.tls12 = false;
  Talk talk(p, a);
  CHECK(talk.run().both(Status::Failure));
  CHECK(talk.of_peer.why == "EAP Failure: TLS: alert received: protocol version");
}

TEST_CASE("EAP-TLS peer: Success before the commitment of TLS 1.3 is passed over", "[eap][rfc9190-2.5]") {
  PeerConfig p = tls_peer();
  AuthenticatorConfig a = tls_server();
  p.tls.fragment = a.tls.fragment = 4096;  // a flight, a packet
  Talk talk(p, a);
  Step step = talk.authenticator->start();
  for (int flight = 0; flight < 2; ++flight) step = talk.authenticator->handle(*talk.peer->handle(*step.send).send);
  // The server's Finished has been answered; the octet 0x00 waits in `step`.
  const std::uint8_t id = static_cast<std::uint8_t>(step.send->identifier - 1);
  CHECK(talk.peer->handle({EapCode::Success, id, {}, {}}).status == Status::Running);
  const Step ack = talk.peer->handle(*step.send);
  CHECK(to_hex(ack.send->data) == "00");
  CHECK(talk.peer->handle({EapCode::Success, ack.send->identifier, {}, {}}).status == Status::Success);
}

TEST_CASE("EAP-TLS: what no TLS would say", "[eap]") {
  Talk talk(tls_peer(), tls_server());
  const Eap start = *talk.authenticator->start().send;
  const auto request = [&](std::uint8_t id, const char* hex) {
    return talk.peer->handle({EapCode::Request, id, EapType::TLS, octets(hex)});
  };
  CHECK(request(100, "00").why == "EAP-TLS: the first request is no Start");
  const Eap hello = *talk.peer->handle(start).send;
  CHECK(request(101, "20").why == "EAP-TLS: Start for a second time");
  CHECK(request(102, "40ff").why.find("Flags") != std::string::npos);
  // Noise instead of records: an alert, and no way back.
  CHECK(request(103, "00deadbeefdeadbeef").send);
  CHECK(talk.peer->handle({EapCode::Success, 103, {}, {}}).status == Status::Running);
  CHECK(talk.peer->handle({EapCode::Failure, 103, {}, {}}).status == Status::Failure);

  const Step refused =
      talk.authenticator->handle({EapCode::Response, start.identifier, EapType::TLS, octets("00deadbeefdeadbeef")});
  REQUIRE(refused.send);  // the alert
  CHECK(talk.authenticator->handle({EapCode::Response, refused.send->identifier, EapType::TLS, octets("00")}).status ==
        Status::Failure);

  Talk idle(tls_peer(), tls_server());
  const Eap asked = *idle.authenticator->start().send;
  CHECK(idle.authenticator->handle({EapCode::Response, asked.identifier, EapType::TLS, octets("00")}).why ==
        "EAP-TLS: the peer does not go on with the handshake");
}

TEST_CASE("EAP-TLS: settings that cannot work are told before", "[eap]") {
  eap::TlsSettings settings = tls_peer().tls;
  CHECK_NOTHROW(eap::check(settings));
  SECTION("no certificate in it") {
    settings.certificate_pem = "-----";
    CHECK_THROWS_WITH(eap::check(settings), "EAP certificate: no certificate that can be used in the PEM text");
  }
  SECTION("no key") {
    settings.private_key_pem.clear();
    CHECK_THROWS_WITH(eap::check(settings), Catch::Contains("EAP private key: no key"));
  }
  SECTION("another key") {
    settings.private_key_pem = secret(pki("server.key"));
    CHECK_THROWS_WITH(eap::check(settings), "EAP private key: it does not belong to the certificate");
  }
  SECTION("no CA") {
    settings.trusted_pem = "none";
    CHECK_THROWS_WITH(eap::check(settings), "EAP CA: no certificate in the PEM text");
  }
  SECTION("no version") {
    settings.tls12 = settings.tls13 = false;
    CHECK_THROWS_WITH(eap::check(settings), "EAP: neither TLS 1.2 nor TLS 1.3 is allowed");
  }
}
