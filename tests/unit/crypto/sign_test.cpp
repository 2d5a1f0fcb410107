// Signatures against the vectors of RFC 4754 §8, RFC 7427 Appendix A and Wycheproof.
#include "engine/crypto/sign.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "engine/base/writer.hpp"
#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::crypto;
using nlohmann::json;
using wire::HashAlgorithm;
using Kind = SignatureScheme::Kind;

namespace {

/// Gives octets that the test chose, and no more.
class FixedRandom final : public RandomSource {
 public:
  explicit FixedRandom(Bytes octets) : octets_(std::move(octets)) {}
  void fill(std::span<std::uint8_t> out) override {
    REQUIRE(out.size() <= octets_.size());
    std::copy_n(octets_.begin(), out.size(), out.begin());
    octets_.erase(octets_.begin(), octets_.begin() + static_cast<std::ptrdiff_t>(out.size()));
  }

 private:
  Bytes octets_;
};

/// Tag, length below 65536, content.
Bytes der(std::uint8_t tag, BytesView content) {
  Writer out;
  out.u8(tag);
  if (content.size() < 128)
    out.u8(static_cast<std::uint8_t>(content.size()));
  else if (content.size() < 256)
    out.u8(std::uint8_t{0x81}).u8(static_cast<std::uint8_t>(content.size()));
  else
    out.u8(std::uint8_t{0x82}).u16(static_cast<std::uint16_t>(content.size()));
  return out.bytes(content).take();
}

/// ECPrivateKey, RFC 5915 §3.
SigningKey ec_key(BytesView curve_oid, BytesView secret, BytesView x, BytesView y) {
  const Bytes point = cat(Bytes{0, 4}, x, y);
  return SigningKey::read(
      der(0x30, cat(der(2, Bytes{1}), der(4, secret), der(0xa0, curve_oid), der(0xa1, der(3, point)))));
}

struct EcdsaVector {
  const char *oid, *w, *gwx, *gwy, *k, *r, *s;
  HashAlgorithm hash;
};

const EcdsaVector kRfc4754[] = {
    {"06082a8648ce3d030107", "dc51d3866a15bacde33d96f992fca99da7e6ef0934e7097559c27f1614c88a7f",
     "2442a5cc0ecd015fa3ca31dc8e2bbc70bf42d60cbca20085e0822cb04235e970",
     "6fc98bd7e50211a4a27102fa3549df79ebcb4bf246b80945cddfe7d509bbfd7d",
     "9e56f509196784d963d1c0a401510ee7ada3dcc5dee04b154bf61af1d5a6dece",
     "cb28e0999b9c7715fd0a80d8e47a77079716cbbf917dd72e97566ea1c066957c",
     "86fa3bb4e26cad5bf90b7f81899256ce7594bb1ea0c89212748bff3b3d5b0315", HashAlgorithm::SHA2_256},
    {"06052b81040022",
     "0beb646634ba87735d77ae4809a0ebea865535de4c1e1dcb692e84708e81a5af62e528c38b2a81b35309668d73524d9f",
     "96281bf8dd5e0525ca049c048d345d3082968d10fedf5c5aca0c64e6465a97ea5ce10c9dfec21797415710721f437922",
     "447688ba94708eb6e2e4d59f6ab6d7edff9301d249fe49c33096655f5d502fad3d383b91c5e7edaa2b714cc99d5743ca",
     "b4b74e44d71a13d568003d7489908d564c7761e229c58cbfa18950096eb7463b854d7fa992f934d927376285e63414fa",
     "fb017b914e29149432d8bac29a514640b46f53ddab2c69948084e2930f1c8f7e08e07c9c63f2d21a07dcb56a6af56eb3",
     "b263a1305e057f984d38726a1b46874109f417bca112674c528262a40a629af1cbb9f516ce0fa7d2ff630863a00e8b9f",
     HashAlgorithm::SHA2_384},
    {"06052b81040023",
     "0065fda3409451dcab0a0ead45495112a3d813c17bfd34bdf8c1209d7df5849120597779060a7ff9d704adf78b570ffa"
     "d6f062e95c7e0c5d5481c5b153b48b375fa1",
     "0151518f1af0f563517edd5485190df95a4bf57b5cba4cf2a9a3f6474725a35f7afe0a6ddeb8bedbcd6a197e592d4018"
     "8901cecd650699c9b5e456aea5add19052a8",
     "006f3b142ea1bfff7e2837ad44c9e4ff6d2d34c73184bbad90026dd5e6e85317d9df45cad7803c6c20035b2f3ff63aff"
     "4e1ba64d1c077577da3f4286c58f0aeae643",
     "00c1c2b305419f5a41344d7e4359933d734096f556197a9b244342b8b62f46f9373778f9de6b6497b1ef825ff24f42f9"
     "b4a4bd7382cfc3378a540b1b7f0c1b956c2f",
     "0154fd3836af92d0dca57dd5341d3053988534fde8318fc6aaaab68e2e6f4339b19f2f281a7e0b22c269d93cf8794a92"
     "78880ed7dbb8d9362caeacee544320552251",
     "017705a7030290d1ceb605a9a1bb03ff9cdd521e87a696ec926c8c10c8362df4975367101f67d1cf9bccbf2f3d239534"
     "fa509e70aac851ae01aac68d62f866472660",
     HashAlgorithm::SHA2_512},
};

SignatureScheme scheme(Kind kind, HashAlgorithm hash) { return {kind, hash, {}, 0, {}}; }
SignatureScheme pss(HashAlgorithm hash, std::size_t salt) { return {Kind::RsaPss, hash, hash, salt, {}}; }

int check_wycheproof(const std::string& file, const SignatureScheme& with) {
  const auto text = test::read_shared("vectors/wycheproof/" + file);
  if (!text) {
    WARN("SKIPPED: no ../shared/vectors/wycheproof/" + file);
    return 0;
  }
  int used = 0;
  const json all = json::parse(*text);
  for (const json& group : all.at("testGroups")) {
    const auto key = PublicKey::from_spki(test::hex(group.at("publicKeyDer").get<std::string>()));
    REQUIRE(key);
    for (const json& one : group.at("tests")) {
      if (one.at("result") == "acceptable") continue;
      INFO(file << " tcId " << one.at("tcId") << ": " << one.at("comment").get<std::string>());
      CHECK(verify(*key, with, test::hex(one.at("msg").get<std::string>()),
                   test::hex(one.at("sig").get<std::string>())) == (one.at("result") == "valid"));
      ++used;
    }
  }
  return used;
}

}  // namespace

