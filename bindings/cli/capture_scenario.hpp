// From a capture to a scenario that plays the same exchanges with cryptography of its own.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/trace/trace.hpp"

namespace ikevet::app {

struct WrittenScenario {
  nlohmann::ordered_json document;  ///< as the loader takes it
  std::vector<std::string> notes;   ///< what of the capture is not in it, and why: a line each
};

/// The first IKE SA of the trace, and those that it was rekeyed to. `trace` has the device as trace::Party::Dut. What
/// the harness asked is asked again; what the device began is triggered; what either repeated is lost once on the way.
/// Closed messages are told in the notes: what is in them cannot be known.
WrittenScenario scenario_of(const trace::Trace& trace, const std::string& id, const std::string& title);

}  // namespace ikevet::app
