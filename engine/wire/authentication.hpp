// Authentication payload, RFC 7296 §3.8.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

/// Authentication payload.  RFC 7296 §3.8.
struct Authentication {
  static constexpr PayloadType kType = PayloadType::AUTH;

  AuthMethod method{};
  std::array<std::uint8_t, 3> reserved{};
  Bytes data{};

  static Result<Authentication> parse(Reader in);
  void serialise(Writer& out) const;
  friend bool operator==(const Authentication&, const Authentication&) = default;
};

}  // namespace ikevet::wire