TEST_CASE("ECDSA: RFC 4754 §8, signed with the k of the RFC and verified", "[crypto][rfc4754-8]") {
  for (const EcdsaVector& v : kRfc4754) {
    INFO(v.oid);
    const SigningKey key = ec_key(test::hex(v.oid), test::hex(v.w), test::hex(v.gwx), test::hex(v.gwy));
    const SignatureScheme with = scheme(Kind::EcdsaRaw, v.hash);
    FixedRandom k(test::hex(v.k));
    const Bytes signature = sign(key, with, as_bytes("abc"), k);
    CHECK(signature == cat(test::hex(v.r), test::hex(v.s)));
    CHECK(verify(key.public_key(), with, as_bytes("abc"), signature));
    CHECK_FALSE(verify(key.public_key(), with, as_bytes("abd"), signature));
    // RFC 4754 §7: both halves have their full length.
    CHECK_FALSE(verify(key.public_key(), with, as_bytes("abc"), BytesView(signature).first(signature.size() - 1)));
    CHECK_FALSE(verify(key.public_key(), with, as_bytes("abc"), {}));
    // RFC 7427: the same numbers as ECDSA-Sig-Value.
    const SignatureScheme der_form = scheme(Kind::EcdsaDer, v.hash);
    FixedRandom again(test::hex(v.k));
    const Bytes der_signature = sign(key, der_form, as_bytes("abc"), again);
    CHECK(der_signature[0] == 0x30);
    CHECK(verify(key.public_key(), der_form, as_bytes("abc"), der_signature));
    CHECK_FALSE(verify(key.public_key(), with, as_bytes("abc"), der_signature));
  }
}

