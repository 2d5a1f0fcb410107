#include "pcap/dissector.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/base/reader.hpp"
#include "pcap/link_layer.hpp"

namespace ikevet::pcap {
namespace {

// https://www.iana.org/assignments/protocol-numbers
enum class IpProtocol : std::uint8_t {
  HopByHop = 0,
  Icmp = 1,
  Igmp = 2,
  Tcp = 6,
  Udp = 17,
  Ipv6 = 41,
  Routing = 43,
  Fragment = 44,
  Gre = 47,
  Esp = 50,
  Ah = 51,
  Icmpv6 = 58,
  NoNext = 59,
  Destination = 60,
  Ospf = 89,
  Mobility = 135,
  Sctp = 132,
  Hip = 139,
  Shim6 = 140,
};

constexpr std::size_t kIpv4HeaderSize = 20;
constexpr std::size_t kUdpHeaderSize = 8;
constexpr int kMaxExtensionHeaders = 32;

void unreadable(CapturedPacket& packet, std::string why) {
  packet.kind = PacketKind::Unreadable;
  packet.note = std::move(why);
}

/// "IP header cut off" for a capture that holds too little; the packet's own fault otherwise reads the same, because
/// which of the two it is cannot be told apart here.
void cut_off(CapturedPacket& packet, std::string_view what) {
  packet.truncated = true;
  unreadable(packet, fmt::format("{} header cut off", what));
}

void udp(CapturedPacket& packet, BytesView octets) {
  Reader in(octets);
  packet.datagram.source.port = in.u16("Source Port");
  packet.datagram.destination.port = in.u16("Destination Port");
  const std::size_t length = in.u16("Length");
  in.u16("Checksum");
  if (!in.ok()) return cut_off(packet, "UDP");
  if (length != 0 && length < kUdpHeaderSize) return unreadable(packet, fmt::format("UDP Length is {}", length));

  packet.kind = PacketKind::Udp;
  const std::size_t announced = length == 0 ? in.remaining() : length - kUdpHeaderSize;
  const std::size_t there = std::min(announced, in.remaining());
  if (there < announced) {
    packet.truncated = true;
    packet.note = fmt::format("UDP announces {} octets, the capture has {}", announced, there);
  }
  packet.datagram.payload = in.bytes(there, "data octets");
}

void esp(CapturedPacket& packet, BytesView octets) {
  Reader in(octets);
  const auto spi = in.u32("SPI");
  const auto sequence = in.u32("Sequence Number");
  if (!in.ok()) return cut_off(packet, "ESP");
  packet.kind = PacketKind::Esp;
  packet.note = fmt::format("SPI {:#010x}, sequence number {}", spi, sequence);
  packet.datagram.payload = to_bytes(octets);
}

void ah(CapturedPacket& packet, BytesView octets) {
  Reader in(octets);
  in.u32("Next Header, Payload Len, RESERVED");
  const auto spi = in.u32("SPI");
  const auto sequence = in.u32("Sequence Number");
  if (!in.ok()) return cut_off(packet, "AH");
  packet.kind = PacketKind::Ah;
  packet.note = fmt::format("SPI {:#010x}, sequence number {}", spi, sequence);
  packet.datagram.payload = to_bytes(octets);
}

std::string_view icmp_name(bool v6, std::uint8_t type) {
  if (v6) switch (type) {
      case 1:
        return "destination unreachable";
      case 2:
        return "packet too big";
      case 3:
        return "time exceeded";
      case 4:
        return "parameter problem";
      case 128:
        return "echo request";
      case 129:
        return "echo reply";
      case 133:
      case 134:
        return "router discovery";
      case 135:
      case 136:
        return "neighbour discovery";
      default:
        return "message";
    }
  switch (type) {
    case 0:
      return "echo reply";
    case 3:
      return "destination unreachable";
    case 5:
      return "redirect";
    case 8:
      return "echo request";
    case 11:
      return "time exceeded";
    case 12:
      return "parameter problem";
    default:
      return "message";
  }
}

void icmp(CapturedPacket& packet, BytesView octets, bool v6) {
  Reader in(octets);
  const auto type = in.u8("Type");
  const auto code = in.u8("Code");
  if (!in.ok()) return cut_off(packet, v6 ? "ICMPv6" : "ICMP");
  packet.kind = PacketKind::Icmp;
  packet.note = fmt::format("{} (type {}, code {})", icmp_name(v6, type), type, code);
  packet.datagram.payload = to_bytes(octets);
}

std::string protocol_name(IpProtocol protocol) {
  switch (protocol) {
    case IpProtocol::Igmp:
      return "IGMP";
    case IpProtocol::Gre:
      return "GRE";
    case IpProtocol::Ospf:
      return "OSPF";
    case IpProtocol::Sctp:
      return "SCTP";
    case IpProtocol::Ipv6:
      return "IPv6 in IP";
    case IpProtocol::NoNext:
      return "no next header";
    default:
      return fmt::format("IP protocol {}", static_cast<int>(protocol));
  }
}

}  // namespace

std::string_view name(PacketKind kind) {
  switch (kind) {
    case PacketKind::Udp:
      return "UDP";
    case PacketKind::Esp:
      return "ESP";
    case PacketKind::Ah:
      return "AH";
    case PacketKind::Tcp:
      return "TCP";
    case PacketKind::Icmp:
      return "ICMP";
    case PacketKind::OtherIp:
      return "other IP";
    case PacketKind::IpFragment:
      return "IP fragment";
    case PacketKind::NotIp:
      return "not IP";
    case PacketKind::Unreadable:
      return "unreadable";
  }
  return "unreadable";
}

CapturedPacket Dissector::dissect(LinkType link_type, std::size_t frame, Instant at, BytesView octets,
                                  std::size_t original_length) {
  CapturedPacket packet;
  packet.frame = frame;
  packet.at = at;
  packet.truncated = octets.size() < original_length;
  const NetworkPacket network = strip_link_layer(link_type, octets);
  if (network.ip) {
    ip(packet, *network.ip);
  } else {
    packet.kind = network.unreadable ? PacketKind::Unreadable : PacketKind::NotIp;
    packet.note = network.note;
  }
  return packet;
}

void Dissector::ip(CapturedPacket& packet, BytesView octets) {
  if (octets.empty()) return cut_off(packet, "IP");
  switch (octets[0] >> 4) {
    case 4:
      return ipv4(packet, octets);
    case 6:
      return ipv6(packet, octets);
    default:
      return unreadable(packet, fmt::format("IP version {}", octets[0] >> 4));
  }
}

// RFC 791 §3.1.
void Dissector::ipv4(CapturedPacket& packet, BytesView octets) {
  Reader in(octets);
  const std::size_t header = static_cast<std::size_t>(in.u8("Version and IHL") & 0x0f) * 4;
  in.u8("Type of Service");
  const std::size_t total = in.u16("Total Length");
  const auto identification = in.u16("Identification");
  const auto flags_and_offset = in.u16("Flags and Fragment Offset");
  in.u8("Time to Live");
  const auto protocol = in.u8("Protocol");
  in.u16("Header Checksum");
  const auto source = IpAddress::from_octets(in.view(4, "Source Address"));
  const auto destination = IpAddress::from_octets(in.view(4, "Destination Address"));
  if (!in.ok()) return cut_off(packet, "IPv4");
  packet.datagram.source.address = *source;
  packet.datagram.destination.address = *destination;
  if (header < kIpv4HeaderSize) return unreadable(packet, fmt::format("IPv4 IHL of {} octets", header));
  in.view(header - kIpv4HeaderSize, "Options");
  if (!in.ok()) return cut_off(packet, "IPv4");
  // Zero is what a card that segments for the sender leaves in frames captured on the sending host.
  const std::size_t announced = total == 0 ? in.remaining() + header : total;
  if (announced < header) return unreadable(packet, fmt::format("IPv4 Total Length is {}", total));

  const std::size_t body = announced - header;
  // Decided by the IP header rather than the frame's length, which may count padding that was not captured.
  if (total != 0) packet.truncated = in.remaining() < body;
  const BytesView payload = in.view(std::min(body, in.remaining()), "data");

  const bool more = (flags_and_offset & 0x2000) != 0;
  const std::size_t offset = static_cast<std::size_t>(flags_and_offset & 0x1fff) * 8;
  if (!more && offset == 0) return transport(packet, protocol, payload);
  fragment(
      packet,
      {{*source, *destination, identification, protocol}, packet.frame, packet.at, protocol, offset, more, payload});
}

// RFC 8200 §3.
void Dissector::ipv6(CapturedPacket& packet, BytesView octets) {
  Reader in(octets);
  in.u32("Version, Traffic Class, Flow Label");
  const std::size_t length = in.u16("Payload Length");
  const auto next = in.u8("Next Header");
  in.u8("Hop Limit");
  const auto source = IpAddress::from_octets(in.view(16, "Source Address"));
  const auto destination = IpAddress::from_octets(in.view(16, "Destination Address"));
  if (!in.ok()) return cut_off(packet, "IPv6");
  packet.datagram.source.address = *source;
  packet.datagram.destination.address = *destination;

  const std::size_t announced = length == 0 ? in.remaining() : length;
  if (length != 0) packet.truncated = in.remaining() < announced;
  extension_headers(packet, next, in.view(std::min(announced, in.remaining()), "payload"), false);
}

// RFC 8200 §4.
void Dissector::extension_headers(CapturedPacket& packet, std::uint8_t next, BytesView octets, bool reassembled) {
  Reader in(octets);
  for (int headers = 0; headers < kMaxExtensionHeaders; ++headers) {
    switch (static_cast<IpProtocol>(next)) {
      case IpProtocol::HopByHop:
      case IpProtocol::Routing:
      case IpProtocol::Destination:
      case IpProtocol::Mobility:
      case IpProtocol::Hip:
      case IpProtocol::Shim6: {
        next = in.u8("Next Header");
        const std::size_t more_octets = static_cast<std::size_t>(in.u8("Hdr Ext Len")) * 8 + 6;
        in.view(more_octets, "extension header");
        if (!in.ok()) return cut_off(packet, "IPv6 extension");
        break;
      }
      case IpProtocol::Fragment: {
        if (reassembled) return unreadable(packet, "fragments within a fragmented packet");
        const auto after = in.u8("Next Header");
        in.u8("Reserved");
        const auto offset_and_flags = in.u16("Fragment Offset and flags");
        const auto identification = in.u32("Identification");
        if (!in.ok()) return cut_off(packet, "IPv6 Fragment");
        const bool more = (offset_and_flags & 1) != 0;
        const std::size_t offset = offset_and_flags & 0xfff8;
        const BytesView payload = in.rest_view();
        // RFC 6946: a fragment header on a packet that is whole is taken off without waiting for more.
        if (!more && offset == 0) return extension_headers(packet, after, payload, true);
        return fragment(packet,
                        {{packet.datagram.source.address, packet.datagram.destination.address, identification, 0},
                         packet.frame,
                         packet.at,
                         after,
                         offset,
                         more,
                         payload});
      }
      default:
        return transport(packet, next, in.rest_view());
    }
  }
  unreadable(packet, "too many IPv6 extension headers");
}

void Dissector::transport(CapturedPacket& packet, std::uint8_t protocol, BytesView octets) {
  switch (static_cast<IpProtocol>(protocol)) {
    case IpProtocol::Udp:
      return udp(packet, octets);
    case IpProtocol::Esp:
      return esp(packet, octets);
    case IpProtocol::Ah:
      return ah(packet, octets);
    case IpProtocol::Tcp:
      return tcp(packet, octets);
    case IpProtocol::Icmp:
      return icmp(packet, octets, false);
    case IpProtocol::Icmpv6:
      return icmp(packet, octets, true);
    default:
      packet.kind = PacketKind::OtherIp;
      packet.note = protocol_name(static_cast<IpProtocol>(protocol));
      packet.datagram.payload = to_bytes(octets);
  }
}

// RFC 9293 §3.1.
void Dissector::tcp(CapturedPacket& packet, BytesView octets) {
  Reader in(octets);
  packet.datagram.source.port = in.u16("Source Port");
  packet.datagram.destination.port = in.u16("Destination Port");
  TcpSegment segment;
  segment.sequence = in.u32("Sequence Number");
  in.u32("Acknowledgment Number");
  const std::size_t header = static_cast<std::size_t>(in.u8("Data Offset") >> 4) * 4;
  const std::uint8_t flags = in.u8("Control bits");
  in.view(6, "Window, Checksum, Urgent Pointer");
  if (header > 20) in.view(header - 20, "Options");
  if (!in.ok()) return cut_off(packet, "TCP");
  packet.kind = PacketKind::Tcp;
  constexpr std::uint8_t kSyn = 0x02;
  segment.source = packet.datagram.source;
  segment.destination = packet.datagram.destination;
  segment.syn = (flags & kSyn) != 0;
  segment.cut = packet.truncated;
  segment.data = in.rest_view();
  TcpStreams::Outcome found = streams_.add(segment);
  packet.note = std::move(found.note);
  packet.datagram.payload = to_bytes(segment.data);
  for (Bytes& message : found.messages) {
    CapturedPacket one;
    one.frame = packet.frame;
    one.at = packet.at;
    one.kind = PacketKind::Udp;
    one.over_tcp = true;
    one.datagram = {segment.source, segment.destination, std::move(message)};
    of_segment_.push_back(std::move(one));
  }
}

std::optional<CapturedPacket> Dissector::next_of_segment() {
  if (of_segment_.empty()) return std::nullopt;
  CapturedPacket out = std::move(of_segment_.front());
  of_segment_.pop_front();
  return out;
}

void Dissector::fragment(CapturedPacket& packet, IpFragment piece) {
  packet.kind = PacketKind::IpFragment;
  if (packet.truncated) {
    packet.note = "cannot be put together";
    return;
  }
  IpReassembler::Outcome outcome = reassembler_.add(piece);
  if (!outcome.packet) {
    packet.note = std::move(outcome.note);
    return;
  }
  const ReassembledPacket& whole = *outcome.packet;
  if (packet.datagram.source.address.is_v6())
    extension_headers(packet, whole.next_protocol, whole.octets, true);
  else
    transport(packet, whole.next_protocol, whole.octets);
  const std::string from = fmt::format("put together from frames {}", fmt::join(whole.frames, ", "));
  packet.note = packet.note.empty() ? from : packet.note + "; " + from;
}

}  // namespace ikevet::pcap
