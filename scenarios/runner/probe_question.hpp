// One question of a probe: a scenario made on the spot, played on a test bed of its own.
#pragma once

#include <string>
#include <vector>

#include "scenarios/format/run.hpp"
#include "scenarios/runner/probe.hpp"

namespace ikevet::scenarios {

/// What the device answered in a set-up.
struct ProbeAnswer {
  enum class Kind {
    Chosen,   ///< an IKE SA was agreed on (in IKE_SA_INIT)
    Refused,  ///< an error notification
    Silent,
  };
  Kind kind = Kind::Silent;
  std::string notify;  ///< of Refused: "NO_PROPOSAL_CHOSEN"
  ScenarioRun run;

  /// The device's last response of this exchange that is no cookie and no INVALID_KE_PAYLOAD; null: none.
  const trace::MessageRecord* response(wire::ExchangeType exchange) const;
  const trace::MessageRecord* init() const { return response(wire::ExchangeType::IKE_SA_INIT); }
  const trace::MessageRecord* auth() const { return response(wire::ExchangeType::IKE_AUTH); }
  bool asked_for_cookie() const;
};

bool has_notify(const trace::MessageRecord& message, wire::NotifyType type);
/// The first error notification: "NO_PROPOSAL_CHOSEN"; empty: none.
std::string error_of(const trace::MessageRecord& message);

/// Asks, and keeps count.
class ProbeAsker {
 public:
  ProbeAsker(const Target& target, const ProbeOptions& options, ProbeReport& report)
      : target_(target), options_(options), report_(report) {}

  const Target& target() const { return target_; }
  const ProbeOptions& options() const { return options_; }
  bool stopped();

  /// `what` is said while it goes on.
  ProbeAnswer ask(const std::string& what, std::vector<Action> actions, const ConfigOverrides& config = {},
                  Role harness = Role::Initiator);

  std::vector<ClaimEvidence> take_evidence() { return std::move(evidence_); }

 private:
  void note(const ProbeAnswer& answer, const std::string& what);

  const Target& target_;
  const ProbeOptions& options_;
  ProbeReport& report_;
  std::vector<ClaimEvidence> evidence_;
};

/// A combined mode, which stands without an integrity algorithm (RFC 5282 §8).
bool is_combined_mode(const std::string& cipher);

/// Of the first proposal, which in a response is the one that was chosen.
ProbedTransforms chosen_transforms(const wire::SecurityAssociation&);

/// The transforms that the device accepts, in the offers of IKE_SA_INIT and of the first Child SA.
void probe_ike_transforms(ProbeAsker& asker, ProbedTransforms& found);
void probe_child_transforms(ProbeAsker& asker, const ProbedTransforms& ike, ProbedTransforms& found);

}  // namespace ikevet::scenarios
