#include "engine/esp/packet.hpp"

#include <catch2/catch.hpp>

#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::esp;
using namespace ikevet::test;

namespace {

Protection protection_of(const VectorRecord& record) {
  const crypto::EncrInfo* encr = crypto::find_encr(record.text("encr"));
  const crypto::IntegInfo* integ = crypto::find_integ(record.text("integ"));
  REQUIRE(encr != nullptr);
  REQUIRE(integ != nullptr);
  return Protection::create(encr->id, encr->key_bits, integ->id, SecretBytes(record.octets("encr_key")),
                            SecretBytes(record.octets("integ_key")))
      .value();
}

std::optional<std::uint32_t> upper_of(const VectorRecord& record) {
  if (!record.has("upper")) return std::nullopt;
  return static_cast<std::uint32_t>(std::stoul(record.text("upper")));
}

}  // namespace

TEST_CASE("ESP packets made by others are opened, and made again octet for octet", "[esp][rfc4303-2]") {
  for (const VectorRecord& record : read_vectors("esp_packets.txt")) {
    INFO(record.text("name"));
    const Protection keys = protection_of(record);
    const Bytes packet = record.octets("packet");
    const auto upper = upper_of(record);
    const auto opened = open(keys, packet, upper);
    REQUIRE(opened);
    CHECK(opened->next_header == std::stoul(record.text("next_header")));
    CHECK(opened->payload == record.octets("payload"));
    CHECK(opened->default_padding);
    CHECK(opened->integrity_checked == (keys.icv_size() != 0));

    const Header header = read_header(packet).value();
    SeededRandom random(1);
    const BytesView iv = BytesView(packet).subspan(8, keys.cipher.iv_size());
    const std::uint64_t sequence = static_cast<std::uint64_t>(upper.value_or(0)) << 32 | header.sequence;
    CHECK(seal(keys, {header.spi, sequence, upper.has_value(), opened->next_header, opened->payload, 0, iv}, random) ==
          packet);
  }
}

TEST_CASE("ESP: one wrong bit anywhere, another high half, or a cut packet is noticed", "[esp][rfc4303-3.4.4]") {
  for (const VectorRecord& record : read_vectors("esp_packets.txt")) {
    INFO(record.text("name"));
    const Protection keys = protection_of(record);
    if (keys.icv_size() == 0) continue;  // encryption alone notices nothing
    const Bytes packet = record.octets("packet");
    const auto upper = upper_of(record);
    for (std::size_t i = 0; i < packet.size(); i += 7) {
      Bytes wrong = packet;
      wrong[i] ^= 0x10;
      CHECK(open(keys, wrong, upper).error() == Failure::BadIntegrity);
    }
    // RFC 4303 §2.2.1: the high half is authenticated though it is not sent.
    CHECK(open(keys, packet, upper ? std::nullopt : std::optional<std::uint32_t>(1)).error() == Failure::BadIntegrity);
    CHECK(open(keys, packet, upper.value_or(0) + 1).error() == Failure::BadIntegrity);
    for (std::size_t size = 0; size < packet.size(); ++size)
      CHECK_FALSE(open(keys, BytesView(packet).first(size), upper));
  }
}

TEST_CASE("ESP: padding aligns to the block and to four octets, counts up, and goes again", "[esp][rfc4303-2.4]") {
  SeededRandom random(7);
  for (const crypto::EncrInfo& encr : crypto::encr_table()) {
    for (const crypto::IntegInfo& integ : crypto::integ_table()) {
      if (encr.is_aead() != (integ.id == wire::IntegId::NONE)) continue;
      const auto keys = Protection::create(encr.id, encr.key_bits, integ.id, SecretBytes(random.bytes(encr.key_size())),
                                           SecretBytes(random.bytes(integ.key_size)));
      REQUIRE(keys);
      for (std::size_t size = 0; size < 20; ++size) {
        INFO(encr.name << " " << integ.name << " " << size);
        const Bytes payload = random.bytes(size);
        const Bytes packet = seal(*keys, {ChildSpi{0x1000}, 1, false, 4, payload, 3}, random);
        CHECK((packet.size() - 8 - encr.iv_size - keys->icv_size()) % std::max<std::size_t>(encr.block_size, 4) == 0);
        const auto opened = open(*keys, packet, std::nullopt);
        REQUIRE(opened);
        CHECK(opened->default_padding);
        // Padding for traffic flow confidentiality is for the inner packet's length to take off: §2.7.
        CHECK(opened->payload == cat(payload, Bytes(3)));
      }
    }
  }
}

TEST_CASE("ESP: a Pad Length beyond the payload is named", "[esp]") {
  const auto keys = Protection::create(wire::EncrId::ENCR_NULL, 0, wire::IntegId::NONE, {}, {});
  REQUIRE(keys);
  CHECK(open(*keys, hex("00001000 00000001 aabb 03 04"), {}).error() == Failure::BadPadding);
  CHECK(open(*keys, hex("00001000 00000001 aabb 02 04"), {})->payload.empty());
  CHECK_FALSE(open(*keys, hex("00001000 00000001 aabb 02 04"), {})->default_padding);
  CHECK_FALSE(Protection::create(wire::EncrId::ENCR_NULL, 0, wire::IntegId::NONE, SecretBytes(hex("00")), {}));
}
