// Traffic Selectors as sets, RFC 7296 §2.9.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/sa/child_options.hpp"
#include "engine/wire/traffic_selector.hpp"

namespace ikevet::sa {

/// What two selectors have in common: empty when nothing, or when one is of a type that is no address range. Of ICMP
/// and ICMPv6 the ports are type and code (§3.13.1), compared as the numbers they make.
std::optional<wire::TrafficSelector> intersect(const wire::TrafficSelector& a, const wire::TrafficSelector& b);

/// The part of `proposed` that `acceptable` allows, in the order of `proposed`, so that the specific selector a packet
/// gave rise to (§2.9) stays first. Empty: TS_UNACCEPTABLE.
std::vector<wire::TrafficSelector> narrow(std::span<const wire::TrafficSelector> proposed,
                                          std::span<const wire::TrafficSelector> acceptable);

/// Is everything in `inner` within one selector of `outer`?
bool within(const wire::TrafficSelector& inner, std::span<const wire::TrafficSelector> outer);

/// Is everything in `inner` within all of `outer` taken together? The work grows with the cube of outer's size: `outer`
/// is ours, never the peer's.
bool covered(const wire::TrafficSelector& inner, std::span<const wire::TrafficSelector> outer);
bool covered(std::span<const wire::TrafficSelector> inner, std::span<const wire::TrafficSelector> outer);

/// One address, not a range.
bool is_single_address(const wire::TrafficSelector& ts);

/// The answer to a peer's TSi and TSr.
struct Narrowed {
  std::vector<wire::TrafficSelector> tsi;
  std::vector<wire::TrafficSelector> tsr;
  bool additional_possible{};   ///< ADDITIONAL_TS_POSSIBLE: more would be acceptable, in another Child SA
  bool single_pair_required{};  ///< SINGLE_PAIR_REQUIRED; the lists are empty then

  bool empty() const { return tsi.empty() || tsr.empty(); }
};

/// Narrows as §2.9 says: to one entry of the policy, that which holds the first choices of the peer where there is one;
/// with `single_pair` to one pair of addresses. `policies` are ours: the peer asks, so that its TSi is their `remote`.
Narrowed narrow_pair(std::span<const wire::TrafficSelector> tsi, std::span<const wire::TrafficSelector> tsr,
                     std::span<const TsPolicy> policies, bool single_pair = false);

}  // namespace ikevet::sa
