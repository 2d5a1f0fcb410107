#include <catch2/catch.hpp>

#include "engine/eap/ttls_avp.hpp"
#include "tests/unit/eap/conversation.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using eap::Avp;
using eap::AvpCode;
using eap::TtlsInner;

namespace {

PeerConfig ttls_peer(TtlsInner inner, std::vector<std::string_view> passwords = {"password"}) {
  PeerConfig p = alice(EapType::TTLS, std::move(passwords));
  p.identity = "anonymous";
  p.user = "alice";
  p.inner = inner;
  p.tls.trusted_pem = pki("ca.pem");
  return p;
}

AuthenticatorConfig ttls_server() {
  AuthenticatorConfig a = server(EapType::TTLS);
  a.tls.certificate_pem = pki("server.pem");
  a.tls.private_key_pem = secret(pki("server.key"));
  a.tls.trusted_pem = pki("ca.pem");
  return a;
}

}  // namespace

TEST_CASE("TTLS: PAP, CHAP, MSCHAPv2 in the tunnel", "[eap][rfc5281-11.2][rfc9427]") {
  const TtlsInner inner = GENERATE(TtlsInner::Pap, TtlsInner::Chap, TtlsInner::MsChapV2);
  const bool tls13 = GENERATE(false, true);
  AuthenticatorConfig a = ttls_server();
  a.tls.tls13 = tls13;
  a.tls.fragment = 200;
  SECTION("the right password") {
    Talk talk(ttls_peer(inner), a);
    talk.run();
    INFO(talk.of_peer.why << " / " << talk.of_authenticator.why);
    REQUIRE(talk.both(Status::Success));
    CHECK(talk.of_peer.proof->msk.size() == 64);
    CHECK(talk.same_msk());
    CHECK(text(talk.of_authenticator.proof->identity) == "alice");
  }
  SECTION("a password of one block") {
    a.users->add("alice", {secret("sixteen octets!!"), false, false, {}, {}});
    CHECK(Talk(ttls_peer(inner, {"sixteen octets!!"}), a).run().both(Status::Success));
  }
  SECTION("a wrong password") {
    Talk talk(ttls_peer(inner, {"wrong"}), a);
    CHECK(talk.run().both(Status::Failure));
    CHECK(talk.of_authenticator.why.ends_with("wrong password"));
  }
  SECTION("a user whom nobody knows") {
    PeerConfig p = ttls_peer(inner);
    p.user = "mallory";
    Talk talk(p, a);
    CHECK(talk.run().both(Status::Failure));
    CHECK(talk.of_authenticator.why == "TTLS: unknown user mallory");
  }
}

TEST_CASE("TTLS: EAP in the tunnel", "[eap][rfc5281-11.2.1]") {
  const EapType method = GENERATE(EapType::MD5_Challenge, EapType::GTC, EapType::MSCHAPv2);
  AuthenticatorConfig a = ttls_server();
  // The inner peer says Nak to the first of these two.
  a.inner_methods = {EapType::OTP, method};
  PeerConfig p = ttls_peer(TtlsInner::Eap);
  p.inner_methods = {method};
  p.tls.tls13 = GENERATE(false, true);
  SECTION("the right password") {
    Talk talk(p, a);
    talk.run();
    INFO(talk.of_peer.why << " / " << talk.of_authenticator.why);
    CHECK(talk.both(Status::Success));
    CHECK(talk.same_msk());
    CHECK(text(talk.of_authenticator.proof->identity) == "alice");
  }
  SECTION("a wrong password, then the right one") {
    a.attempts = 2;
    p.passwords = {secret("wrong"), secret("password")};
    CHECK(Talk(p, a).run().both(Status::Success));
  }
  SECTION("a wrong password") {
    p.passwords = {secret("wrong")};
    CHECK(Talk(p, a).run().both(Status::Failure));
  }
  SECTION("no method that both want") {
    a.inner_methods = {EapType::OTP};
    CHECK(Talk(p, a).run().both(Status::Failure));
  }
}

TEST_CASE("TTLS: with a certificate of the user as well", "[eap][rfc5281-7.6]") {
  AuthenticatorConfig a = ttls_server();
  a.ttls_client_certificate = true;
  PeerConfig p = ttls_peer(TtlsInner::Pap);
  CHECK(Talk(p, a).run().both(Status::Failure));
  p.tls.certificate_pem = pki("client.pem");
  p.tls.private_key_pem = secret(pki("client.key"));
  CHECK(Talk(p, a).run().both(Status::Success));
}

TEST_CASE("TTLS: no word to a server that nobody vouches for", "[eap][rfc5281-7]") {
  AuthenticatorConfig a = ttls_server();
  a.tls.certificate_pem = pki("stranger.pem");
  a.tls.private_key_pem = secret(pki("stranger.key"));
  Talk talk(ttls_peer(TtlsInner::Pap), a);
  CHECK(talk.run().both(Status::Failure));
  CHECK(talk.of_peer.why == "EAP Failure: TLS: alert sent: unknown CA (unable to get local issuer certificate)");
}

TEST_CASE("AVPs: octets and back", "[eap][rfc5281-10.1]") {
  const std::vector<Avp> avps{Avp::of(AvpCode::User_Name, as_bytes("alice")),
                              Avp::of(eap::MicrosoftAvp::MS_CHAP2_Success, as_bytes("S=1"))};
  const Bytes wire = eap::avp_octets(avps);
  CHECK(to_hex(wire) ==
        "00000001"
        "4000000d"
        "616c696365000000"
        "0000001a"
        "c000000f"
        "00000137"
        "533d3100");
  CHECK(eap::parse_avps(wire) == avps);
  CHECK(eap::parse_avps(BytesView(wire).first(wire.size() - 1)) == avps);  // the last padding may be missing
  CHECK(eap::parse_avps({})->empty());
  CHECK(eap::parse_avps(octets("00000001400000")).error().field == "AVP Flags and Length");
  CHECK(eap::parse_avps(octets("0000000140000007")).error().text() == "AVP Length at octet 4: 7, less than the header");
  CHECK(eap::parse_avps(octets("00000001c000000800000137")).error().field == "AVP Length");
  CHECK(eap::parse_avps(octets("0000000140ffffff00")).error().field == "AVP Data");
}
