// Nonce payload, RFC 7296 §3.9.
#pragma once

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

/// Nonce payload, Ni / Nr.  RFC 7296 §3.9.
struct Nonce {
  static constexpr PayloadType kType = PayloadType::Nonce;
  static constexpr std::size_t kMinSize = 16;   ///< RFC 7296 §3.9
  static constexpr std::size_t kMaxSize = 256;  ///< RFC 7296 §3.9

  Bytes data{};

  static Result<Nonce> parse(Reader in);
  void serialise(Writer& out) const;
  friend bool operator==(const Nonce&, const Nonce&) = default;
};

}  // namespace ikevet::wire
