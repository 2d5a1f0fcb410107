// What a negotiation arrives at.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/wire/constants.hpp"

namespace ikevet::crypto {

/// The methods of ADDKE1 to ADDKE7, RFC 9370 §2.2.1; NONE where there is no such key exchange.
using AdditionalGroups = std::array<wire::DhGroup, 7>;

/// The algorithms of an IKE SA. With a combined-mode cipher `integ` is NONE (RFC 5282 §8).
struct IkeSuite {
  wire::EncrId encr{};
  std::uint16_t key_bits{};  ///< Key Length attribute; 0 where there is none
  wire::PrfId prf{};
  wire::IntegId integ{};
  wire::DhGroup group{};
  AdditionalGroups additional{};
  friend bool operator==(const IkeSuite&, const IkeSuite&) = default;
};

/// The algorithms of a Child SA. `group` is NONE without a Diffie-Hellman exchange of its own (always so in IKE_AUTH).
/// AH has no encryption: `encr` is then ENCR_NULL.
struct ChildSuite {
  wire::ProtocolId protocol{};
  wire::EncrId encr{};
  std::uint16_t key_bits{};
  wire::IntegId integ{};
  wire::DhGroup group{};
  bool esn{};
  AdditionalGroups additional{};
  friend bool operator==(const ChildSuite&, const ChildSuite&) = default;
};

/// "aes256-sha256-prfsha256-x25519-ke1_mlkem768"; a transform this engine has no row for appears as its number,
/// "encr:11".
std::string text(const IkeSuite& suite);
/// "aes256gcm16-x25519-esn".
std::string text(const ChildSuite& suite);

/// Why no SA can honestly be set up with this suite, naming the transform; empty when one can. What is implemented but
/// forbidden (ENCR_NULL in an IKE SA) is refused here alone: keys can be derived and captures read all the same.
std::optional<std::string> why_unsupported(const IkeSuite& suite);
std::optional<std::string> why_unsupported(const ChildSuite& suite);

}  // namespace ikevet::crypto
