// From the member `auth` of a `config` to the credentials of an engine: the files are read here, outside the engine.
#pragma once

#include "engine/sa/config.hpp"
#include "scenarios/format/config_overrides.hpp"

namespace ikevet::scenarios {

/// What `over` says goes before what `base` says, member by member.
AuthOverrides merged(AuthOverrides base, const AuthOverrides& over);

/// Sets what is there and leaves the rest. Throws SetupError: where the member stands, what is wrong, what would do.
void apply_auth(const AuthOverrides& overrides, sa::Config& out);

}  // namespace ikevet::scenarios
