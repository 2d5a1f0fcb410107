// Everything between engine and network: writes the trace, keeps the keys, and is the network's faults.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/keys/key_ring.hpp"
#include "engine/keys/key_set.hpp"
#include "engine/sa/key_log.hpp"
#include "engine/sa/tap.hpp"
#include "engine/trace/trace.hpp"
#include "engine/transport/driver.hpp"
#include "scenarios/format/pattern.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/runner/sa_book.hpp"

namespace ikevet::scenarios {

class Recorder final : public transport::DriverObserver, public sa::KeyLog {
 public:
  /// `dut` is whom packets are recorded from; others are strangers and none of the run's business.
  Recorder(const IpAddress& dut, RandomSource& random) : dut_(dut), random_(random), builder_(&ring_) {}

  // What is to happen to messages that pass.
  void lose(const Drop& rule) { drops_.push_back(rule); }
  void double_next(const Duplicate& rule) { duplicates_.push_back(rule); }
  /// The next datagram that carries the message `honest` carries `altered` instead, once.
  void replace_next(Bytes honest, Bytes altered) { replacement_ = Replacement{std::move(honest), std::move(altered)}; }
  /// A datagram that the engine knows nothing of: recorded as injected. The caller sends it.
  void injected(const Datagram& datagram, Instant now);

  const trace::Trace& trace() const { return builder_.trace(); }
  const SaBook& book() const { return book_; }
  const keys::KeySet& keys() const { return keys_; }
  /// Asks once more for the keys of messages that came before theirs were known, and hands the record over.
  trace::Trace take_trace();

  /// What the last arrival was, after on_receive().
  struct Arrived {
    std::optional<std::size_t> message;  ///< index; empty: not IKE
    bool stranger{};                     ///< not from the device
    bool lost{};                         ///< the scenario's network lost it
  };
  const Arrived& arrived() const { return arrived_; }

  /// Encrypts and protects a message of ours beside the engine; see ScenarioTap::Sealer.
  std::optional<Bytes> seal(const sa::OutboundMessage& message, const Bytes& plaintext);

  // transport::DriverObserver
  std::vector<Datagram> on_send(const Datagram& datagram, Instant now) override;
  void on_receive(const transport::Arrival& arrival) override;
  void on_event(const trace::Event& event, Instant now) override;
  // sa::KeyLog
  void ike_keys(const IkeSpis&, const crypto::IkeSuite&, const keys::SaKeys&) override;
  void child_keys(const sa::ChildKeyEntry&) override;
  void child_moved(ChildSpi inbound, ChildSpi outbound, const Endpoint& local, const Endpoint& remote) override;

 private:
  struct Replacement {
    Bytes honest;
    Bytes altered;
  };

  Datagram with_replacement(const Datagram& datagram);
  std::optional<std::size_t> record(const Datagram& datagram, trace::Party from, trace::Fate fate, Instant at);
  bool is_lost(const trace::MessageRecord& message);
  bool is_doubled(const trace::MessageRecord& message);

  IpAddress dut_;
  RandomSource& random_;
  keys::KeyRing ring_;
  keys::KeySet keys_;
  trace::TraceBuilder builder_;
  SaBook book_;
  std::vector<Drop> drops_;
  std::vector<Duplicate> duplicates_;
  std::optional<Replacement> replacement_;
  Arrived arrived_;
  std::size_t frames_{};  ///< packets that were on the wire so far
};

}  // namespace ikevet::scenarios
