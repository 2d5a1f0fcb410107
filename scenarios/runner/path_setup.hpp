// From the members `fragmentation`, `nat` and `mobike` of a `config` to the configuration of an engine.
#pragma once

#include <vector>

#include "engine/base/datagram.hpp"
#include "engine/sa/config.hpp"
#include "scenarios/format/config_overrides.hpp"

namespace ikevet::scenarios {

/// Sets what is there and leaves the rest. `ours` and `theirs` are the addresses that the ends have beside their first.
void apply_path(const ConfigOverrides& overrides, const std::vector<IpAddress>& ours,
                const std::vector<IpAddress>& theirs, double time_scale, sa::Config& out);

}  // namespace ikevet::scenarios
