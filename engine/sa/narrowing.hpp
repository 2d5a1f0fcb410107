// Traffic Selectors as sets, RFC 7296 §2.9.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/wire/traffic_selector.hpp"

namespace ikevet::sa {

/// What two selectors have in common: empty when nothing, or when one is of a type that is no address range.
std::optional<wire::TrafficSelector> intersect(const wire::TrafficSelector& a, const wire::TrafficSelector& b);

/// The part of `proposed` that `acceptable` allows, in the order of `proposed`, so that the specific selector a packet
/// gave rise to (§2.9) stays first. Empty: TS_UNACCEPTABLE.
std::vector<wire::TrafficSelector> narrow(std::span<const wire::TrafficSelector> proposed,
                                          std::span<const wire::TrafficSelector> acceptable);

/// Is everything in `inner` within one selector of `outer`?
bool within(const wire::TrafficSelector& inner, std::span<const wire::TrafficSelector> outer);

}  // namespace ikevet::sa
