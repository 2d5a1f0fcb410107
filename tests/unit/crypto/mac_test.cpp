#include <catch2/catch.hpp>
#include <stdexcept>

#include "engine/crypto/integ.hpp"
#include "engine/crypto/prf.hpp"
#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::crypto;
using ikevet::test::hex;

namespace {

Prf prf_named(const std::string& name) { return *Prf::find(find_prf(name)->id); }
Integ integ_named(const std::string& name) { return *Integ::find(find_integ(name)->id); }

}  // namespace

TEST_CASE("PRF_HMAC_SHA2 and AUTH_HMAC_SHA2: RFC 4868", "[crypto][rfc4868-2.7]") {
  int compared = 0;
  for (const test::VectorRecord& v : test::read_vectors("rfc4868_hmac_sha2.txt")) {
    INFO(v.text("case"));
    for (const std::string hash : {"sha256", "sha384", "sha512"}) {
      if (v.has("prf_" + hash)) {
        CHECK(prf_named("prf" + hash).compute(v.octets("key"), {v.octets("data")}).reveal_hex() ==
              v.text("prf_" + hash));
        ++compared;
      }
      if (v.has("auth_" + hash)) {
        CHECK(to_hex(integ_named(hash).compute(v.octets("key"), {v.octets("data")})) == v.text("auth_" + hash));
        ++compared;
      }
    }
  }
  CHECK(compared == 6 * 3 + 12 * 2);
}

TEST_CASE("PRF_HMAC_MD5 and PRF_HMAC_SHA1: RFC 2202", "[crypto]") {
  for (const test::VectorRecord& v : test::read_vectors("rfc2202_hmac.txt")) {
    INFO(v.text("case"));
    CHECK(prf_named(v.text("prf")).compute(v.octets("key"), {v.octets("data")}).reveal_hex() == v.text("output"));
  }
}

TEST_CASE("AES-XCBC and AES-CMAC as PRF and as integrity algorithm", "[crypto][rfc3566-4.6][rfc4434-2.1][rfc4615-4]") {
  for (const test::VectorRecord& v : test::read_vectors("aes_mac.txt")) {
    INFO(v.text("output"));
    if (v.has("prf")) {
      CHECK(prf_named(v.text("prf")).compute(v.octets("key"), {v.octets("data")}).reveal_hex() == v.text("output"));
    } else {
      CHECK(to_hex(integ_named(v.text("integ")).compute(v.octets("key"), {v.octets("data")})) == v.text("output"));
    }
  }
  // RFC 3566 §4.6, test case 7: a thousand zero octets.
  CHECK(to_hex(integ_named("aesxcbc").compute(hex("000102030405060708090a0b0c0d0e0f"), {Bytes(1000)})) ==
        "f0dafee895db30253761103b");
}

TEST_CASE("a checksum does not depend on how its input is cut into parts", "[crypto]") {
  const Bytes key = hex("000102030405060708090a0b0c0d0e0f");
  const Bytes data = hex("000102030405060708090a0b0c0d0e0f1011121314151617");
  const BytesView view(data);
  for (const IntegInfo& row : integ_table()) {
    INFO(row.name);
    const Integ integ = *Integ::find(row.id);
    const Bytes fitting(row.key_size, 0x5a);
    const Bytes whole = integ.compute(fitting, {data});
    CHECK(whole.size() == integ.icv_size());
    CHECK(integ.compute(fitting, {view.first(1), {}, view.subspan(1, 15), view.subspan(16)}) == whole);
  }
  CHECK_THROWS_AS(integ_named("aescmac").compute(BytesView(key).first(15), {data}), std::invalid_argument);
}

TEST_CASE("Integ::verify: right, altered, cut and lengthened ICVs", "[crypto]") {
  const Bytes key(32, 0x0b);
  const Integ integ = integ_named("sha256");
  Bytes icv = integ.compute(key, {as_bytes("Hi There")});
  CHECK(integ.verify(key, {as_bytes("Hi There")}, icv));
  CHECK_FALSE(integ.verify(key, {as_bytes("Hi there")}, icv));
  CHECK_FALSE(integ.verify(key, {as_bytes("Hi There")}, BytesView(icv).first(15)));
  for (std::uint8_t& octet : icv) {
    octet ^= 1;
    CHECK_FALSE(integ.verify(key, {as_bytes("Hi There")}, icv));
    octet ^= 1;
  }
  icv.push_back(0);
  CHECK_FALSE(integ.verify(key, {as_bytes("Hi There")}, icv));
  CHECK(integ_named("none").verify({}, {as_bytes("Hi There")}, {}));
}

TEST_CASE("prf+: T1 | T2 | ... written out", "[crypto][rfc7296-2.13]") {
  const Prf prf = prf_named("prfsha256");
  const Bytes key = hex("0b0b0b0b");
  const Bytes seed = hex("a0a1a2a3a4");
  const SecretBytes t1 = prf.compute(key, {seed, hex("01")});
  const SecretBytes t2 = prf.compute(key, {t1.view(), seed, hex("02")});
  const SecretBytes t3 = prf.compute(key, {t2.view(), seed, hex("03")});
  const Bytes all = cat(t1.view(), t2.view(), t3.view());
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{32}, std::size_t{33}, std::size_t{96}}) {
    CHECK(equal(prf.plus(key, seed, length).view(), BytesView(all).first(length)));
  }
  CHECK(prf.plus(key, {BytesView(seed).first(2), BytesView(seed).subspan(2)}, 96) == prf.plus(key, seed, 96));
}

TEST_CASE("prf+ ends where its counter does", "[crypto][rfc7296-2.13]") {
  const Prf prf = prf_named("prfsha1");
  CHECK(prf.plus_limit() == 5100);
  CHECK(prf.plus(hex("00"), hex("00"), 5100).size() == 5100);
  CHECK_THROWS_AS(prf.plus(hex("00"), hex("00"), 5101), std::length_error);
}
