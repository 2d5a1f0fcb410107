// Failures that somebody answers for: applied to the verdicts, and accounted for one by one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/grader.hpp"
#include "scenarios/format/waiver.hpp"

namespace ikevet::reports {

/// A waiver, and what it did in a run.
struct WaiverAccount {
  enum class Source { Target, File };  ///< `known_deviations` of the target file, or a file of waivers
  enum class State {
    Used,       ///< it covers failures
    Expired,    ///< before the day of the run: what it covers counts
    NotNeeded,  ///< what it names was there and did not fail
    NotInRun,   ///< what it names was not there
  };
  /// A failure; `requirement` is empty for a scenario that failed by itself.
  struct Covered {
    std::string scenario;
    std::string requirement;
    friend bool operator==(const Covered&, const Covered&) = default;
  };
  Source source{};
  scenarios::Waiver waiver;
  State state{};
  std::vector<Covered> covered{};  ///< of an expired one: what it would have covered
  std::string what() const;        ///< "rfc7296-2.2-x in rfc7296/2.2/y"
  std::string text() const;        ///< one line: what it names, whose it is, what it did
  friend bool operator==(const WaiverAccount&, const WaiverAccount&) = default;
};
std::string_view name(WaiverAccount::State);   ///< "used", "expired", "not-needed", "not-in-run"
std::string_view name(WaiverAccount::Source);  ///< "target", "file"

/// combine() with waivers beside the known deviations of `context`. The narrowest waiver that holds is the one used.
Verdicts combine(std::vector<ScenarioVerdict> scenarios, const scenarios::Catalogue& catalogue,
                 const RunContext& context, std::span<const scenarios::Waiver> waivers);

/// What each of them did to verdicts that combine() gave for the same context and waivers: known deviations first.
std::vector<WaiverAccount> waiver_accounts(const Verdicts& verdicts, const RunContext& context,
                                           std::span<const scenarios::Waiver> waivers);

/// Of combine(): failures that a waiver covers become Waived.
void apply_waivers(std::vector<ScenarioVerdict>& scenarios, const RunContext& context,
                   std::span<const scenarios::Waiver> waivers);

}  // namespace ikevet::reports
