#include "engine/trace/opening.hpp"

#include <utility>

namespace ikevet::trace {

std::optional<EncryptedPayload> find_encrypted(BytesView message, wire::PayloadType first) {
  wire::PayloadType type = first;
  std::size_t at = wire::kIkeHeaderSize;
  while (type != wire::PayloadType::None && at + wire::kGenericHeaderSize <= message.size()) {
    if (type == wire::PayloadType::SK || type == wire::PayloadType::SKF) return EncryptedPayload{type, at};
    const std::size_t size = static_cast<std::size_t>(message[at + 2] << 8 | message[at + 3]);
    if (size < wire::kGenericHeaderSize) break;
    type = static_cast<wire::PayloadType>(message[at]);
    at += size;
  }
  return std::nullopt;
}

Protection protection_for(wire::OpenFailure why) {
  switch (why) {
    case wire::OpenFailure::NoKeys:
      return Protection::NoKeys;
    case wire::OpenFailure::TooShort:
      return Protection::TooShort;
    case wire::OpenFailure::BadIntegrity:
      return Protection::BadIntegrity;
    case wire::OpenFailure::BadPadding:
      return Protection::BadPadding;
  }
  return Protection::NoKeys;
}

void take_inner(MessageRecord& record, wire::PayloadType first, Bytes plaintext) {
  record.protection = Protection::Opened;
  record.plaintext = std::move(plaintext);
  wire::Chain chain = wire::parse_chain(first, record.plaintext);
  record.inner = std::move(chain.payloads);
  record.inner_faults = std::move(chain.faults);
}

}  // namespace ikevet::trace
