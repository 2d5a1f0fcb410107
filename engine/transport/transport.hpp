// How datagrams and time reach an engine: one interface for real sockets and for the virtual network.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"

namespace ikevet::transport {

/// What the machine or the network denies us: never the fault of the device under test. what() has the remedy too.
class TransportError : public std::runtime_error {
 public:
  TransportError(const std::string& problem, std::string remedy)
      : std::runtime_error(problem + "; " + remedy), remedy_(std::move(remedy)) {}
  const std::string& remedy() const { return remedy_; }

 private:
  std::string remedy_;
};

/// A datagram with the time at which it arrived.
struct Arrival {
  Instant at;
  Datagram datagram;
};

/// One host's view of a network. Real ones sleep, the virtual one moves its clock.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Instant now() const = 0;
  /// Throws TransportError when the datagram cannot leave (no such source address, network down).
  virtual void send(const Datagram&) = 0;
  /// Can send() put ESP into IP protocol 50? Such datagrams have both ports 0, and their payload begins with the SPI.
  virtual bool sends_bare_esp() const { return false; }
  /// Waits until something arrives or `until` has come; empty in the latter case or after interrupt().
  virtual std::optional<Arrival> receive(Instant until) = 0;
  /// Ends a receive() that is waiting, from a signal handler or another thread; the next ones return at once too.
  virtual void interrupt() = 0;
  virtual bool interrupted() const = 0;
};

}  // namespace ikevet::transport
