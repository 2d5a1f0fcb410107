// Quick crash detection, RFC 6290: tokens that close an IKE SA whose other end has lost it.
#pragma once

#include <vector>

#include "engine/base/ids.hpp"
#include "engine/sa/extension/options.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::sa {

inline constexpr std::size_t kMinQcdTokenSize = 16;  ///< §5
inline constexpr std::size_t kMaxQcdTokenSize = 128;
inline constexpr std::size_t kMaxQcdTokens = 4;  ///< §4.5: kept of one peer, and looked at in one message

/// TOKEN_SECRET_DATA = HASH(QCD_SECRET | SPI-I | SPI-R), §5.1.
Bytes qcd_token(BytesView secret, IkeSpis spis);
/// N(QUICK_CRASH_DETECTION), §4.1.
wire::Payload qcd_notify(BytesView secret, IkeSpis spis);

/// The peer's tokens for one IKE SA: the last four that came under its protection (§5.1: a secret may be replaced).
class QcdTokens {
 public:
  /// Takes in what a protected message says. Tokens of a length that §5 does not allow are passed over.
  void learn(const std::vector<wire::Payload>& payloads);
  /// Does one of the first four tokens of an unprotected message match?
  bool verify(const std::vector<wire::Payload>& payloads) const;
  bool empty() const { return tokens_.empty(); }

 private:
  std::vector<SecretBytes> tokens_;
};

}  // namespace ikevet::sa
