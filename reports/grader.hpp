// From a trace to verdicts. Pure functions: the same scenario, run record and catalogue give the same verdicts, on the
// day of the run and years later.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/trace/trace.hpp"
#include "reports/verdict.hpp"
#include "scenarios/format/requirement.hpp"
#include "scenarios/format/run.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/format/target.hpp"

namespace ikevet::reports {

/// Grades one played scenario: what its steps prove of the requirements it covers, and what the rules for every message
/// say of its trace. The scenario's own status comes from its steps alone; a broken rule stands in `rules`.
///
/// The runner's account of a step is checked against the messages: where they disagree the verdict is Error with reason
/// "evidence-mismatch", never Fail. The positive control is not looked at here: combine() does.
ScenarioVerdict grade(const scenarios::Scenario& scenario, const scenarios::ScenarioRun& run,
                      const scenarios::Catalogue& catalogue);

/// Grades a capture that no scenario produced: the rules for every message alone. Pass where at least one of them found
/// something to look at and none was broken; Inconclusive ("no-evidence") where the device sent nothing.
ScenarioVerdict grade_capture(std::string name, const trace::Trace& trace, const scenarios::Catalogue& catalogue);

/// The verdict of a scenario that was selected and not played, e.g. Unsupported with "capability-missing".
ScenarioVerdict not_played(const scenarios::Scenario& scenario, Status status, std::string_view reason,
                           std::string detail);

/// What combine() needs besides the verdicts.
struct RunContext {
  std::map<std::string, std::string, std::less<>> controls;  ///< scenario id -> id of its positive control
  std::vector<scenarios::KnownDeviation> known_deviations;
  std::string date;  ///< of the run, "2026-11-23": a deviation that expired before it waives nothing
  bool partial{};
};
/// The controls of these scenarios, for RunContext.
std::map<std::string, std::string, std::less<>> controls_of(std::span<const scenarios::Scenario> scenarios);

/// Joins the verdicts of one run: a scenario whose positive control did not pass becomes Inconclusive, known deviations
/// are waived, scenarios that ran several times with different ends become Unstable, and every requirement of the
/// catalogue gets a verdict over all scenarios.
Verdicts combine(std::vector<ScenarioVerdict> scenarios, const scenarios::Catalogue& catalogue,
                 const RunContext& context);

}  // namespace ikevet::reports
