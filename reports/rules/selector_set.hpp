// Traffic selectors as sets of packets.
#pragma once

#include <optional>
#include <span>

#include "engine/wire/traffic_selector.hpp"

namespace ikevet::reports::rules {

/// Whether every packet that `inner` stands for is in one of `outer`: addresses, ports and IP protocol together, so
/// that a selector may be covered by several. Empty where that cannot be said: selectors that are no address ranges, or
/// a cover in too many pieces.
std::optional<bool> covered(const wire::TrafficSelector& inner, std::span<const wire::TrafficSelector> outer);

}  // namespace ikevet::reports::rules
