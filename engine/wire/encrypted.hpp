// Encrypted and Authenticated payloads, RFC 7296 §3.14 and RFC 7383 §2.5, still closed.
#pragma once

#include <cstdint>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

/// Encrypted payload, SK {...}.  RFC 7296 §3.14. Its generic header's Next Payload is the type of the first payload
/// inside, which is why it is the last of its message.
struct Encrypted {
  static constexpr PayloadType kType = PayloadType::SK;

  PayloadType first_inner{};
  Bytes body{};  ///< Initialization Vector | Encrypted IKE Payloads, Padding, Pad Length | Integrity Checksum Data

  /// Gives `first_inner` no value: the chain knows it.
  static Result<Encrypted> parse(Reader in);
  void serialise(Writer& out) const;
  friend bool operator==(const Encrypted&, const Encrypted&) = default;
};

/// Encrypted Fragment payload, SKF {...}.  RFC 7383 §2.5.
struct EncryptedFragment {
  static constexpr PayloadType kType = PayloadType::SKF;

  PayloadType first_inner{};  ///< in the first fragment; None in the others
  std::uint16_t fragment_number{};
  std::uint16_t total_fragments{};
  Bytes body{};  ///< as of Encrypted

  /// Gives `first_inner` no value: the chain knows it.
  static Result<EncryptedFragment> parse(Reader in);
  void serialise(Writer& out) const;
  friend bool operator==(const EncryptedFragment&, const EncryptedFragment&) = default;
};

}  // namespace ikevet::wire
