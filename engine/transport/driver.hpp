// Joins a transport, an engine and the clock.
#pragma once

#include <optional>
#include <vector>

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
  /// Nothing is owned; all must outlive the driver.
  Driver(Transport& transport, sa::Engine& engine, DriverObserver& observer)
      : transport_(transport), engine_(engine), observer_(observer) {}

  /// Throws as Engine::command and Transport::send do.
  void command(const sa::Command& command);
  /// Hands a datagram to the engine.
  void deliver(const Datagram& datagram);
  /// Waits for a datagram and gives the engine its ticks. Empty when the engine was woken, when `until` has come or
  /// after an interruption: the caller looks at what has changed and asks again. The datagram is not delivered.
  std::optional<Arrival> wait(Instant until);
  /// Waits for a datagram while the engine is left alone, as if it had fallen silent.
  std::optional<Arrival> listen(Instant until);
  /// Waits, and delivers what comes.
  void run_once(Instant until);

  Instant now() const { return transport_.now(); }

 private:
  void dispatch(const sa::Outputs& outputs);

  Transport& transport_;
  sa::Engine& engine_;
  DriverObserver& observer_;
  std::optional<Instant> wake_at_;
};

}  // namespace ikevet::transport
