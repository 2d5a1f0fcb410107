// Steps that another program plays: where the words of the scenario format do not suffice.
#pragma once

#include <optional>

#include "scenarios/runner/runner.hpp"
#include "scenarios/runner/session.hpp"

namespace ikevet::scenarios {

class StepHook {
 public:
  virtual ~StepHook() = default;
  /// Plays a step in place of the runner; empty: the runner is to play it. `step`, `began` and `ended` of what it gives
  /// are filled in by the caller.
  virtual std::optional<StepOutcome> play(std::size_t step, Session& session) = 0;
};

/// As play(), with somebody who may play steps. `hook` may be null.
ScenarioRun play_hooked(const Scenario& scenario, const Target& target, const Link& link, const RunOptions& options,
                        keys::KeySet* keys, StepHook* hook);

}  // namespace ikevet::scenarios
