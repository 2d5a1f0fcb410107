// Messages in the notation of the RFCs, for logs, ladders and people.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "engine/wire/message.hpp"

namespace ikevet::wire {

/// "HDR, SAi1, KEi, Ni, N(NAT_DETECTION_SOURCE_IP)"; a closed SK is shown as "SK {212 octets}", SKF as "SKF 2/5
/// {480 octets}", a payload with a fault as "KE!", one of unknown type as "payload 200".
std::string describe(const Message& message);

/// The same with the payloads found inside SK: "HDR, SK {IDi, AUTH, SAi2, TSi, TSr}".
std::string describe(const Message& message, std::span<const Payload> inner);

/// A list of payloads by itself: "IDi, AUTH, SAi2, TSi, TSr". Exchange and direction decide between SAi1, SAr2, KEi,
/// Nr.
std::string describe(std::span<const Payload> payloads, ExchangeType exchange, bool response);

/// "IKE_SA_INIT request 0".
std::string describe_header(const IkeHeader& header);

/// Details of a proposal, in the form people configure them: "ESP:AES_CBC_256/HMAC_SHA2_256_128/NoESN".
std::string describe(const Proposal& proposal);

/// "ENCR_AES_CBC_256", "PRF_HMAC_SHA2_256", "MODP_2048".
std::string describe(const Transform& transform);

}  // namespace ikevet::wire
