// What a run is worth.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/format/requirement.hpp"

namespace ikevet::reports {

enum class Status {
  Pass,
  PassLenient,  ///< right outcome, another manner that no MUST forbids
  Fail,
  Inconclusive,  ///< with a reason code
  Unsupported,   ///< declared so, or said on the wire
  NotApplicable,
  Waived,    ///< a known deviation with reason and owner
  Unstable,  ///< differs between re-runs
  Error,     ///< the harness
};
std::string_view name(Status);  ///< "pass", "pass-lenient", ...
std::optional<Status> status_from_name(std::string_view text);
inline constexpr std::size_t kStatusCount = 9;

/// The situation on which a verdict rests.
struct Evidence {
  std::string scenario;
  std::optional<std::size_t> step;  ///< index into the scenario's steps; empty when a rule for every message speaks
  std::vector<std::size_t> frames;  ///< in that scenario's capture
  std::string expected;             ///< all alternatives, with their citations
  std::string actual;
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

struct RequirementVerdict {
  std::string requirement;
  Status status{};
  std::string reason;  ///< reason code for everything but pass and fail: "control-failed", "not-provoked", ...
  std::string detail;
  std::vector<Evidence> evidence;
  friend bool operator==(const RequirementVerdict&, const RequirementVerdict&) = default;
};

struct ScenarioVerdict {
  std::string scenario;
  Status status{};
  std::string reason;
  std::string detail;
  std::vector<RequirementVerdict> requirements;  ///< what its steps say of what it covers
  std::vector<RequirementVerdict> rules;         ///< what the rules for every message say of this trace
  double seconds{};
  friend bool operator==(const ScenarioVerdict&, const ScenarioVerdict&) = default;
};

/// One run, graded.
struct Verdicts {
  std::vector<ScenarioVerdict> scenarios;                  ///< in the order they ran
  std::map<std::string, RequirementVerdict> requirements;  ///< over all scenarios: every requirement of the catalogue
  bool partial{};                                          ///< interrupted
  friend bool operator==(const Verdicts&, const Verdicts&) = default;
};

/// Whether a failure of this requirement is a failure of the device: MUST, MUST NOT and what a standard states; with
/// `strict` SHOULD and SHOULD NOT too. An id that the catalogue does not know counts as required.
bool required(const scenarios::Catalogue&, std::string_view requirement, bool strict);

/// 0 all required pass, 1 a required one failed, 3 harness error, 4 unreachable or a trigger never fired, 5 nothing
/// ran, 6 nothing worse than inconclusive, or nothing proved at all. The first of 5, 1, 3, 4, 6 that applies is given.
/// With `strict` a failed SHOULD counts as required.
int exit_code(const Verdicts&, const scenarios::Catalogue&, bool strict);

}  // namespace ikevet::reports
