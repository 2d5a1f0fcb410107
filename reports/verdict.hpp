// What a run is worth.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/format/requirement.hpp"

namespace ikevet::reports {

enum class Status {
  Pass,
  PassLenient,    ///< right outcome, another manner that no MUST forbids
  Fail,
  Inconclusive,   ///< with a reason code
  Unsupported,    ///< declared so, or said on the wire
  NotApplicable,
  Waived,         ///< a known deviation with reason and owner
  Unstable,       ///< differs between re-runs
  Error,          ///< the harness
};
std::string_view name(Status);  ///< "pass", "pass-lenient", ...

/// The situation on which a verdict rests.
struct Evidence {
  std::string scenario;
  std::vector<std::size_t> frames;  ///< in that scenario's capture
  std::string expected;             ///< all alternatives, with their citations
  std::string actual;
};

struct RequirementVerdict {
  std::string requirement;
  Status status{};
  std::string reason;               ///< reason code for everything but pass and fail: "control-failed", "not-provoked", ...
  std::string detail;
  std::vector<Evidence> evidence;
};

struct ScenarioVerdict {
  std::string scenario;
  Status status{};
  std::string reason;
  std::string detail;
  std::vector<RequirementVerdict> requirements;  ///< what its steps say of what it covers
  std::vector<RequirementVerdict> rules;         ///< what the rules for every message say of this trace
  double seconds{};
};

/// One run, graded.
struct Verdicts {
  std::vector<ScenarioVerdict> scenarios;                    ///< in the order they ran
  std::map<std::string, RequirementVerdict> requirements;    ///< over all scenarios: every requirement of the catalogue
  bool partial{};                                            ///< interrupted
};

/// design.md: 0 all required pass, 1 a required one failed, 3 harness error, 4 unreachable or a trigger never fired,
/// 5 nothing ran, 6 inconclusive only. With `strict` a failed SHOULD counts as required.
int exit_code(const Verdicts&, const scenarios::Catalogue&, bool strict);

}  // namespace ikevet::reports
