#include <algorithm>
#include <array>

#include "engine/trace/trace.hpp"

namespace ikevet::trace {
namespace {

constexpr std::array<std::uint8_t, kNonEspMarkerSize> kMarker{};

bool has_marker(BytesView payload) {
  return payload.size() >= kNonEspMarkerSize && equal(payload.first(kNonEspMarkerSize), kMarker);
}

bool holds_header(BytesView message) { return message.size() >= wire::kIkeHeaderSize; }

/// Does it look like IKE on a port that says nothing? A damaged message must be recognised too, so one of the signs
/// may be missing: the Length that fits, the version, the Exchange Type; without the Length the first payload type
/// counts as well.
bool looks_like_ike(BytesView message) {
  Reader in(message);
  const auto header = wire::IkeHeader::parse(in);
  if (!header || header->spis.i.is_zero()) return false;  // RFC 7296 §3.1: the initiator's SPI is never zero
  const bool length_fits = header->length == message.size();
  const bool known_exchange = !wire::name(header->exchange).empty();
  const bool known_payload =
      header->next_payload == wire::PayloadType::None || !wire::name(header->next_payload).empty();
  if (length_fits) return header->major() == 2 || known_exchange;
  return header->version == 0x20 && known_exchange && known_payload;
}

}  // namespace

std::optional<FramedMessage> find_ike_message(const Datagram& datagram) {
  // Both ports 0: an IP packet of protocol 50, and no UDP at all.
  if (datagram.source.port == 0 && datagram.destination.port == 0) return std::nullopt;
  const BytesView payload = datagram.payload;
  const auto uses = [&](std::uint16_t port) {
    return datagram.source.port == port || datagram.destination.port == port;
  };
  const bool marked = has_marker(payload);
  const BytesView behind = marked ? payload.subspan(kNonEspMarkerSize) : payload;

  // RFC 3948 §2.2: on port 4500 what does not start with four zero octets is ESP.
  if (uses(kNatTPort))
    return marked && holds_header(behind) ? std::optional(FramedMessage{behind, true}) : std::nullopt;
  if (!holds_header(payload)) return std::nullopt;
  if (uses(kIkePort)) return FramedMessage{payload, false};
  if (marked && looks_like_ike(behind)) return FramedMessage{behind, true};
  if (looks_like_ike(payload)) return FramedMessage{payload, false};
  return std::nullopt;
}

}  // namespace ikevet::trace
