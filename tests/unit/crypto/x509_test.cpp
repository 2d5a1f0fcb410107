#include "engine/crypto/x509.hpp"

#include <catch2/catch.hpp>

#include "engine/base/datagram.hpp"
#include "tests/support/test_pki.hpp"

using namespace ikevet;
using namespace ikevet::crypto;
using namespace ikevet::tests;
using wire::IdType;

namespace {

struct Pki {
  Issued root = self_signed(PkiKey::P256, {.cn = "root", .ca = true});
  Issued sub = issue(root, PkiKey::P384, {.cn = "sub", .ca = true});
  Issued dut =
      issue(sub, PkiKey::P256,
            {.cn = "dut", .san = "DNS:dut.test,IP:192.0.2.2,email:dut@example.org", .to = kToday + 500 * kDay});
  TrustStore store(Revocation revocation = Revocation::IfKnown, std::vector<Bytes> crls = {}) const {
    return TrustStore({.anchors = {root.parsed()}, .crls = std::move(crls), .revocation = revocation});
  }
};

constexpr IdType kFqdn = IdType::ID_FQDN;
const BytesView kName = as_bytes("dut.test");

std::string why(const Result<PublicKey, std::string>& result) { return result ? "" : result.error(); }
using Catch::Contains;

}  // namespace

TEST_CASE("Chains: through an intermediate CA, in any order", "[crypto][x509]") {
  const Pki pki;
  const auto key = pki.store().check({{pki.dut.der(), pki.sub.der()}, {}, {}}, kFqdn, kName, kToday);
  REQUIRE(key);
  CHECK(key->spki() == pki.dut.signing_key().public_key().spki());
  CHECK(pki.store().check({{pki.dut.der(), pki.root.der(), pki.sub.der()}, {}, {}}, kFqdn, kName, kToday));
  CHECK_THAT(why(pki.store().check({{pki.dut.der()}, {}, {}}, kFqdn, kName, kToday)),
             Contains("no CA that is trusted"));
  CHECK_THAT(why(pki.store().check({{pki.sub.der(), pki.dut.der()}, {}, {}}, kFqdn, kName, kToday)),
             Contains("neither digitalSignature"));
  const Issued other = self_signed(PkiKey::P256, {.cn = "root", .ca = true});
  CHECK_THAT(why(TrustStore({.anchors = {other.parsed()}})
                     .check({{pki.dut.der(), pki.sub.der(), pki.root.der()}, {}, {}}, kFqdn, kName, kToday)),
             Contains("signature failure"));
  CHECK(why(pki.store().check({{}, {}, {}}, kFqdn, kName, kToday)) == "no certificate");
  CHECK_THAT(why(pki.store().check({{to_bytes(kName)}, {}, {}}, kFqdn, kName, kToday)), Contains("cannot be read"));
}

TEST_CASE("Chains: an intermediate CA or the peer's own certificate may be the anchor", "[crypto][x509]") {
  const Pki pki;
  CHECK(TrustStore({.anchors = {pki.sub.parsed()}}).check({{pki.dut.der()}, {}, {}}, kFqdn, kName, kToday));
  const TrustStore pinned({.anchors = {pki.dut.parsed()}});
  CHECK(pinned.check({{pki.dut.der()}, {}, {}}, kFqdn, kName, kToday));
  CHECK(pinned.known_key(kFqdn, kName, kToday));
  CHECK_FALSE(pinned.known_key(kFqdn, as_bytes("other.test"), kToday));
}

TEST_CASE("Chains: the time counts", "[crypto][x509]") {
  const Pki pki;
  const Evidence evidence{{pki.dut.der(), pki.sub.der()}, {}, {}};
  CHECK_THAT(why(pki.store().check(evidence, kFqdn, kName, kToday + 600 * kDay)),
             Contains("CN = dut expired on 2027-05-16 00:00:00 UTC"));
  CHECK_THAT(why(pki.store().check(evidence, kFqdn, kName, kToday - 2000 * kDay)),
             Contains("not valid before 2023-04-07"));
}

