// Settings put over those that an engine has already.
#pragma once

#include "engine/sa/config.hpp"
#include "scenarios/format/config_overrides.hpp"
#include "scenarios/format/target.hpp"

namespace ikevet::scenarios {

/// Puts what stands in `overrides` over what `config` has, which was made with the target's `auth`. Throws SetupError.
void apply_overrides(const Target& target, const AuthOverrides& auth, const ConfigOverrides& overrides,
                     sa::Config& config);

}  // namespace ikevet::scenarios
