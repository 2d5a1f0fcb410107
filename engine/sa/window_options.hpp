// What an engine is told about several requests at a time, RFC 7296 §2.3, and about what arrives outside any SA.
#pragma once

#include <cstdint>

#include "engine/base/clock.hpp"

namespace ikevet::sa {

struct WindowOptions {
  /// Requests of the peer that we answer in any order and keep the answers of; above 1 it is told so by
  /// SET_WINDOW_SIZE. At most kMaxWindow (64).
  std::uint32_t size = 1;
  /// How much of a larger window of the peer's is used.
  std::uint32_t most_requests = 8;
};

/// §1.5, §2.21.4: messages that belong to no SA.
struct StrayOptions {
  /// Requests for unknown IKE SAs that are answered with INVALID_IKE_SPI, in clear, in a second; 0: none.
  std::uint32_t answers_per_second{};
  /// INVALID_IKE_SPI in clear is a hint only: the peer is asked whether it is there, when nothing was heard of it for
  /// this long.
  Duration hint_interval = std::chrono::seconds(10);
};

}  // namespace ikevet::sa
