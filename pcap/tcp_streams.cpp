#include "pcap/tcp_streams.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/base/reader.hpp"
#include "engine/wire/ike_header.hpp"

namespace ikevet::pcap {
namespace {

/// How far `to` lies ahead of `from`, modulo 2^32; negative when it lies behind.
std::int32_t distance(std::uint32_t from, std::uint32_t to) { return static_cast<std::int32_t>(to - from); }

bool begins_with_prefix(BytesView data) {
  return data.size() >= kTcpStreamPrefix.size() && equal(data.first(kTcpStreamPrefix.size()), kTcpStreamPrefix);
}

/// Length | four zero octets | a header of IKEv2 whose Length agrees with the one in front.
bool begins_with_message(BytesView data) {
  Reader in(data);
  const std::size_t length = in.u16("Length");
  const auto marker = in.u32("non-ESP marker");
  const auto header = wire::IkeHeader::parse(in);
  return header && marker == 0 && header->major() == 2 && !header->spis.i.is_zero() &&
         header->length + kNonEspMarkerSize + kTcpLengthSize == length;
}

}  // namespace

TcpStreams::Direction* TcpStreams::existing(const Endpoint& source, const Endpoint& destination) {
  const auto found = std::ranges::find_if(
      directions_, [&](const Direction& one) { return one.source == source && one.destination == destination; });
  return found == directions_.end() ? nullptr : &*found;
}

TcpStreams::Direction& TcpStreams::direction(const Endpoint& source, const Endpoint& destination) {
  const auto found = std::ranges::find_if(
      directions_, [&](const Direction& one) { return one.source == source && one.destination == destination; });
  if (found != directions_.end()) {
    directions_.splice(directions_.begin(), directions_, found);
    return directions_.front();
  }
  if (directions_.size() == kMaxDirections) directions_.pop_back();
  Direction& fresh = directions_.emplace_front();
  fresh.source = source;
  fresh.destination = destination;
  return fresh;
}

/// The first data of a direction, or the first behind a gap, decide what it is.
void TcpStreams::begin(Direction& of, BytesView data, const Direction* other) {
  if (begins_with_prefix(data))
    of.reader.emplace(TcpStreamReader::Prefix::Wanted);
  else if (begins_with_message(data) || (other != nullptr && other->reader && !of.next))
    of.reader.emplace(TcpStreamReader::Prefix::None);
}

void TcpStreams::lose(Direction& of) {
  of.reader.reset();
  of.next.reset();
  of.waiting.clear();
  of.waiting_octets = 0;
}

void TcpStreams::take(Direction& of, BytesView data, Outcome& out) {
  *of.next += static_cast<std::uint32_t>(data.size());
  for (Bytes& message : of.reader->feed(data)) out.messages.push_back(std::move(message));
  if (!of.reader->fault()) return;
  out.note = "the IKE stream cannot be followed: " + of.reader->fault()->text();
  lose(of);
}

TcpStreams::Outcome TcpStreams::add(const TcpSegment& segment) {
  Outcome out;
  const Direction* other = existing(segment.destination, segment.source);
  if (segment.syn && existing(segment.source, segment.destination) != nullptr)
    std::erase_if(directions_, [&](const Direction& one) {
      return one.source == segment.source && one.destination == segment.destination;
    });
  if (segment.data.empty()) return out;

  Direction& of = direction(segment.source, segment.destination);
  if (!of.reader) {
    // What began as something else stays it, so that a web page that quotes IKE is none.
    if (of.foreign) return out;
    begin(of, segment.data, other);
    of.foreign = !of.reader && !segment.cut;
    if (!of.reader) return out;
    of.next = segment.sequence;
  }
  out.ike = true;
  const std::int32_t ahead = distance(*of.next, segment.sequence);
  if (ahead > 0) {
    out.note = "IKE stream: data that came before their turn";
    of.waiting_octets += segment.data.size();
    if (segment.cut || of.waiting_octets > kMaxWaiting) {
      out.note = "IKE stream: data are missing in the capture";
      lose(of);
      return out;
    }
    of.waiting.try_emplace(segment.sequence, to_bytes(segment.data));
    return out;
  }
  const auto known = static_cast<std::size_t>(-std::int64_t{ahead});  // half of the sequence space has no opposite
  if (known >= segment.data.size()) {
    out.note = "IKE stream: retransmitted data";
    return out;
  }
  take(of, segment.data.subspan(known), out);
  if (segment.cut && of.reader) {
    lose(of);
    out.note = "IKE stream: cut off in the capture";
  }
  while (of.reader && !of.waiting.empty()) {
    // In the order of the stream, which may wrap around.
    const auto first =
        std::ranges::min_element(of.waiting, {}, [&](const auto& one) { return distance(*of.next, one.first); });
    const std::int32_t gap = distance(*of.next, first->first);
    if (gap > 0) break;
    const Bytes data = std::move(first->second);
    of.waiting.erase(first);
    of.waiting_octets -= std::min(of.waiting_octets, data.size());
    const auto there = static_cast<std::size_t>(-gap);
    if (there < data.size()) take(of, BytesView(data).subspan(there), out);
  }
  if (out.messages.empty() && out.note.empty())
    out.note = of.reader && of.reader->pending() > 0 ? "IKE stream: part of a message" : "IKE stream: no message";
  return out;
}

}  // namespace ikevet::pcap