TEST_CASE("AlgorithmIdentifier: RFC 7427 Appendix A and RFC 8420 Appendix A", "[crypto][rfc7427-a]") {
  const std::pair<const char*, SignatureScheme> known[] = {
      {"300d06092a864886f70d0101050500", scheme(Kind::RsaPkcs1, HashAlgorithm::SHA1)},
      {"300d06092a864886f70d01010b0500", scheme(Kind::RsaPkcs1, HashAlgorithm::SHA2_256)},
      {"300d06092a864886f70d01010c0500", scheme(Kind::RsaPkcs1, HashAlgorithm::SHA2_384)},
      {"300d06092a864886f70d01010d0500", scheme(Kind::RsaPkcs1, HashAlgorithm::SHA2_512)},
      {"300906072a8648ce3d0401", scheme(Kind::EcdsaDer, HashAlgorithm::SHA1)},
      {"300a06082a8648ce3d040302", scheme(Kind::EcdsaDer, HashAlgorithm::SHA2_256)},
      {"300a06082a8648ce3d040303", scheme(Kind::EcdsaDer, HashAlgorithm::SHA2_384)},
      {"300a06082a8648ce3d040304", scheme(Kind::EcdsaDer, HashAlgorithm::SHA2_512)},
      {"300d06092a864886f70d01010a3000", pss(HashAlgorithm::SHA1, 20)},
      {"300506032b6570", {Kind::EdDsa, HashAlgorithm::IDENTITY, {}, 0, KeyType::Ed25519}},
      {"300506032b6571", {Kind::EdDsa, HashAlgorithm::IDENTITY, {}, 0, KeyType::Ed448}},
  };
  for (const auto& [hex, meaning] : known) {
    INFO(hex);
    CHECK(to_hex(algorithm_identifier(meaning)) == hex);
    const auto read = read_algorithm_identifier(test::hex(hex));
    REQUIRE(read);
    CHECK(*read == meaning);
  }
  // Defaults spelled out (A.4.2), and SHA-256 with the trailer field spelled out (A.4.3): read, not written.
  CHECK(read_algorithm_identifier(test::hex("303e06092a864886f70d01010a3031a00b300906052b0e03021a0500a118301606092a8648"
                                            "86f70d010108300906052b0e03021a0500a203020114a303020101"))
            .value() == pss(HashAlgorithm::SHA1, 20));
  CHECK(read_algorithm_identifier(test::hex("304606092a864886f70d01010a3039a00f300d06096086480165030402010500a11c301a06"
                                            "092a864886f70d010108300d06096086480165030402010500a203020120a303020101"))
            .value() == pss(HashAlgorithm::SHA2_256, 32));
  for (const HashAlgorithm hash : {HashAlgorithm::SHA2_256, HashAlgorithm::SHA2_384, HashAlgorithm::SHA2_512})
    CHECK(read_algorithm_identifier(algorithm_identifier(pss(hash, 48))).value() == pss(hash, 48));
}

TEST_CASE("AlgorithmIdentifier: octets that are none", "[crypto][rfc7427-3]") {
  for (const char* hex : {"", "30", "3000", "300d06092a864886f70d01010b05", "300d06092a864886f70d01010b050000",
                          "300b06092a864886f70d010104" /* md5WithRSA */, "300b06092a864886f70d01010a" /* PSS, none */,
                          "300c06082a8648ce3d0403020101" /* parameters of no use */})
    CHECK_FALSE(read_algorithm_identifier(test::hex(hex)));
}

TEST_CASE("Signatures: Wycheproof", "[crypto][wycheproof]") {
  const bool present = test::read_shared("vectors/wycheproof/ed25519_test.json").has_value();
  int used = 0;
  used += check_wycheproof("ecdsa_secp256r1_sha256_test.json", scheme(Kind::EcdsaDer, HashAlgorithm::SHA2_256));
  used += check_wycheproof("ecdsa_secp384r1_sha384_test.json", scheme(Kind::EcdsaDer, HashAlgorithm::SHA2_384));
  used += check_wycheproof("ecdsa_secp521r1_sha512_test.json", scheme(Kind::EcdsaDer, HashAlgorithm::SHA2_512));
  used += check_wycheproof("ed25519_test.json", {Kind::EdDsa, HashAlgorithm::IDENTITY, {}, 0, KeyType::Ed25519});
  used += check_wycheproof("ed448_test.json", {Kind::EdDsa, HashAlgorithm::IDENTITY, {}, 0, KeyType::Ed448});
  used += check_wycheproof("rsa_pss_2048_sha256_mgf1_32_test.json", pss(HashAlgorithm::SHA2_256, 32));
  used += check_wycheproof("rsa_signature_2048_sha256_test.json", scheme(Kind::RsaPkcs1, HashAlgorithm::SHA2_256));
  CHECK((!present || used > 1500));
}

TEST_CASE("Signing keys: what is no key is refused with a remedy", "[crypto]") {
  CHECK_THROWS_AS(SigningKey::read(as_bytes("-----BEGIN PRIVATE KEY-----")), std::invalid_argument);
  CHECK_THROWS_WITH(SigningKey::read(as_bytes("nothing")), Catch::Contains("openssl pkey"));
  CHECK_FALSE(PublicKey::from_spki(as_bytes("nothing")));
}
