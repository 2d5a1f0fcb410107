// Message IDs and retransmission, RFC 7296 §2.1 to §2.3.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/sa/config.hpp"
#include "engine/sa/packets.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::sa {

/// No side keeps more than this, whatever is asked for or announced.
inline constexpr std::uint32_t kMaxWindow = 64;

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

/// Our answers to the peer's requests. The window is one request wide until we announce a larger one, and requests
/// within it may come in any order (§2.3).
class ResponseWindow {
 public:
  enum class Place { Due, Repeated, Outside };

  explicit ResponseWindow(MessageId due) : due_(due) {}

  /// The lowest Message ID that was not answered yet.
  MessageId due() const { return due_; }
  /// The one after all that was answered.
  MessageId beyond() const {
    MessageId out = due_;
    for (const Answered& one : answers_) out = std::max(out, one.id.next());
    return out;
  }
  Place place(MessageId id) const {
    if (find(id) != answers_.end()) return Place::Repeated;
    return id >= due_ && id.value - due_.value < size_ ? Place::Due : Place::Outside;
  }
  /// The answer that was given, octet for octet (§2.1); only for what was answered and is still kept.
  const Packets& answer_to(MessageId id) const { return find(id)->packets; }
  /// §2.3: "keep a copy of ... the number of previous responses equal to its declared window size".
  void answered(MessageId id, Packets response) {
    if (place(id) == Place::Outside) {
      // Somebody has decided that it is due all the same (Decisions): that is where the window is from here on.
      answers_.clear();
      due_ = id;
    }
    answers_.push_back({id, std::move(response)});
    while (find(due_) != answers_.end()) due_ = due_.next();
    const MessageId highest = std::ranges::max(answers_, {}, &Answered::id).id;
    std::erase_if(answers_, [&](const Answered& old) { return highest.value - old.id.value >= size_; });
  }
  /// §2.3: "there is currently no way to reduce the window size".
  void widen(std::uint32_t size) { size_ = std::max(size_, std::min(size, kMaxWindow)); }

 private:
  struct Answered {
    MessageId id;
    Packets packets;
  };
  std::vector<Answered>::const_iterator find(MessageId id) const {
    return std::ranges::find(answers_, id, &Answered::id);
  }

  MessageId due_;
  std::uint32_t size_ = 1;
  std::vector<Answered> answers_;
};

}  // namespace ikevet::sa
