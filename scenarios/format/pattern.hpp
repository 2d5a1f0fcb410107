// What a message must look like: data, matched against a decoded message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/trace/trace.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::scenarios {

/// One payload that must (or must not) be there.
struct PayloadPattern {
  std::optional<wire::PayloadType> type;
  std::optional<wire::NotifyType> notify;         ///< implies type Notify
  std::optional<Bytes> data;                      ///< body data (notify data, KE data, nonce ...), exactly
  std::optional<wire::DhGroup> group;             ///< KE payload's group, or the group named by INVALID_KE_PAYLOAD
  std::optional<std::size_t> min_size, max_size;  ///< of the body's data
  std::optional<wire::EapCode> eap_code;          ///< implies type EAP
  std::optional<wire::EapType> eap_type;          ///< the same
  bool absent{};                                  ///< no such payload may be there
};

struct MessagePattern {
  std::optional<wire::ExchangeType> exchange;
  std::optional<bool> response;  ///< the R flag
  std::optional<std::uint32_t> message_id;
  std::vector<PayloadPattern> payloads;  ///< all must hold; other payloads do not matter
  std::optional<bool> encrypted;         ///< has an SK payload that opened
  std::optional<bool> empty;             ///< has no payloads (inside SK, for a message with SK)
  std::optional<bool> error;             ///< carries at least one error notify (below 16384), or none
  std::optional<std::uint8_t> major_version;
  std::optional<std::uint8_t> minor_version;
};

/// Why `message` is not what `pattern` asks for; empty when it is. One line a difference: "no N(COOKIE); has
/// N(INVALID_SYNTAX)".
std::vector<std::string> mismatches(const MessagePattern& pattern, const trace::MessageRecord& message);
inline bool matches(const MessagePattern& pattern, const trace::MessageRecord& message) {
  return mismatches(pattern, message).empty();
}
/// Whether `message` is what an `expect` with this pattern waits for. Unlike matches(), a response that asks for the
/// IKE_SA_INIT request in another form (COOKIE, RFC 7296 §2.6; INVALID_KE_PAYLOAD, §1.2) is so only where the pattern
/// names that notification, or wants an error: the harness repeats the request by itself, and what comes then counts.
bool is_expected(const MessagePattern& pattern, const trace::MessageRecord& message);
/// "IKE_SA_INIT response with N(COOKIE)".
std::string describe(const MessagePattern&);

}  // namespace ikevet::scenarios
