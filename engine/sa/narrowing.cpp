#include "engine/sa/narrowing.hpp"

#include <algorithm>
#include <array>

namespace ikevet::sa {

namespace {

using wire::TrafficSelector;

constexpr std::uint8_t kAnyProtocol = 0;
constexpr std::uint32_t kOpaquePort = 65536;  // one past the ports: a value of its own that only ANY contains

bool less(const Bytes& a, const Bytes& b) { return std::ranges::lexicographical_compare(a, b); }

/// A selector as a box: protocol, port and address are its three sides, each from first to last.
struct Box {
  wire::TsType family{};
  std::uint32_t protocol_first{}, protocol_last{};
  std::uint32_t port_first{}, port_last{};
  Bytes address_first, address_last;
};

std::optional<Box> box(const TrafficSelector& ts) {
  if (!ts.is_address_range() || ts.start_address.size() != ts.end_address.size()) return std::nullopt;
  Box out;
  out.family = ts.ts_type;
  const bool any = ts.ip_protocol == kAnyProtocol;
  out.protocol_first = any ? 0 : ts.ip_protocol;
  out.protocol_last = any ? 255 : ts.ip_protocol;
  if (ts.has_opaque_ports()) {
    out.port_first = out.port_last = kOpaquePort;
  } else {
    out.port_first = ts.start_port;
    // RFC 7296 §3.13.1: 0 to 65535 is ANY, which includes OPAQUE.
    out.port_last = ts.start_port == 0 && ts.end_port == 65535 ? kOpaquePort : ts.end_port;
  }
  out.address_first = ts.start_address;
  out.address_last = ts.end_address;
  if (out.port_first > out.port_last || less(out.address_last, out.address_first)) return std::nullopt;
  return out;
}

Bytes next(Bytes address) {
  for (auto octet = address.rbegin(); octet != address.rend() && ++*octet == 0; ++octet) {
  }
  return address;
}
Bytes previous(Bytes address) {
  for (auto octet = address.rbegin(); octet != address.rend() && (*octet)-- == 0; ++octet) {
  }
  return address;
}

/// Appends what is left of `from` without `taken`: at most two pieces for each side.
void subtract(const Box& from, const Box& taken, std::vector<Box>& out) {
  if (from.family != taken.family || from.protocol_last < taken.protocol_first ||
      taken.protocol_last < from.protocol_first || from.port_last < taken.port_first ||
      taken.port_last < from.port_first || less(from.address_last, taken.address_first) ||
      less(taken.address_last, from.address_first)) {
    out.push_back(from);
    return;
  }
  Box rest = from;
  const auto cut = [&](std::uint32_t Box::* first, std::uint32_t Box::* last) {
    if (rest.*first < taken.*first) {
      out.push_back(rest);
      out.back().*last = taken.*first - 1;
      rest.*first = taken.*first;
    }
    if (taken.*last < rest.*last) {
      out.push_back(rest);
      out.back().*first = taken.*last + 1;
      rest.*last = taken.*last;
    }
  };
  cut(&Box::protocol_first, &Box::protocol_last);
  cut(&Box::port_first, &Box::port_last);
  if (less(rest.address_first, taken.address_first)) {
    out.push_back(rest);
    out.back().address_last = previous(taken.address_first);
  }
  if (less(taken.address_last, rest.address_last)) {
    out.push_back(rest);
    out.back().address_first = next(taken.address_last);
  }
}

bool has_family(std::span<const TrafficSelector> list, wire::TsType family) {
  return std::ranges::any_of(list, [&](const TrafficSelector& ts) { return ts.ts_type == family; });
}

/// A family that only one side has can carry no packet.
void drop_lonely_families(Narrowed& pair) {
  for (const auto family : {wire::TsType::TS_IPV4_ADDR_RANGE, wire::TsType::TS_IPV6_ADDR_RANGE}) {
    if (has_family(pair.tsi, family) && has_family(pair.tsr, family)) continue;
    const auto lonely = [&](const TrafficSelector& ts) { return ts.ts_type == family; };
    std::erase_if(pair.tsi, lonely);
    std::erase_if(pair.tsr, lonely);
  }
}

std::vector<TrafficSelector> all_of_address(const TrafficSelector& single) {
  TrafficSelector out = single;
  out.ip_protocol = kAnyProtocol;
  out.start_port = 0;
  out.end_port = 65535;
  return {out};
}

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

bool covered(const TrafficSelector& inner, std::span<const TrafficSelector> outer) {
  const auto whole = box(inner);
  if (!whole) return false;
  std::vector<Box> left{*whole};
  for (const TrafficSelector& limit : outer) {
    const auto taken = box(limit);
    if (!taken) continue;
    std::vector<Box> next_left;
    for (const Box& piece : left) subtract(piece, *taken, next_left);
    left = std::move(next_left);
    if (left.empty()) return true;
  }
  return false;
}

bool covered(std::span<const TrafficSelector> inner, std::span<const TrafficSelector> outer) {
  return std::ranges::all_of(inner, [&](const TrafficSelector& ts) { return covered(ts, outer); });
}

bool is_single_address(const TrafficSelector& ts) {
  return ts.is_address_range() && !ts.start_address.empty() && ts.start_address == ts.end_address;
}

Narrowed narrow_pair(std::span<const TrafficSelector> tsi, std::span<const TrafficSelector> tsr,
                     std::span<const TsPolicy> policies, bool single_pair) {
  Narrowed best;
  if (tsi.empty() || tsr.empty()) return best;
  bool best_holds_first = false;
  int candidates = 0;
  for (const TsPolicy& policy : policies) {
    Narrowed candidate;
    candidate.tsi = narrow(tsi, policy.remote);
    candidate.tsr = narrow(tsr, policy.local);
    drop_lonely_families(candidate);
    if (candidate.empty()) continue;
    ++candidates;
    // §2.9: where the first selectors are acceptable, the answer includes them.
    const bool holds_first = covered(tsi.front(), policy.remote) && covered(tsr.front(), policy.local);
    if (candidates > 1 && (best_holds_first || !holds_first)) continue;
    best = std::move(candidate);
    best_holds_first = holds_first;
  }
  best.additional_possible = candidates > 1;
  if (!single_pair || best.empty()) return best;

  const bool one_pair = std::ranges::all_of(best.tsi, is_single_address) && best.tsi.size() == 1 &&
                        std::ranges::all_of(best.tsr, is_single_address) && best.tsr.size() == 1;
  if (one_pair) return best;
  // §2.9: without a specific first selector there is no telling which pair is wanted.
  if (!best_holds_first || !is_single_address(tsi.front()) || !is_single_address(tsr.front())) {
    Narrowed refused;
    refused.single_pair_required = true;
    return refused;
  }
  best.tsi = narrow(all_of_address(tsi.front()), best.tsi);
  best.tsr = narrow(all_of_address(tsr.front()), best.tsr);
  best.additional_possible = true;
  return best;
}

}  // namespace ikevet::sa
