// From a payload list to octets and back, past the taps.
#pragma once

#include <functional>
#include <vector>

#include "engine/base/datagram.hpp"
#include "engine/base/random.hpp"
#include "engine/keys/sk_cipher.hpp"
#include "engine/sa/packets.hpp"
#include "engine/sa/tap.hpp"
#include "engine/wire/message.hpp"
#include "engine/wire/sk_opener.hpp"

namespace ikevet::sa {

/// A message that arrived, framed and parsed; `inner` is filled by open().
struct Incoming {
  const Datagram* datagram{};
  BytesView octets;  ///< without the non-ESP marker
  wire::Message message;
  std::vector<wire::Payload> inner;
  std::vector<ParseError> inner_faults;
  Bytes plaintext;  ///< what `inner` was read from; kept for IKE_INTERMEDIATE alone, whose AUTH is computed over it

  /// The payloads in the SK payload, or those in clear when there is none.
  const std::vector<wire::Payload>& payloads() const { return opened ? inner : message.payloads; }
  bool opened{};
};

/// Opens the SK payload of `in` with the peer's keys. NoKeys when there is no SK payload.
Result<void, wire::OpenFailure> open(Incoming& in, const keys::SkCipher& inbound);

/// Fills in what depends on the finished payload list, i.e. AUTH.
using Completion = std::function<void(OutboundMessage&)>;

/// A message in clear, through the tap.
Bytes compose(OutboundMessage message, OutboundTap& tap);
/// A message with an SK payload, through the tap. `complete` runs behind the layer of values.
Packets compose(OutboundMessage message, OutboundTap& tap, keys::SkCipher& outbound, RandomSource& random,
                const Completion& complete = {});

/// The type of a payload with the critical bit that this engine does not know: the message is to be rejected,
/// RFC 7296 §2.5. Empty when there is none.
std::optional<std::uint8_t> unsupported_critical(const std::vector<wire::Payload>& payloads);

template <class T>
wire::Payload payload(T body) {
  return wire::Payload{std::move(body), false, 0};
}
inline wire::Payload notify(wire::NotifyType type, BytesView data = {}) {
  return payload(wire::Notify::of(type, data));
}

}  // namespace ikevet::sa
