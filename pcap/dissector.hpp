// From a frame to a UDP datagram, or to a message out of a TCP stream, or to a word on what else the frame is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include "pcap/captured_packet.hpp"
#include "pcap/ip_fragments.hpp"
#include "pcap/tcp_streams.hpp"

namespace ikevet::pcap {

/// Takes frames in the order of the capture, so that fragments and segments find each other. Memory is bounded by
/// IpReassembler and TcpStreams.
class Dissector {
 public:
  /// `frame` is the number to report; `original_length` what the frame measured on the wire.
  CapturedPacket dissect(LinkType link_type, std::size_t frame, Instant at, BytesView octets,
                         std::size_t original_length);

  /// After a frame with a TCP segment: the messages that it completed, one after the other. They have the kind Udp and
  /// `over_tcp`; what reads datagrams of port 4500 reads them too.
  std::optional<CapturedPacket> next_of_segment();

 private:
  void ip(CapturedPacket& packet, BytesView octets);
  void ipv4(CapturedPacket& packet, BytesView octets);
  void ipv6(CapturedPacket& packet, BytesView octets);
  void extension_headers(CapturedPacket& packet, std::uint8_t next, BytesView octets, bool reassembled);
  void transport(CapturedPacket& packet, std::uint8_t protocol, BytesView octets);
  void tcp(CapturedPacket& packet, BytesView octets);
  void fragment(CapturedPacket& packet, IpFragment piece);

  IpReassembler reassembler_;
  TcpStreams streams_;
  std::deque<CapturedPacket> of_segment_;
};

}  // namespace ikevet::pcap
