// Message IDs after a failover, in both roles: RFC 6311 §5.
#include <algorithm>

#include "engine/sa/extension/extras.hpp"
#include "engine/sa/extension/synchronisation.hpp"
#include "engine/sa/ike_sa.hpp"

namespace ikevet::sa {

using wire::ExchangeType;
using wire::NotifyType;

namespace {

/// I -> R   HDR(Message ID 0), SK {N(IKEV2_MESSAGE_ID_SYNC)}
class SynchroniseExchange final : public Exchange {
 public:
  explicit SynchroniseExchange(std::uint32_t skip) : skip_(skip) {}
  ExchangeType type() const override { return ExchangeType::INFORMATIONAL; }
  Purpose purpose() const override { return {Purpose::What::Synchronise}; }
  bool outside_the_window() const override { return true; }

  std::optional<std::vector<wire::Payload>> build(Established& sa, const Facts&, Step& step) override {
    // §5.1: M1 is "larger than any value known to have been used".
    sent_ = {static_cast<std::uint32_t>(step.env.random.u64()),
             {sa.secured.next_request.value + skip_},
             sa.secured.theirs.beyond()};
    return std::vector<wire::Payload>{notify(NotifyType::IKEV2_MESSAGE_ID_SYNC, message_id_sync_data(sent_))};
  }
  /// §5.1: "MUST be silently dropped if the received nonce does not match".
  bool accepts(const std::vector<wire::Payload>& response) const override {
    const auto answer = find_message_id_sync(response, false);
    return answer && accept_message_id_sync(sent_, *answer);
  }
  Outcome process(Established& sa, const Facts& facts, const std::vector<wire::Payload>& response,
                  Step& step) override {
    const auto agreed = accept_message_id_sync(sent_, *find_message_id_sync(response, false));
    set_message_ids(sa, agreed->next_request, agreed->next_expected, step.env.config);
    step.out.events.push_back(
        trace::ExtensionUsed{facts.spis, "message-id-sync", "the peer goes on with what we proposed, or higher"});
    return {};
  }

 private:
  std::uint32_t skip_;
  MessageIdSync sent_;
};

}  // namespace

std::unique_ptr<Exchange> synchronise_exchange(std::uint32_t skip) {
  return std::make_unique<SynchroniseExchange>(skip);
}

void set_message_ids(Established& sa, MessageId next_request, MessageId next_expected, const Config& config) {
  sa.secured.next_request = next_request;
  sa.secured.theirs = ResponseWindow(next_expected);
  sa.secured.theirs.widen(config.window.size);
  // What the other members of the cluster have not seen is asked once more, under the new Message IDs.
  for (auto one = sa.outstanding.rbegin(); one != sa.outstanding.rend(); ++one)
    sa.waiting.push_front(std::move(one->exchange));
  sa.outstanding.clear();
}

bool IkeSa::answer_synchronisation(Established& sa, const Incoming& in, Step& step) {
  const wire::IkeHeader& header = in.message.header;
  if (header.exchange != ExchangeType::INFORMATIONAL || header.message_id != MessageId{0} || !sa.extras ||
      !sa.extras->synchronises_message_ids)
    return false;
  const auto request = find_message_id_sync(in.inner, true);
  if (!request) return false;
  SynchronisedIds& last = sa.extras->last_sync;
  // §5.1: what is repeated before anything else has come is answered as before, and later it is a replay.
  const bool repetition = last.request == request && sa.secured.theirs.beyond() == last.next_received;
  if (!repetition) {
    const auto answer = answer_message_id_sync(*request, {sa.secured.next_request, sa.secured.theirs.beyond()});
    if (!answer) {
      discard(in, "IKEV2_MESSAGE_ID_SYNC names a Message ID that was seen before", "RFC 6311 §5.1", step);
      return true;
    }
    set_message_ids(sa, answer->next_sent, answer->next_received, step.env.config);
    std::string what = "the peer's requests go on with " + std::to_string(answer->next_received.value) +
                       ", ours with " + std::to_string(answer->next_sent.value);
    if (wire::find_notify(in.inner, NotifyType::IPSEC_REPLAY_COUNTER_SYNC)) what += "; its replay counters were moved";
    step.out.events.push_back(trace::ExtensionUsed{facts_.spis, "message-id-sync", std::move(what)});
    OutboundMessage message;
    message.header = facts_.header(ExchangeType::INFORMATIONAL, MessageId{0}, true);
    message.payloads = {notify(NotifyType::IKEV2_MESSAGE_ID_SYNC, message_id_sync_data(*answer))};
    last = {request, answer->next_received, seal(sa.secured, std::move(message), step)};
  }
  reply(last.answer, *in.datagram, step);  // the same octets each time, RFC 7296 §2.1
  next_exchange(sa, step);
  return true;
}

}  // namespace ikevet::sa
