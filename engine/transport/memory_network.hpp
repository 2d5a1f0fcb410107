// A network without a machine under it: hosts by address, datagrams in an exact order, and a clock that jumps from
// event to event. Nothing in it waits; the same inputs give the same run.
#pragma once

#include <csignal>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"
#include "engine/esp/data_plane.hpp"
#include "engine/sa/engine.hpp"
#include "engine/transport/faults.hpp"
#include "engine/transport/transport.hpp"

namespace ikevet::transport {

/// What a host does when something happens to it.
struct Reaction {
  std::vector<Datagram> datagrams;
  std::optional<Instant> wake_at;  ///< tick() is called then; replaces what an earlier reaction said
};

/// Somebody on the virtual network.
class Host {
 public:
  virtual ~Host() = default;
  virtual Reaction handle(const Datagram&, Instant now) = 0;
  virtual Reaction tick(Instant now) = 0;
};

/// An engine as a host, and the data plane beside it if there is one. Events are gathered until somebody takes them.
class EngineHost final : public Host {
 public:
  explicit EngineHost(sa::Engine& engine, esp::DataPlane* plane = nullptr) : engine_(engine), plane_(plane) {}
  Reaction handle(const Datagram& datagram, Instant now) override;
  Reaction tick(Instant now) override;
  /// Throws as Engine::command does.
  Reaction command(const sa::Command& command, Instant now) { return react(engine_.command(command, now), now); }
  /// What the data plane was made to do.
  Reaction react(esp::PlaneOutputs outputs, Instant now);

  std::vector<trace::Event> take_events() { return std::exchange(events_, {}); }

 private:
  Reaction react(sa::Outputs outputs, Instant now);
  /// When the engine or the data plane wants to be woken.
  std::optional<Instant> wake_at(Instant now) const;

  sa::Engine& engine_;
  esp::DataPlane* plane_;
  std::optional<Instant> engine_wake_;
  std::vector<trace::Event> events_;
};

/// 2026-01-01T00:00:00Z: where virtual time begins unless told otherwise, so that captures can be reproduced.
inline constexpr Instant kVirtualEpoch{std::chrono::seconds(1'767'225'600)};

class MemoryNetwork {
 public:
  /// `latency` is what every datagram takes from host to host.
  explicit MemoryNetwork(Instant start = kVirtualEpoch, Duration latency = std::chrono::milliseconds(1))
      : now_(start), latency_(latency) {}

  Instant now() const { return now_; }
  /// The host gets what is sent to `address`, whatever the port. Not owned; must outlive the network or be detached.
  void attach(const IpAddress& address, Host& host);
  void detach(const IpAddress& address);
  /// What follows passes this node too, after those added before.
  void add(std::unique_ptr<Fault> fault) { faults_.push_back(std::move(fault)); }
  void clear_faults() { faults_.clear(); }

  void send(Datagram datagram);
  /// Takes in what a host did outside the network's calls, e.g. on a command.
  void react(const IpAddress& host, Reaction reaction);

  /// When something will happen next; empty: never.
  std::optional<Instant> next_event() const;
  /// Moves the clock to the next event, if it is not after `limit`, and lets it happen. False when there is none.
  bool step(Instant limit);
  /// Moves the clock on without anything happening; never back.
  void advance_to(Instant when) { now_ = std::max(now_, when); }

 private:
  struct Attached {
    Host* host{};
    std::optional<Instant> wake_at;
  };
  /// Deliveries at one instant happen in the order in which they were sent.
  using DeliveryKey = std::pair<Instant, std::uint64_t>;

  void pass_from(std::size_t first_fault, Datagram datagram, Duration delay);
  bool deliver_due();
  bool release_due();
  bool tick_due();
  void take(Attached& attached, Reaction reaction);

  Instant now_;
  Duration latency_;
  std::map<IpAddress, Attached> hosts_;
  std::vector<std::unique_ptr<Fault>> faults_;
  std::map<DeliveryKey, Datagram> in_flight_;
  std::uint64_t sent_{};
};

/// The harness's view of the virtual network: receive() makes time pass.
class MemoryTransport final : public Transport, private Host {
 public:
  /// `network` must outlive the transport. What is sent to any of the addresses arrives.
  MemoryTransport(MemoryNetwork& network, const IpAddress& address, const std::vector<IpAddress>& more = {});
  ~MemoryTransport() override;
  MemoryTransport(const MemoryTransport&) = delete;
  MemoryTransport& operator=(const MemoryTransport&) = delete;

  Instant now() const override { return network_.now(); }
  void send(const Datagram& datagram) override { network_.send(datagram); }
  bool sends_bare_esp() const override { return true; }
  std::optional<Arrival> receive(Instant until) override;
  void interrupt() override { interrupted_ = 1; }
  bool interrupted() const override { return interrupted_ != 0; }

 private:
  Reaction handle(const Datagram& datagram, Instant now) override;
  Reaction tick(Instant) override { return {}; }

  MemoryNetwork& network_;
  std::vector<IpAddress> addresses_;
  std::deque<Arrival> arrived_;
  volatile std::sig_atomic_t interrupted_ = 0;
};

}  // namespace ikevet::transport
