// The seams of the engine behind a deviating peer: what leaves it, what it decides, and the keys that it tells.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/sa/decisions.hpp"
#include "engine/sa/key_log.hpp"
#include "engine/sa/tap.hpp"
#include "scenarios/runner/deviation_forge.hpp"
#include "scenarios/runner/deviation_match.hpp"

namespace ikevet::scenarios {

/// The rules for what leaves, before it is finished.
class DeviationTap final : public sa::OutboundTap {
 public:
  /// All must outlive it; `latest` is the latest message of the other side.
  DeviationTap(const std::vector<OutboundDeviation>& rules, DeviationMatcher& matcher, Complaints& complaints,
               const std::optional<trace::MessageRecord>& latest)
      : rules_(rules), matcher_(matcher), complaints_(complaints), latest_(latest) {}

  void on_payloads(sa::OutboundMessage&) override;
  void on_plaintext(const sa::OutboundMessage&, sa::Plaintext&) override;
  void on_message(const sa::OutboundMessage&, Bytes& octets) override;

 private:
  std::optional<SetField> value_of(const FieldCopy& copy) const;

  const std::vector<OutboundDeviation>& rules_;
  DeviationMatcher& matcher_;
  Complaints& complaints_;
  const std::optional<trace::MessageRecord>& latest_;
  std::map<std::string, SetField> own_first_;      ///< fields of our first messages, by path
  std::vector<const OutboundDeviation*> passing_;  ///< the rules that take the message on its way out
};

/// Decisions that come out otherwise; the rest is left to whoever decides for an honest peer.
class DeviationDecisions final : public sa::Decisions {
 public:
  /// `base` may be null: the defaults.
  DeviationDecisions(const DecisionOverrides& overrides, sa::Decisions* base) : overrides_(overrides), base_(base) {}

  bool accept_auth(bool verified) override;
  bool demand_cookie(std::size_t half_open, std::optional<std::size_t> threshold) override;
  bool accept_cookie(bool valid) override;
  bool accept_message_id(MessageId got, MessageId expected) override;
  std::vector<wire::TrafficSelector> narrow(const std::vector<wire::TrafficSelector>& proposed,
                                            std::vector<wire::TrafficSelector> narrowed) override;
  bool discard_bad_integrity() override;

 private:
  const DecisionOverrides& overrides_;
  sa::Decisions* base_;
};

/// Tells the keys of IKE SAs to a closer, and those of Child SAs, which may be others, to the data plane behind.
class DeviationKeyLog final : public sa::KeyLog {
 public:
  DeviationKeyLog(const KeyDeviation& how, MessageCloser& closer, const std::optional<trace::MessageRecord>& latest)
      : how_(how), closer_(closer), latest_(latest) {}
  void set_next(sa::KeyLog* next) { next_ = next; }

  void shared_secret(BytesView g_ir) override { leading_zero_ = !g_ir.empty() && g_ir.front() == 0; }
  void ike_keys(const IkeSpis&, const crypto::IkeSuite&, const keys::SaKeys&) override;
  void child_keys(const sa::ChildKeyEntry&) override;
  void child_moved(ChildSpi inbound, ChildSpi outbound, const Endpoint& local, const Endpoint& remote) override;
  /// The shared secret of this IKE SA began with a zero octet.
  bool had_leading_zero(const IkeSpis& spis) const { return std::ranges::find(zero_led_, spis) != zero_led_.end(); }

 private:
  bool deviates(const crypto::ChildSuite& suite) const;

  const KeyDeviation& how_;
  MessageCloser& closer_;
  const std::optional<trace::MessageRecord>& latest_;
  sa::KeyLog* next_{};
  bool leading_zero_{};            ///< of the key exchange that was told last
  std::vector<IkeSpis> zero_led_;  ///< IKE SAs from such a one
};

}  // namespace ikevet::scenarios
