// IKE_AUTH with signatures: every key and method, certificates in each form, what is refused and why.
#include <catch2/catch.hpp>

#include "engine/crypto/hash.hpp"
#include "tests/support/peer_pair.hpp"
#include "tests/support/test_pki.hpp"

using namespace ikevet;
using namespace ikevet::tests;
using Catch::Contains;
using sa::AuthKind;
using sa::CertForm;
using wire::AuthMethod;
using wire::HashAlgorithm;
using wire::NotifyType;

namespace {

/// Keeps what a side sent, before it was encrypted.
struct Record final : sa::OutboundTap {
  std::vector<sa::OutboundMessage> sent;
  void on_plaintext(const sa::OutboundMessage& message, sa::Plaintext&) override { sent.push_back(message); }
  std::vector<wire::Payload> auth_message() const {
    for (const auto& message : sent)
      if (wire::find<wire::Authentication>(message.payloads)) return message.payloads;
    return {};
  }
};

struct Pki {
  Issued root = self_signed(PkiKey::P256, {.cn = "root", .ca = true});
  Issued sub = issue(root, PkiKey::P256, {.cn = "sub", .ca = true});

  sa::LocalAuth local(const Issued& one) const {
    sa::LocalAuth out{AuthKind::PublicKey, {}, {}};
    out.key.key = std::make_shared<crypto::SigningKey>(one.signing_key());
    out.key.chain = {one.der(), sub.der()};
    return out;
  }
  sa::LocalAuth local(PkiKey key, std::string name) const {
    return local(issue(sub, key, {.cn = name, .san = "DNS:" + name}));
  }
  std::shared_ptr<const crypto::TrustStore> trust(crypto::Revocation revocation = crypto::Revocation::IfKnown) const {
    return std::make_shared<crypto::TrustStore>(
        crypto::TrustSettings{.anchors = {root.parsed()}, .revocation = revocation});
  }
  void equip(sa::Config& config, sa::LocalAuth local) const {
    config.credentials.local = {std::move(local)};
    config.credentials.remote[0].kinds = {AuthKind::PublicKey};
    config.credentials.trust = trust();
  }
};

struct Setup {
  explicit Setup(PkiKey i_key = PkiKey::P256, PkiKey r_key = PkiKey::P256) {
    pki.equip(i, pki.local(i_key, "initiator.test"));
    pki.equip(r, pki.local(r_key, "responder.test"));
  }
  void run() {
    sa::Seams tap_i, tap_r;
    tap_i.outbound = &from_i;
    tap_r.outbound = &from_r;
    pair = std::make_unique<PeerPair>(i, r, tap_i, tap_r);
    pair->establish();
  }
  bool established() {
    run();
    const auto stands = [](const Peer& peer) {
      const auto all = peer.engine.ike_sas();
      return all.size() == 1 && all[0].stage == sa::IkeSaView::Stage::Established && all[0].children.size() == 1;
    };
    return stands(pair->initiator) && stands(pair->responder);
  }
  /// Why the responder turned the initiator away; both sides have nothing left.
  std::string refusal() {
    run();
    CHECK(pair->initiator.engine.ike_sas().empty());
    CHECK(pair->responder.engine.ike_sas().empty());
    const auto refused = pair->initiator.seen<trace::RequestRefused>();
    CHECK((refused.size() == 1 && refused[0].error == NotifyType::AUTHENTICATION_FAILED));
    const auto faults = pair->responder.seen<trace::PeerFault>();
    return faults.empty() ? "" : faults.at(0).what;
  }
  Pki pki;
  sa::Config i = initiator_config();
  sa::Config r = responder_config();
  Record from_i, from_r;
  std::unique_ptr<PeerPair> pair;
};

AuthMethod method_in(const Record& tap) { return wire::find<wire::Authentication>(tap.auth_message())->method; }

}  // namespace

TEST_CASE("Digital signatures: every kind of key, in both roles", "[sa][rfc7427-3][rfc8420-2]") {
  const auto key = GENERATE(PkiKey::Rsa2048, PkiKey::P256, PkiKey::P384, PkiKey::P521, PkiKey::Ed25519, PkiKey::Ed448);
  Setup s(key, key);
  CHECK(s.established());
  CHECK(method_in(s.from_i) == AuthMethod::DIGITAL_SIGNATURE);
  CHECK(method_in(s.from_r) == AuthMethod::DIGITAL_SIGNATURE);
}

