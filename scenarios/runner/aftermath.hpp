// Is the device still there? Asked when a scenario ended well because the device kept silent: a device that has crashed
// keeps silent, too. What came of it stands in the trace, where the grader looks (reports/step_judge.cpp).
#pragma once

#include <span>

#include "scenarios/format/run.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/runner/session.hpp"

namespace ikevet::scenarios {

/// Did a step hold because nothing came, or nothing of a kind?
bool rests_on_silence(const Scenario& scenario, std::span<const StepOutcome> steps);

/// A plain set-up begins, beside whatever stands; returns when it has come to an end, or the device has had its time.
void ask_whether_it_lives(Session& session);

}  // namespace ikevet::scenarios
