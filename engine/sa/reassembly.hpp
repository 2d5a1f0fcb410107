// Fragments on their way in, RFC 7383 §2.6.
#pragma once

#include <memory>
#include <optional>

#include "engine/base/clock.hpp"
#include "engine/sa/message_io.hpp"
#include "engine/sa/path_config.hpp"
#include "engine/trace/fragments.hpp"

namespace ikevet::sa {

/// The fragments of one incomplete message in each direction of an IKE SA, never more: a fragment of another Message ID
/// takes the place of what was there. Whether that Message ID is due is for the caller to know.
class Reassembly {
 public:
  enum class Result {
    Waiting,    ///< kept; others are missing
    Complete,   ///< `in` holds the payloads of the whole message
    Discarded,  ///< see `why`
  };
  struct Outcome {
    Result result{};
    std::string_view why;
    std::size_t fragments{};  ///< of a complete message
    std::size_t largest{};    ///< octets of its largest packet
  };
  /// Checks the numbers, then the integrity, then keeps the fragment. Of the unprotected payloads those of the first
  /// fragment are kept (§2.5.3).
  Outcome add(Incoming& in, const keys::SkCipher& inbound, const Fragmentation& policy, Instant now);
  /// Forgets what is older than the policy's patience.
  void expire(Instant now);
  /// The message came whole after all, or is not wanted any more.
  void forget(bool response, MessageId id) {
    if (auto& queue = slot(response); queue && queue->id <= id) queue.reset();
  }
  std::optional<Instant> wake_at() const;
  /// Octets kept, for tests and observers.
  std::size_t octets() const;

 private:
  struct Queue {
    MessageId id;
    wire::ExchangeType exchange{};
    trace::FragmentSet set;
    std::vector<wire::Payload> clear;
    std::size_t largest{};
    Instant expires;
  };
  std::unique_ptr<Queue>& slot(bool response) { return response ? response_ : request_; }

  std::unique_ptr<Queue> request_;
  std::unique_ptr<Queue> response_;
};

}  // namespace ikevet::sa