TEST_CASE("Without SIGNATURE_HASH_ALGORITHMS: the older methods", "[sa][rfc7296-3.8][rfc4754]") {
  const auto [key, method] = GENERATE(table<PkiKey, AuthMethod>({{PkiKey::Rsa2048, AuthMethod::RSA_DIGITAL_SIGNATURE},
                                                                 {PkiKey::P256, AuthMethod::ECDSA_SHA256_P256},
                                                                 {PkiKey::P384, AuthMethod::ECDSA_SHA384_P384},
                                                                 {PkiKey::P521, AuthMethod::ECDSA_SHA512_P521}}));
  Setup s(key, key);
  s.r.credentials.signature_hashes.clear();
  CHECK(s.established());
  CHECK(method_in(s.from_i) == method);
  CHECK(method_in(s.from_r) == method);
}

TEST_CASE("The hash is one that the peer announced", "[sa][rfc7427-4]") {
  Setup s(PkiKey::Rsa2048, PkiKey::Rsa2048);
  s.r.credentials.signature_hashes = {HashAlgorithm::SHA2_512, HashAlgorithm::SHA1};
  CHECK(s.established());
  const auto payloads = s.from_i.auth_message();
  const auto& data = wire::find<wire::Authentication>(payloads)->data;
  const auto scheme = crypto::read_algorithm_identifier(BytesView(data).subspan(1, data[0]));
  CHECK(scheme.value().hash == HashAlgorithm::SHA2_512);
  CHECK(scheme.value().kind == crypto::SignatureScheme::Kind::RsaPss);
}

TEST_CASE("RSA by PKCS#1 v1.5 where it is configured", "[sa][rfc7427-a.1]") {
  Setup s(PkiKey::Rsa2048, PkiKey::Rsa2048);
  s.i.credentials.local[0].key.rsa_pss = false;
  CHECK(s.established());
  const auto payloads = s.from_i.auth_message();
  CHECK(to_hex(BytesView(wire::find<wire::Authentication>(payloads)->data).first(16)) ==
        "0f300d06092a864886f70d01010b0500");
}

TEST_CASE("Ed25519 for a peer that does not know it: nothing is sent that it would not understand", "[sa][rfc8420-2]") {
  SECTION("the initiator") {
    Setup s(PkiKey::Ed25519, PkiKey::P256);
    s.r.credentials.signature_hashes = {HashAlgorithm::SHA2_256};
    s.run();
    CHECK(s.from_i.sent.empty());
    CHECK(s.pair->initiator.seen<trace::IkeSaClosed>().at(0).detail ==
          "the peer understands no signature by a key for Ed25519");
  }
  SECTION("the responder") {
    Setup s(PkiKey::P256, PkiKey::Ed25519);
    s.i.credentials.signature_hashes = {HashAlgorithm::SHA2_256};
    CHECK(s.refusal() == "the peer understands no signature by a key for Ed25519");
  }
}

TEST_CASE("An older method where both know digital signatures is noted", "[sa][rfc7427-3]") {
  Setup s;
  s.i.credentials.local[0].key.digital_signature = false;
  CHECK(s.established());
  CHECK(method_in(s.from_i) == AuthMethod::ECDSA_SHA256_P256);
  CHECK(s.pair->responder.seen<trace::PeerFault>().at(0).section == "RFC 7427 §3");
}

TEST_CASE("Different methods for the two sides", "[sa][rfc7296-2.15]") {
  Setup s;
  s.i.credentials.local = {{}};  // pre-shared key
  s.r.credentials.remote[0].kinds = {AuthKind::SharedKey};
  CHECK(s.established());
  CHECK(method_in(s.from_i) == AuthMethod::SHARED_KEY_MIC);
  CHECK(method_in(s.from_r) == AuthMethod::DIGITAL_SIGNATURE);
}

