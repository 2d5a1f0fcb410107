#include "engine/esp/selectors.hpp"

#include <algorithm>

namespace ikevet::esp {
namespace {

using wire::TrafficSelector;

bool has_address(const TrafficSelector& selector, const IpAddress& address) {
  const auto start = selector.start();
  const auto end = selector.end();
  return start && end && start->is_v6() == address.is_v6() && *start <= address && address <= *end;
}

bool has_port(const TrafficSelector& selector, const std::optional<std::uint16_t>& port) {
  if (selector.start_port == 0 && selector.end_port == 65535) return true;
  // RFC 4301 §4.4.1.1: OPAQUE stands for packets that show no port, and for no others.
  if (selector.has_opaque_ports() || !port) return selector.has_opaque_ports() && !port;
  return selector.start_port <= *port && *port <= selector.end_port;
}

bool matches(const TrafficSelector& selector, std::uint8_t protocol, const IpAddress& address,
             const std::optional<std::uint16_t>& port) {
  return selector.is_address_range() && (selector.ip_protocol == 0 || selector.ip_protocol == protocol) &&
         has_address(selector, address) && has_port(selector, port);
}

IpAddress next(const IpAddress& address) {
  Bytes octets = to_bytes(address.octets());
  for (auto octet = octets.rbegin(); octet != octets.rend() && ++*octet == 0; ++octet) {
  }
  return *IpAddress::from_octets(octets);
}

}  // namespace

PacketKey key_of(const IpPacket& packet) {
  PacketKey out{packet.source, packet.destination, packet.protocol, {}, {}};
  const BytesView head = packet.payload;
  if (packet.fragment_offset != 0 || head.size() < 4) return out;
  const auto word = [&](std::size_t at) { return static_cast<std::uint16_t>(head[at] << 8 | head[at + 1]); };
  if (packet.protocol == kTcp || packet.protocol == kUdp) {
    out.source_port = word(0);
    out.destination_port = word(2);
  } else if (packet.protocol == kIcmp || packet.protocol == kIcmpv6) {
    // RFC 4301 §4.4.1.1: one value, which stands on both sides.
    out.source_port = out.destination_port = word(0);
  }
  return out;
}

bool allowed(const PacketKey& packet, std::span<const TrafficSelector> from, std::span<const TrafficSelector> to) {
  const auto any = [&](std::span<const TrafficSelector> list, const IpAddress& address, const auto& port) {
    return std::ranges::any_of(
        list, [&](const TrafficSelector& one) { return matches(one, packet.protocol, address, port); });
  };
  return any(from, packet.source, packet.source_port) && any(to, packet.destination, packet.destination_port);
}

std::optional<IpAddress> host_within(std::span<const TrafficSelector> selectors, bool v6) {
  for (const TrafficSelector& selector : selectors) {
    const auto start = selector.start();
    const auto end = selector.end();
    if (!selector.is_address_range() || !start || !end || start->is_v6() != v6) continue;
    const IpAddress second = next(*start);
    return *start < *end && second < *end ? second : *start;
  }
  return std::nullopt;
}

bool contains(std::span<const TrafficSelector> selectors, const IpAddress& address) {
  return std::ranges::any_of(selectors, [&](const TrafficSelector& one) { return has_address(one, address); });
}

}  // namespace ikevet::esp
