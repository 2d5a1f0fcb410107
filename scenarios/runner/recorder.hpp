// Everything between engine and network: writes the trace, keeps the keys, and is the network's faults.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/keys/key_ring.hpp"
#include "engine/keys/key_set.hpp"
#include "engine/keys/sk_cipher.hpp"
#include "engine/sa/key_log.hpp"
#include "engine/sa/tap.hpp"
#include "engine/trace/trace.hpp"
#include "engine/transport/driver.hpp"
#include "scenarios/format/pattern.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/runner/sa_book.hpp"
#include "scenarios/runner/sk_fields.hpp"

namespace ikevet::scenarios {

class Recorder final : public transport::DriverObserver, public sa::KeyLog {
 public:
  /// `dut` is whom packets are recorded from; others are strangers and none of the run's business.
  Recorder(const IpAddress& dut, RandomSource& random) : dut_{dut}, random_(random), builder_(&ring_) {}

  // What is to happen to messages that pass.
  void lose(const Drop& rule) { drops_.push_back(rule); }
  void double_next(const Duplicate& rule) { duplicates_.push_back(rule); }
  /// The next datagram that carries the message `honest` carries `altered` instead, once.
  void replace_next(Bytes honest, Bytes altered) { replacement_ = Replacement{std::move(honest), std::move(altered)}; }
  /// The fragments of the next message of this kind leave in another order.
  void reorder_next(const Reorder& rule) { reorder_ = rule; }
  /// To every ESP packet of ours, until it is told otherwise.
  void attack(Traffic::Attack attack) { attack_ = attack; }
  bool attacks() const { return attack_ != Traffic::Attack::None; }
  /// The next request of ours leaves from another address.
  void send_next_from(const IpAddress& address) { next_from_ = address; }
  /// The device sends from there too.
  void also_from(const IpAddress& address) { dut_.push_back(address); }
  /// The harness has left `from` for `to`: nothing arrives at the former or leaves from it.
  void change_address(const IpAddress& from, const IpAddress& to);
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
  std::optional<Bytes> seal(const sa::OutboundMessage& message, const sa::Plaintext& plaintext);
  /// How the Encrypted payload of a message of ours is laid out.
  std::optional<SkSizes> sk_sizes(const sa::OutboundMessage& message) const;

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

  std::optional<keys::SkCipher> cipher_of(const sa::OutboundMessage& message) const;
  Datagram with_replacement(const Datagram& datagram);
  std::optional<std::size_t> record(const Datagram& datagram, trace::Party from, trace::Fate fate, Instant at);
  std::vector<Datagram> leave(const Datagram& original, Instant now);
  std::vector<Datagram> leave_esp(const Datagram& datagram, Instant now);
  std::vector<Datagram> leave_in_order(const Datagram& fragment, Instant now);
  bool is_fragment_to_reorder(const Datagram& datagram) const;
  bool is_gone(const IpAddress& address) const;
  bool is_lost(const trace::MessageRecord& message);
  bool is_doubled(const trace::MessageRecord& message);

  std::vector<IpAddress> dut_;   ///< its addresses
  std::vector<IpAddress> gone_;  ///< addresses of ours that were left
  RandomSource& random_;
  keys::KeyRing ring_;
  keys::KeySet keys_;
  trace::TraceBuilder builder_;
  SaBook book_;
  std::vector<Drop> drops_;
  std::vector<Duplicate> duplicates_;
  std::optional<Replacement> replacement_;
  std::optional<Reorder> reorder_;
  std::vector<Datagram> waiting_;  ///< fragments, until the last one of the message is there
  std::optional<IpAddress> next_from_;
  Traffic::Attack attack_{};
  Arrived arrived_;
  std::size_t frames_{};  ///< packets that were on the wire so far
};

}  // namespace ikevet::scenarios
