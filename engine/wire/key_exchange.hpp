// Key Exchange payload, RFC 7296 §3.4.
#pragma once

#include <cstdint>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

/// Key Exchange payload, KEi / KEr.  RFC 7296 §3.4.
struct KeyExchange {
  static constexpr PayloadType kType = PayloadType::KE;

  DhGroup group{};           ///< "Diffie-Hellman Group Num"; "Key Exchange Method" since RFC 9370
  std::uint16_t reserved{};  ///< kept: parse followed by serialise gives the same octets back
  Bytes data{};

  static Result<KeyExchange> parse(Reader in);  ///< `in` spans this payload's body, no more
  void serialise(Writer& out) const;            ///< the chain writes the generic header
  friend bool operator==(const KeyExchange&, const KeyExchange&) = default;
};

}  // namespace ikevet::wire
