// What the verdicts on a capture rest on: a capture rarely holds everything, and nobody can be asked.
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/trace/trace.hpp"
#include "reports/verdict.hpp"
#include "scenarios/format/requirement.hpp"

namespace ikevet::reports {

namespace basis {
/// A message by itself, or the whole of an exchange that the capture holds in full, shows it. This is the reason of
/// verdicts that need no other; it is never written.
inline constexpr std::string_view kObserved = "observed";
/// It follows from how messages stand to each other, in a capture that does not hold all of them readable.
inline constexpr std::string_view kInferred = "inferred";
/// No message of the capture shows the situation, or those that might are closed.
inline constexpr std::string_view kNotObservable = "not-observable";
}  // namespace basis

/// What a capture lacks.
struct CaptureGaps {
  std::size_t messages{};      ///< of IKEv2, from both sides
  std::size_t closed{};        ///< of these: SK payloads that could not be opened
  std::size_t cut{};           ///< datagrams that the snapshot length cut
  std::size_t headless_sas{};  ///< IKE SAs whose IKE_SA_INIT is not there
  std::size_t unanswered{};    ///< requests whose response is not there
  bool any() const { return closed + cut + headless_sas + unanswered != 0; }
};
CaptureGaps capture_gaps(const trace::Trace& trace, std::size_t cut);

/// "12 of 30 messages are closed, 1 IKE SA begins before the capture"; empty when nothing lacks.
std::string text(const CaptureGaps& gaps);

struct BasisCounts {
  std::size_t observed{}, inferred{}, not_observable{};
};

/// Says of each rule of a verdict on a capture what it rests on: the reason becomes "inferred" where messages that the
/// rule might have wanted are missing, and stays empty where the verdict was observed. Rules whose situation did not
/// occur are added as Inconclusive with the reason "not-observable" and what would be needed.
BasisCounts state_basis(ScenarioVerdict& verdict, const CaptureGaps& gaps, const scenarios::Catalogue& catalogue);

}  // namespace ikevet::reports
