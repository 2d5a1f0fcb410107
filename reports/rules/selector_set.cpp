#include "reports/rules/selector_set.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace ikevet::reports::rules {
namespace {

/// A coordinate wide enough for an IPv6 address.
struct Wide {
  std::uint64_t high{}, low{};
  friend auto operator<=>(const Wide&, const Wide&) = default;

  Wide next() const { return {high + (low == UINT64_MAX ? 1 : 0), low + 1}; }
  Wide previous() const { return {high - (low == 0 ? 1 : 0), low - 1}; }
};

struct Span {
  Wide from, to;  ///< both included
  bool empty() const { return to < from; }
};

/// Family apart, a selector is a box: addresses x ports x protocols.
using Box = std::array<Span, 3>;

Wide wide(BytesView octets) {
  Wide out;
  for (const std::uint8_t octet : octets) {
    out.high = out.high << 8 | out.low >> 56;
    out.low = out.low << 8 | octet;
  }
  return out;
}

// RFC 7296 §3.13.1: ports 0 to 65535 are ANY, which contains OPAQUE (65535 to 0) as RFC 4301 §4.4.1.1 has it. OPAQUE is
// given a place of its own behind the last port.
constexpr std::uint64_t kOpaquePort = 65536;
Span ports(const wire::TrafficSelector& ts) {
  if (ts.has_opaque_ports()) return {{0, kOpaquePort}, {0, kOpaquePort}};
  const bool any = ts.start_port == 0 && ts.end_port == 65535;
  return {{0, ts.start_port}, {0, any ? kOpaquePort : ts.end_port}};
}

Span protocols(const wire::TrafficSelector& ts) {
  if (ts.ip_protocol == 0) return {{0, 0}, {0, 255}};
  return {{0, ts.ip_protocol}, {0, ts.ip_protocol}};
}

std::optional<Box> box(const wire::TrafficSelector& ts) {
  const auto start = ts.start(), end = ts.end();
  if (!ts.is_address_range() || !start || !end) return std::nullopt;
  const Box out{Span{wide(start->octets()), wide(end->octets())}, ports(ts), protocols(ts)};
  if (std::ranges::any_of(out, &Span::empty)) return std::nullopt;
  return out;
}

bool disjoint(const Box& a, const Box& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].to < b[i].from || b[i].to < a[i].from) return true;
  return false;
}

/// What is left of `from` without `cut`: at most two pieces for each dimension.
void subtract(Box from, const Box& cut, std::vector<Box>& rest) {
  if (disjoint(from, cut)) {
    rest.push_back(from);
    return;
  }
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i].from < cut[i].from) {
      Box below = from;
      below[i].to = cut[i].from.previous();
      rest.push_back(below);
      from[i].from = cut[i].from;
    }
    if (cut[i].to < from[i].to) {
      Box above = from;
      above[i].from = cut[i].to.next();
      rest.push_back(above);
      from[i].to = cut[i].to;
    }
  }
}

constexpr std::size_t kPiecesAtMost = 4096;  ///< a peer chooses the selectors: work has an end

}  // namespace

std::optional<bool> covered(const wire::TrafficSelector& inner, std::span<const wire::TrafficSelector> outer) {
  const std::optional<Box> whole = box(inner);
  if (!whole) return std::nullopt;
  std::vector<Box> rest{*whole};
  for (const wire::TrafficSelector& selector : outer) {
    const std::optional<Box> cut = box(selector);
    if (!cut || selector.ts_type != inner.ts_type) continue;
    std::vector<Box> next;
    for (const Box& piece : rest) subtract(piece, *cut, next);
    rest = std::move(next);
    if (rest.empty()) return true;
    if (rest.size() > kPiecesAtMost) return std::nullopt;
  }
  return false;
}

}  // namespace ikevet::reports::rules