TEST_CASE("Chains: a certificate that is no CA issues none, and a long chain is none", "[crypto][x509]") {
  const Pki pki;
  const Issued child = issue(pki.dut, PkiKey::P256, {.cn = "child", .san = "DNS:dut.test"});
  CHECK_FALSE(pki.store().check({{child.der(), pki.dut.der(), pki.sub.der()}, {}, {}}, kFqdn, kName, kToday));
  std::vector<Issued> cas{pki.root};
  for (int i = 0; i < 12; ++i)
    cas.push_back(issue(cas.back(), PkiKey::P256, {.cn = "ca " + std::to_string(i), .ca = true}));
  Evidence evidence{{issue(cas.back(), PkiKey::P256, {.cn = "dut", .san = "DNS:dut.test"}).der()}, {}, {}};
  for (const Issued& ca : cas) evidence.certificates.push_back(ca.der());
  CHECK_THAT(why(pki.store().check(evidence, kFqdn, kName, kToday)), Contains("chain too long"));
}

TEST_CASE("Chains: key usage, extended key usage, name constraints", "[crypto][x509][rfc4945-5.1.3]") {
  const Pki pki;
  const auto judged = [&](CertSpec spec) {
    spec.cn = "dut";
    spec.san = "DNS:dut.test";
    return why(
        pki.store().check({{issue(pki.sub, PkiKey::P256, spec).der(), pki.sub.der()}, {}, {}}, kFqdn, kName, kToday));
  };
  CHECK(judged({.cn = {}, .key_usage = "critical,digitalSignature"}).empty());
  CHECK(judged({.cn = {}, .key_usage = "nonRepudiation"}).empty());
  CHECK_THAT(judged({.cn = {}, .key_usage = "keyEncipherment"}), Contains("key usage"));
  CHECK(judged({.cn = {}, .extended_key_usage = "serverAuth,1.3.6.1.5.5.7.3.17"}).empty());
  CHECK(judged({.cn = {}, .extended_key_usage = "anyExtendedKeyUsage"}).empty());
  CHECK_THAT(judged({.cn = {}, .extended_key_usage = "serverAuth"}), Contains("extended key usage"));
  const Issued limited =
      issue(pki.root, PkiKey::P256, {.cn = "limited", .ca = true, .name_constraints = "permitted;DNS:example.org"});
  const Issued outside = issue(limited, PkiKey::P256, {.cn = "dut", .san = "DNS:dut.test"});
  CHECK_THAT(why(pki.store().check({{outside.der(), limited.der()}, {}, {}}, kFqdn, kName, kToday)),
             Contains("permitted subtree"));
}

TEST_CASE("Identities: exactly as they stand in the certificate", "[crypto][x509][rfc4945-3.1]") {
  const Pki pki;
  const Certificate dut = pki.dut.parsed();
  CHECK(dut.bears(IdType::ID_FQDN, as_bytes("dut.test")));
  CHECK(dut.bears(IdType::ID_FQDN, as_bytes("DUT.Test")));
  CHECK_FALSE(dut.bears(IdType::ID_FQDN, as_bytes("dut.tes")));
  CHECK_FALSE(dut.bears(IdType::ID_FQDN, as_bytes("dut")));  // the subject's CN is no identity, §3.1.9
  CHECK_FALSE(dut.bears(IdType::ID_FQDN, {}));
  CHECK(dut.bears(IdType::ID_RFC822_ADDR, as_bytes("dut@example.org")));
  CHECK_FALSE(dut.bears(IdType::ID_RFC822_ADDR, as_bytes("dut.test")));
  CHECK(dut.bears(IdType::ID_IPV4_ADDR, Bytes{192, 0, 2, 2}));
  CHECK_FALSE(dut.bears(IdType::ID_IPV4_ADDR, Bytes{192, 0, 2, 3}));
  CHECK_FALSE(dut.bears(IdType::ID_IPV6_ADDR, Bytes{192, 0, 2, 2}));
  CHECK(dut.bears(IdType::ID_DER_ASN1_DN, dut.subject_der()));
  CHECK_FALSE(dut.bears(IdType::ID_DER_ASN1_DN, pki.sub.parsed().subject_der()));
  CHECK_FALSE(dut.bears(IdType::ID_NULL, {}));
  const Certificate wild = issue(pki.sub, PkiKey::P256, {.cn = "w", .san = "DNS:*.test"}).parsed();
  CHECK_FALSE(wild.bears(IdType::ID_FQDN, as_bytes("dut.test")));
  const Certificate six = issue(pki.sub, PkiKey::P256, {.cn = "6", .san = "IP:2001:db8::2"}).parsed();
  CHECK(six.bears(IdType::ID_IPV6_ADDR, IpAddress::parse("2001:db8::2")->octets()));
  CHECK_THAT(why(pki.store().check({{pki.dut.der(), pki.sub.der()}, {}, {}}, kFqdn, as_bytes("other.test"), kToday)),
             Contains("does not bear the identity"));
}

