#include "engine/trace/trace.hpp"

#include <algorithm>

#include "engine/trace/opening.hpp"

namespace ikevet::trace {
namespace {

std::pair<Endpoint, Endpoint> path(const Datagram& datagram) {
  return std::minmax(datagram.source, datagram.destination);
}

bool uses_known_port(const Datagram& datagram) {
  const auto known = [](std::uint16_t port) { return port == kIkePort || port == kNatTPort; };
  return known(datagram.source.port) || known(datagram.destination.port);
}

}  // namespace

std::string_view name(Party party) { return party == Party::Harness ? "harness" : "dut"; }

std::string_view name(Protection protection) {
  switch (protection) {
    case Protection::Clear:
      return "clear";
    case Protection::Opened:
      return "opened";
    case Protection::BadIntegrity:
      return "bad-integrity";
    case Protection::BadPadding:
      return "bad-padding";
    case Protection::TooShort:
      return "too-short";
    case Protection::NoKeys:
      return "no-keys";
    case Protection::Fragment:
      return "fragment";
  }
  return "unknown";
}

std::optional<FramedMessage> TraceBuilder::find(const Datagram& datagram) {
  auto found = find_ike_message(datagram);
  if (uses_known_port(datagram)) return found;
  const auto between = path(datagram);
  if (found) {
    (found->marker ? marked_paths_ : plain_paths_).insert(between);
    return found;
  }
  const BytesView payload = datagram.payload;
  if (plain_paths_.contains(between) && payload.size() >= wire::kIkeHeaderSize) return FramedMessage{payload, false};
  const bool marker = payload.size() >= kNonEspMarkerSize + wire::kIkeHeaderSize &&
                      std::ranges::all_of(payload.first(kNonEspMarkerSize), [](auto octet) { return octet == 0; });
  if (marker && marked_paths_.contains(between)) return FramedMessage{payload.subspan(kNonEspMarkerSize), true};
  return std::nullopt;
}

std::optional<std::size_t> TraceBuilder::add(Packet packet) {
  MessageRecord record;
  bool is_message = false;
  if (const auto framed = find(packet.datagram)) {
    if (auto outer = wire::Message::parse(framed->message)) {
      record.marker = framed->marker;
      record.octets = to_bytes(framed->message);
      record.outer = std::move(*outer);
      is_message = true;
    }
  }
  record.packet = trace_.packets.size();
  record.frame = packet.frame;
  record.at = packet.at;
  record.from = packet.from;
  record.source = packet.datagram.source;
  record.destination = packet.datagram.destination;
  trace_.packets.push_back(std::move(packet));
  if (!is_message) return std::nullopt;

  open(record);
  trace_.messages.push_back(std::move(record));
  relate(trace_.messages.size() - 1);
  return trace_.messages.size() - 1;
}

void TraceBuilder::set_fate(std::size_t message, Fate fate, std::size_t frame) {
  MessageRecord& record = trace_.messages.at(message);
  record.frame = frame;
  trace_.packets.at(record.packet).fate = fate;
  trace_.packets.at(record.packet).frame = frame;
}

void TraceBuilder::reopen() {
  for (MessageRecord& record : trace_.messages)
    if (record.protection == Protection::NoKeys) open(record);
}

void TraceBuilder::take_inner(MessageRecord& record, wire::PayloadType first, Bytes plaintext) {
  trace::take_inner(record, first, std::move(plaintext));
}

void TraceBuilder::open(MessageRecord& record) {
  const auto sk = find_encrypted(record.octets, record.outer.header.next_payload);
  if (!sk) {
    record.protection = Protection::Clear;
    return;
  }
  record.protection = Protection::NoKeys;
  if (!opener_) return;
  auto opened = opener_->open(record.outer.header, record.octets, sk->offset, sk->type);
  if (!opened) {
    record.protection = protection_for(opened.error());
    return;
  }
  if (const auto* fragment = wire::find<wire::EncryptedFragment>(record.outer.payloads))
    return open_fragment(record, *fragment, std::move(opened->plaintext));
  take_inner(record, static_cast<wire::PayloadType>(record.octets[sk->offset]), std::move(opened->plaintext));
}

void TraceBuilder::open_fragment(MessageRecord& record, const wire::EncryptedFragment& fragment, Bytes plaintext) {
  record.protection = Protection::Fragment;
  const wire::IkeHeader& header = record.outer.header;
  auto whole =
      fragments_.add({header.spis, header.message_id, header.is_response(), header.is_from_original_initiator()},
                     {fragment.fragment_number, fragment.total_fragments, fragment.first_inner, std::move(plaintext)});
  if (whole) take_inner(record, whole->first_inner, std::move(whole->plaintext));
}

/// Is `message` the same as an earlier one with its identity, sent once more? Always so in an IKE SA, where a Message
/// ID is used once (RFC 7296 §2.2). Before there is one, Message ID 0 also carries the request that goes out again with
/// a cookie or another group (§2.6, §1.2), and answers that are made without keeping state.
bool TraceBuilder::is_repetition(const MessageRecord& message, std::size_t earlier) const {
  const MessageRecord& first = trace_.messages[earlier];
  if (!message.outer.header.spis.r.is_zero() || message.octets == first.octets) return true;
  if (message.is_response()) return false;
  const Party peer = message.from == Party::Harness ? Party::Dut : Party::Harness;
  for (std::size_t i = earlier + 1; i < trace_.messages.size(); ++i) {
    const MessageRecord& between = trace_.messages[i];
    if (between.from == peer && between.is_response() && between.outer.header.spis.i == message.outer.header.spis.i)
      return false;
  }
  return true;
}

std::optional<std::size_t> TraceBuilder::request_of(const MessageRecord& response) const {
  Identity wanted;
  wanted.from = response.from == Party::Harness ? Party::Dut : Party::Harness;
  wanted.spis = response.outer.header.spis;
  wanted.message_id = response.outer.header.message_id;
  if (const auto found = latest_.find(wanted); found != latest_.end()) return found->second;
  // RFC 7296 §2.6: the first message has zero where the answer has the responder's SPI.
  if (wanted.message_id != MessageId{0}) return std::nullopt;
  wanted.spis.r = IkeSpi{};
  const auto found = latest_.find(wanted);
  return found == latest_.end() ? std::nullopt : std::optional(found->second);
}

void TraceBuilder::relate(std::size_t index) {
  MessageRecord& message = trace_.messages[index];
  const wire::IkeHeader& header = message.outer.header;
  Identity identity{message.from, header.spis, header.message_id, header.is_response(), 0};
  if (message.is_response()) message.request = request_of(message);

  latest_[identity] = index;
  if (const auto* part = wire::find<wire::EncryptedFragment>(message.outer.payloads))
    identity.fragment = static_cast<std::uint32_t>(part->fragment_number << 16 | part->total_fragments);
  const auto [first, is_first] = first_.try_emplace(identity, index);
  if (!is_first) {
    if (is_repetition(message, first->second))
      message.repeats = first->second;
    else
      first->second = index;
  }
}

}  // namespace ikevet::trace
