#include "engine/esp/ip.hpp"

#include <algorithm>

#include "engine/base/reader.hpp"

namespace ikevet::esp {
namespace {

constexpr std::size_t kIpv4HeaderSize = 20;
constexpr std::size_t kIpv6HeaderSize = 40;
constexpr std::size_t kUdpHeaderSize = 8;
constexpr std::size_t kIcmpHeaderSize = 4;  // Type, Code, Checksum
constexpr std::uint8_t kHopLimit = 64;
/// More extension headers than that are nobody's packet.
constexpr int kMostExtensions = 8;

enum : std::uint8_t { kHopByHop = 0, kRouting = 43, kFragment = 44, kDestinationOptions = 60 };
enum : std::uint8_t { kEchoReply = 0, kEchoRequest = 8, kEchoRequest6 = 128, kEchoReply6 = 129 };

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

Result<IpPacket> parse_ipv4(BytesView octets) {
  Reader in(octets);
  IpPacket out;
  const std::size_t header = static_cast<std::size_t>(in.u8("IHL") & 0x0f) * 4;
  in.u8("Type of Service");
  out.length = in.u16("Total Length");
  in.u16("Identification");
  const std::uint16_t fragment = in.u16("Fragment Offset");
  out.fragment_offset = fragment & 0x1fff;
  out.more_fragments = (fragment & 0x2000) != 0;
  in.u8("Time to Live");
  out.protocol = in.u8("Protocol");
  in.u16("Header Checksum");
  const BytesView source = in.view(4, "Source Address");
  const BytesView destination = in.view(4, "Destination Address");
  if (!in.ok()) return Unexpected<ParseError>(*in.fault());
  if (header < kIpv4HeaderSize || header > out.length) return parse_error("IHL", 0, "contradicts the lengths");
  if (out.length > octets.size()) return parse_error("Total Length", 2, "more than there is");
  if (internet_checksum(octets.first(header)) != 0) return parse_error("Header Checksum", 10, "wrong");
  out.source = *IpAddress::from_octets(source);
  out.destination = *IpAddress::from_octets(destination);
  out.payload = octets.subspan(header, out.length - header);
  return out;
}

/// Steps over the extension headers that may stand before what the packet carries: RFC 8200 §4.
Result<IpPacket> step_over_extensions(IpPacket packet) {
  for (int n = 0; n < kMostExtensions; ++n) {
    const bool fragment = packet.protocol == kFragment;
    if (!fragment && packet.protocol != kHopByHop && packet.protocol != kRouting &&
        packet.protocol != kDestinationOptions)
      return packet;
    if (packet.payload.size() < 8) return parse_error("extension header", 0, "cut off");
    const std::size_t size = fragment ? 8 : 8 + std::size_t{packet.payload[1]} * 8;
    if (size > packet.payload.size()) return parse_error("Hdr Ext Len", 1, "more than there is");
    if (fragment) {
      const int word = packet.payload[2] << 8 | packet.payload[3];
      packet.fragment_offset = static_cast<std::uint16_t>(word >> 3);
      packet.more_fragments = (word & 1) != 0;
    }
    packet.protocol = packet.payload[0];
    packet.payload = packet.payload.subspan(size);
    // What follows belongs to the middle of something.
    if (packet.fragment_offset != 0) return packet;
  }
  return parse_error("extension header", 0, "too many of them");
}

Result<IpPacket> parse_ipv6(BytesView octets) {
  Reader in(octets);
  IpPacket out;
  in.u32("Traffic Class, Flow Label");
  const std::size_t payload = in.u16("Payload Length");
  out.protocol = in.u8("Next Header");
  in.u8("Hop Limit");
  const BytesView source = in.view(16, "Source Address");
  const BytesView destination = in.view(16, "Destination Address");
  if (!in.ok()) return Unexpected<ParseError>(*in.fault());
  if (payload > in.remaining()) return parse_error("Payload Length", 4, "more than there is");
  out.source = *IpAddress::from_octets(source);
  out.destination = *IpAddress::from_octets(destination);
  out.length = kIpv6HeaderSize + payload;
  out.payload = octets.subspan(kIpv6HeaderSize, payload);
  return step_over_extensions(std::move(out));
}

std::optional<Echo> read_icmp_echo(const IpPacket& packet) {
  const bool v6 = packet.source.is_v6();
  const std::uint16_t sum = v6 ? transport_checksum(packet.source, packet.destination, kIcmpv6, packet.payload)
                               : internet_checksum(packet.payload);
  Reader in(packet.payload);
  const std::uint8_t type = in.u8("Type");
  const std::uint8_t code = in.u8("Code");
  in.u16("Checksum");
  Echo out;
  out.source = packet.source;
  out.destination = packet.destination;
  out.id = in.u16("Identifier");
  out.sequence = in.u16("Sequence Number");
  out.data = in.rest();
  out.reply = type == (v6 ? kEchoReply6 : kEchoReply);
  const bool request = type == (v6 ? kEchoRequest6 : kEchoRequest);
  if (!in.ok() || sum != 0 || code != 0 || (!out.reply && !request)) return std::nullopt;
  return out;
}

std::optional<Echo> read_udp_echo(const IpPacket& packet) {
  Reader in(packet.payload);
  const std::uint16_t from = in.u16("Source Port");
  const std::uint16_t to = in.u16("Destination Port");
  const std::uint16_t length = in.u16("Length");
  const std::uint16_t checksum = in.u16("Checksum");
  Echo out;
  out.udp = true;
  out.source = packet.source;
  out.destination = packet.destination;
  out.sequence = in.u16("sequence");
  out.data = in.rest();
  out.reply = from == kEchoPort;
  out.id = out.reply ? to : from;
  if (!in.ok() || length != packet.payload.size()) return std::nullopt;
  // Two echo hosts that answer each other would never come to an end.
  if (out.reply == (to == kEchoPort)) return std::nullopt;
  const bool none = checksum == 0 && packet.source.is_v4();  // RFC 8200 §8.1: over IPv6 there must be one
  if (!none && transport_checksum(packet.source, packet.destination, kUdp, packet.payload) != 0) return std::nullopt;
  return out;
}

}  // namespace

std::size_t ip_header_size(const IpAddress& source) { return source.is_v6() ? kIpv6HeaderSize : kIpv4HeaderSize; }

Result<IpPacket> parse_ip(BytesView octets) {
  if (octets.empty()) return parse_error("Version", 0, "nothing there");
  switch (octets[0] >> 4) {
    case 4:
      return parse_ipv4(octets);
    case 6:
      return parse_ipv6(octets);
    default:
      return parse_error("Version", 0, "neither 4 nor 6");
  }
}

void write_ip_header(Writer& out, const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                     std::size_t payload_size) {
  if (source.is_v6()) {
    out.u32(0x60000000U).u16(payload_size).u8(protocol).u8(kHopLimit);
    out.bytes(source.octets()).bytes(destination.octets());
    return;
  }
  const std::size_t start = out.size();
  out.u8(0x45).u8(0).u16(kIpv4HeaderSize + payload_size);
  out.u16(0).u16(0x4000);  // RFC 6864 §4.1: never fragmented, so the Identification means nothing
  out.u8(kHopLimit).u8(protocol);
  const std::size_t checksum = out.size();
  out.u16(0).bytes(source.octets()).bytes(destination.octets());
  out.patch_u16(checksum, internet_checksum(out.view().subspan(start)));
}

Bytes build_ip(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol, BytesView payload) {
  Writer out(ip_header_size(source) + payload.size());
  write_ip_header(out, source, destination, protocol, payload.size());
  return out.bytes(payload).take();
}

std::uint16_t internet_checksum(BytesView octets) { return complement(add_words(0, octets)); }

std::uint16_t transport_checksum(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                                 BytesView payload) {
  std::uint32_t sum = protocol + static_cast<std::uint32_t>(payload.size());
  sum = add_words(sum, source.octets());
  sum = add_words(sum, destination.octets());
  return complement(add_words(sum, payload));
}

Bytes build_udp(const Endpoint& source, const Endpoint& destination, BytesView data) {
  const std::size_t length = kUdpHeaderSize + data.size();
  Writer out(ip_header_size(source.address) + length);
  write_ip_header(out, source.address, destination.address, kUdp, length);
  const std::size_t udp = out.size();
  out.u16(source.port).u16(destination.port).u16(length).u16(0).bytes(data);
  const std::uint16_t checksum = transport_checksum(source.address, destination.address, kUdp, out.view().subspan(udp));
  out.patch_u16(udp + 6, checksum == 0 ? 0xffff : checksum);  // RFC 768: a sum of zero is sent as ones
  return out.take();
}

Bytes build_echo(const Echo& echo) {
  Writer body;
  if (echo.udp) {
    body.u16(echo.sequence).bytes(echo.data);
    const std::uint16_t from = echo.reply ? kEchoPort : echo.id;
    const std::uint16_t to = echo.reply ? echo.id : kEchoPort;
    return build_udp({echo.source, from}, {echo.destination, to}, body.view());
  }
  const bool v6 = echo.source.is_v6();
  body.u8(v6 ? (echo.reply ? kEchoReply6 : kEchoRequest6) : (echo.reply ? kEchoReply : kEchoRequest)).u8(0).u16(0);
  body.u16(echo.id).u16(echo.sequence).bytes(echo.data);
  body.patch_u16(kIcmpHeaderSize - 2, v6 ? transport_checksum(echo.source, echo.destination, kIcmpv6, body.view())
                                         : internet_checksum(body.view()));
  return build_ip(echo.source, echo.destination, v6 ? kIcmpv6 : kIcmp, body.view());
}

std::optional<Echo> read_echo(BytesView ip_packet) {
  const auto packet = parse_ip(ip_packet);
  if (!packet || packet->is_fragment()) return std::nullopt;
  if (packet->protocol == (packet->source.is_v6() ? kIcmpv6 : kIcmp)) return read_icmp_echo(*packet);
  if (packet->protocol == kUdp) return read_udp_echo(*packet);
  return std::nullopt;
}

}  // namespace ikevet::esp