TEST_CASE("CRLs: from a file or from the peer", "[crypto][x509][rfc5280]") {
  const Pki pki;
  const Bytes clean = make_crl(pki.sub, {});
  const Bytes revoked = make_crl(pki.sub, {pki.dut});
  const Bytes of_root = make_crl(pki.root, {});
  const std::vector<Bytes> chain{pki.dut.der(), pki.sub.der()};
  CHECK(pki.store().check({chain, {clean}, {}}, kFqdn, kName, kToday));
  CHECK_THAT(why(pki.store().check({chain, {revoked}, {}}, kFqdn, kName, kToday)),
             Contains("CN = dut was revoked on 2025-12-31"));
  CHECK_FALSE(pki.store(Revocation::IfKnown, {to_bytes(as_bytes(crl_pem(revoked)))})
                  .check({chain, {}, {}}, kFqdn, kName, kToday));
  CHECK_THAT(why(pki.store().check({chain, {make_crl(pki.root, {pki.sub})}, {}}, kFqdn, kName, kToday)),
             Contains("CN = sub was revoked"));
  CHECK(pki.store(Revocation::Ignore).check({chain, {revoked}, {}}, kFqdn, kName, kToday));
  CHECK_THAT(why(pki.store(Revocation::Required).check({chain, {}, {}}, kFqdn, kName, kToday)),
             Contains("neither a CRL nor an OCSP response"));
  CHECK_FALSE(pki.store(Revocation::Required).check({chain, {clean}, {}}, kFqdn, kName, kToday));
  CHECK(pki.store(Revocation::Required).check({chain, {clean, of_root}, {}}, kFqdn, kName, kToday));
  const Bytes old = make_crl(pki.sub, {}, kToday - 10 * kDay, kToday - 5 * kDay);
  CHECK_THAT(why(pki.store().check({chain, {old}, {}}, kFqdn, kName, kToday)),
             Contains("its CRL expired on 2025-12-27"));
  // Signed by somebody else under the same name: it says nothing.
  Issued forged = pki.sub;
  forged.key = pki.dut.key;
  CHECK_FALSE(
      pki.store(Revocation::Required).check({chain, {make_crl(forged, {}), of_root}, {}}, kFqdn, kName, kToday));
  CHECK_THROWS_AS(pki.store(Revocation::IfKnown, {to_bytes(kName)}), std::invalid_argument);
}

