#include "engine/crypto/dh.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::crypto;
using ikevet::test::hex;

namespace {

wire::DhGroup group_named(const std::string& name) {
  const GroupInfo* info = find_group(name);
  REQUIRE(info != nullptr);
  return info->id;
}

KeyPair pair_of(wire::DhGroup group, BytesView private_value) {
  auto pair = KeyPair::from_private(group, private_value);
  REQUIRE(pair);
  return std::move(*pair);
}

void check_exchange(const test::VectorRecord& v) {
  INFO(v.text("group"));
  const wire::DhGroup group = group_named(v.text("group"));
  const KeyPair i = pair_of(group, v.octets("private_i"));
  const KeyPair r = pair_of(group, v.octets("private_r"));
  CHECK(to_hex(i.public_value()) == v.text("public_i"));
  CHECK(to_hex(r.public_value()) == v.text("public_r"));
  CHECK(i.derive(r.public_value()).value().reveal_hex() == v.text("shared"));
  CHECK(r.derive(i.public_value()).value().reveal_hex() == v.text("shared"));
}

/// A big-endian number plus a small one, in place.
Bytes plus(Bytes number, int addend) {
  for (std::size_t i = number.size(); i-- > 0 && addend != 0;) {
    addend += number[i];
    number[i] = static_cast<std::uint8_t>(addend & 0xff);
    addend >>= 8;
  }
  return number;
}

class Constant final : public RandomSource {
 public:
  explicit Constant(std::uint8_t octet) : octet_(octet) {}
  void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, octet_); }

 private:
  std::uint8_t octet_;
};

}  // namespace

TEST_CASE("ECP groups: RFC 5903 §8", "[crypto][rfc5903-8]") {
  for (const test::VectorRecord& v : test::read_vectors("rfc5903_ecp.txt")) check_exchange(v);
}

TEST_CASE("Curve25519 and Curve448: RFC 8031, RFC 7748", "[crypto][rfc8031][rfc7748-6]") {
  for (const test::VectorRecord& v : test::read_vectors("montgomery.txt")) check_exchange(v);
}

TEST_CASE("MODP groups: the primes of the RFCs, exchanges computed elsewhere", "[crypto][rfc3526][rfc6989-2.1]") {
  for (const char* file : {"rfc3526_modp.txt", "rfc7296_modp.txt"}) {
    for (const test::VectorRecord& v : test::read_vectors(file)) {
      check_exchange(v);
      // The range check ends exactly below p-1, so these two tell that our prime is the RFC's.
      const KeyPair ours = pair_of(group_named(v.text("group")), v.octets("private_i"));
      const Bytes p = v.octets("prime");
      CHECK(ours.derive(plus(p, -2)));
      CHECK_FALSE(ours.derive(plus(p, -1)));
    }
  }
}

TEST_CASE("every group: two parties agree, the same randomness gives the same keys", "[crypto]") {
  SeededRandom random(1);
  for (const GroupInfo& row : group_table()) {
    INFO(row.name);
    const auto i = KeyPair::generate(row.id, random);
    REQUIRE(i);
    CHECK(i->group() == row.id);
    CHECK(i->public_value().size() == public_value_size(row.id));
    const auto r = respond(row.id, i->public_value(), random);
    REQUIRE(r);
    CHECK(r->public_value.size() == row.response_size);
    CHECK(r->shared.size() == row.shared_secret_size);
    CHECK_FALSE(equal(i->public_value(), r->public_value));
    CHECK(i->derive(r->public_value).value() == r->shared);

    SeededRandom first(99);
    SeededRandom second(99);
    CHECK(equal(KeyPair::generate(row.id, first)->public_value(), KeyPair::generate(row.id, second)->public_value()));
    CHECK(respond(row.id, i->public_value(), first)->shared == respond(row.id, i->public_value(), second)->shared);
  }
}

TEST_CASE("every MODP group: 0, 1, p-1 and p are refused by both sides", "[crypto][rfc6989-2.1]") {
  SeededRandom random(20);
  for (const char* file : {"rfc3526_modp.txt", "rfc7296_modp.txt"}) {
    for (const test::VectorRecord& v : test::read_vectors(file)) {
      INFO(v.text("group"));
      const wire::DhGroup group = group_named(v.text("group"));
      const KeyPair ours = pair_of(group, v.octets("private_i"));
      const Bytes p = v.octets("prime");
      const Bytes zero(p.size());
      for (const Bytes& bad : {zero, plus(zero, 1), plus(p, -1), p, plus(p, 1)}) {
        const auto refused = ours.derive(bad);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().why.find("RFC 6989 §2.1") != std::string::npos);
        CHECK_FALSE(respond(group, bad, random));
      }
    }
  }
}

TEST_CASE("MODP: values outside 1 < y < p-1 are refused", "[crypto][rfc6989-2.1]") {
  SeededRandom random(2);
  const auto ours = KeyPair::generate(wire::DhGroup::MODP_2048, random);
  Bytes y(256);
  for (const std::uint8_t value : {std::uint8_t{0}, std::uint8_t{1}}) {
    y.back() = value;
    const auto refused = ours->derive(y);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().field == "Key Exchange Data");
    CHECK(refused.error().why.find("RFC 6989") != std::string::npos);
  }
  y.back() = 2;
  CHECK(ours->derive(y));
  CHECK_FALSE(ours->derive(Bytes(256, 0xff)));
}

TEST_CASE("MODP shared secrets keep their leading zeros", "[crypto][rfc7296-2.14]") {
  const KeyPair ours = pair_of(wire::DhGroup::MODP_2048, hex("02"));
  Bytes y(256);
  y.back() = 3;
  Bytes nine(256);
  nine.back() = 9;
  CHECK(equal(ours.derive(y).value().view(), nine));
}

