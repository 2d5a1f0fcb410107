#include "engine/esp/ah.hpp"

#include <catch2/catch.hpp>

#include "engine/esp/ip.hpp"
#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::esp;
using namespace ikevet::test;

TEST_CASE("AH: read, and its ICV checked over what does not change on the way", "[esp][rfc4302-3.3.3]") {
  for (const VectorRecord& record : read_vectors("ah_packets.txt")) {
    INFO(record.text("name"));
    const crypto::Integ integ = crypto::Integ::find(crypto::find_integ(record.text("integ"))->id).value();
    const SecretBytes key(record.octets("integ_key"));
    const auto upper = record.has("upper") ? std::optional(static_cast<std::uint32_t>(std::stoul(record.text("upper"))))
                                           : std::nullopt;
    Bytes packet = record.octets("packet");
    const auto ip = parse_ip(packet);
    REQUIRE(ip);
    CHECK(ip->protocol == kAh);
    const auto header = parse_ah(ip->payload);
    REQUIRE(header);
    CHECK(header->next_header == std::stoul(record.text("next_header")));
    CHECK(header->spi.value == std::stoul(record.text("spi"), nullptr, 16));
    CHECK(header->sequence == std::stoul(record.text("sequence")));
    CHECK(verify_ah(integ, key.view(), packet, upper) == true);
    CHECK(verify_ah(integ, key.view(), packet, upper.value_or(0) + 1) == false);

    // Appendix A: the hop limit may change, the addresses may not.
    const bool v6 = ip->source.is_v6();
    packet[v6 ? 7 : 8] = 1;
    CHECK(verify_ah(integ, key.view(), packet, upper) == true);
    packet[v6 ? 20 : 12] ^= 1;
    CHECK(verify_ah(integ, key.view(), packet, upper) == false);
    packet[v6 ? 20 : 12] ^= 1;
    packet.back() ^= 1;
    CHECK(verify_ah(integ, key.view(), packet, upper) == false);
    for (std::size_t size = 0; size < packet.size(); ++size)
      CHECK(verify_ah(integ, key.view(), BytesView(packet).first(size), upper) != true);
  }
}

TEST_CASE("AH: a header that is shorter than it says names the field", "[esp]") {
  CHECK(parse_ah(hex("01 00 0000 00000100 00000001")).error().field == "Payload Len");
  CHECK(parse_ah(hex("01 04 0000 00000100 00000001 aabb")).error().field == "Integrity Check Value");
}
