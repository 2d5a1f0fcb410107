// Any payload, and the chain of payloads that the generic header makes, RFC 7296 §3.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/authentication.hpp"
#include "engine/wire/certificate.hpp"
#include "engine/wire/configuration.hpp"
#include "engine/wire/constants.hpp"
#include "engine/wire/delete.hpp"
#include "engine/wire/eap.hpp"
#include "engine/wire/encrypted.hpp"
#include "engine/wire/identification.hpp"
#include "engine/wire/key_exchange.hpp"
#include "engine/wire/nonce.hpp"
#include "engine/wire/notify.hpp"
#include "engine/wire/security_association.hpp"
#include "engine/wire/traffic_selector.hpp"
#include "engine/wire/vendor_id.hpp"

namespace ikevet::wire {

inline constexpr std::size_t kGenericHeaderSize = 4;

/// A payload of a type that this code has no struct for.
struct Unknown {
  PayloadType type{};
  Bytes body{};

  void serialise(Writer& out) const { out.bytes(body); }
  friend bool operator==(const Unknown&, const Unknown&) = default;
};

/// A payload of a known type whose octets are not those of the type. Kept as they came.
struct Malformed {
  PayloadType type{};
  Bytes body{};
  ParseError why{};

  void serialise(Writer& out) const { out.bytes(body); }
  friend bool operator==(const Malformed&, const Malformed&) = default;
};

/// Adding a payload begins here; the compiler then names every place that must know it.
using PayloadBody = std::variant<SecurityAssociation, KeyExchange, IDi, IDr, Certificate, CertificateRequest,
                                 Authentication, Nonce, Notify, Delete, VendorId, TSi, TSr, Encrypted,
                                 EncryptedFragment, Configuration, Eap, Unknown, Malformed>;

/// A payload and what its generic header says besides type and length.  RFC 7296 §3.2.
struct Payload {
  PayloadBody body{};
  bool critical = false;    ///< the C bit
  std::uint8_t reserved{};  ///< the seven RESERVED bits

  PayloadType type() const;
  friend bool operator==(const Payload&, const Payload&) = default;
};

/// The first payload of a kind, e.g. find<KeyExchange>(message.payloads); null when there is none.
template <class T>
const T* find(std::span<const Payload> payloads) {
  for (const Payload& payload : payloads)
    if (const T* body = std::get_if<T>(&payload.body)) return body;
  return nullptr;
}
template <class T>
T* find(std::span<Payload> payloads) {
  for (Payload& payload : payloads)
    if (T* body = std::get_if<T>(&payload.body)) return body;
  return nullptr;
}
template <class T>
const T* find(const std::vector<Payload>& payloads) {
  return find<T>(std::span<const Payload>(payloads));
}
template <class T>
T* find(std::vector<Payload>& payloads) {
  return find<T>(std::span<Payload>(payloads));
}

/// All payloads of a kind, in order.
template <class T>
std::vector<const T*> find_all(std::span<const Payload> payloads) {
  std::vector<const T*> out;
  for (const Payload& payload : payloads)
    if (const T* body = std::get_if<T>(&payload.body)) out.push_back(body);
  return out;
}

/// The first notification of a type; null when there is none.
const Notify* find_notify(std::span<const Payload> payloads, NotifyType type);
/// All notifications, in order.
inline std::vector<const Notify*> notifies(std::span<const Payload> payloads) { return find_all<Notify>(payloads); }
/// The first notification of an error type (below 16384); null when there is none.
const Notify* find_error(std::span<const Payload> payloads);

/// What reading a chain gave: always everything that was there, with what is wrong about it.
struct Chain {
  std::vector<Payload> payloads{};
  Bytes trailing{};                  ///< octets behind the last payload that could be told apart
  std::vector<ParseError> faults{};  ///< offsets count from where `base_offset` counts; empty for a sound chain
};

/// Reads payloads of the types that each header announces, beginning with `first`.
/// @param octets       the payloads: a message behind its header, or the plaintext of SK without padding
/// @param base_offset  added to the offsets in faults
/// A payload that does not parse becomes Malformed and the chain goes on behind it; where its length cannot be, the
/// chain ends. Never more steps than octets / 4.
Chain parse_chain(PayloadType first, BytesView octets, std::size_t base_offset = 0);

/// Writes generic headers and bodies. Lengths are computed, and taken modulo 65536 as the field is no wider.
void serialise_chain(std::span<const Payload> payloads, Writer& out);
Bytes serialise_chain(std::span<const Payload> payloads);

/// What a header in front of these payloads has as Next Payload; None when there are none.
PayloadType first_type(std::span<const Payload> payloads);

/// The octets of one payload behind its generic header, as the octets to be authenticated need them (RFC 7296 §2.15).
template <class T>
Bytes body_octets(const T& body) {
  Writer out;
  body.serialise(out);
  return out.take();
}

}  // namespace ikevet::wire
