// IP packets inside and outside a tunnel, and the few protocols that a data plane for tests speaks: ICMP and ICMPv6
// echo, UDP.  RFC 791, RFC 8200, RFC 792, RFC 4443, RFC 768.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/base/datagram.hpp"
#include "engine/base/result.hpp"
#include "engine/base/writer.hpp"

namespace ikevet::esp {

// IP protocol numbers (IANA "Protocol Numbers").
inline constexpr std::uint8_t kIcmp = 1;
inline constexpr std::uint8_t kTcp = 6;
inline constexpr std::uint8_t kUdp = 17;
inline constexpr std::uint8_t kEsp = 50;
inline constexpr std::uint8_t kAh = 51;
inline constexpr std::uint8_t kIcmpv6 = 58;

inline constexpr std::uint16_t kEchoPort = 7;  ///< RFC 862

/// An IP packet with its headers read; views point into what was parsed.
struct IpPacket {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol{};  ///< behind IPv6 extension headers
  BytesView payload;        ///< what `protocol` names
  std::size_t length{};     ///< of the whole packet, as its header says: what lies behind is padding
  std::uint16_t fragment_offset{};
  bool more_fragments{};
  bool is_fragment() const { return fragment_offset != 0 || more_fragments; }
};
/// Octets behind the length that the header announces are passed over (RFC 4303 §2.7 puts padding there).
Result<IpPacket> parse_ip(BytesView octets);

/// An IPv4 header (without options, never fragmented) or an IPv6 header. The family is the source's; a payload that no
/// header can announce is the caller's error.
void write_ip_header(Writer& out, const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                     std::size_t payload_size);
Bytes build_ip(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol, BytesView payload);
std::size_t ip_header_size(const IpAddress& source);

/// RFC 1071 over the payload, and before it the pseudo header of RFC 768 and RFC 8200 §8.1.
std::uint16_t transport_checksum(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                                 BytesView payload);
/// RFC 1071 without a pseudo header: ICMP for IPv4.
std::uint16_t internet_checksum(BytesView octets);

/// The UDP packet with right checksums.
Bytes build_udp(const Endpoint& source, const Endpoint& destination, BytesView data);

/// An echo request or answer: ICMP, ICMPv6, or UDP to or from port 7.
struct Echo {
  bool reply{};
  bool udp{};
  IpAddress source;
  IpAddress destination;
  /// Identifier; with UDP the port that is not 7.
  std::uint16_t id{};
  /// Of ICMP; with UDP the first two octets of the data.
  std::uint16_t sequence{};
  Bytes data;  ///< behind the sequence number
};
Bytes build_echo(const Echo& echo);
/// Empty for anything else, for a fragment, and where a checksum is wrong (a UDP checksum of zero over IPv4 is none).
std::optional<Echo> read_echo(BytesView ip_packet);

}  // namespace ikevet::esp
