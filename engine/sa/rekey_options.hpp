// What an engine is told about CREATE_CHILD_SA: how many Child SAs, and what to do when the peer is busy.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "engine/base/clock.hpp"

namespace ikevet::sa {

/// How a request that was answered TEMPORARY_FAILURE is repeated, RFC 7296 §2.25. The engine draws the wait anew each
/// time from [after, after + jitter), so that two sides that met do not meet again.
struct TemporaryFailureRetry {
  Duration after = std::chrono::seconds(10);
  Duration jitter = std::chrono::seconds(10);
  /// "several minutes": after that long the IKE SA is closed, since the two sides are out of step.
  Duration give_up = std::chrono::minutes(4);
};

/// How long an SA lives, RFC 7296 §2.8: each side by its own policy, nothing is negotiated. 0: without limit.
struct SaLifetime {
  Duration rekey{};  ///< then it is replaced
  /// Up to so much earlier, drawn for each SA: "rekeying SHOULD be jittered", lest both sides do it at once.
  Duration jitter{};
  Duration end{};  ///< then it is deleted, should nothing have replaced it
};

struct RekeyOptions {
  /// Child SAs in one IKE SA beside those that are being replaced; the peer's requests for more are answered
  /// NO_ADDITIONAL_SAS, §1.3. 0: all its CREATE_CHILD_SA requests are, as §4 allows a minimal implementation.
  std::size_t child_sa_limit = 1'000;
  TemporaryFailureRetry retry;
  SaLifetime ike;
  SaLifetime child;
  /// Messages, counted on both sides, after which the IKE SA is rekeyed: Message IDs "MUST NOT" wrap, §2.2.
  std::uint32_t ike_messages = 0xf0000000;
};

}  // namespace ikevet::sa
