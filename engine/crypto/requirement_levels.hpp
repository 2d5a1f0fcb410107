// What the RFCs ask of implementations about each algorithm: RFC 8247 for IKE SAs, RFC 8221 for ESP and AH, RFC 9395
// for what has been deprecated since. Covers algorithms of the registry that this engine does not have, too.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/crypto/algorithms.hpp"

namespace ikevet::crypto {

/// From worst to best. RFC 8247 §1.1: "SHOULD+" and "MUST-" tell where a level is expected to go.
enum class Level : std::uint8_t { MustNot, ShouldNot, May, Should, ShouldPlus, MustMinus, Must, Unlisted };

struct Requirement {
  Level level = Level::Unlisted;
  std::string_view source;  ///< "RFC 8247 §2.1"; empty when unlisted
  /// IANA's Status column says DEPRECATED: RFC 8247 for what it forbids, RFC 9395 §6 for the rest.
  bool deprecated{};
};

/// "MUST-"; "-" when unlisted.
std::string_view text(Level level);

/// The requirement on a transform in proposals for `protocol` (IKE; ESP and AH are one). `key_bits` matters for AES
/// alone, where 192-bit keys have a level of their own.
Requirement requirement(wire::ProtocolId protocol, wire::TransformType type, std::uint16_t id,
                        std::uint16_t key_bits = 0);

inline Requirement requirement(wire::ProtocolId protocol, const EncrInfo& row) {
  return requirement(protocol, wire::TransformType::ENCR, static_cast<std::uint16_t>(row.id), row.key_bits);
}
inline Requirement requirement(const PrfInfo& row) {
  return requirement(wire::ProtocolId::IKE, wire::TransformType::PRF, static_cast<std::uint16_t>(row.id));
}
inline Requirement requirement(wire::ProtocolId protocol, const IntegInfo& row) {
  return requirement(protocol, wire::TransformType::INTEG, static_cast<std::uint16_t>(row.id));
}
inline Requirement requirement(wire::ProtocolId protocol, const GroupInfo& row) {
  return requirement(protocol, wire::TransformType::KE, static_cast<std::uint16_t>(row.id));
}

}  // namespace ikevet::crypto
