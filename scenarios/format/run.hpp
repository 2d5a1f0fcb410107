// What playing one scenario gives: the trace, and how each step went. The grader judges from this and the catalogue
// alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/trace/trace.hpp"
#include "scenarios/format/scenario.hpp"

namespace ikevet::scenarios {

/// How a step ended. Only `Unmet` and `Violated` speak of the device.
enum class StepStatus {
  Done,           ///< did what it says, or saw what it expects
  Unmet,          ///< the expected message did not come in time, or a check does not hold
  Violated,       ///< what must be absent was seen
  Refused,        ///< establish: the device answered with an error notify (set-up or device? the report says both)
  NoAnswer,       ///< the device sent nothing at all
  TriggerFailed,  ///< the trigger did not fire, or is unsupported
  HarnessError,   ///< our fault: bug, socket, file
  NotReached,
};
std::string_view name(StepStatus);

struct StepOutcome {
  std::size_t step{};  ///< index into Scenario::steps
  StepStatus status = StepStatus::NotReached;
  Instant began, ended;
  std::vector<std::size_t> frames;         ///< the evidence: frames that matched, or that came instead
  std::optional<std::size_t> alternative;  ///< which of `one_of` matched
  std::string detail;                      ///< expected against actual, in one or two sentences
};

struct ScenarioRun {
  std::string scenario;  ///< id
  trace::Trace trace;
  std::vector<StepOutcome> steps;
  std::vector<Endpoint> harness_endpoints;  ///< so that a capture alone tells who is who
  std::uint64_t seed{};
  bool interrupted{};  ///< Ctrl-C: the rest was not played
};

}  // namespace ikevet::scenarios