TEST_CASE("Refused: certificates that are not to be believed", "[sa][rfc7296-2.21.2][rfc4945]") {
  Setup s;
  SECTION("wrong name") {
    s.i.credentials.local = {s.pki.local(PkiKey::P256, "mallory.test")};
    CHECK_THAT(s.refusal(), Contains("CN = mallory.test does not bear the identity"));
  }
  SECTION("expired") {
    s.i.credentials.local = {
        s.pki.local(issue(s.pki.sub, PkiKey::P256, {.cn = "old", .san = "DNS:initiator.test", .to = kToday - kDay}))};
    CHECK_THAT(s.refusal(), Contains("CN = old expired on 2025-12-31"));
  }
  SECTION("expired by the wall clock, which runs apart from the run's time") {
    s.r.credentials.wall_clock_offset = std::chrono::hours(24 * 365 * 10);
    CHECK_THAT(s.refusal(), Contains("expired on 2028"));
  }
  SECTION("not yet valid") {
    s.i.credentials.local = {
        s.pki.local(issue(s.pki.sub, PkiKey::P256, {.cn = "new", .san = "DNS:initiator.test", .from = kToday + kDay}))};
    CHECK_THAT(s.refusal(), Contains("CN = new is not valid before 2026-01-02"));
  }
  SECTION("another CA") {
    const Issued evil = self_signed(PkiKey::P256, {.cn = "evil", .ca = true});
    const Issued one = issue(evil, PkiKey::P256, {.cn = "x", .san = "DNS:initiator.test"});
    s.i.credentials.local = {s.pki.local(one)};
    CHECK_THAT(s.refusal(), Contains("leads to no CA that is trusted"));
  }
  SECTION("without the intermediate CA") {
    s.i.credentials.local[0].key.chain.pop_back();
    CHECK_THAT(s.refusal(), Contains("leads to no CA that is trusted"));
  }
  SECTION("another key than the certificate's") {
    s.i.credentials.local[0].key.key = std::make_shared<crypto::SigningKey>(s.pki.sub.signing_key());
    CHECK_THAT(s.refusal(), Contains("the signature is not one by the key (ECDSA P-256)"));
  }
  SECTION("no certificate") {
    s.i.credentials.local[0].key.form = CertForm::Nothing;
    CHECK_THAT(s.refusal(), Contains("sends no certificate, and none is known"));
  }
  SECTION("nobody is trusted") {
    s.r.credentials.trust = nullptr;
    CHECK_THAT(s.refusal(), Contains("no CA and no key is trusted"));
  }
  SECTION("a pre-shared key instead") {
    s.i.credentials.local = {{}};
    CHECK_THAT(s.refusal(), Contains("method SHARED_KEY_MIC, accepted is public key"));
  }
}

TEST_CASE("Refused by the initiator: it says so in INFORMATIONAL", "[sa][rfc7296-2.21.2]") {
  Setup s;
  s.r.credentials.local = {s.pki.local(PkiKey::P256, "mallory.test")};
  s.run();
  CHECK(s.pair->initiator.engine.ike_sas().empty());
  CHECK(s.pair->responder.engine.ike_sas().empty());
  CHECK_THAT(s.pair->initiator.seen<trace::PeerFault>().at(0).what, Contains("CN = mallory.test does not bear"));
}

TEST_CASE("Revocation by a CRL that the peer sends, and by OCSP on request", "[sa][rfc4806-3]") {
  Setup s;
  const Issued one = issue(s.pki.sub, PkiKey::P256, {.cn = "initiator", .san = "DNS:initiator.test"});
  s.i.credentials.local = {s.pki.local(one)};
  SECTION("the CRL is a file of the responder's") {
    s.r.credentials.trust = std::make_shared<crypto::TrustStore>(
        crypto::TrustSettings{.anchors = {s.pki.root.parsed()}, .crls = {make_crl(s.pki.sub, {one})}});
    CHECK_THAT(s.refusal(), Contains("CN = initiator was revoked on 2025-12-31"));
  }
  SECTION("OCSP, asked for") {
    s.r.credentials.request_ocsp = true;
    const bool revoked = GENERATE(false, true);
    s.i.credentials.local[0].key.ocsp_response = make_ocsp(s.pki.sub, one, revoked, s.pki.sub);
    if (revoked)
      CHECK_THAT(s.refusal(), Contains("was revoked") && Contains("OCSP"));
    else
      CHECK(s.established());
    const auto certs = s.from_i.auth_message();
    CHECK(wire::find_all<wire::Certificate>(certs).back()->encoding == wire::CertEncoding::OCSP_CONTENT);
  }
  SECTION("OCSP, not asked for: not sent") {
    s.i.credentials.local[0].key.ocsp_response = make_ocsp(s.pki.sub, one, false, s.pki.sub);
    CHECK(s.established());
    const auto certs = s.from_i.auth_message();
    CHECK(wire::find_all<wire::Certificate>(certs).size() == 2);
  }
  SECTION("required and nothing there") {
    s.r.credentials.trust = s.pki.trust(crypto::Revocation::Required);
    CHECK_THAT(s.refusal(), Contains("neither a CRL nor an OCSP response"));
  }
}

TEST_CASE("CERTREQ names the trust anchors", "[sa][rfc7296-3.7]") {
  Setup s;
  CHECK(s.established());
  const auto payloads = s.from_i.auth_message();
  const auto* request = wire::find<wire::CertificateRequest>(payloads);
  REQUIRE(request);
  CHECK(request->encoding == wire::CertEncoding::X509_SIGNATURE);
  CHECK(request->data == s.pki.root.parsed().key_hash());
}

