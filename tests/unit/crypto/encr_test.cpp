#include "engine/crypto/encr.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "engine/base/random.hpp"
#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::crypto;

namespace {

Cipher cipher_named(const std::string& name) {
  const EncrInfo* info = find_encr(name);
  REQUIRE(info != nullptr);
  return *Cipher::find(info->id, info->key_bits);
}

void check_both_ways(const test::VectorRecord& v) {
  INFO(v.text("case"));
  const Cipher cipher = cipher_named(v.text("algorithm"));
  const Bytes aad = v.has("aad") ? v.octets("aad") : Bytes{};
  const Bytes icv = v.has("icv") ? v.octets("icv") : Bytes{};
  Bytes data = v.octets("plaintext");
  Bytes made(cipher.icv_size());
  REQUIRE(cipher.encrypt(v.octets("key"), v.octets("iv"), aad, data, made));
  CHECK(to_hex(data) == v.text("ciphertext"));
  CHECK(to_hex(made) == to_hex(icv));
  REQUIRE(cipher.decrypt(v.octets("key"), v.octets("iv"), aad, data, icv));
  CHECK(to_hex(data) == v.text("plaintext"));
}

}  // namespace

TEST_CASE("AES-CBC: RFC 3602", "[crypto][rfc3602-4]") {
  for (const test::VectorRecord& v : test::read_vectors("rfc3602_aes_cbc.txt")) check_both_ways(v);
}

TEST_CASE("AES-CTR: RFC 3686", "[crypto][rfc3686-6]") {
  for (const test::VectorRecord& v : test::read_vectors("rfc3686_aes_ctr.txt")) check_both_ways(v);
}

TEST_CASE("combined modes: GCM test cases, RFC 7634", "[crypto][rfc7634]") {
  for (const test::VectorRecord& v : test::read_vectors("aead.txt")) check_both_ways(v);
}

TEST_CASE("AES-CBC with 192 and 256 bits: NIST SP 800-38A F.2.3 and F.2.5", "[crypto]") {
  const Bytes iv = test::hex("000102030405060708090a0b0c0d0e0f");
  const Bytes plain = test::hex("6bc1bee22e409f96e93d7e117393172a");
  Bytes data = plain;
  REQUIRE(
      cipher_named("aes192").encrypt(test::hex("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b"), iv, {}, data, {}));
  CHECK(to_hex(data) == "4f021db243bc633d7178183a9fa071e8");
  data = plain;
  REQUIRE(cipher_named("aes256").encrypt(test::hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
                                         iv, {}, data, {}));
  CHECK(to_hex(data) == "f58c4c04d6e5f1ba779eabfb5f7bfbd6");
}

TEST_CASE("AES-GMAC: the text is authenticated as associated data of AES-GCM would be", "[crypto][rfc4543-3.3]") {
  // NIST SP 800-38D defines GMAC as GCM without plaintext, and GCM is held against vectors above: RFC 4543 §3.5.
  SeededRandom random(9);
  for (const std::string bits : {"128", "192", "256"}) {
    const Cipher gmac = cipher_named("aes" + bits + "gmac");
    const Cipher gcm = cipher_named("aes" + bits + "gcm16");
    const Bytes key = random.bytes(gmac.key_size());
    const Bytes iv = random.bytes(8);
    const Bytes aad = random.bytes(8);
    Bytes data = random.bytes(33);
    Bytes icv(16);
    Bytes expected(16);
    Bytes nothing;
    REQUIRE(gmac.encrypt(key, iv, aad, data, icv));
    REQUIRE(gcm.encrypt(key, iv, cat(aad, data), nothing, expected));
    CHECK(icv == expected);
  }
  // NIST's GCM test case 1 (McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B): nothing at all.
  Bytes nothing;
  Bytes icv(16);
  REQUIRE(cipher_named("aes128gmac").encrypt(Bytes(20), Bytes(8), {}, nothing, icv));
  CHECK(to_hex(icv) == "58e2fccefa7e3061367f1d57a4e7455a");
}

TEST_CASE("every cipher gives back what it encrypted, and no other key does", "[crypto]") {
  SeededRandom random(7);
  for (const EncrInfo& row : encr_table()) {
    INFO(row.name);
    const Cipher cipher = *Cipher::find(row.id, row.key_bits);
    const Bytes key = random.bytes(cipher.key_size());
    const Bytes iv = random.bytes(cipher.iv_size());
    const Bytes aad = cipher.is_aead() ? random.bytes(21) : Bytes{};
    for (const std::size_t blocks : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{50}}) {
      const Bytes plain = random.bytes(blocks * cipher.block_size());
      Bytes data = plain;
      Bytes icv(cipher.icv_size());
      REQUIRE(cipher.encrypt(key, iv, aad, data, icv));
      const bool in_clear = row.mode == EncrMode::Null || row.mode == EncrMode::Gmac;
      CHECK(((data == plain) == (plain.empty() || in_clear)));
      REQUIRE(cipher.decrypt(key, iv, aad, data, icv));
      CHECK(data == plain);
    }
  }
}

TEST_CASE("combined modes refuse altered data, ICV, IV and associated data", "[crypto]") {
  SeededRandom random(8);
  for (const EncrInfo& row : encr_table()) {
    if (!row.is_aead()) continue;
    INFO(row.name);
    const Cipher cipher = *Cipher::find(row.id, row.key_bits);
    const Bytes key = random.bytes(cipher.key_size());
    Bytes iv = random.bytes(cipher.iv_size());
    Bytes aad = random.bytes(32);
    Bytes sealed = random.bytes(40);
    Bytes icv(cipher.icv_size());
    REQUIRE(cipher.encrypt(key, iv, aad, sealed, icv));

    const auto opens = [&] {
      Bytes data = sealed;
      const bool good = cipher.decrypt(key, iv, aad, data, icv);
      if (!good) CHECK(data == Bytes(sealed.size()));  // nothing unauthenticated is handed out
      return good;
    };
    for (Bytes* part : {&iv, &aad, &sealed, &icv}) {
      for (const std::size_t at : {std::size_t{0}, part->size() - 1}) {
        (*part)[at] ^= 0x80;
        CHECK_FALSE(opens());
        (*part)[at] ^= 0x80;
      }
    }
    CHECK(opens());
  }
}

TEST_CASE("block modes take whole blocks only; wrong sizes of keys are the caller's error", "[crypto]") {
  const Cipher cipher = cipher_named("aes128");
  Bytes data(17);
  CHECK_FALSE(cipher.encrypt(Bytes(16), Bytes(16), {}, data, {}));
  CHECK_FALSE(cipher.decrypt(Bytes(16), Bytes(16), {}, data, {}));
  data.resize(16);
  CHECK_THROWS_AS(cipher.encrypt(Bytes(15), Bytes(16), {}, data, {}), std::invalid_argument);
  CHECK_THROWS_AS(cipher.encrypt(Bytes(16), Bytes(8), {}, data, {}), std::invalid_argument);
  Bytes short_icv(12);
  CHECK_THROWS_AS(cipher_named("aes128gcm16").encrypt(Bytes(20), Bytes(8), {}, data, short_icv), std::invalid_argument);
}
