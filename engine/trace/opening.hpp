// Where the SK payload of a message stands, and what came of opening it: for traces and for readers that keep none.
#pragma once

#include <cstddef>
#include <optional>

#include "engine/trace/trace.hpp"

namespace ikevet::trace {

/// An SK or SKF payload.
struct EncryptedPayload {
  wire::PayloadType type{};
  std::size_t offset{};  ///< of its generic header, from the start of the message
};

/// Where the SK or SKF payload stands. The generic headers are followed in the octets themselves, since a payload that
/// did not parse may not serialise to the size it had.
std::optional<EncryptedPayload> find_encrypted(BytesView message, wire::PayloadType first);

Protection protection_for(wire::OpenFailure why);

/// Puts what was inside SK, its padding taken off, into the record.
void take_inner(MessageRecord& record, wire::PayloadType first, Bytes plaintext);

}  // namespace ikevet::trace
