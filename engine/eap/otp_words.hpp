// One-time passwords as people read them, RFC 2289 §6.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"

namespace ikevet::eap {

/// 2048 words, each followed by a blank except the last.
extern const std::string_view kOtpWords;

/// 64 bits as six words of 11 bits, the last two of which are a checksum.
std::string otp_to_words(BytesView eight_octets);
/// The inverse, in any case of letters; empty when a word is unknown or the checksum is wrong.
std::optional<Bytes> otp_from_words(std::string_view words);

}  // namespace ikevet::eap
