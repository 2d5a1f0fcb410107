// IP and UDP headers for a datagram of which only the payload and the endpoints were seen.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/datagram.hpp"

namespace ikevet::pcap {

/// Both ports 0: the payload is an ESP packet in IP protocol 50, as the dissector gives one (PacketKind::Esp).
bool is_bare_esp(const Datagram& datagram);

/// The IPv4 or IPv6 packet that could have carried `datagram`, unfragmented, with both checksums right: RFC 791 §3.1,
/// RFC 8200 §3, RFC 768. Always the same for the same datagram. The family is the source's; both endpoints must have
/// it. Bare ESP stands behind the IP header. A payload that no UDP header can announce is cut: see udp_packet_size().
Bytes udp_packet(const Datagram& datagram);

/// What the packet would measure if nothing had to be cut.
std::size_t udp_packet_size(const Datagram& datagram);

}  // namespace ikevet::pcap
