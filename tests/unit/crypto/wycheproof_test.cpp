// Project Wycheproof's vectors, read where they lie beside the project.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "engine/crypto/dh.hpp"
#include "engine/crypto/encr.hpp"
#include "engine/crypto/integ.hpp"
#include "engine/crypto/prf.hpp"
#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::crypto;
using nlohmann::json;

namespace {

/// Calls `run(group, test)` for every test of a file and returns how many of them it said to have used.
template <class Run>
void each_test(const std::string& file, int at_least, Run run) {
  const auto text = test::read_shared("vectors/wycheproof/" + file);
  if (!text) {
    WARN("skipped: no ../shared/vectors/wycheproof/" + file);
    return;
  }
  int used = 0;
  const json all = json::parse(*text);
  for (const json& group : all.at("testGroups")) {
    for (const json& one : group.at("tests")) {
      INFO(file << " tcId " << one.at("tcId") << ": " << one.at("comment").get<std::string>());
      if (run(group, one)) ++used;
    }
  }
  CHECK(used >= at_least);
}

Bytes octets(const json& test, const char* name) { return test::hex(test.at(name).get<std::string>()); }
bool is_valid(const json& test) { return test.at("result") == "valid"; }

void check_hmac(const std::string& file, const char* prf_name, int at_least) {
  const Prf prf = *Prf::find(find_prf(prf_name)->id);
  each_test(file, at_least, [&](const json&, const json& test) {
    const Bytes tag = octets(test, "tag");
    const SecretBytes made = prf.compute(octets(test, "key"), {octets(test, "msg")});
    CHECK(equal(made.view().first(tag.size()), tag) == is_valid(test));
    return true;
  });
}

/// `cipher_of(key bits, tag bits)` gives the row to test with, or null.
template <class CipherOf>
void check_aead(const std::string& file, int at_least, CipherOf cipher_of) {
  each_test(file, at_least, [&](const json& group, const json& test) {
    const EncrInfo* info = cipher_of(group.at("keySize").get<int>(), group.at("tagSize").get<int>());
    const Bytes nonce = octets(test, "iv");
    if (info == nullptr || nonce.size() != info->salt_size + info->iv_size) return false;
    const Cipher cipher = *Cipher::find(info->id, info->key_bits);
    const Bytes key = cat(octets(test, "key"), BytesView(nonce).first(info->salt_size));
    const BytesView iv = BytesView(nonce).subspan(info->salt_size);
    const Bytes aad = octets(test, "aad");
    const Bytes tag = octets(test, "tag");

    Bytes data = octets(test, "ct");
    CHECK(cipher.decrypt(key, iv, aad, data, tag) == is_valid(test));
    if (!is_valid(test)) return true;
    CHECK(data == octets(test, "msg"));
    Bytes icv(cipher.icv_size());
    REQUIRE(cipher.encrypt(key, iv, aad, data, icv));
    CHECK(data == octets(test, "ct"));
    CHECK(icv == tag);
    return true;
  });
}

const EncrInfo* aes_aead(const char* mode, int key_bits, int tag_bits) {
  return find_encr("aes" + std::to_string(key_bits) + mode + std::to_string(tag_bits / 8));
}

/// The point of an ECDH test as x | y; empty where it is encoded as IKE never does (compressed, other parameters).
std::optional<Bytes> plain_point(const json& test, std::size_t size, bool in_certificate_form) {
  const Bytes given = octets(test, "public");
  const std::size_t header = in_certificate_form ? 27 : 0;  // SubjectPublicKeyInfo with a two-part named curve
  if (given.size() != header + 1 + size || given[header] != 0x04) return std::nullopt;
  if (in_certificate_form && test.at("result") != "valid" && test.at("comment") != "point is not on curve") {
    return std::nullopt;  // what is wrong may be the ASN.1 around the point
  }
  return to_bytes(BytesView(given).subspan(header + 1));
}

void check_ecdh(const std::string& file, wire::DhGroup group, int at_least, bool in_certificate_form) {
  each_test(file, at_least, [&](const json&, const json& test) {
    const auto point = plain_point(test, public_value_size(group), in_certificate_form);
    if (!point) return false;
    const auto ours = KeyPair::from_private(group, octets(test, "private"));
    REQUIRE(ours);
    const auto shared = ours->derive(*point);
    CHECK(shared.has_value() == (test.at("result") != "invalid"));
    if (shared) CHECK(shared->reveal_hex() == test.at("shared").get<std::string>());
    return true;
  });
}

void check_xdh(const std::string& file, wire::DhGroup group, int at_least) {
  each_test(file, at_least, [&](const json&, const json& test) {
    const auto ours = KeyPair::from_private(group, octets(test, "private"));
    REQUIRE(ours);
    const auto shared = ours->derive(octets(test, "public"));
    const Bytes expected = octets(test, "shared");
    // "acceptable" covers small orders, where the result is zeros, and twists, which RFC 7748 wants accepted.
    const bool zeros = expected == Bytes(expected.size());
    CHECK(shared.has_value() == (test.at("result") != "invalid" && !zeros));
    if (shared) CHECK(equal(shared->view(), expected));
    return true;
  });
}

}  // namespace

TEST_CASE("Wycheproof: HMAC", "[crypto][wycheproof]") {
  check_hmac("hmac_sha1_test.json", "prfsha1", 170);
  check_hmac("hmac_sha256_test.json", "prfsha256", 170);
  check_hmac("hmac_sha384_test.json", "prfsha384", 170);
  check_hmac("hmac_sha512_test.json", "prfsha512", 170);
}

TEST_CASE("Wycheproof: AES-CMAC", "[crypto][wycheproof]") {
  const Prf prf = *Prf::find(wire::PrfId::PRF_AES128_CMAC);
  each_test("aes_cmac_test.json", 80, [&](const json& group, const json& test) {
    if (group.at("keySize") != 128) return false;
    const Bytes tag = octets(test, "tag");
    const SecretBytes made = prf.compute(octets(test, "key"), {octets(test, "msg")});
    CHECK(equal(made.view().first(tag.size()), tag) == is_valid(test));
    return true;
  });
}

TEST_CASE("Wycheproof: AES-GCM, AES-CCM, ChaCha20-Poly1305", "[crypto][wycheproof]") {
  check_aead("aes_gcm_test.json", 150, [](int key, int tag) { return aes_aead("gcm", key, tag); });
  check_aead("aes_ccm_test.json", 10, [](int key, int tag) { return aes_aead("ccm", key, tag); });
  check_aead("chacha20_poly1305_test.json", 250, [](int, int) { return find_encr("chacha20poly1305"); });
}

TEST_CASE("Wycheproof: ECDH", "[crypto][wycheproof]") {
  check_ecdh("ecdh_secp256r1_ecpoint_test.json", wire::DhGroup::ECP_256, 200, false);
  check_ecdh("ecdh_secp384r1_ecpoint_test.json", wire::DhGroup::ECP_384, 500, false);
  check_ecdh("ecdh_secp521r1_ecpoint_test.json", wire::DhGroup::ECP_521, 400, false);
  check_ecdh("ecdh_brainpoolP256r1_test.json", wire::DhGroup::BRAINPOOL_P256R1, 400, true);
}

TEST_CASE("Wycheproof: X25519 and X448", "[crypto][wycheproof]") {
  check_xdh("x25519_test.json", wire::DhGroup::CURVE25519, 500);
  check_xdh("x448_test.json", wire::DhGroup::CURVE448, 500);
}
