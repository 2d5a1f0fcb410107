// What a `check` step says of the messages so far.
#pragma once

#include <string>
#include <vector>

#include "engine/trace/trace.hpp"
#include "scenarios/format/scenario.hpp"

namespace ikevet::scenarios {

struct CheckResult {
  bool holds{};
  std::string detail;
  std::vector<std::size_t> frames;
};

/// True for checks that the trace alone settles; the others ask the harness's engine.
bool is_about_trace(Check::What what);

/// Settles one. A statement about something that did not occur does not hold: no evidence, no pass.
/// @param since  for DutSilent: messages from here on count
CheckResult check_trace(const Check& check, const trace::Trace& trace, std::size_t since);

/// RFC 7296 §1.3.3: the Child SA that took the place of another has new SPIs in both directions.
CheckResult check_new_spis(const trace::Trace& trace);

}  // namespace ikevet::scenarios
