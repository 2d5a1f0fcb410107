// Extensible Authentication Protocol payload, RFC 7296 §3.16; its content is RFC 3748 §4.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

/// EAP payload: one EAP message, whose Length field must agree with the payload's.  RFC 7296 §3.16.
struct Eap {
  static constexpr PayloadType kType = PayloadType::EAP;

  EapCode code{};
  std::uint8_t identifier{};
  std::optional<EapType> type{};  ///< absent in Success and Failure
  Bytes data{};                   ///< "Type_Data"

  static Result<Eap> parse(Reader in);
  void serialise(Writer& out) const;
  friend bool operator==(const Eap&, const Eap&) = default;
};

}  // namespace ikevet::wire
