// A peer that deviates: an honest engine, and around it whatever the deviation says.
//
// It is a host of the virtual network; over sockets somebody calls it in the same way.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/esp/data_plane.hpp"
#include "engine/sa/engine.hpp"
#include "engine/transport/data_plane_link.hpp"
#include "engine/transport/memory_network.hpp"
#include "scenarios/format/deviation.hpp"
#include "scenarios/runner/deviation_taps.hpp"

namespace ikevet::scenarios {

class DeviatingPeer final : public transport::Host {
 public:
  /// Where it is, and whom it calls.
  struct Ends {
    Endpoint self;
    Endpoint other;
    std::size_t tfc_multiple{};  ///< of the data plane
    bool always_udp{};           ///< ESP is never sent bare
  };
  /// `config` is the peer's without the deviation's own `config`, which the caller has applied already. `decisions` and
  /// `log` may be null; they, `random` and the deviation must outlive the peer.
  DeviatingPeer(const Deviation& deviation, sa::Config config, RandomSource& random, Ends ends,
                sa::Decisions* decisions = nullptr, sa::KeyLog* log = nullptr);
  ~DeviatingPeer() override;

  transport::Reaction handle(const Datagram& datagram, Instant now) override;
  transport::Reaction tick(Instant now) override;
  /// Throws as Engine::command does.
  transport::Reaction command(const sa::Command& command, Instant now);
  /// Echo requests through its newest Child SA; empty: there is none that carries them.
  std::optional<transport::Reaction> ping(Instant now);
  /// Forgets every IKE SA.
  void reset();

  sa::Engine& engine() { return *engine_; }
  const SaBook& book() const { return book_; }
  std::vector<trace::Event> take_events() { return std::exchange(events_, {}); }
  const std::vector<std::string>& failures() const { return complaints_.all(); }

 private:
  struct Later {
    Instant at;
    std::optional<Datagram> datagram;
    const Reaction* reaction{};
    IkeSpis spis;
  };

  void start();
  bool keys_deviate(const IkeSpis& spis) const;
  bool cannot_open(const trace::MessageRecord& message) const;

  /// The rules for what arrives; empty when the engine is not to see it.
  std::optional<Datagram> admit(const Datagram& datagram, Instant now, transport::Reaction& out);
  void answer_stray(const Datagram& datagram, transport::Reaction& out) const;
  /// What the engine did, through the rules for what leaves.
  void emit(transport::Reaction did, Instant now, transport::Reaction& out);
  void send(Datagram datagram, Instant now, transport::Reaction& out);
  void redirect(const NetworkDeviation& rule, Datagram& datagram, bool& marked) const;

  void react(bool own, const trace::MessageRecord& message, Instant now);
  void act(const Reaction& reaction, IkeSpis spis, Instant now, transport::Reaction& out);
  void forget(IkeSpis spis, Instant now);
  std::optional<ChildSpi> oldest_child(IkeSpis ike) const;
  void set_wake(transport::Reaction& out) const;

  const Deviation& deviation_;
  sa::Config config_;
  RandomSource& random_;
  Ends ends_;
  sa::KeyLog* log_;
  SeededRandom plane_random_;

  MessageCloser closer_;
  Complaints complaints_;
  SaBook book_;
  std::optional<trace::MessageRecord> latest_;  ///< of the other side
  DeviationMatcher matcher_;
  DeviationForge forge_;
  DeviationTap tap_;
  DeviationDecisions decisions_;
  DeviationKeyLog keys_;

  std::unique_ptr<esp::DataPlane> plane_;
  std::unique_ptr<transport::DataPlaneKeys> plane_keys_;
  std::unique_ptr<sa::Engine> engine_;
  std::unique_ptr<transport::EngineHost> host_;
  std::optional<Instant> engine_wake_;
  std::vector<trace::Event> events_;
  std::optional<Bytes> iv_;
  std::optional<IpAddress> first_address_;  ///< of the other side
  std::vector<Later> later_;
  bool dead_{};
};

}  // namespace ikevet::scenarios
