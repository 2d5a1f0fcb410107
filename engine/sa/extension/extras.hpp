// What the extensions remember of an established IKE SA. It goes to the successor when the IKE SA is rekeyed.
#pragma once

#include <optional>

#include "engine/base/clock.hpp"
#include "engine/sa/configuration.hpp"
#include "engine/sa/extension/crash_detection.hpp"
#include "engine/sa/extension/redirect.hpp"
#include "engine/sa/extension/synchronisation.hpp"
#include "engine/sa/packets.hpp"

namespace ikevet::sa {

/// The last request to synchronise Message IDs, and what it was answered with.
struct SynchronisedIds {
  std::optional<MessageIdSync> request;
  MessageId next_received;
  Packets answer;
};

struct Extras {
  AssignedConfiguration configuration;
  QcdTokens peer_tokens;               ///< RFC 6290
  bool peer_follows_redirects{};       ///< RFC 5685 §3
  std::optional<RedirectTrail> trail;  ///< how we came to this gateway, RFC 5685 §7
  bool synchronises_message_ids{};     ///< both sides said so, RFC 6311 §5
  bool synchronises_replay_counters{};
  SynchronisedIds last_sync;
  /// RFC 4478: as original initiator, when to authenticate anew; as original responder, when to delete the IKE SA.
  std::optional<Instant> authentication_ends;
};

}  // namespace ikevet::sa
