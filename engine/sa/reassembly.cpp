#include "engine/sa/reassembly.hpp"

#include <algorithm>

namespace ikevet::sa {

Reassembly::Outcome Reassembly::add(Incoming& in, const keys::SkCipher& inbound, const Fragmentation& policy,
                                    Instant now) {
  const auto discarded = [](std::string_view why) { return Outcome{Result::Discarded, why, 0, 0}; };
  const wire::IkeHeader& header = in.message.header;
  const auto* skf = std::get_if<wire::EncryptedFragment>(&in.message.payloads.back().body);
  if (!skf) return discarded("the SKF payload is not the last");
  const trace::FragmentBounds bounds{policy.most_fragments, policy.most_octets};
  std::unique_ptr<Queue>& queue = slot(header.is_response());
  const bool same_message = queue && queue->id == header.message_id && queue->exchange == header.exchange;
  const trace::FragmentSet none;
  const trace::FragmentSet& so_far = same_message ? queue->set : none;
  if (const auto why = so_far.refuse(skf->fragment_number, skf->total_fragments, bounds); !why.empty())
    return discarded(why);
  // §2.6: the ICV of each fragment is checked before it is kept.
  auto chunk = open_fragment(in, inbound);
  if (!chunk) return discarded(wire::text(chunk.error()));

  if (!same_message || skf->total_fragments > queue->set.total()) {
    queue = std::make_unique<Queue>();
    queue->id = header.message_id;
    queue->exchange = header.exchange;
    queue->expires = now + policy.patience;
  }
  queue->largest = std::max(queue->largest, in.octets.size());
  if (skf->fragment_number == 1) {
    queue->clear = in.message.payloads;
    queue->clear.pop_back();
  }
  auto whole =
      queue->set.add({skf->fragment_number, skf->total_fragments, skf->first_inner, std::move(*chunk)}, bounds);
  if (!whole) {
    if (queue->set.total() != 0) return {Result::Waiting, {}, 0, 0};
    queue.reset();
    return discarded("more octets than are kept");
  }
  Outcome out{Result::Complete, {}, queue->set.total(), queue->largest};
  // From here on it is a message that came whole (RFC 9242 §3.3.2 computes AUTH over it as such).
  in.message.payloads = std::move(queue->clear);
  in.message.payloads.push_back(payload(wire::Encrypted{whole->first_inner, {}}));
  queue.reset();
  take_inner(in, whole->first_inner, std::move(whole->plaintext));
  return out;
}

void Reassembly::expire(Instant now) {
  for (std::unique_ptr<Queue>* queue : {&request_, &response_})
    if (*queue && (*queue)->expires <= now) queue->reset();
}

std::optional<Instant> Reassembly::wake_at() const {
  std::optional<Instant> out;
  for (const std::unique_ptr<Queue>* queue : {&request_, &response_})
    if (*queue && (!out || (*queue)->expires < *out)) out = (*queue)->expires;
  return out;
}

std::size_t Reassembly::octets() const {
  std::size_t out = 0;
  for (const std::unique_ptr<Queue>* queue : {&request_, &response_})
    if (*queue) out += (*queue)->set.octets();
  return out;
}

}  // namespace ikevet::sa
