// Identification payloads, RFC 7296 §3.5.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

/// What IDi and IDr have in common. serialise() writes the "RestOfInitIDPayload" that RFC 7296 §2.15 puts into the
/// octets to be authenticated: ID Type, RESERVED and Identification Data.
struct Identification {
  IdType id_type{};
  std::array<std::uint8_t, 3> reserved{};
  Bytes data{};

  void serialise(Writer& out) const;
  friend bool operator==(const Identification&, const Identification&) = default;

 protected:
  void read(Reader& in);
};

/// Identification - Initiator payload.  RFC 7296 §3.5.
struct IDi : Identification {
  static constexpr PayloadType kType = PayloadType::IDi;
  static Result<IDi> parse(Reader in);
  friend bool operator==(const IDi&, const IDi&) = default;
};

/// Identification - Responder payload.  RFC 7296 §3.5.
struct IDr : Identification {
  static constexpr PayloadType kType = PayloadType::IDr;
  static Result<IDr> parse(Reader in);
  friend bool operator==(const IDr&, const IDr&) = default;
};

}  // namespace ikevet::wire
