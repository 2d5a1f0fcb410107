// One packet of a capture, with the layers below UDP taken off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"

namespace ikevet::pcap {

/// What a frame carries, as far as a reader of IKE cares.
enum class PacketKind : std::uint8_t {
  Udp,         ///< `datagram` is complete, or cut as `truncated` says; or a message out of a TCP stream
  Esp,         ///< IP protocol 50, RFC 4303; `datagram.payload` starts with the SPI
  Ah,          ///< IP protocol 51, RFC 4302; `datagram.payload` starts with Next Header
  Tcp,         ///< `datagram.payload` is the segment behind its header
  Icmp,        ///< ICMP or ICMPv6; `datagram.payload` starts with Type
  OtherIp,     ///< another IP protocol
  IpFragment,  ///< part of an IP packet that this frame does not complete
  NotIp,       ///< ARP, spanning tree, ...
  Unreadable,  ///< headers cut off or contradicting themselves
};
/// "UDP", "ESP", "IP fragment", ...
std::string_view name(PacketKind kind);

/// A frame of a capture. Every frame gives one of these: nothing is passed over in silence.
struct CapturedPacket {
  std::size_t frame{};  ///< number in the capture file, from 1
  Instant at;
  PacketKind kind = PacketKind::Unreadable;
  /// Addresses of the IP header; ports where the protocol has them, else 0; the octets behind the headers.
  Datagram datagram;
  /// The capture holds less of the packet than the packet says it has: snapshot length, or a wrong length field.
  bool truncated{};
  /// `datagram.payload` is a message out of a TCP stream, RFC 9329 §3: what would be a datagram of port 4500.
  bool over_tcp{};
  std::string note;  ///< what there is to say: which protocol, which header is short, from which frames reassembled
};

/// A frame as it was on the wire, with its link-layer header.
struct RawFrame {
  Instant at;
  std::uint32_t original_length{};  ///< on the wire; more than octets.size() where the snapshot length cut it
  Bytes octets;
};

/// Link types by their numbers in capture files (https://www.tcpdump.org/linktypes.html).
enum class LinkType : std::uint16_t {
  Null = 0,
  Ethernet = 1,
  Raw = 101,
  Loop = 108,
  LinuxSll = 113,
  Ipv4 = 228,
  Ipv6 = 229,
  LinuxSll2 = 276,
};

}  // namespace ikevet::pcap
