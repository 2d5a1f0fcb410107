// Finds out what a responder can do, with few messages: each question is a set-up that offers something, and the answer
// says what was chosen. What is left standing is taken down, as after any scenario.
//
// Transforms are found by elimination: everything is offered, what was chosen is left out of the next offer, until the
// device refuses. One answer tells a cipher, a prf, an integrity algorithm and a group at once. Where a device does not
// answer an offer at all, it is halved: some drop what is too long for them, or what they cannot read.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.hpp"
#include "scenarios/format/target.hpp"
#include "scenarios/runner/claims.hpp"

namespace ikevet::scenarios {

struct ProbeOptions {
  std::optional<std::uint64_t> seed;
  double time_scale = 1;
  unsigned half_open = 8;  ///< most half-open IKE SAs that are left to see when cookies are asked for; 0: none
  /// How long to stay silent in an IKE SA to see whether and how the device repeats itself, where no trigger makes it
  /// ask. Zero: not at all.
  Duration patience{};
  std::function<void(const std::string&)> on_question;  ///< live progress
  std::function<bool()> stop;                           ///< asked before each question
};

/// What may be negotiated, by the names of proposal strings ("aes256gcm16", "prfsha256", "x25519"), in the order in
/// which the device chose.
struct ProbedTransforms {
  std::vector<std::string> encr, prf, integ, groups, esn;
};

struct ProbeReport {
  std::size_t questions{}, sent{}, received{};  ///< set-ups and messages
  bool answered{};                              ///< the device answered at least one message
  bool interrupted{};
  std::string authentication;  ///< "established", or what came instead: "AUTHENTICATION_FAILED"
  bool authenticated() const { return authentication == "established"; }

  ProbedTransforms ike, child;
  std::vector<std::string> vendor_ids;        ///< hexadecimal
  std::vector<std::string> init_notifies;     ///< of the device's IKE_SA_INIT responses
  std::vector<std::string> auth_notifies;     ///< of its IKE_AUTH responses
  std::vector<std::string> signature_hashes;  ///< RFC 7427
  /// Question and answer: {"version 3.0", "INVALID_MAJOR_VERSION"}; "no answer".
  std::vector<std::pair<std::string, std::string>> reactions;

  bool cookie_at_once{};
  std::optional<unsigned> cookie_after;   ///< half-open IKE SAs that stood when a cookie was asked for
  std::optional<unsigned> silence_after;  ///< ... when requests were no longer answered
  unsigned half_open_tried{};
  std::size_t largest_answered{};  ///< octets of IKE message
  std::optional<std::size_t> smallest_unanswered;
  Duration slowest_answer{};

  std::string retransmission_of;  ///< "IKE_SA_INIT request"; empty: not seen
  std::vector<Duration> gaps;     ///< between its repetitions
  bool gave_up{};                 ///< seen to the end
  std::string retransmission_why_not;

  std::vector<std::string> capabilities;  ///< shown on the wire
  std::vector<std::string> refused;       ///< asked for, and not shown
  std::vector<ClaimFinding> claims;       ///< where the target's claims and the wire disagree
};

/// Throws transport::TransportError, SetupError. A device that does not answer gives a report that says so.
ProbeReport probe(const Target& target, const ProbeOptions& options);

/// A target file with what was found. What only a person knows (triggers, credentials, identities, addresses) is that
/// of `target`; its credentials are named as its own file names them. `name` is the draft's, that of its file.
std::string target_draft(const Target& target, const ProbeReport& report, const std::string& name);

}  // namespace ikevet::scenarios
