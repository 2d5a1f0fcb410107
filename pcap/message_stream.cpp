#include "pcap/message_stream.hpp"

#include <absl/hash/hash.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/trace/opening.hpp"

namespace ikevet::pcap {
namespace {

constexpr trace::FragmentBounds kFragmentBounds{1024, std::size_t{1} << 20};

std::uint64_t digest(BytesView octets) {
  return absl::HashOf(std::string_view(reinterpret_cast<const char*>(octets.data()), octets.size()));
}

}  // namespace

bool MessageStream::take(StreamedMessage& message) {
  trace::MessageRecord& record = message.record;
  auto outer = wire::Message::parse(record.octets);
  if (!outer) return false;
  record.outer = std::move(*outer);
  open(record);
  relate(message);
  return true;
}

void MessageStream::open(trace::MessageRecord& record) {
  const auto sk = trace::find_encrypted(record.octets, record.outer.header.next_payload);
  if (!sk) {
    record.protection = trace::Protection::Clear;
    return;
  }
  record.protection = trace::Protection::NoKeys;
  if (opener_ == nullptr) return;
  auto opened = opener_->open(record.outer.header, record.octets, sk->offset, sk->type);
  if (!opened) {
    record.protection = trace::protection_for(opened.error());
    return;
  }
  if (const auto* fragment = wire::find<wire::EncryptedFragment>(record.outer.payloads))
    return open_fragment(record, *fragment, std::move(opened->plaintext));
  trace::take_inner(record, static_cast<wire::PayloadType>(record.octets[sk->offset]), std::move(opened->plaintext));
}

void MessageStream::open_fragment(trace::MessageRecord& record, const wire::EncryptedFragment& fragment,
                                  Bytes plaintext) {
  record.protection = trace::Protection::Fragment;
  const wire::IkeHeader& header = record.outer.header;
  const trace::FragmentedMessage of{header.spis, header.message_id, header.is_response(),
                                    header.is_from_original_initiator()};
  auto found = std::ranges::find(fragments_, of, [](const auto& one) { return one.first; });
  if (found == fragments_.end()) {
    if (fragments_.size() == kFragmented) fragments_.pop_front();
    found = fragments_.emplace(fragments_.end(), of, trace::FragmentSet{});
  }
  auto whole = found->second.add(
      {fragment.fragment_number, fragment.total_fragments, fragment.first_inner, std::move(plaintext)},
      kFragmentBounds);
  if (whole) trace::take_inner(record, whole->first_inner, std::move(whole->plaintext));
}

MessageStream::Sa& MessageStream::sa(std::uint64_t initiator_spi) {
  const auto known = by_spi_.find(initiator_spi);
  if (known != by_spi_.end()) {
    sas_.splice(sas_.begin(), sas_, known->second);
    return sas_.front();
  }
  if (sas_.size() == kSas) {
    // The memory of the one that was silent longest serves the new one.
    by_spi_.erase(sas_.back().initiator_spi);
    sas_.splice(sas_.begin(), sas_, std::prev(sas_.end()));
    sas_.front().count = 0;
  } else {
    sas_.emplace_front();
  }
  sas_.front().initiator_spi = initiator_spi;
  by_spi_[initiator_spi] = sas_.begin();
  return sas_.front();
}

void MessageStream::relate(StreamedMessage& message) {
  const wire::IkeHeader& header = message.record.outer.header;
  Sa& of = sa(header.spis.i.value);
  Seen now{header.spis.r.value,
           digest(message.record.octets),
           message.record.frame,
           message.record.frame,
           header.message_id.value,
           0,
           header.is_from_original_initiator(),
           header.is_response()};
  if (const auto* part = wire::find<wire::EncryptedFragment>(message.record.outer.payloads))
    now.fragment = static_cast<std::uint32_t>(part->fragment_number << 16 | part->total_fragments);

  // Backwards, from the newest.
  bool answered_since = false;
  bool settled = false;
  const std::size_t remembered = std::min(of.count, kMessages);
  for (std::size_t back = 1; back <= remembered; ++back) {
    const Seen& before = of.seen[(of.count - back) % kMessages];
    const bool same_id = before.message_id == now.message_id;
    if (before.from_initiator == now.from_initiator) {
      const bool same = same_id && before.response == now.response && before.responder_spi == now.responder_spi &&
                        before.fragment == now.fragment;
      if (same && !settled) {
        // RFC 7296 §2.2: in an IKE SA a Message ID is used once. Before there is one, Message ID 0 also carries the
        // request that goes out again with a cookie or another group, and answers made without keeping state: then
        // the first of its kind decides.
        const bool identical = now.responder_spi != 0 || before.digest == now.digest;
        const bool is_first = before.frame == before.first_frame;
        settled = identical || is_first;
        const bool asked_again = is_first && !now.response && !answered_since;
        if (identical || asked_again) message.repeats_frame = now.first_frame = before.first_frame;
      }
      continue;
    }
    answered_since = answered_since || before.response;
    // RFC 7296 §2.6: the first message has zero where the answer has the responder's SPI.
    const bool fits = before.responder_spi == now.responder_spi || (now.message_id == 0 && before.responder_spi == 0);
    if (now.response && !before.response && same_id && fits && !message.answers_frame)
      message.answers_frame = before.frame;
  }
  of.seen[of.count % kMessages] = now;
  ++of.count;
}

}  // namespace ikevet::pcap
