// Message IDs and replay counters after a failover, RFC 6311: the data of its notifications, and the rules of §5.1.
#pragma once

#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::sa {

/// IKEV2_MESSAGE_ID_SYNC, §6.3, from its sender's point of view.
struct MessageIdSync {
  std::uint32_t nonce{};
  MessageId next_sent;      ///< EXPECTED_SEND_REQ_MESSAGE_ID: of the sender's next request
  MessageId next_received;  ///< EXPECTED_RECV_REQ_MESSAGE_ID: of the request it expects
  friend bool operator==(const MessageIdSync&, const MessageIdSync&) = default;
};
Bytes message_id_sync_data(const MessageIdSync& sync);
Result<MessageIdSync> read_message_id_sync(BytesView data);

/// The synchronisation message among these payloads, when there is one that §5.1 allows: nothing stands beside it but
/// IPSEC_REPLAY_COUNTER_SYNC in a request.
std::optional<MessageIdSync> find_message_id_sync(const std::vector<wire::Payload>& payloads, bool request);

/// IPSEC_REPLAY_COUNTER_SYNC, §6.4: four octets, eight where the Child SAs have ESN.
std::optional<std::uint64_t> find_replay_counter_sync(const std::vector<wire::Payload>& payloads, bool esn);

/// What a side knows of its Message IDs.
struct KnownMessageIds {
  MessageId next_request;   ///< of ours
  MessageId next_expected;  ///< of the peer's next request; all before it have been seen
};

/// The answer to a synchronisation request: M2 and P2 of §5.1. Empty when it is to be dropped silently, because M1 is
/// not higher than what has been seen.
std::optional<MessageIdSync> answer_message_id_sync(const MessageIdSync& request, const KnownMessageIds& known);

/// What both sides go on with, from the answer; empty when its nonce is not that of the request.
std::optional<KnownMessageIds> accept_message_id_sync(const MessageIdSync& request, const MessageIdSync& answer);

}  // namespace ikevet::sa
