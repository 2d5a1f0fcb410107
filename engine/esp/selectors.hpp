// Traffic selectors applied to packets.  RFC 4301 §4.4.1.1 and §5, RFC 7296 §3.13.1.
#pragma once

#include <optional>
#include <span>

#include "engine/esp/ip.hpp"
#include "engine/wire/traffic_selector.hpp"

namespace ikevet::esp {

/// What a selector looks at. Ports are empty where the packet shows none: a later fragment, a protocol without ports.
/// ICMP and ICMPv6 have their Type and Code where others have a port (RFC 7296 §3.13.1).
struct PacketKey {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol{};
  std::optional<std::uint16_t> source_port;
  std::optional<std::uint16_t> destination_port;
};
PacketKey key_of(const IpPacket& packet);

/// May a packet from `from` to `to` take this way? Each list is one side of a Child SA.
bool allowed(const PacketKey& packet, std::span<const wire::TrafficSelector> from,
             std::span<const wire::TrafficSelector> to);

/// An address that hosts may have within these selectors: for a range of more than two the one behind its first (the
/// first of a prefix names the network). Empty: none of this family.
std::optional<IpAddress> host_within(std::span<const wire::TrafficSelector> selectors, bool v6);
bool contains(std::span<const wire::TrafficSelector> selectors, const IpAddress& address);

}  // namespace ikevet::esp
