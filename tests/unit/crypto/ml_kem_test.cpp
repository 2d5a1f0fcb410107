#include "engine/crypto/ml_kem.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "engine/crypto/dh.hpp"
#include "engine/crypto/hash.hpp"
#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::crypto;
using ikevet::test::hex;

namespace {

const ml_kem::Parameters& parameters_of(const std::string& name) { return *ml_kem::find(find_group(name)->id); }

}  // namespace

TEST_CASE("ML-KEM: the sizes of FIPS 203, table 3", "[crypto][ml-kem]") {
  CHECK(find_group("mlkem512")->public_value_size == 800);
  CHECK(find_group("mlkem512")->response_size == 768);
  CHECK(find_group("mlkem768")->public_value_size == 1184);
  CHECK(find_group("mlkem768")->response_size == 1088);
  CHECK(find_group("mlkem1024")->public_value_size == 1568);
  CHECK(find_group("mlkem1024")->response_size == 1568);
  CHECK(ml_kem::k512.dk_size() == 1632);
  CHECK(ml_kem::k768.dk_size() == 2400);
  CHECK(ml_kem::k1024.dk_size() == 3168);
  CHECK(ml_kem::find(wire::DhGroup::CURVE25519) == nullptr);
}

TEST_CASE("ML-KEM: key generation, encapsulation and decapsulation by published vectors", "[crypto][ml-kem]") {
  int rejected = 0;
  for (const test::VectorRecord& v : test::read_vectors("ml_kem.txt")) {
    INFO(v.text("group"));
    const ml_kem::Parameters& p = parameters_of(v.text("group"));
    const ml_kem::Keys keys = ml_kem::generate(p, v.octets("seed"));
    CHECK(to_hex(sha256(keys.ek)) == v.text("ek_sha256"));
    if (v.has("rejected")) {
      CHECK(ml_kem::decapsulate(p, keys.dk.view(), v.octets("ciphertext")).value().reveal_hex() == v.text("rejected"));
      ++rejected;
      continue;
    }
    const auto made = ml_kem::encapsulate(p, keys.ek, v.octets("m"));
    REQUIRE(made);
    CHECK(to_hex(sha256(made->ciphertext)) == v.text("ciphertext_sha256"));
    CHECK(made->shared.reveal_hex() == v.text("shared"));
    CHECK(ml_kem::decapsulate(p, keys.dk.view(), made->ciphertext).value() == made->shared);
  }
  CHECK(rejected == 3);
}

TEST_CASE("ML-KEM: an altered ciphertext gives another secret, always the same one", "[crypto][ml-kem]") {
  SeededRandom random(1);
  for (const char* name : {"mlkem512", "mlkem768", "mlkem1024"}) {
    const wire::DhGroup group = find_group(name)->id;
    const auto i = KeyPair::generate(group, random);
    auto r = respond(group, i->public_value(), random);
    REQUIRE(r);
    for (const std::size_t at : {std::size_t{0}, r->public_value.size() / 2, r->public_value.size() - 1}) {
      r->public_value[at] ^= 1;
      const auto first = i->derive(r->public_value);
      REQUIRE(first);  // FIPS 203 §6.3: implicit rejection
      CHECK_FALSE(*first == r->shared);
      CHECK(*first == i->derive(r->public_value).value());
      r->public_value[at] ^= 1;
    }
    CHECK(i->derive(r->public_value).value() == r->shared);
  }
}

TEST_CASE("ML-KEM: an encapsulation key with a coefficient of 3329 or more is refused", "[crypto][ml-kem]") {
  SeededRandom random(2);
  const auto i = KeyPair::generate(wire::DhGroup::ML_KEM_768, random);
  Bytes ek = to_bytes(i->public_value());
  // The first coefficient is the twelve low bits of the first two octets: 3328 is the largest allowed.
  ek[0] = 0x00;
  ek[1] = static_cast<std::uint8_t>((ek[1] & 0xf0) | 0x0d);
  CHECK(respond(wire::DhGroup::ML_KEM_768, ek, random));
  ek[0] = 0x01;
  const auto refused = respond(wire::DhGroup::ML_KEM_768, ek, random);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().field == "Key Exchange Data");
  CHECK(refused.error().why.find("FIPS 203 §7.2") != std::string::npos);
}

TEST_CASE("ML-KEM: keys and randomness that are none", "[crypto][ml-kem]") {
  SeededRandom random(3);
  CHECK_THROWS_AS(ml_kem::generate(ml_kem::k512, Bytes(63)), std::invalid_argument);
  ml_kem::Keys keys = ml_kem::generate(ml_kem::k512, random.bytes(64));
  CHECK_THROWS_AS(ml_kem::encapsulate(ml_kem::k512, keys.ek, Bytes(31)), std::invalid_argument);
  CHECK_FALSE(KeyPair::from_private(wire::DhGroup::ML_KEM_512, Bytes(32)));
  const auto made = ml_kem::encapsulate(ml_kem::k512, keys.ek, random.bytes(32));
  CHECK_FALSE(ml_kem::decapsulate(ml_kem::k512, keys.dk.view().first(1631), made->ciphertext));
  CHECK_FALSE(ml_kem::decapsulate(ml_kem::k768, keys.dk.view(), made->ciphertext));
  keys.dk.mutable_view()[1600 - 32] ^= 1;  // H(ek): FIPS 203 §7.3, "Hash check"
  CHECK_FALSE(ml_kem::decapsulate(ml_kem::k512, keys.dk.view(), made->ciphertext));
}
