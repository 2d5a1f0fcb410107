#include "engine/keys/key_ring.hpp"

#include <catch2/catch.hpp>

#include "engine/base/writer.hpp"
#include "engine/wire/ike_header.hpp"

using namespace ikevet;
using namespace ikevet::keys;

namespace {

const crypto::IkeSuite kSuite{wire::EncrId::ENCR_AES_GCM_16, 128, wire::PrfId::PRF_HMAC_SHA2_256, wire::IntegId::NONE,
                              wire::DhGroup::CURVE25519};

SaKeys keys_for(IkeSpis spis) { return derive_sa_keys(kSuite, Bytes(32, 1), Bytes(16, 2), Bytes(16, 3), spis); }

/// An INFORMATIONAL message with `inner` in an SK payload, from one side or the other.
Bytes message(IkeSpis spis, bool from_initiator, const SaKeys& sk, BytesView inner) {
  auto cipher = SkCipher::create(kSuite, from_initiator ? sk.ei : sk.er, {});
  REQUIRE(cipher);
  const std::size_t body = cipher->sealed_size(inner.size());
  Writer prefix;
  prefix.u64(spis.i.value).u64(spis.r.value).u8(46).u8(0x20).u8(37);
  prefix.u8(from_initiator ? 0x08 : 0x00).u32(0).u32(32 + body);
  prefix.u8(0).u8(0).u16(4 + body);
  SeededRandom random(1);
  return cat(prefix.view(), cipher->seal(prefix.view(), inner, random));
}

wire::IkeHeader header_of(const Bytes& octets) {
  Reader in(octets);
  return *wire::IkeHeader::parse(in);
}

Result<wire::OpenedSk, wire::OpenFailure> open(const KeyRing& ring, const Bytes& octets) {
  return ring.open(header_of(octets), octets, 28, wire::PayloadType::SK);
}

EspKeyEntry child(std::uint32_t spi, const char* destination) {
  EspKeyEntry entry;
  entry.spi = {spi};
  if (destination != nullptr) entry.destination = IpAddress::parse(destination);
  return entry;
}

}  // namespace

TEST_CASE("KeyRing: the Initiator flag chooses the direction's keys", "[keys]") {
  const IkeSpis spis{{1}, {2}};
  const SaKeys sk = keys_for(spis);
  KeyRing ring;
  REQUIRE(ring.add(spis, kSuite, sk));
  CHECK(ring.has(spis));
  CHECK(open(ring, message(spis, true, sk, as_bytes("one"))).value().plaintext == to_bytes(as_bytes("one")));
  CHECK(open(ring, message(spis, false, sk, as_bytes("two"))).value().plaintext == to_bytes(as_bytes("two")));

  Bytes swapped = message(spis, true, sk, as_bytes("one"));
  swapped[19] ^= wire::kFlagInitiator;
  CHECK(open(ring, swapped).error() == wire::OpenFailure::BadIntegrity);
}

TEST_CASE("KeyRing: several generations of keys under the same SPIs", "[keys][rfc9370-2.2.2]") {
  const IkeSpis spis{{1}, {2}};
  const SaKeys first = keys_for(spis);
  const SaKeys second = keys_for({{3}, {4}});
  KeyRing ring;
  REQUIRE(ring.add(spis, kSuite, first));
  REQUIRE(ring.add(spis, kSuite, second));
  REQUIRE(ring.add(spis, kSuite, first));  // known already
  CHECK(ring.ike_entries().size() == 2);
  CHECK(open(ring, message(spis, true, first, as_bytes("one"))).value().plaintext == to_bytes(as_bytes("one")));
  CHECK(open(ring, message(spis, false, second, as_bytes("two"))).value().plaintext == to_bytes(as_bytes("two")));
  CHECK(open(ring, message(spis, true, keys_for({{5}, {6}}), as_bytes("x"))).error() ==
        wire::OpenFailure::BadIntegrity);
}

TEST_CASE("KeyRing: unknown SPIs, further and unusable keys", "[keys]") {
  const IkeSpis spis{{1}, {2}};
  const SaKeys right = keys_for(spis);
  const SaKeys wrong = keys_for({{3}, {4}});
  const Bytes octets = message(spis, true, right, as_bytes("x"));
  KeyRing ring;
  CHECK(open(ring, octets).error() == wire::OpenFailure::NoKeys);
  REQUIRE(ring.add(spis, kSuite, wrong));
  CHECK(open(ring, octets).error() == wire::OpenFailure::BadIntegrity);
  REQUIRE(ring.add(spis, kSuite, right));
  CHECK(open(ring, octets));
  CHECK(ring.ike_entries().size() == 2);

  SaKeys cut = right;
  cut.ei = SecretBytes(Bytes(7));
  CHECK_FALSE(ring.add({{5}, {6}}, kSuite, cut));
  CHECK_FALSE(ring.has({{5}, {6}}));
  CHECK(ring.ike_entries().size() == 2);
}

TEST_CASE("KeyRing: Child SAs by SPI and destination, then by SPI alone", "[keys][rfc4301-4.1]") {
  KeyRing ring;
  ring.add_child(child(0x1000, "192.0.2.1"));
  ring.add_child(child(0x1000, "192.0.2.2"));
  ring.add_child(child(0x2000, nullptr));
  const auto found = [&](std::uint32_t spi, const char* destination) {
    return ring.find_child({spi}, *IpAddress::parse(destination));
  };
  REQUIRE(found(0x1000, "192.0.2.2"));
  CHECK(found(0x1000, "192.0.2.2")->destination == IpAddress::parse("192.0.2.2"));
  CHECK(found(0x1000, "192.0.2.1")->destination == IpAddress::parse("192.0.2.1"));
  CHECK(found(0x1000, "198.51.100.1"));  // moved
  CHECK(found(0x2000, "192.0.2.1"));
  CHECK_FALSE(found(0x3000, "192.0.2.1"));
  ring.add_child(child(0x1000, "192.0.2.1"));
  CHECK(ring.child_entries().size() == 3);
}
