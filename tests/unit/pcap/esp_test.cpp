#include "pcap/esp.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/pcap/capture_support.hpp"
#include "pcap/key_files.hpp"
#include "pcap/to_trace.hpp"

using namespace ikevet;
using namespace ikevet::pcap;
using namespace ikevet::test;

namespace {

struct EspPacket {
  IpAddress destination;
  Bytes octets;
};

std::vector<EspPacket> esp_packets(const fs::path& capture) {
  std::vector<EspPacket> out;
  for (const CapturedPacket& packet : read_all(capture)) {
    const bool in_udp = packet.kind == PacketKind::Udp && use_of(packet.datagram) == UdpUse::EspInUdp;
    if (in_udp || packet.kind == PacketKind::Esp)
      out.push_back({packet.datagram.destination.address, packet.datagram.payload});
  }
  return out;
}

}  // namespace

TEST_CASE("ESP packets of other implementations are opened: GCM, CTR, CBC", "[pcap][shared]") {
  const auto [capture, count] = GENERATE(table<std::string, std::size_t>({
      {"wireshark/ncp-natt/capture.pcapng", 24},  // all three
      {"peers/ss-ss-rekey.pcap", 8},
      {"peers/ss-ss-mobike.pcap", 8},  // after the move: the same SPIs, other addresses
      {"peers/ss-ss-psk6.pcap", 4},
  }));
  const fs::path path = shared_captures() / capture;
  if (!fs::exists(path)) {
    WARN("SKIPPED: " << path << " is not here");
    return;
  }
  INFO(path);
  keys::KeyRing ring;
  for (const fs::path& file : key_files_beside(path)) add_key_file(ring, file);
  const std::vector<EspPacket> packets = esp_packets(path);
  CHECK(packets.size() == count);
  for (EspPacket packet : packets) {
    const auto opened = open_esp(ring, packet.destination, packet.octets);
    REQUIRE(opened);
    CHECK(opened->integrity_checked);
    CHECK_THAT(describe(*opened), Catch::Contains("echo re"));

    packet.octets[packet.octets.size() / 2] ^= 1;
    CHECK(open_esp(ring, packet.destination, packet.octets).error() == EspFailure::BadIntegrity);
    for (std::size_t size = 0; size < packet.octets.size(); ++size)
      CHECK_FALSE(open_esp(ring, packet.destination, BytesView(packet.octets).first(size)));
  }
  CHECK(open_esp(keys::KeyRing(), packets.front().destination, packets.front().octets).error() == EspFailure::NoKeys);
}
