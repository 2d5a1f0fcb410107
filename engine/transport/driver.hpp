// Joins a transport, an engine and the clock.
#pragma once

#include <optional>
#include <vector>

#include "engine/esp/data_plane.hpp"
#include "engine/sa/engine.hpp"
#include "engine/transport/transport.hpp"

namespace ikevet::transport {

/// Sees everything that passes between an engine and its transport.
class DriverObserver {
 public:
  virtual ~DriverObserver() = default;
  /// The engine sends a datagram. Returns what really leaves: just that, unless somebody steps in between.
  virtual std::vector<Datagram> on_send(const Datagram& datagram, Instant) { return {datagram}; }
  virtual void on_receive(const Arrival&) {}
  virtual void on_event(const trace::Event&, Instant) {}
};

class Driver {
 public:
  /// Nothing is owned; all must outlive the driver. `plane` may be null: then ESP goes to the engine, which discards
  /// it.
  Driver(Transport& transport, sa::Engine& engine, DriverObserver& observer, esp::DataPlane* plane = nullptr)
      : transport_(transport), engine_(engine), observer_(observer), plane_(plane) {}

  /// Throws as Engine::command and Transport::send do.
  void command(const sa::Command& command);
  /// Hands a datagram to the engine, or to the data plane if it is ESP.
  void deliver(const Datagram& datagram);
  /// Waits for a datagram and gives the engine its ticks. Empty when the engine was woken, when `until` has come or
  /// after an interruption: the caller looks at what has changed and asks again. The datagram is not delivered.
  std::optional<Arrival> wait(Instant until);
  /// Waits for a datagram while the engine is left alone; the data plane goes on.
  std::optional<Arrival> listen(Instant until);
  /// The same with the data plane left alone too, as if the whole host had fallen silent.
  std::optional<Arrival> listen_only(Instant until);
  /// Sends and tells what the data plane was made to do.
  void dispatch(const esp::PlaneOutputs& outputs);
  /// Waits, and delivers what comes.
  void run_once(Instant until);

  Instant now() const { return transport_.now(); }

 private:
  void dispatch(const sa::Outputs& outputs);

  Transport& transport_;
  sa::Engine& engine_;
  DriverObserver& observer_;
  esp::DataPlane* plane_;
  std::optional<Instant> wake_at_;
};

}  // namespace ikevet::transport
