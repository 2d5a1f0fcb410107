#pragma once

#include <string_view>

namespace ikevet::scenarios {

/// Contract between runner and grader: how the detail of a rekeying ends that replaced the SA and left the old one.
inline constexpr std::string_view kOldSaStays = "was not deleted (RFC 7296 §2.8)";

}  // namespace ikevet::scenarios
