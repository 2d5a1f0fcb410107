// The device under test as the runner sees it: somebody who can be made to act.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.hpp"
#include "engine/sa/engine.hpp"
#include "engine/transport/engine_server.hpp"
#include "engine/transport/memory_network.hpp"
#include "scenarios/format/device_calls.hpp"
#include "scenarios/format/target.hpp"
#include "scenarios/runner/sa_book.hpp"

namespace ikevet::scenarios {

struct TriggerState {
  enum class Kind {
    Running,      ///< started; ask again
    Fired,        ///< the device was made to act
    Unsupported,  ///< the target has no such trigger, or the command said so with exit 127 or 89
    Failed,
  };
  Kind kind{};
  std::string detail;  ///< why, in one sentence; for Unsupported it begins with "unsupported"
};

class Dut {
 public:
  virtual ~Dut() = default;
  /// Makes the device act. May return at once with Running; then poll() tells how it went on.
  virtual TriggerState trigger(std::string_view name, Instant now) = 0;
  /// Of the trigger that was started last.
  virtual TriggerState poll(Instant now) = 0;
  /// How many IKE SAs the device has; empty when that cannot be known.
  virtual std::optional<std::size_t> ike_sas() = 0;
  /// The trigger `reset` was pulled: what stood before is gone, and no sign of a restart.
  virtual bool was_reset() const { return false; }
  /// How the target file says that the device is made to do this; null where it says nothing.
  virtual const DeviceCall* call(std::string_view /*trigger*/) const { return nullptr; }
};

class TriggerCall;

/// The answer to N(COOKIE) or not, as a switch that a trigger throws. RFC 7296 §2.6.
class CookieSwitch final : public sa::Decisions {
 public:
  void demand(bool on) { on_ = on; }
  bool demand_cookie(std::size_t half_open, std::optional<std::size_t> threshold) override {
    return on_ || Decisions::demand_cookie(half_open, threshold);
  }

 private:
  std::atomic<bool> on_{};
};

/// Triggers of our own engine, wherever it runs.
class EngineDut : public Dut {
 public:
  TriggerState trigger(std::string_view name, Instant now) final;
  TriggerState poll(Instant) final { return state_; }

 protected:
  /// Where the engine is, and whom it calls.
  struct Ends {
    Endpoint dut;
    Endpoint harness;
  };
  virtual Ends ends() const = 0;
  virtual SaBook book() = 0;
  virtual void command(const sa::Command& command) = 0;
  virtual void forget_everything() = 0;
  /// Three echo requests through its newest Child SA; false: there is none that carries them.
  virtual bool ping() = 0;
  /// Goes to another of its addresses. Empty when it did; otherwise why it did not.
  virtual std::string move() = 0;

  CookieSwitch cookies_;

 private:
  std::string act(std::string_view name);

  TriggerState state_{TriggerState::Kind::Fired, ""};
};

/// An engine on the virtual network, with a data plane beside it.
class EmbeddedDut final : public EngineDut {
 public:
  /// Where the device is on its network.
  struct Place {
    Endpoint self;
    Endpoint harness;
    std::vector<IpAddress> others;  ///< its further addresses
    std::size_t tfc_multiple{};     ///< of its data plane
  };
  /// The network must outlive the device.
  EmbeddedDut(sa::Config config, transport::MemoryNetwork& network, Place place, std::unique_ptr<RandomSource> random);
  ~EmbeddedDut() override;
  std::optional<std::size_t> ike_sas() override;

 private:
  Ends ends() const override { return {place_.self, place_.harness}; }
  SaBook book() override;
  void command(const sa::Command& command) override;
  void forget_everything() override;
  bool ping() override;
  std::string move() override;
  void start();

  sa::Config config_;
  transport::MemoryNetwork& network_;
  Place place_;
  std::vector<IpAddress> addresses_;  ///< that it has at the moment; commands are given at the first
  std::unique_ptr<RandomSource> random_;
  std::unique_ptr<RandomSource> plane_random_;
  std::unique_ptr<esp::DataPlane> plane_;
  std::unique_ptr<transport::DataPlaneKeys> plane_keys_;
  std::unique_ptr<sa::Engine> engine_;
  std::unique_ptr<transport::EngineHost> host_;
  SaBook book_;
};

/// An engine on sockets of this machine, in a thread of its own.
class LoopbackDut final : public EngineDut, private transport::DriverObserver {
 public:
  /// Throws TransportError. The harness's endpoint is told later, since its port may be chosen by the system.
  LoopbackDut(sa::Config config, const transport::UdpOptions& udp, std::unique_ptr<RandomSource> random);
  ~LoopbackDut() override;
  Endpoint ike_endpoint() const { return server_->ike_endpoint(); }
  Endpoint nat_t_endpoint() const { return server_->nat_t_endpoint(); }
  void set_harness(Endpoint harness) { harness_ = harness; }
  std::optional<std::size_t> ike_sas() override { return server_->ike_sas().size(); }

 private:
  Ends ends() const override { return {server_->ike_endpoint(), harness_}; }
  SaBook book() override;
  void command(const sa::Command& command) override { server_->command(command); }
  void forget_everything() override;
  bool ping() override { return server_->ping({}); }
  std::string move() override { return "unsupported: the built-in engine keeps its address on loopback sockets"; }
  void on_event(const trace::Event& event, Instant) override;

  Endpoint harness_;
  std::mutex mutex_;
  SaBook book_;  // guarded by mutex_: events come from the server's thread
  std::unique_ptr<transport::EngineServer> server_;
};

/// Somebody else's implementation: triggers are the commands of the target file.
class LiveDut final : public Dut {
 public:
  /// `target` must outlive the device.
  LiveDut(const Target& target, double time_scale);
  LiveDut(const Target& target, double time_scale, DeviceCalls calls);
  ~LiveDut() override;
  TriggerState trigger(std::string_view name, Instant now) override;
  TriggerState poll(Instant now) override;
  std::optional<std::size_t> ike_sas() override { return std::nullopt; }
  bool was_reset() const override { return was_reset_; }
  const DeviceCall* call(std::string_view trigger) const override;

 private:
  struct Running {
    std::string name;
    std::unique_ptr<TriggerCall> call;
    Instant deadline;
  };
  const Target& target_;
  double time_scale_;
  DeviceCalls calls_;
  std::optional<Running> running_;
  std::vector<std::unique_ptr<TriggerCall>> background_;
  TriggerState state_{TriggerState::Kind::Fired, ""};
  bool was_reset_{};
};

}  // namespace ikevet::scenarios