TEST_CASE("Hash and URL: looked up by who gave us the function", "[sa][rfc7296-3.6]") {
  Setup s;
  const Issued one = issue(s.pki.sub, PkiKey::P256, {.cn = "initiator", .san = "DNS:initiator.test"});
  s.i.credentials.local = {s.pki.local(one)};
  s.i.credentials.local[0].key.form = CertForm::HashAndUrl;
  s.i.credentials.local[0].key.url = "http://pki.test/initiator";
  std::vector<std::string> asked;
  Bytes there = one.der();
  s.r.credentials.fetch = [&](std::string_view url) -> std::optional<Bytes> {
    asked.emplace_back(url);
    return there;
  };
  SECTION("found") {
    CHECK(s.established());
    CHECK(asked == std::vector<std::string>{"http://pki.test/initiator"});
    const auto payloads = s.from_i.auth_message();
    const auto certs = wire::find_all<wire::Certificate>(payloads);
    CHECK(certs.at(0)->encoding == wire::CertEncoding::HASH_AND_URL_X509);
    CHECK(certs.at(0)->data == cat(crypto::sha1(BytesView(there)), as_bytes("http://pki.test/initiator")));
  }
  SECTION("something else is there") {
    there = s.pki.root.der();
    CHECK_THAT(s.refusal(), Contains("has another hash"));
  }
  SECTION("a URL that is not http") {
    s.i.credentials.local[0].key.url = "file:///etc/passwd";
    CHECK_THAT(s.refusal(), Contains("not http"));
    CHECK(asked.empty());
  }
  SECTION("the responder looks nothing up: the certificate itself is sent") {
    s.r.credentials.fetch = nullptr;
    CHECK(s.established());
    const auto payloads = s.from_i.auth_message();
    CHECK(wire::find<wire::Certificate>(payloads)->encoding == wire::CertEncoding::X509_SIGNATURE);
  }
}

TEST_CASE("Raw public keys", "[sa][rfc7670-3]") {
  Setup s(PkiKey::Ed25519, PkiKey::P256);
  const auto key = s.i.credentials.local[0].key.key->public_key();
  s.i.credentials.local[0].key.form = CertForm::RawPublicKey;
  s.i.credentials.local[0].key.chain.clear();
  const auto trusting = [](crypto::PublicKey k, const char* name) {
    return std::make_shared<crypto::TrustStore>(
        crypto::TrustSettings{.keys = {{std::move(k), wire::IdType::ID_FQDN, to_bytes(as_bytes(name))}}});
  };
  SECTION("known") {
    s.r.credentials.trust = trusting(key, "initiator.test");
    CHECK(s.established());
    const auto payloads = s.from_i.auth_message();
    CHECK(wire::find<wire::Certificate>(payloads)->encoding == wire::CertEncoding::RAW_PUBLIC_KEY);
    CHECK(wire::find<wire::Certificate>(payloads)->data == key.spki());
  }
  SECTION("known, and not sent at all") {
    s.r.credentials.trust = trusting(key, "initiator.test");
    s.i.credentials.local[0].key.form = CertForm::Nothing;
    CHECK(s.established());
  }
  SECTION("somebody else's") {
    s.r.credentials.trust = trusting(key, "other.test");
    CHECK_THAT(s.refusal(), Contains("belongs to another identity"));
  }
  SECTION("unknown") { CHECK_THAT(s.refusal(), Contains("is not one that is trusted")); }
}

TEST_CASE("The same seed, the same signature", "[sa]") {
  Setup s(PkiKey::Rsa2048, PkiKey::P384);
  s.run();
  const auto first_i = s.from_i.auth_message();
  const auto first_r = s.from_r.auth_message();
  s.from_i.sent.clear();
  s.from_r.sent.clear();
  s.run();
  CHECK(s.from_i.auth_message() == first_i);
  CHECK(s.from_r.auth_message() == first_r);
}

TEST_CASE("Two certificates, one after the other", "[sa][rfc4739-2.4]") {
  Setup s;
  auto second = s.pki.local(PkiKey::Rsa2048, "user.test");
  second.id = sa::Identity::fqdn("user.test");
  s.i.credentials.local.push_back(second);
  s.r.credentials.remote.push_back({{AuthKind::PublicKey}, sa::Identity::fqdn("user.test")});
  CHECK(s.established());
  CHECK(s.pair->responder.seen<trace::IkeSaEstablished>().at(0).peer_identity == "ID_FQDN user.test");
}

TEST_CASE("CERT payloads without end are not gathered", "[sa][hostile]") {
  Setup s;
  for (int i = 0; i < 40; ++i) s.i.credentials.local[0].key.chain.push_back(s.pki.root.der());
  CHECK_THAT(s.refusal(), Contains("more than 16 CERT payloads"));
}
