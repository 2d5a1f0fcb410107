// The statements of `check` and `absent` steps that a trace alone can settle. The runner decides with them how a
// scenario goes on; the grader works them out again from the record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/trace_view.hpp"
#include "scenarios/format/run.hpp"
#include "scenarios/format/scenario.hpp"

namespace ikevet::reports {

/// The part of a trace that a step speaks of: times from `began` to `ended`, both included. Several steps may share one
/// instant of a virtual clock; what an earlier step took as its evidence stands before `first`, and what a later one
/// took at the very end stands at or behind `last`.
struct Window {
  Instant began, ended;
  std::size_t first{};          ///< index of a message
  std::size_t last = SIZE_MAX;  ///< one behind
  bool holds(const trace::MessageRecord& message, std::size_t index) const {
    const bool in_time = message.at >= began && message.at <= ended;
    return in_time && index >= first && (message.at < ended || index < last);
  }
};

struct TraceCheck {
  enum class Answer {
    Holds,
    Broken,      ///< the messages contradict it
    NoEvidence,  ///< the situation it speaks of is not in the trace
  };
  Answer answer{};
  std::string detail;
  std::vector<std::size_t> frames;
};

/// Settles a check from the trace. Empty for checks of the harness's own state, which only the runner knows.
/// @param until   messages after this instant do not count
/// @param window  for DutSilent: the step before and this one
std::optional<TraceCheck> settle(const scenarios::Check& check, const TraceView& view, Instant until,
                                 const Window& window);

/// Indices of the device's messages in the window that match.
std::vector<std::size_t> matching(const scenarios::MessagePattern& pattern, const TraceView& view,
                                  const Window& window);

/// Indices of the device's messages in the window that answer the harness's last message before or in it: responses,
/// save those that belong to an earlier request.
std::vector<std::size_t> answers(const TraceView& view, const Window& window);

}  // namespace ikevet::reports
