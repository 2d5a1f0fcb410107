// The rules of each file in this folder.
#pragma once

#include <map>
#include <span>
#include <string_view>

#include "reports/rules.hpp"

namespace ikevet::reports::rules {

std::span<const Rule> message_id_rules();
std::span<const Rule> retransmission_rules();
std::span<const Rule> negotiation_rules();
std::span<const Rule> traffic_selector_rules();
std::span<const Rule> ike_sa_init_rules();
std::span<const Rule> nonce_rules();
std::span<const Rule> protection_rules();
std::span<const Rule> occurrence_rules();
std::span<const Rule> response_rules();
std::span<const Rule> ike_sa_end_rules();

/// What wire::check() finds in the device's messages, by requirement id: one pass for all of them.
std::map<std::string_view, Observations> message_checks(const TraceView& view);
/// Those of wire::kCheckedRequirements for which message_checks() knows when they are at stake; a test sees to it that
/// this is all of them.
std::vector<std::string_view> checks_with_subject();

}  // namespace ikevet::reports::rules
