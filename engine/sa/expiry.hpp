// When an SA is to be replaced and when it ends, RFC 7296 §2.8.
#pragma once

#include <algorithm>
#include <optional>

#include "engine/base/clock.hpp"
#include "engine/base/random.hpp"
#include "engine/sa/rekey_options.hpp"

namespace ikevet::sa {

struct Expiry {
  std::optional<Instant> rekey;  ///< gone once the rekeying has been asked for
  std::optional<Instant> end;    ///< gone once the deletion has been

  static Expiry of(const SaLifetime& life, Instant now, RandomSource& random) {
    Expiry out;
    if (life.rekey > Duration{}) {
      out.rekey = now + life.rekey;
      // "Rekeying SHOULD be jittered": each SA by its own draw.
      if (life.jitter > Duration{})
        *out.rekey -= std::min(
            life.rekey,
            Duration(static_cast<Duration::rep>(random.u64() % static_cast<std::uint64_t>(life.jitter.count()))));
    }
    if (life.end > Duration{}) out.end = now + life.end;
    return out;
  }
  /// Takes what is due.
  static bool take(std::optional<Instant>& due, Instant now) {
    if (!due || *due > now) return false;
    due.reset();
    return true;
  }
  void bring_forward(std::optional<Instant>& wake) const {
    for (const auto& due : {rekey, end})
      if (due) wake = std::min(*due, wake.value_or(*due));
  }
};

}  // namespace ikevet::sa
