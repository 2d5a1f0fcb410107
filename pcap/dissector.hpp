// From a frame to a UDP datagram, or to a word on what else the frame is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pcap/captured_packet.hpp"
#include "pcap/ip_fragments.hpp"

namespace ikevet::pcap {

/// Takes frames in the order of the capture, so that fragments find each other. Memory is bounded by IpReassembler.
class Dissector {
 public:
  /// `frame` is the number to report; `original_length` what the frame measured on the wire.
  CapturedPacket dissect(LinkType link_type, std::size_t frame, Instant at, BytesView octets,
                         std::size_t original_length);

 private:
  void ip(CapturedPacket& packet, BytesView octets);
  void ipv4(CapturedPacket& packet, BytesView octets);
  void ipv6(CapturedPacket& packet, BytesView octets);
  void extension_headers(CapturedPacket& packet, std::uint8_t next, BytesView octets, bool reassembled);
  void fragment(CapturedPacket& packet, IpFragment piece);

  IpReassembler reassembler_;
};

}  // namespace ikevet::pcap
