// Plays a scenario against a device and says how each step went.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "engine/keys/key_set.hpp"
#include "scenarios/format/run.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/format/target.hpp"
#include "scenarios/runner/link.hpp"

namespace ikevet::scenarios {

struct RunOptions {
  /// With a seed everything random of the harness comes from it (and of the built-in device, where that is the target);
  /// empty: from the operating system.
  std::optional<std::uint64_t> seed = 1;
  double time_scale = 1.0;  ///< all waiting is multiplied by it, the engine's retransmission times too
  /// Another IKE SA of the harness stands, which INITIAL_CONTACT would end (RFC 7296 §2.4): it is left out.
  bool beside_a_bystander{};
  /// Called where the device would be reset, because something was left behind; empty: it is reset.
  std::function<void()> on_leftover;
  /// Called after each step, e.g. for live progress.
  std::function<void(const StepOutcome&)> on_step;
};

/// Plays the steps in order until one does not end well (a `check` that does not hold is no reason to stop), then takes
/// down what stands: live IKE SAs are deleted, and a live device is reset where that does not suffice.
///
/// Messages of the device reach the engine at once, with one exception: what an `expect` takes is held back, and with
/// it whatever comes after, until a step needs the engine to go on. `send` arms its alterations first. So the answer to
/// what was expected can be altered, be it a response or the next request of the same handshake.
///   - `send`, compound steps, `trigger`, checks of the harness's own state: let the engine have what was held;
///   - `expect` after `expect` does too, but not after a `replay`: then it waits for the reaction to the replay;
///   - `drop`, `duplicate`, `replay`, `wait`, checks of the trace, and an `expect` that only says what must be absent
///     leave it held;
///   - `silence` throws it away: the device sends it again if it still wants to know.
///
/// Faults of the harness (sockets, bugs) are StepStatus::HarnessError with a text, never an exception; an interrupted
/// transport ends the run with what there is. Throws SetupError for values of the target or scenario that cannot be
/// used.
///
/// @param keys  gets the keys of all SAs of the run, if not null
ScenarioRun play(const Scenario& scenario, const Target& target, const Link& link, const RunOptions& options,
                 keys::KeySet* keys = nullptr);

/// The seed of one scenario within a run: different scenarios do not share SPIs, nonces and keys.
std::uint64_t scenario_seed(std::uint64_t seed, std::string_view scenario);

}  // namespace ikevet::scenarios
