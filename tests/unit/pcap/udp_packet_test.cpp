#include "pcap/udp_packet.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/pcap/capture_support.hpp"
#include "pcap/dissector.hpp"

using namespace ikevet;
using namespace ikevet::pcap;
using ikevet::test::datagram;

namespace {

/// RFC 1071: over data and a right checksum the sum is all ones.
std::uint32_t sum(BytesView octets, std::uint32_t start = 0) {
  for (std::size_t i = 0; i < octets.size(); ++i)
    start += static_cast<std::uint32_t>(octets[i]) << (i % 2 == 0 ? 8 : 0);
  while (start >> 16 != 0) start = (start & 0xffff) + (start >> 16);
  return start;
}

}  // namespace

TEST_CASE("Reconstructed headers have right checksums", "[pcap]") {
  const auto payload = GENERATE(as<std::string>{}, "", "a", "ab", "odd", std::string(1400, '\xff'));
  const Datagram v4 = datagram("10.0.0.1:500", "10.0.0.2:4500", payload);
  const Bytes packet = udp_packet(v4);
  CHECK(packet.size() == udp_packet_size(v4));
  CHECK(sum(BytesView(packet).first(20)) == 0xffff);
  const std::uint32_t udp_length = static_cast<std::uint32_t>(packet.size() - 20);
  CHECK(sum(BytesView(packet).subspan(20), sum(BytesView(packet).subspan(12, 8)) + 17 + udp_length) == 0xffff);

  const Datagram v6 = datagram("[fd00::1]:500", "[fd00::2]:4500", payload);
  const Bytes packet6 = udp_packet(v6);
  const std::uint32_t udp6_length = static_cast<std::uint32_t>(packet6.size() - 40);
  CHECK(sum(BytesView(packet6).subspan(40), sum(BytesView(packet6).subspan(8, 32)) + 17 + udp6_length) == 0xffff);
}

TEST_CASE("A UDP checksum of zero is sent as ones", "[pcap]") {
  // RFC 768: zero means "no checksum". One of these payloads makes the sum come out so.
  bool seen = false;
  for (std::uint32_t i = 0; i < 0x10000; ++i) {
    Datagram d = datagram("10.0.0.1:500", "10.0.0.2:500", "");
    d.payload = {static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
    const Bytes packet = udp_packet(d);
    CHECK_FALSE((packet[26] == 0 && packet[27] == 0));
    seen = seen || (packet[26] == 0xff && packet[27] == 0xff);
  }
  CHECK(seen);
}

TEST_CASE("A payload beyond what UDP can carry is cut, and the packet says so", "[pcap]") {
  const Datagram largest = datagram("10.0.0.1:500", "10.0.0.2:500", std::string(65507, 'x'));
  CHECK(Dissector().dissect(LinkType::Raw, 1, {}, udp_packet(largest), udp_packet_size(largest)).datagram == largest);
  const Datagram larger = datagram("10.0.0.1:500", "10.0.0.2:500", std::string(70000, 'x'));
  CHECK(udp_packet(larger).size() == 65535);
  CHECK(udp_packet_size(larger) == 70028);
}