TEST_CASE("OCSP: responses of the issuer and of whom it entitled", "[crypto][x509][rfc6960]") {
  const Pki pki;
  const std::vector<Bytes> chain{pki.dut.der(), pki.sub.der()};
  const auto judged = [&](const Bytes& response, Revocation revocation = Revocation::IfKnown) {
    return why(pki.store(revocation, {make_crl(pki.root, {})}).check({chain, {}, {response}}, kFqdn, kName, kToday));
  };
  CHECK(judged(make_ocsp(pki.sub, pki.dut, false, pki.sub)).empty());
  CHECK(judged(make_ocsp(pki.sub, pki.dut, false, pki.sub), Revocation::Required).empty());
  CHECK_THAT(judged(make_ocsp(pki.sub, pki.dut, true, pki.sub)),
             Contains("was revoked on 2025-12-31") && Contains("OCSP"));
  const Issued helper = issue(pki.sub, PkiKey::P256, {.cn = "ocsp", .extended_key_usage = "OCSPSigning"});
  CHECK(judged(make_ocsp(pki.sub, pki.dut, false, helper), Revocation::Required).empty());
  CHECK_THAT(judged(make_ocsp(pki.sub, pki.dut, false, pki.dut)), Contains("OCSP response"));  // not entitled
  CHECK_THAT(judged(make_ocsp(pki.sub, pki.dut, false, self_signed(PkiKey::P256, {.cn = "evil", .ca = true}))),
             Contains("OCSP response"));
  CHECK_THAT(judged(make_ocsp(pki.sub, pki.dut, false, pki.sub, kToday - 9 * kDay, kToday - 2 * kDay)),
             Contains("expired on 2025-12-30"));
  CHECK_THAT(judged(make_ocsp(pki.sub, pki.dut, false, pki.sub, kToday + kDay)), Contains("of the future"));
  // About another certificate: nothing is said.
  const Issued other = issue(pki.sub, PkiKey::P256, {.cn = "other"});
  CHECK_THAT(judged(make_ocsp(pki.sub, other, false, pki.sub), Revocation::Required),
             Contains("neither a CRL nor an OCSP response"));
  CHECK_THAT(judged(to_bytes(kName)), Contains("cannot be read"));
}

TEST_CASE("Raw public keys: ours, and of the right peer", "[crypto][rfc7670]") {
  const Pki pki;
  const PublicKey key = pki.dut.signing_key().public_key();
  const TrustStore store({.keys = {{key, kFqdn, to_bytes(kName)}}});
  CHECK(store.check_raw_key(key.spki(), kFqdn, kName));
  CHECK(why(store.check_raw_key(key.spki(), kFqdn, as_bytes("other.test"))) ==
        "its raw public key belongs to another identity");
  CHECK(why(store.check_raw_key(pki.sub.signing_key().public_key().spki(), kFqdn, kName)) ==
        "its raw public key is not one that is trusted");
  CHECK_THAT(why(store.check_raw_key(kName, kFqdn, kName)), Contains("cannot be read"));
  CHECK(store.known_key(kFqdn, kName, kToday));
  CHECK(TrustStore({.keys = {{key, {}, {}}}}).check_raw_key(key.spki(), kFqdn, as_bytes("anybody")));
}

TEST_CASE("Certificates of a user's file, and the hash in CERTREQ", "[crypto][x509][rfc7296-3.7]") {
  const Pki pki;
  const std::string both = pki.dut.certificate_pem() + pki.sub.certificate_pem();
  CHECK(Certificate::read(as_bytes(both)).size() == 2);
  CHECK(Certificate::read(pki.dut.der()).size() == 1);
  CHECK_THROWS_AS(Certificate::read(as_bytes("nothing")), std::invalid_argument);
  CHECK(pki.store().anchor_key_hashes() == pki.root.parsed().key_hash());
  CHECK(pki.root.parsed().key_hash().size() == 20);
}

TEST_CASE("Bundles: certificates and CRLs in one file", "[crypto][x509][rfc7296-3.6]") {
  const Pki pki;
  const auto tagged = [](std::uint8_t tag, const Bytes& content) {
    return cat(
        Bytes{tag, 0x82, static_cast<std::uint8_t>(content.size() >> 8), static_cast<std::uint8_t>(content.size())},
        content);
  };
  const Bytes crl = make_crl(pki.sub, {});
  const Bytes bundle = tagged(0x30, cat(tagged(0xa0, pki.dut.der()), tagged(0xa1, crl), tagged(0xa0, pki.sub.der())));
  const auto read = read_bundle(bundle);
  REQUIRE(read);
  CHECK(read->certificates == std::vector<Bytes>{pki.dut.der(), pki.sub.der()});
  CHECK(read->crls == std::vector<Bytes>{crl});
  for (std::size_t cut = 0; cut < bundle.size(); ++cut) CHECK_FALSE(read_bundle(BytesView(bundle).first(cut)));
  CHECK_FALSE(read_bundle(tagged(0x30, tagged(0xa2, crl))));
  CHECK_FALSE(read_bundle(tagged(0x31, tagged(0xa1, crl))));
}
