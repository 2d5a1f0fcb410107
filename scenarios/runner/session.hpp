// One scenario in progress: the engine, what came from the device, and what of it the engine has seen.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/esp/data_plane.hpp"
#include "engine/sa/engine.hpp"
#include "engine/transport/data_plane_link.hpp"
#include "engine/transport/driver.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/format/target.hpp"
#include "scenarios/runner/chosen_random.hpp"
#include "scenarios/runner/link.hpp"
#include "scenarios/runner/recorder.hpp"
#include "scenarios/runner/runner.hpp"
#include "scenarios/runner/scenario_tap.hpp"

namespace ikevet::scenarios {

class Session {
 public:
  Session(const Scenario& scenario, const Target& target, const Link& link, const RunOptions& options);

  // ------------------------------------------------------------------------------------------------------------- time
  Instant now() const { return link_.transport.now(); }
  Duration scaled(Duration duration) const;
  Duration answer_time() const { return scaled(target_.answer_time); }
  bool interrupted() const { return link_.transport.interrupted(); }

  using Condition = std::function<bool()>;
  /// Lets things happen until `done` holds (true), or `until` has come or somebody interrupts (false).
  bool pump(Instant until, const Condition& done);
  /// The same with the engine cut off: everything is recorded and lost.
  bool pump_in_silence(Instant until, const Condition& done);

  // ----------------------------------------------------------------------------------------------- what the device
  // sent
  struct Seen {
    std::size_t message{};  ///< index in the trace
    bool consumed{};        ///< an `expect` took it
    bool lost{};            ///< on the scenario's network
  };
  const std::vector<Seen>& seen() const { return seen_; }
  void consume(std::size_t message);
  /// Messages from the device, counting those that were lost.
  std::size_t arrivals() const { return seen_.size(); }

  // ------------------------------------------------------------------------------------------------------- holding
  // back
  /// Messages for which this holds are held back when they come; empty: none.
  void hold_back(std::function<bool(const trace::MessageRecord&)> which) { wanted_ = std::move(which); }
  bool holding() const { return !held_.empty(); }
  /// The message was taken from what the engine had not seen yet.
  bool holds_request_of(wire::ExchangeType exchange) const;
  void release();
  /// The same up to the first message that is still wanted: one that hold_back() asks for and no `expect` has taken.
  void release_unwanted();
  void throw_away_held() { held_.clear(); }

  // ------------------------------------------------------------------------------------------------------------ the
  // engine
  sa::Engine& engine() { return engine_; }
  void command(const sa::Command& command) { driver_.command(command); }
  ScenarioTap& tap() { return tap_; }
  ChosenRandom& random() { return *random_; }
  Recorder& recorder() { return recorder_; }
  const trace::Trace& trace() const { return recorder_.trace(); }
  const SaBook& book() const { return recorder_.book(); }
  void send_raw(const Datagram& datagram);

  // ---------------------------------------------------------------------------------------------------- the data plane
  const esp::DataPlane& plane() const { return plane_; }
  /// Echo requests through the newest Child SA that carries them; false: there is none.
  bool ping(const esp::PingPlan& plan);
  void stop_ping();
  void send_dummies(int count);

  /// Remembers a message that was damaged on purpose, so that the engine need not wait for its answer for ever.
  void note_experiment(const ScenarioTap::Made& made);
  /// Frees the engine of damaged messages that nobody answered: takes back requests, forgets half-made IKE SAs.
  void write_off_experiments();
  /// An IKE SA that we (or the device, as `role` says) began and that is not written off.
  bool set_up_in_progress() const;

  // ------------------------------------------------------------------------------------------------------------ the
  // device
  /// Starts a trigger.
  TriggerState trigger(const std::string& name);
  /// Of the last one; Running while its command runs.
  const TriggerState& trigger_state() const { return trigger_; }

  // ---------------------------------------------------------------------------------------------------------- what is
  // told
  const Scenario& scenario() const { return scenario_; }
  const Target& target() const { return target_; }
  const Link& link() const { return link_; }
  /// How the harness begins an IKE SA: on port 500, or where the scenario says so on 4500 (RFC 7296 §2.23).
  sa::Initiate initiation() const;
  /// The addresses of an end, the one of the beginning first.
  std::vector<IpAddress> harness_addresses() const;
  std::vector<IpAddress> dut_addresses() const;
  /// Frames of messages from `first_message` on, in order; of one side, or of both.
  std::vector<std::size_t> frames_since(std::size_t first_message, std::optional<trace::Party> of = {}) const;

 private:
  struct Held {
    std::size_t message{};
    Datagram datagram;
  };
  struct Experiment {
    IkeSpis spis;
    MessageId message_id;
  };

  static std::unique_ptr<RandomSource> make_random(const Scenario&, const RunOptions&, std::uint64_t label);
  static esp::DataPlaneOptions plane_options(const Scenario&, const Target&, const Link&);
  static sa::Config make_config(const Scenario&, const Target&, const Link&, const RunOptions&);
  void take(const transport::Arrival& arrival);
  bool is_wanted(const Held& held) const;
  void deliver_first_held();
  void poll_trigger();
  /// Waiting is cut into pieces while a command runs, so that its end is noticed.
  Instant next_look(Instant until) const;
  bool answered(const Experiment& experiment) const;

  const Scenario& scenario_;
  const Target& target_;
  Link link_;
  double time_scale_;
  std::unique_ptr<ChosenRandom> random_;
  std::unique_ptr<RandomSource> plane_random_;
  Recorder recorder_;
  ScenarioTap tap_;
  esp::DataPlane plane_;
  transport::DataPlaneKeys plane_keys_;
  sa::Engine engine_;
  transport::Driver driver_;

  std::vector<Seen> seen_;
  std::deque<Held> held_;
  std::function<bool(const trace::MessageRecord&)> wanted_;
  std::vector<Experiment> experiments_;
  TriggerState trigger_{TriggerState::Kind::Fired, ""};
};

}  // namespace ikevet::scenarios
