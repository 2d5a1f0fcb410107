// What an engine is told about the small extensions of IKEv2. Everything is off unless asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::sa {

/// Childless IKE SAs, RFC 6023.
enum class Childless : std::uint8_t {
  Never,   ///< the extension is unknown
  Allow,   ///< as responder it is announced; as initiator a Child SA is asked for all the same
  Prefer,  ///< as initiator without a Child SA where the responder announced it
  Force,   ///< as initiator without a Child SA or not at all
};

/// New Responder GW Identity, RFC 5685 §7.2: an address in octets or a name.
struct GatewayIdentity {
  wire::GatewayIdType type{};
  Bytes data;

  static GatewayIdentity of(const IpAddress& address);
  static GatewayIdentity of(std::string_view fqdn);
  std::string text() const;
  friend bool operator==(const GatewayIdentity&, const GatewayIdentity&) = default;
};

/// Redirect, RFC 5685.
struct RedirectOptions {
  enum class When : std::uint8_t { SaInit, Auth };
  bool follow{};  ///< as initiator: REDIRECT_SUPPORTED is sent and a redirection followed
  /// As responder: clients that support it are sent there, in the answer to IKE_SA_INIT or to IKE_AUTH.
  std::optional<GatewayIdentity> to;
  When when{};
  /// What the names of gateways stand for: an engine resolves nothing.
  std::vector<std::pair<std::string, IpAddress>> hosts;
  int limit = 5;                                ///< MAX_REDIRECTS, §8: further redirections within `period` are ignored
  Duration period = std::chrono::seconds(300);  ///< REDIRECT_LOOP_DETECT_PERIOD, §8
};

/// Session resumption, RFC 5723, with tickets by value.
struct ResumptionOptions {
  bool request{};                             ///< as initiator: N(TICKET_REQUEST) in IKE_AUTH
  bool issue{};                               ///< as responder: tickets are given and taken; otherwise N(TICKET_NACK)
  Duration lifetime = std::chrono::hours(1);  ///< of the tickets issued
  SecretBytes key;  ///< tickets are sealed with; empty: a random one for each engine, so that a restart voids them
};

/// Quick crash detection, RFC 6290.
struct CrashDetectionOptions {
  bool take{};         ///< keeps the peer's token and lets it close the IKE SA
  SecretBytes secret;  ///< makes tokens; it has to survive a restart. Empty: none are made
};

/// Synchronisation of Message IDs after a failover, RFC 6311.
struct SynchronisationOptions {
  bool message_ids{};      ///< IKEV2_MESSAGE_ID_SYNC_SUPPORTED
  bool replay_counters{};  ///< IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED
};

/// Client puzzles, RFC 8019.
struct PuzzleOptions {
  bool solve = true;  ///< as initiator
  /// As initiator: tries before a puzzle is given up. 2^20 tries take about a second.
  std::uint64_t most_tries = std::uint64_t{1} << 22;
  /// As responder: zero bits asked of each of the four keys in IKE_SA_INIT, beside the cookie; 0: no puzzle.
  std::uint8_t init_difficulty{};
  std::uint8_t auth_difficulty{};  ///< the same in IKE_AUTH
};

struct Extensions {
  Childless childless{};
  RedirectOptions redirect;
  ResumptionOptions resumption;
  CrashDetectionOptions crash_detection;
  SynchronisationOptions synchronisation;
  PuzzleOptions puzzle;
};

}  // namespace ikevet::sa
