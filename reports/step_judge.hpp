// What one step of a scenario says, with its evidence.
#pragma once

#include <cstddef>
#include <string>

#include "reports/trace_checks.hpp"
#include "reports/trace_view.hpp"
#include "reports/verdict.hpp"
#include "scenarios/format/run.hpp"
#include "scenarios/format/scenario.hpp"

namespace ikevet::reports {

struct StepVerdict {
  std::size_t step{};
  bool reached{};
  Status status = Status::Inconclusive;  ///< Pass, PassLenient, Fail, Inconclusive, Unsupported or Error
  std::string reason;
  std::string detail;
  Evidence evidence;
  std::string requirement;  ///< what the step proves; empty: all that the scenario covers

  bool held() const { return status == Status::Pass || status == Status::PassLenient; }
};

class StepJudge {
 public:
  /// All three must outlive the judge.
  StepJudge(const scenarios::Scenario& scenario, const scenarios::ScenarioRun& run, const TraceView& view)
      : scenario_(scenario), run_(run), view_(view) {}

  /// `step` is an index into the scenario's steps.
  StepVerdict judge(std::size_t step) const;

 private:
  StepVerdict verdict(std::size_t step, const scenarios::StepOutcome& outcome) const;
  StepVerdict expect(const scenarios::Expect& expect, StepVerdict base, const scenarios::StepOutcome& outcome) const;
  StepVerdict give_if_alive(StepVerdict base, Status status) const;
  std::vector<std::size_t> unanswered_in_the_end() const;
  StepVerdict nothing_came(StepVerdict base, const scenarios::StepOutcome& outcome, std::string what) const;
  StepVerdict expect_done(const scenarios::Expect& expect, StepVerdict base,
                          const scenarios::StepOutcome& outcome) const;
  StepVerdict expect_unmet(const scenarios::Expect& expect, StepVerdict base,
                           const scenarios::StepOutcome& outcome) const;
  StepVerdict check(const scenarios::Check& check, StepVerdict base, const scenarios::StepOutcome& outcome) const;
  StepVerdict compound(StepVerdict base, const scenarios::StepOutcome& outcome) const;
  StepVerdict refused(StepVerdict base, const scenarios::StepOutcome& outcome) const;
  StepVerdict unreachable(StepVerdict base) const;
  bool dut_was_seen(Instant until) const;
  Window window(std::size_t step, const scenarios::StepOutcome& outcome) const;
  Window silent_window(std::size_t step, const scenarios::StepOutcome& outcome) const;
  const scenarios::StepOutcome* outcome_of(std::size_t step) const;

  const scenarios::Scenario& scenario_;
  const scenarios::ScenarioRun& run_;
  const TraceView& view_;
};

}  // namespace ikevet::reports