TEST_CASE("MODP with small subgroups: a value outside the subgroup is refused", "[crypto][rfc6989-2.2]") {
  SeededRandom random(3);
  for (const auto group : {wire::DhGroup::MODP_1024_160, wire::DhGroup::MODP_2048_224, wire::DhGroup::MODP_2048_256}) {
    const auto ours = KeyPair::generate(group, random);
    Bytes two(public_value_size(group));
    two.back() = 2;
    const auto refused = ours->derive(two);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().why.find("subgroup") != std::string::npos);
  }
}

TEST_CASE("ECP: points off the curve and coordinates beyond the field are refused", "[crypto][rfc6989-2.3]") {
  SeededRandom random(4);
  for (const GroupInfo& row : group_table()) {
    if (row.kind != GroupKind::Ecp) continue;
    INFO(row.name);
    const auto ours = KeyPair::generate(row.id, random);
    const auto theirs = KeyPair::generate(row.id, random);
    Bytes y = to_bytes(theirs->public_value());
    y.back() ^= 1;
    const auto refused = ours->derive(y);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().why.find("not a point on the curve") != std::string::npos);
    CHECK_FALSE(ours->derive(Bytes(row.public_value_size)));        // (0, 0): how infinity is sometimes written
    CHECK_FALSE(ours->derive(Bytes(row.public_value_size, 0xff)));  // not field elements
  }
}

TEST_CASE("ECP: a coordinate plus the prime is no encoding of the coordinate", "[crypto][rfc5903-7]") {
  // On P-256, x = 5 has a point; 5 + p fits into 32 octets too, and names the same residue.
  const KeyPair ours = pair_of(wire::DhGroup::ECP_256, hex("02"));
  const Bytes y = hex("459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc");
  REQUIRE(ours.derive(cat(plus(Bytes(32), 5), y)));
  const Bytes p = hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
  CHECK_FALSE(ours.derive(cat(plus(p, 5), y)));
}

TEST_CASE("Curve25519 and Curve448: points of small order are refused", "[crypto][rfc7748-6]") {
  SeededRandom random(5);
  const auto x25519 = KeyPair::generate(wire::DhGroup::CURVE25519, random);
  // Zero, one, a point of order 8, p-1, p, p+1 (RFC 7748 §5 accepts non-canonical values, so these are 0 and 1 again).
  for (const char* u : {"0000000000000000000000000000000000000000000000000000000000000000",
                        "0100000000000000000000000000000000000000000000000000000000000000",
                        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    const auto refused = x25519->derive(hex(u));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().why.find("RFC 7748") != std::string::npos);
  }
  const auto x448 = KeyPair::generate(wire::DhGroup::CURVE448, random);
  Bytes u(56);
  CHECK_FALSE(x448->derive(u));
  u.front() = 1;
  CHECK_FALSE(x448->derive(u));
}

TEST_CASE("Curve25519: the most significant bit of the last octet is ignored", "[crypto][rfc8031-3.2]") {
  SeededRandom random(6);
  const auto ours = KeyPair::generate(wire::DhGroup::CURVE25519, random);
  const auto theirs = KeyPair::generate(wire::DhGroup::CURVE25519, random);
  Bytes masked = to_bytes(theirs->public_value());
  masked.back() ^= 0x80;
  CHECK(ours->derive(masked).value() == ours->derive(theirs->public_value()).value());
}

TEST_CASE("a public value of the wrong length names both lengths", "[crypto][rfc7296-3.4]") {
  SeededRandom random(7);
  for (const GroupInfo& row : group_table()) {
    const auto ours = KeyPair::generate(row.id, random);
    for (const std::size_t size : {std::size_t{0}, row.response_size - 1, row.response_size + 1}) {
      const auto refused = ours->derive(Bytes(size, 2));
      REQUIRE_FALSE(refused);
      CHECK(refused.error().field == "Key Exchange Data");
      CHECK(refused.error().why.find(std::to_string(row.response_size)) != std::string::npos);
    }
    for (const std::size_t size : {std::size_t{0}, row.public_value_size - 1, row.public_value_size + 1}) {
      const auto refused = respond(row.id, Bytes(size, 2), random);
      REQUIRE_FALSE(refused);
      CHECK_FALSE(is_unknown_group(refused.error()));
      CHECK(refused.error().why.find(std::to_string(row.public_value_size)) != std::string::npos);
    }
  }
}

TEST_CASE("groups we do not have, and private values that are none", "[crypto]") {
  SeededRandom random(8);
  const auto none = KeyPair::generate(wire::DhGroup::NONE, random);
  REQUIRE_FALSE(none);
  CHECK(none.error().field == "Diffie-Hellman Group Num");
  CHECK(is_unknown_group(respond(wire::DhGroup::GOST3410_2012_256, Bytes(64), random).error()));
  CHECK_FALSE(KeyPair::from_private(wire::DhGroup::ECP_256, Bytes(32)));
  CHECK_FALSE(KeyPair::from_private(wire::DhGroup::ECP_256, Bytes(32, 0xff)));
  CHECK_FALSE(KeyPair::from_private(wire::DhGroup::MODP_2048, hex("01")));
  CHECK_FALSE(KeyPair::from_private(wire::DhGroup::CURVE25519, hex("01")));
  Constant broken(0);
  CHECK_THROWS_AS(KeyPair::generate(wire::DhGroup::ECP_256, broken), std::runtime_error);
  CHECK_THROWS_AS(KeyPair::generate(wire::DhGroup::MODP_2048, broken), std::runtime_error);
}
