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
/// The chunk in the SKF payload of `in`. NoKeys when there is none.
Result<Bytes, wire::OpenFailure> open_fragment(const Incoming& in, const keys::SkCipher& inbound);
/// Fills in what was inside SK, or inside all SKF payloads of a message.
void take_inner(Incoming& in, wire::PayloadType first_inner, Bytes plaintext);

/// Fills in what depends on the finished payload list, i.e. AUTH.
using Completion = std::function<void(OutboundMessage&)>;

/// A message in clear, through the tap.
Bytes compose(OutboundMessage message, OutboundTap& tap);

/// A message behind the layers of values and plaintext: what its packets are made from.
struct Unfragmented {
  OutboundMessage message;
  Plaintext plaintext;
};

/// How large the packets of a message may be.
struct PacketLimit {
  std::size_t octets = 0;  ///< of an IKE message without non-ESP marker; 0: a message stays whole, whatever its size
  bool keep_original = false;  ///< smaller packets may be asked for later, with repack()
};

/// A message with an SK payload, through the tap; in SKF payloads where it is larger than the limit (RFC 7383 §2.5).
/// `complete` runs behind the layer of values. The tap sees values and plaintext of the whole message, and each
/// finished packet.
Packets compose(OutboundMessage message, OutboundTap& tap, keys::SkCipher& outbound, RandomSource& random,
                const Completion& complete = {}, PacketLimit limit = {});
/// The packets of `message` anew with another limit, RFC 7383 §2.5.2. Empty when the number of fragments would not
/// increase, or the original was not kept.
Packets repack(const Packets& message, OutboundTap& tap, keys::SkCipher& outbound, RandomSource& random,
               PacketLimit limit);

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
