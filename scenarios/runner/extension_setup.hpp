// From the members `child`, `configuration`, `extensions` and `lifetimes` of a `config` to the configuration of an
// engine.
#pragma once

#include "engine/sa/config.hpp"
#include "scenarios/format/config_overrides.hpp"

namespace ikevet::scenarios {

/// Each sets what is there and leaves the rest. They throw SetupError with the value and what would do.
void apply_child(const ChildOverrides& overrides, sa::Config& out);
void apply_configuration(const ConfigurationOverrides& overrides, sa::Config& out);
void apply_extensions(const ExtensionOverrides& overrides, sa::Config& out);
void apply_lifetimes(const LifetimeOverrides& overrides, sa::Config& out);

/// "INTERNAL_IP4_ADDRESS", "INTERNAL_IP4_DNS 10.2.0.53", "INTERNAL_IP4_SUBNET 10.2.0.0/24",
/// "INTERNAL_IP6_ADDRESS 2001:db8::1/64", "INTERNAL_DNS_DOMAIN example.test", "INTERNAL_DNSSEC_TA aa5a0801b6225ab2".
wire::ConfigurationAttribute parse_attribute(std::string_view text);
/// "10.3.0.1-10.3.0.99".
sa::AddressRange parse_range(std::string_view text);

}  // namespace ikevet::scenarios
