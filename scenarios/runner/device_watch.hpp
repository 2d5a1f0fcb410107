// Looks after a live device between scenarios: is it ready, does it still answer, is it the same one as before?
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "scenarios/format/device_calls.hpp"

namespace ikevet::scenarios {

/// What was seen behind a scenario.
struct DeviceHealth {
  enum class State {
    Alive,      ///< a plain request was answered, and nothing speaks of a restart
    Restarted,  ///< it answers, and has forgotten what it knew: a supervisor may have brought it back
    Dead,       ///< plain requests are not answered, and `life` is not either
    Silent,     ///< plain requests are not answered any more: it is gone, or shuts us out
    Unknown,    ///< nothing can be asked of it: it is no responder, and has no `life`
  };
  State state = State::Unknown;
  std::string how;  ///< what says so, in one sentence
};
std::string_view name(DeviceHealth::State);  ///< "alive", "restarted", ...
std::optional<DeviceHealth::State> health_from_name(std::string_view);

/// A plain IKE_SA_INIT request from a port of its own, answered in any way? First one whose only proposal nobody
/// accepts: its answer leaves nothing behind at the device. Where that is not answered, one that the device accepts.
/// A cookie that is asked for is an answer. Throws TransportError.
bool answers_plain_request(const Target& target, double time_scale);

class DeviceWatch {
 public:
  /// `stop` is asked while it waits, `now` is the real clock. `target` must outlive the watch.
  DeviceWatch(const Target& target, double time_scale, std::function<bool()> stop, std::function<Instant()> now);
  ~DeviceWatch();
  DeviceWatch(const DeviceWatch&) = delete;
  DeviceWatch& operator=(const DeviceWatch&) = delete;

  /// Waits until `ready` of the target succeeds, `ready_time` at most. Says why it is not; empty when it is, or when
  /// the target has no such question.
  std::string wait_until_ready();

  /// Notes who the device is, and sets up the bystander: an IKE SA that no scenario touches. Tells what the user should
  /// know; may be empty. Only for a device that can have two IKE SAs with the harness.
  std::string begin();
  /// Before a scenario. When the device `acts`, made to by a trigger, the bystander goes: a device that is told to connect would use the IKE SA that
  /// stands instead of a new one. Otherwise it is set up again, where the device keeps one.
  void make_ready_for(bool acts);
  /// Whether there is a bystander: the scenarios then leave INITIAL_CONTACT out, which would end it (RFC 7296 §2.4).
  bool has_bystander() const;

  /// Pulls the trigger `reset`, where there is one, and waits until the device is ready. Says what went wrong.
  std::string reset();

  /// Looks at the device. `was_reset`: the scenario reset it, so that what it knew is gone by right.
  DeviceHealth look(bool was_reset);

 private:
  class Bystander;

  bool answers_after_all();
  std::optional<DeviceHealth> why_silent();
  bool stopped() const { return stop_ && stop_(); }
  /// The output of `life`; empty when it cannot be had.
  std::optional<std::string> ask(const DeviceCall& question, std::string_view called);

  const Target& target_;
  DeviceCalls calls_;
  double time_scale_;
  std::function<bool()> stop_;
  std::function<Instant()> now_;
  std::optional<std::string> life_;
  bool answers_{};          ///< when it was last looked at
  bool keeps_bystander_{};  ///< shown by begin()
  std::unique_ptr<Bystander> bystander_;
};

}  // namespace ikevet::scenarios
