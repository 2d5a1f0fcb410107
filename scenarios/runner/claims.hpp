// What a device shows on the wire of the capabilities that a target file claims.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/trace/trace.hpp"
#include "scenarios/format/target.hpp"

namespace ikevet::scenarios {

/// One occasion on which a capability was asked for.
struct ClaimEvidence {
  std::string_view capability;  ///< of kCapabilities
  bool accepted{};              ///< the device took part; otherwise it answered and left it out
  std::string how;              ///< "answered N(MOBIKE_SUPPORTED) with the same"
  std::string scenario;
  std::size_t frame{};  ///< of the device's message
};

/// What the exchanges of a trace show. Requests that were altered count like others: only a whole answer is one.
std::vector<ClaimEvidence> claim_evidence(const trace::Trace& trace, const std::string& scenario);

/// A claim and the wire disagree: claimed but never accepted, or accepted without being claimed.
struct ClaimFinding {
  std::string capability;
  bool claimed{};
  ClaimEvidence evidence;  ///< the first occasion
  std::string text() const;
};
std::vector<ClaimFinding> compare_claims(const std::vector<std::string>& claimed,
                                         const std::vector<ClaimEvidence>& evidence);

}  // namespace ikevet::scenarios
