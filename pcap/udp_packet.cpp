#include "pcap/udp_packet.hpp"

#include <algorithm>

#include "engine/base/writer.hpp"

namespace ikevet::pcap {
namespace {

constexpr std::size_t kIpv4HeaderSize = 20;
constexpr std::size_t kIpv6HeaderSize = 40;
constexpr std::size_t kUdpHeaderSize = 8;
constexpr std::size_t kMaxLength = 65535;  // what Total Length, Payload Length and UDP Length can say
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kHopLimit = 64;

std::size_t ip_header_size(const Datagram& datagram) {
  return datagram.source.address.is_v6() ? kIpv6HeaderSize : kIpv4HeaderSize;
}

/// The ones' complement sum of RFC 1071, not yet complemented.
std::uint32_t add_words(std::uint32_t sum, BytesView octets) {
  for (std::size_t i = 0; i + 1 < octets.size(); i += 2)
    sum += static_cast<std::uint32_t>(octets[i] << 8 | octets[i + 1]);
  if (octets.size() % 2 != 0) sum += static_cast<std::uint32_t>(octets.back() << 8);
  return (sum & 0xffff) + (sum >> 16);
}

std::uint16_t complement(std::uint32_t sum) {
  while ((sum >> 16) != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum & 0xffff);
}

void ipv4_header(Writer& out, const Datagram& datagram, std::size_t udp_length) {
  const std::size_t start = out.size();
  out.u8(0x45).u8(0).u16(kIpv4HeaderSize + udp_length);
  out.u16(0).u16(0x4000);  // RFC 6864 §4.1: never fragmented, so the Identification means nothing
  out.u8(kHopLimit).u8(kUdp);
  const std::size_t checksum = out.size();
  out.u16(0).bytes(datagram.source.address.octets()).bytes(datagram.destination.address.octets());
  out.patch_u16(checksum, complement(add_words(0, out.view().subspan(start))));
}

void ipv6_header(Writer& out, const Datagram& datagram, std::size_t udp_length) {
  out.u32(0x60000000U).u16(udp_length).u8(kUdp).u8(kHopLimit);
  out.bytes(datagram.source.address.octets()).bytes(datagram.destination.address.octets());
}

}  // namespace

std::size_t udp_packet_size(const Datagram& datagram) {
  return ip_header_size(datagram) + kUdpHeaderSize + datagram.payload.size();
}

Bytes udp_packet(const Datagram& datagram) {
  const bool v6 = datagram.source.address.is_v6();
  const std::size_t most = kMaxLength - kUdpHeaderSize - (v6 ? 0 : kIpv4HeaderSize);
  const BytesView payload = BytesView(datagram.payload).first(std::min(datagram.payload.size(), most));
  const std::size_t udp_length = kUdpHeaderSize + payload.size();

  Writer out(ip_header_size(datagram) + udp_length);
  v6 ? ipv6_header(out, datagram, udp_length) : ipv4_header(out, datagram, udp_length);
  const std::size_t udp = out.size();
  out.u16(datagram.source.port).u16(datagram.destination.port).u16(udp_length).u16(0).bytes(payload);

  // RFC 768 and RFC 8200 §8.1: over a pseudo header of addresses, protocol and length; a sum of zero is sent as ones.
  std::uint32_t sum = kUdp + static_cast<std::uint32_t>(udp_length);
  sum = add_words(sum, datagram.source.address.octets());
  sum = add_words(sum, datagram.destination.address.octets());
  const std::uint16_t checksum = complement(add_words(sum, out.view().subspan(udp)));
  out.patch_u16(udp + 6, checksum == 0 ? 0xffff : checksum);
  return out.take();
}

}  // namespace ikevet::pcap
