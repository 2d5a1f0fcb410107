// Plays the scenarios of a plan, several at a time where that is possible, and grades each from its stored evidence.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "bindings/cli/run_timing.hpp"
#include "bindings/cli/stored_run.hpp"
#include "bindings/cli/suite_run.hpp"

namespace ikevet::app {

inline constexpr const char* kClaimsFile = "claims.json";  ///< where the target's claims and the wire disagree

/// How many scenarios of a plan go on at one time: as many as asked for, and as the device takes.
unsigned jobs_of(const RunPlan& plan, const RunHooks* hooks);

/// Whether a scenario can share the device with others: it asks the device for nothing but answers.
bool can_share(const scenarios::Scenario& scenario);

/// The scenarios that a run had to play again have ids of their own: "again-1/ID".
std::string again_id(const std::string& id, unsigned time);
/// The id of the scenario itself.
std::string base_id(const std::string& id);

class Player {
 public:
  /// Waits until the device is ready and looks whose it is. All must outlive the player; `hooks` may be null.
  Player(const RunPlan& plan, RunObserver& observer, RunHooks* hooks);
  ~Player();
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  /// From any thread. `again`: how often it was played before.
  GradedScenario run(std::size_t index, unsigned again = 0);
  /// Once no scenario goes on.
  const RunTiming& timing() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Opens and closes what the first scenario will open: a port in use is told before an earlier run is replaced.
void try_sockets(const RunPlan& plan);

}  // namespace ikevet::app
