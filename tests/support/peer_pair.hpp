// Two engines, one clock that only the test moves, seeded randomness: every exchange can be written message by message.
#pragma once

#include <deque>
#include <vector>

#include "engine/sa/engine.hpp"

namespace ikevet::tests {

/// The proposal "AES-GCM-16-256, PRF-HMAC-SHA2-256, Curve25519" unless other groups are given.
wire::Proposal ike_proposal(std::vector<wire::DhGroup> groups = {wire::DhGroup::CURVE25519});
/// ESP with AES-GCM-16-256, without ESN; with groups, they are offered for CREATE_CHILD_SA.
wire::Proposal esp_proposal(std::vector<wire::DhGroup> groups = {});

/// Initiator 192.0.2.1 (initiator.test, 10.1.0.0/24), responder 192.0.2.2 (responder.test, 10.2.0.0/24), same PSK.
sa::Config initiator_config();
sa::Config responder_config();

/// Seeded randomness with one handle: nonces can be made lower or higher than those of the other side, by which
/// collisions are decided (RFC 7296 §2.8.1).
class SteeredRandom final : public RandomSource {
 public:
  explicit SteeredRandom(std::uint64_t seed) : inner_(seed) {}
  /// Whatever is drawn with 32 octets begins with this one; nonces are among it.
  void begin_with(std::uint8_t octet) { first_ = octet; }
  void fill(std::span<std::uint8_t> out) override {
    inner_.fill(out);
    if (first_ && out.size() == 32) out.front() = *first_;
  }

 private:
  SeededRandom inner_;
  std::optional<std::uint8_t> first_;
};

/// One side: the engine and all it ever said.
struct Peer {
  Peer(sa::Config config, std::uint64_t seed, sa::Seams seams = {});

  std::vector<Datagram> take(sa::Outputs out);
  std::vector<Datagram> handle(const Datagram& d, Instant now) { return take(engine.handle(d, now)); }
  std::vector<Datagram> command(const sa::Command& c, Instant now) { return take(engine.command(c, now)); }
  std::vector<Datagram> tick(Instant now) { return take(engine.tick(now)); }

  /// Events of one kind, in order.
  template <class E>
  std::vector<E> seen() const {
    std::vector<E> out;
    for (const trace::Event& event : events)
      if (const auto* e = std::get_if<E>(&event)) out.push_back(*e);
    return out;
  }
  sa::IkeSaView only_sa() const;  ///< the one IKE SA; throws when there are none or several

  /// The IKE SA with these SPIs; throws when it is not there.
  sa::IkeSaView sa(IkeSpis spis) const;

  SteeredRandom random;
  sa::Engine engine;
  std::vector<trace::Event> events;
  std::optional<Instant> wake_at;
};

class PeerPair {
 public:
  explicit PeerPair(sa::Config i = initiator_config(), sa::Config r = responder_config(), sa::Seams seams_i = {},
                    sa::Seams seams_r = {});

  /// I -> R  HDR, SAi1, KEi, Ni
  Datagram initiate();
  std::vector<Datagram> to_responder(const Datagram& d) { return responder.handle(d, now); }
  std::vector<Datagram> to_initiator(const Datagram& d) { return initiator.handle(d, now); }
  /// The clock jumps to when the initiator (responder) wants to be woken; what it then sends.
  std::vector<Datagram> initiator_wakes() { return wakes(initiator); }
  std::vector<Datagram> responder_wakes() { return wakes(responder); }
  /// Delivers everything until both are silent, beginning with `first`.
  void settle(std::vector<Datagram> first);
  /// IKE_SA_INIT and IKE_AUTH without loss.
  void establish();

  static Instant start();
  Instant now = start();
  Peer initiator;
  Peer responder;

 private:
  std::vector<Datagram> wakes(Peer&);
};

/// The IKE message in a datagram of these engines, parsed.
wire::Message message_in(const Datagram&);

}  // namespace ikevet::tests
