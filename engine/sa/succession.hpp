// The IKE SAs that replace one another by rekeying, RFC 7296 §2.8, §2.8.2, §2.18.
#pragma once

#include <optional>

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/sa/purpose.hpp"

namespace ikevet::sa {

/// What an IKE SA knows of those before and behind it, while there are several.
struct Succession {
  // Of one that is rekeyed.
  std::optional<Rival> rival;         ///< an exchange of the peer was answered while ours is under way
  std::optional<IkeSpis> rival_made;  ///< the IKE SA that came of it, unless key exchanges are still due
  std::optional<IkeSpis> successor;   ///< the Child SAs belong to this one now
  // Of a new one that has not taken over: `predecessor` still has the Child SAs, or has given them to another one.
  std::optional<IkeSpis> predecessor;
  /// When to end an IKE SA that the peer should have deleted, and has not.
  std::optional<Instant> overdue;
};

}  // namespace ikevet::sa
