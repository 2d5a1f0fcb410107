#include "engine/sa/extension/synchronisation.hpp"

#include <algorithm>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"

namespace ikevet::sa {

using wire::NotifyType;

Bytes message_id_sync_data(const MessageIdSync& sync) {
  return Writer().u32(sync.nonce).u32(sync.next_sent.value).u32(sync.next_received.value).take();
}

Result<MessageIdSync> read_message_id_sync(BytesView data) {
  Reader in(data);
  MessageIdSync out;
  out.nonce = in.u32("Nonce Data");
  out.next_sent = {in.u32("EXPECTED_SEND_REQ_MESSAGE_ID")};
  out.next_received = {in.u32("EXPECTED_RECV_REQ_MESSAGE_ID")};
  return in.finish(out);
}

std::optional<MessageIdSync> find_message_id_sync(const std::vector<wire::Payload>& payloads, bool request) {
  const wire::Notify* sync = wire::find_notify(payloads, NotifyType::IKEV2_MESSAGE_ID_SYNC);
  if (!sync) return std::nullopt;
  // RFC 6311 §5.1: "MUST NOT contain any additional payloads".
  const std::size_t allowed =
      request && wire::find_notify(payloads, NotifyType::IPSEC_REPLAY_COUNTER_SYNC) ? std::size_t{2} : std::size_t{1};
  if (payloads.size() != allowed) return std::nullopt;
  const auto read = read_message_id_sync(sync->data);
  return read ? std::optional(*read) : std::nullopt;
}

std::optional<std::uint64_t> find_replay_counter_sync(const std::vector<wire::Payload>& payloads, bool esn) {
  const wire::Notify* sync = wire::find_notify(payloads, NotifyType::IPSEC_REPLAY_COUNTER_SYNC);
  if (!sync || sync->data.size() != (esn ? 8U : 4U)) return std::nullopt;
  Reader in(sync->data);
  return esn ? in.u64("Incoming IPsec SA delta value") : in.u32("Incoming IPsec SA delta value");
}

std::optional<MessageIdSync> answer_message_id_sync(const MessageIdSync& request, const KnownMessageIds& known) {
  // §5.1: dropped when M1 is "lower than or equal to the highest value it has seen". next_expected is one more than
  // that.
  if (request.next_sent < known.next_expected) return std::nullopt;
  MessageIdSync out;
  out.nonce = request.nonce;
  out.next_received = std::max(request.next_sent, known.next_expected);  // M2
  out.next_sent = std::max(request.next_received, known.next_request);   // P2
  return out;
}

std::optional<KnownMessageIds> accept_message_id_sync(const MessageIdSync& request, const MessageIdSync& answer) {
  if (answer.nonce != request.nonce) return std::nullopt;
  return KnownMessageIds{std::max(request.next_sent, answer.next_received),
                         std::max(request.next_received, answer.next_sent)};
}

}  // namespace ikevet::sa
