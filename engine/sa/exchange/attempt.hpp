// What a CREATE_CHILD_SA exchange hands to the one that tries again in its place.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "engine/base/reader.hpp"
#include "engine/sa/ike_sa.hpp"
#include "engine/sa/proposal.hpp"

namespace ikevet::sa {

constexpr int kMaxStateLosses = 3;  // RFC 9370 §2.2.4: STATE_NOT_FOUND "after several retries" is fatal
constexpr int kMaxGroups = 3;       // INVALID_KE_PAYLOAD may send us round the offered groups, not for ever

struct Attempt {
  std::optional<wire::DhGroup> group{};  ///< of the KE payload; empty: the first one that is offered
  int groups_tried = 1;
  int state_losses{};                      ///< STATE_NOT_FOUND so far
  std::optional<Instant> failing_since{};  ///< the first TEMPORARY_FAILURE in a row, §2.25

  /// §1.3: INVALID_KE_PAYLOAD names the group to try instead. Empty when that leads nowhere.
  std::optional<Attempt> with_other_group(const std::vector<wire::Payload>& response,
                                          std::span<const wire::Proposal> offered) const {
    const wire::Notify* wish = wire::find_notify(response, wire::NotifyType::INVALID_KE_PAYLOAD);
    if (!wish || wish->data.size() != 2 || groups_tried >= kMaxGroups) return std::nullopt;
    const auto other = static_cast<wire::DhGroup>(Reader(wish->data).u16("group"));
    if (!offers_group(offered, other) || other == group) return std::nullopt;
    return Attempt{other, groups_tried + 1, state_losses, failing_since};
  }
  /// Empty when it has been tried often enough.
  std::optional<Attempt> after_state_loss() const {
    if (state_losses + 1 >= kMaxStateLosses) return std::nullopt;
    return Attempt{std::nullopt, 1, state_losses + 1, failing_since};
  }
};

/// §2.25: TEMPORARY_FAILURE is followed by another attempt after a while, and by the end of the IKE SA when it goes on
/// for several minutes. `make` gives the exchange that tries again.
inline void try_later(Exchange::Outcome& outcome, Attempt attempt,
                      const std::function<std::unique_ptr<Exchange>(Attempt)>& make, Step& step) {
  const TemporaryFailureRetry& policy = step.env.config.rekey.retry;
  if (!attempt.failing_since) attempt.failing_since = step.now;
  if (step.now - *attempt.failing_since >= policy.give_up) {
    outcome.then.push_back(delete_ike_exchange());
    return;
  }
  Duration wait = policy.after;
  // Drawn anew each time, so that two sides that were in each other's way do not stay so.
  if (policy.jitter > Duration{})
    wait +=
        Duration(static_cast<Duration::rep>(step.env.random.u64() % static_cast<std::uint64_t>(policy.jitter.count())));
  outcome.later = Delayed{step.now + wait, make(attempt)};
}

}  // namespace ikevet::sa
