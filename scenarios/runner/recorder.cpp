#include "scenarios/runner/recorder.hpp"

#include <algorithm>
#include <iterator>

#include "engine/wire/message.hpp"

namespace ikevet::scenarios {

using trace::Fate;
using trace::Party;

namespace {

/// Which fragment of which message, RFC 7383 §2.5.
struct FragmentPlace {
  wire::IkeHeader header;
  std::size_t total{};
};

std::optional<FragmentPlace> place_of_fragment(const Datagram& datagram) {
  const auto framed = trace::find_ike_message(datagram);
  if (!framed) return std::nullopt;
  const auto message = wire::Message::parse(framed->message);
  if (!message) return std::nullopt;
  for (const wire::Payload& payload : message->payloads)
    if (const auto* fragment = std::get_if<wire::EncryptedFragment>(&payload.body))
      return FragmentPlace{message->header, fragment->total_fragments};
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> Recorder::record(const Datagram& datagram, Party from, Fate fate, Instant at) {
  return builder_.add(trace::Packet{++frames_, at, from, datagram, fate});
}

void Recorder::injected(const Datagram& datagram, Instant now) {
  record(datagram, Party::Harness, Fate::Injected, now);
}

trace::Trace Recorder::take_trace() {
  builder_.reopen();
  return builder_.take();
}

Datagram Recorder::with_replacement(const Datagram& datagram) {
  if (!replacement_) return datagram;
  const auto framed = trace::find_ike_message(datagram);
  if (!framed || !equal(framed->message, replacement_->honest)) return datagram;
  Datagram out = datagram;
  out.payload.resize(out.payload.size() - framed->message.size());
  append(out.payload, replacement_->altered);
  replacement_.reset();
  return out;
}

bool Recorder::is_lost(const trace::MessageRecord& message) {
  const auto rule = std::ranges::find_if(drops_, [&](const Drop& candidate) {
    return candidate.count > 0 && candidate.from == message.from && matches(candidate.message, message);
  });
  if (rule == drops_.end()) return false;
  --rule->count;
  return true;
}

bool Recorder::is_doubled(const trace::MessageRecord& message) {
  const auto rule = std::ranges::find_if(
      duplicates_, [&](const Duplicate& candidate) { return matches(candidate.message, message); });
  if (rule == duplicates_.end()) return false;
  duplicates_.erase(rule);
  return true;
}

void Recorder::change_address(const IpAddress& from, const IpAddress& to) {
  std::erase(gone_, to);
  gone_.push_back(from);
}

bool Recorder::is_gone(const IpAddress& address) const { return std::ranges::find(gone_, address) != gone_.end(); }

bool Recorder::is_fragment_to_reorder(const Datagram& datagram) const {
  const auto place = reorder_ ? place_of_fragment(datagram) : std::nullopt;
  return place && place->header.exchange == reorder_->exchange &&
         (!reorder_->response || place->header.is_response() == *reorder_->response);
}

/// Keeps fragments until all of the message are there.
std::vector<Datagram> Recorder::leave_in_order(const Datagram& fragment, Instant now) {
  waiting_.push_back(fragment);
  if (waiting_.size() < place_of_fragment(fragment)->total) return {};
  std::vector<Datagram> all = std::exchange(waiting_, {});
  if (reorder_->order == Reorder::Order::Reversed)
    std::ranges::reverse(all);
  else
    std::ranges::rotate(all, all.end() - 1);
  const bool doubled = std::exchange(reorder_, std::nullopt)->doubled;
  std::vector<Datagram> out;
  for (const Datagram& one : all)
    for (int copy = 0; copy < (doubled ? 2 : 1); ++copy) std::ranges::move(leave(one, now), std::back_inserter(out));
  return out;
}

/// ESP, as far as the network does something to it.
std::vector<Datagram> Recorder::leave_esp(const Datagram& datagram, Instant now) {
  constexpr std::size_t kKeepaliveSize = 1;
  if (attack_ == Traffic::Attack::None || datagram.payload.size() <= kKeepaliveSize) {
    record(datagram, Party::Harness, Fate::Delivered, now);
    return {datagram};
  }
  Datagram other = datagram;
  if (attack_ == Traffic::Attack::Forge) {
    other.payload.back() ^= 0x01;  // the last octet of the ICV
    injected(other, now);
    record(datagram, Party::Harness, Fate::Delivered, now);
    return {other, datagram};
  }
  record(datagram, Party::Harness, Fate::Delivered, now);
  injected(other, now);
  return {datagram, other};
}

std::vector<Datagram> Recorder::on_send(const Datagram& original, Instant now) {
  Datagram datagram = with_replacement(original);
  const auto framed = trace::find_ike_message(datagram);
  if (framed && next_from_ && datagram.source.address.is_v6() == next_from_->is_v6())
    datagram.source.address = *std::exchange(next_from_, std::nullopt);
  if (is_gone(datagram.source.address)) {
    builder_.add(trace::Packet{0, now, Party::Harness, datagram, Fate::DroppedByScenario});
    return {};
  }
  if (!framed) return leave_esp(datagram, now);
  if (is_fragment_to_reorder(datagram)) return leave_in_order(datagram, now);
  return leave(datagram, now);
}

std::vector<Datagram> Recorder::leave(const Datagram& datagram, Instant now) {
  const auto message = record(datagram, Party::Harness, Fate::Delivered, now);
  if (!message) return {datagram};
  if (is_lost(builder_.trace().messages[*message])) {
    builder_.set_fate(*message, Fate::DroppedByScenario, 0);  // it never reaches the wire
    --frames_;
    return {};
  }
  if (!is_doubled(builder_.trace().messages[*message])) return {datagram};
  record(datagram, Party::Harness, Fate::Injected, now);
  return {datagram, datagram};
}

void Recorder::on_receive(const transport::Arrival& arrival) {
  arrived_ = {};
  if (std::ranges::find(dut_, arrival.datagram.source.address) == dut_.end()) {
    arrived_.stranger = true;
    return;
  }
  if (is_gone(arrival.datagram.destination.address)) {
    arrived_.message = record(arrival.datagram, Party::Dut, Fate::DroppedByScenario, arrival.at);
    arrived_.lost = true;
    return;
  }
  arrived_.message = record(arrival.datagram, Party::Dut, Fate::Delivered, arrival.at);
  if (!arrived_.message) return;
  const trace::MessageRecord& message = builder_.trace().messages[*arrived_.message];
  arrived_.lost = is_lost(message);
  if (arrived_.lost) builder_.set_fate(*arrived_.message, Fate::DroppedByScenario, message.frame);
}

void Recorder::on_event(const trace::Event& event, Instant now) {
  book_.note(event);
  builder_.add(trace::EventRecord{now, event});
}

void Recorder::ike_keys(const IkeSpis& spis, const crypto::IkeSuite& suite, const keys::SaKeys& sa_keys) {
  keys_.ike.push_back({spis, suite, sa_keys});
  ring_.add(spis, suite, sa_keys);
  builder_.reopen();
}

void Recorder::child_keys(const sa::ChildKeyEntry& entry) {
  keys_.children.push_back({entry.ike, entry.suite, entry.initiator, entry.responder, entry.spi_to_initiator,
                            entry.spi_to_responder, entry.keys});
  ring_.add_child(entry.suite, entry.keys, entry.spi_to_initiator, entry.spi_to_responder, entry.initiator.address,
                  entry.responder.address);
}

void Recorder::child_moved(ChildSpi inbound, ChildSpi outbound, const Endpoint& local, const Endpoint& remote) {
  const auto known = std::ranges::find_if(keys_.children, [&](const keys::ChildSaKeySet& child) {
    return (child.spi_to_initiator == inbound && child.spi_to_responder == outbound) ||
           (child.spi_to_initiator == outbound && child.spi_to_responder == inbound);
  });
  if (known == keys_.children.end()) return;
  // Once more with the new addresses: the key tables find a Child SA by SPI and destination.
  keys::ChildSaKeySet moved = *known;
  const bool we_are_initiator = moved.spi_to_initiator == inbound;
  moved.initiator = we_are_initiator ? local : remote;
  moved.responder = we_are_initiator ? remote : local;
  if (std::ranges::find(keys_.children, moved) != keys_.children.end()) return;
  ring_.add_child(moved.suite, moved.keys, moved.spi_to_initiator, moved.spi_to_responder, moved.initiator.address,
                  moved.responder.address);
  keys_.children.push_back(std::move(moved));
}

std::optional<keys::SkCipher> Recorder::cipher_of(const sa::OutboundMessage& message) const {
  // The newest: additional key exchanges replace the keys of an IKE SA (RFC 9370 §2.2.2).
  const auto sa =
      std::ranges::find(keys_.ike.rbegin(), keys_.ike.rend(), message.header.spis, &keys::IkeSaKeySet::spis);
  if (sa == keys_.ike.rend()) return std::nullopt;
  // RFC 7296 §2.14: SK_ei and SK_ai protect what the original initiator sends.
  const bool from_initiator = message.header.is_from_original_initiator();
  return keys::SkCipher::create(sa->suite, from_initiator ? sa->keys.ei : sa->keys.er,
                                from_initiator ? sa->keys.ai : sa->keys.ar);
}

std::optional<SkSizes> Recorder::sk_sizes(const sa::OutboundMessage& message) const {
  const auto cipher = cipher_of(message);
  if (!cipher) return std::nullopt;
  return SkSizes{cipher->iv_size(), cipher->icv_size(), cipher->block_size()};
}

std::optional<Bytes> Recorder::seal(const sa::OutboundMessage& message, const sa::Plaintext& plaintext) {
  auto cipher = cipher_of(message);
  if (!cipher) return std::nullopt;
  Bytes padded = plaintext.payloads;
  if (plaintext.padding)
    append(padded, *plaintext.padding);
  else
    padded = cipher->pad(plaintext.payloads);
  const std::size_t body_size = cipher->body_size(padded.size());
  std::vector<wire::Payload> outer = message.clear;
  outer.push_back({wire::Encrypted{wire::first_type(message.payloads), Bytes(body_size)}, false, 0});
  Bytes octets = wire::Message{message.header, std::move(outer), {}, {}}.octets();
  const BytesView prefix(octets.data(), octets.size() - body_size);
  auto body = cipher->encrypt(padded, cipher->next_iv(random_));
  if (!body) return std::nullopt;
  append(*body, cipher->icv(prefix, *body));
  std::ranges::copy(*body, octets.end() - static_cast<std::ptrdiff_t>(body_size));
  return octets;
}

}  // namespace ikevet::scenarios
