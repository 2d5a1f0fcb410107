// One-time passwords, RFC 2289: a chain of hashes, said from its end.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"
#include "engine/eap/users.hpp"

namespace ikevet::eap {

inline constexpr std::size_t kOtpSize = 8;
/// Longest chain computed for a challenge: a peer must not make us hash for minutes.
inline constexpr std::uint32_t kOtpMaxSequence = 9999;

/// "otp-md5 487 dog2", RFC 2289 §6.
struct OtpChallenge {
  OtpHash hash = OtpHash::Md5;
  std::uint32_t sequence{};
  std::string seed;

  std::string text() const;  ///< with "ext": hexadecimal answers are taken, RFC 2243
  /// Anywhere in a text for people, as RFC 2289 allows; empty when there is none, or one that is out of bounds.
  static std::optional<OtpChallenge> find(std::string_view text);
};

/// One step of the chain, folded to 64 bits, RFC 2289 appendix A.
Bytes otp_fold(OtpHash, BytesView octets);
/// The one-time password with this number.
Bytes otp_compute(const OtpChallenge&, std::string_view pass_phrase);
/// Six words, "word:" and six words, or hexadecimal with or without "hex:".
std::optional<Bytes> otp_read(std::string_view answer);

}  // namespace ikevet::eap
