// Message IDs and retransmission, RFC 7296 §2.1 to §2.3.
#pragma once

#include <algorithm>
#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/sa/config.hpp"
#include "engine/sa/packets.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::sa {

/// A request of ours that waits for its answer. The packets are kept: a retransmission is bitwise identical (§2.1).
struct PendingRequest {
  MessageId id;
  wire::ExchangeType exchange{};
  Packets message;
  int attempts{};  ///< repetitions sent so far
  Duration wait{};
  Instant due;  ///< when to repeat it, or to give up

  static PendingRequest first(MessageId id, wire::ExchangeType exchange, Packets message, const Retransmission& policy,
                              Instant now) {
    return {id, exchange, std::move(message), 0, policy.first, now + policy.first};
  }

  /// The timer ran out: true when the octets are to go out again, false when the peer is given up (§2.4).
  bool repeat(const Retransmission& policy, Instant now) {
    if (attempts >= policy.attempts) return false;
    ++attempts;
    // §2.1: "retransmission times ... increase exponentially".
    const std::chrono::duration<double, std::nano> longer = wait * policy.factor;
    wait = std::min(policy.longest, std::chrono::duration_cast<Duration>(longer));
    due = now + wait;
    return true;
  }
};

/// Our answers to the peer's requests: the window is one request wide until a larger one is agreed (§2.3).
class ResponseWindow {
 public:
  enum class Place { Due, Repeated, Outside };

  explicit ResponseWindow(MessageId due) : due_(due) {}

  MessageId due() const { return due_; }
  Place place(MessageId id) const {
    if (id == due_) return Place::Due;
    if (!last_.empty() && id.next() == due_) return Place::Repeated;
    return Place::Outside;
  }
  /// The answer last given, octet for octet (§2.1).
  const Packets& last() const { return last_; }
  void answered(MessageId id, Packets response) {
    due_ = id.next();
    last_ = std::move(response);
  }

 private:
  MessageId due_;
  Packets last_;
};

}  // namespace ikevet::sa
