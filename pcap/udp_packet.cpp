#include "pcap/udp_packet.hpp"

#include <algorithm>

#include "engine/esp/ip.hpp"

namespace ikevet::pcap {
namespace {

constexpr std::size_t kUdpHeaderSize = 8;
constexpr std::size_t kMaxLength = 65535;  // what Total Length, Payload Length and UDP Length can say

std::size_t upper_header_size(const Datagram& datagram) { return is_bare_esp(datagram) ? 0 : kUdpHeaderSize; }

}  // namespace

bool is_bare_esp(const Datagram& datagram) { return datagram.source.port == 0 && datagram.destination.port == 0; }

std::size_t udp_packet_size(const Datagram& datagram) {
  return esp::ip_header_size(datagram.source.address) + upper_header_size(datagram) + datagram.payload.size();
}

Bytes udp_packet(const Datagram& datagram) {
  const bool v6 = datagram.source.address.is_v6();
  const std::size_t headers = upper_header_size(datagram) + (v6 ? 0 : esp::ip_header_size(datagram.source.address));
  const BytesView payload = BytesView(datagram.payload).first(std::min(datagram.payload.size(), kMaxLength - headers));
  if (is_bare_esp(datagram))
    return esp::build_ip(datagram.source.address, datagram.destination.address, esp::kEsp, payload);
  return esp::build_udp(datagram.source, datagram.destination, payload);
}

}  // namespace ikevet::pcap
