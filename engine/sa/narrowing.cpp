#include "engine/sa/narrowing.hpp"

#include <algorithm>

namespace ikevet::sa {

namespace {

using wire::TrafficSelector;

constexpr std::uint8_t kAnyProtocol = 0;

bool less(const Bytes& a, const Bytes& b) { return std::ranges::lexicographical_compare(a, b); }

}  // namespace

std::optional<TrafficSelector> intersect(const TrafficSelector& a, const TrafficSelector& b) {
  if (a.ts_type != b.ts_type || !a.is_address_range()) return std::nullopt;
  if (a.ip_protocol != b.ip_protocol && a.ip_protocol != kAnyProtocol && b.ip_protocol != kAnyProtocol)
    return std::nullopt;
  TrafficSelector both;
  both.ts_type = a.ts_type;
  both.ip_protocol = std::max(a.ip_protocol, b.ip_protocol);
  // RFC 7296 §3.13.1: OPAQUE ports (65535 to 0) are a value of their own and within ANY (0 to 65535).
  if (a.has_opaque_ports() || b.has_opaque_ports()) {
    const auto takes_opaque = [](const TrafficSelector& ts) {
      return ts.has_opaque_ports() || (ts.start_port == 0 && ts.end_port == 65535);
    };
    if (!takes_opaque(a) || !takes_opaque(b)) return std::nullopt;
    both.start_port = 65535;
    both.end_port = 0;
  } else {
    both.start_port = std::max(a.start_port, b.start_port);
    both.end_port = std::min(a.end_port, b.end_port);
    if (both.start_port > both.end_port) return std::nullopt;
  }
  both.start_address = less(a.start_address, b.start_address) ? b.start_address : a.start_address;
  both.end_address = less(a.end_address, b.end_address) ? a.end_address : b.end_address;
  if (less(both.end_address, both.start_address)) return std::nullopt;
  return both;
}

std::vector<TrafficSelector> narrow(std::span<const TrafficSelector> proposed,
                                    std::span<const TrafficSelector> acceptable) {
  std::vector<TrafficSelector> out;
  for (const TrafficSelector& wish : proposed) {
    for (const TrafficSelector& limit : acceptable) {
      auto both = intersect(wish, limit);
      if (both && !within(*both, out)) out.push_back(std::move(*both));
    }
  }
  return out;
}

bool within(const TrafficSelector& inner, std::span<const TrafficSelector> outer) {
  return std::ranges::any_of(outer, [&](const TrafficSelector& limit) { return intersect(inner, limit) == inner; });
}

}  // namespace ikevet::sa
