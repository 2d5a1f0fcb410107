// The seams through which scenarios misbehave. The engine calls them and knows nothing of what they do.
#pragma once

#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/datagram.hpp"
#include "engine/wire/ike_header.hpp"
#include "engine/wire/message.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::sa {

/// A message on its way out, before it is serialised.
struct OutboundMessage {
  wire::IkeHeader header;
  std::vector<wire::Payload> payloads;  ///< inside SK when `encrypted`, in clear otherwise
  bool encrypted{};
  std::vector<wire::Payload> clear;  ///< stand in clear before the SK payload; an honest engine leaves it empty
};

/// What is about to be encrypted.
struct Plaintext {
  Bytes payloads;                ///< the serialised payload chain
  std::optional<Bytes> padding;  ///< with its Pad Length octet last; empty: minimal padding, RFC 7296 §3.14
};

/// Alters what leaves. Each message passes once, in this order; retransmissions repeat the finished octets untouched
/// (RFC 7296 §2.1), so a message that is to differ when repeated is altered in the network instead.
class OutboundTap {
 public:
  virtual ~OutboundTap() = default;
  /// The layer of values. An AUTH payload with empty data is computed afterwards over what stands here, so that it
  /// covers altered ID payloads and an altered IKE_SA_INIT; one with data is left as it is.
  virtual void on_payloads(OutboundMessage&) {}
  /// The layer before integrity protection: only for messages with an SK payload.
  virtual void on_plaintext(const OutboundMessage&, Plaintext&) {}
  /// The layer after integrity protection: the finished IKE message, without the non-ESP marker.
  virtual void on_message(const OutboundMessage&, Bytes& /*octets*/) {}
};

/// Looks at, alters or withholds what arrives.
class InboundTap {
 public:
  enum class Verdict { Deliver, Drop };
  virtual ~InboundTap() = default;
  virtual Verdict on_datagram(Datagram&) { return Verdict::Deliver; }
  /// `inner` holds the payloads inside SK, or is empty for a message in clear.
  virtual Verdict on_message(wire::Message&, std::vector<wire::Payload>& /*inner*/) { return Verdict::Deliver; }
};

}  // namespace ikevet::sa
