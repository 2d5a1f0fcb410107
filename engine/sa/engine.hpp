// An IKEv2 engine as a step function: octets, time and commands in; datagrams, events and a wake-up time out.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"
#include "engine/base/random.hpp"
#include "engine/sa/child_sa.hpp"
#include "engine/sa/command.hpp"
#include "engine/sa/config.hpp"
#include "engine/sa/decisions.hpp"
#include "engine/sa/key_log.hpp"
#include "engine/sa/tap.hpp"
#include "engine/trace/event.hpp"
#include "engine/wire/configuration.hpp"

namespace ikevet::sa {

struct Outputs {
  std::vector<Datagram> datagrams;   ///< to send, in this order
  std::vector<trace::Event> events;  ///< what happened, in this order
  std::optional<Instant> wake_at;    ///< call tick() no later than this; empty: nothing is pending
};

/// What an observer may know of a live Child SA.
struct ChildSaView {
  ChildSpi inbound;
  ChildSpi outbound;
  std::vector<wire::TrafficSelector> local_ts;
  std::vector<wire::TrafficSelector> remote_ts;
  crypto::ChildSuite suite;
  ChildManner manner;
};

/// What an observer may know of a live IKE SA.
struct IkeSaView {
  enum class Stage { HalfOpen, Authenticating, Established };
  IkeSpis spis;
  bool we_are_original_initiator{};
  Stage stage{};
  Endpoint local;
  Endpoint remote;
  crypto::IkeSuite suite;
  MessageId next_request;       ///< Message ID of our next request
  MessageId next_peer_request;  ///< the one we expect next from the peer
  std::vector<ChildSaView> children;
  std::vector<IpAddress> internal_addresses;                ///< ours as initiator, given as responder, §2.19
  std::vector<wire::ConfigurationAttribute> configuration;  ///< as CFG_REPLY had it
  bool local_behind_nat{};                                  ///< NAT detection says so, RFC 7296 §2.23
  bool peer_behind_nat{};
  bool mobike{};                          ///< agreed, RFC 4555 §3.2
  std::vector<IpAddress> peer_addresses;  ///< the others that the peer told, RFC 4555 §3.4
};

/// The seams, all optional; none is owned, all must outlive the engine.
struct Seams {
  OutboundTap* outbound = nullptr;
  InboundTap* inbound = nullptr;
  Decisions* decisions = nullptr;
  KeyLog* key_log = nullptr;
};

/// Plays any number of IKE SAs, as original initiator and responder alike. Reads no clock and no socket.
/// No input, whatever its octets, makes it throw.
class Engine {
 public:
  Engine(Config, RandomSource&, Seams = {});
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  Outputs handle(const Datagram&, Instant now);  ///< something arrived
  Outputs tick(Instant now);                     ///< time passed
  /// Throws std::invalid_argument when the command names an SA that does not exist: the caller's mistake.
  Outputs command(const Command&, Instant now);

  std::vector<IkeSaView> ike_sas() const;
  std::size_t half_open() const;  ///< IKE SAs as responder whose IKE_AUTH has not come

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ikevet::sa
