// An IKE message: header and payloads, RFC 7296 §3.1.
#pragma once

#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/ike_header.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::wire {

/// A message as it stands on the wire, without a non-ESP marker. An SK payload stays closed: opening it gives octets
/// for parse_chain.
///
/// When `faults` is empty, octets() gives back what parse() was given, bit for bit.
struct Message {
  IkeHeader header{};
  std::vector<Payload> payloads{};
  Bytes trailing{};                  ///< octets past the chain or past the header's Length
  std::vector<ParseError> faults{};  ///< what is structurally wrong, in order of place

  /// Reads any octets. An error only when there are fewer than the 28 of the header; whatever else is wrong is in
  /// `faults`, and the payloads it concerns are Malformed.
  static Result<Message> parse(BytesView octets);

  /// The message on the wire: Next Payload and Length are computed, `trailing` follows uncounted.
  Bytes octets() const;
  void serialise(Writer& out) const;

  friend bool operator==(const Message&, const Message&) = default;
};

}  // namespace ikevet::wire
