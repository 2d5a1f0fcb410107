// Proposals, identities and traffic selectors as target and scenario files write them.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "engine/sa/config.hpp"
#include "engine/wire/security_association.hpp"
#include "engine/wire/traffic_selector.hpp"

namespace ikevet::scenarios {

/// A value in a user's file that cannot be used. what() quotes it and says what would do.
class SetupError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// "aes256-sha256-x25519", "aes256gcm16-prfsha256-x25519": transforms by the names of crypto/algorithms, in any order,
/// joined by '-'; several of one type are alternatives. Without a prf the one that goes with the integrity algorithm is
/// meant. RFC 7296 §3.3.3: a cipher, a prf, a group, and an integrity algorithm unless the cipher is a combined mode.
/// "-ke1_mlkem768-ke2_x448-ke2_none" adds key exchanges in IKE_INTERMEDIATE (RFC 9370): ke1_ to ke7_ stand for the
/// seven Transform Types, several of one type are alternatives, and none says that there need not be one. Throws
/// SetupError.
wire::Proposal parse_ike_proposal(std::string_view text);

/// "aes256gcm16", "aes256-sha256-ecp256", "aes256-sha256-esn": for ESP. A group means a Diffie-Hellman exchange of its
/// own when the Child SA is rekeyed; without "esn" or "noesn" there are no extended sequence numbers. Throws
/// SetupError.
wire::Proposal parse_child_proposal(std::string_view text);

/// "fqdn:harness.test", "email:a@b.test", "ipv4:192.0.2.1", "ipv6:2001:db8::1", "keyid:0a0b" and "dn:30..." (hexadecimal), "null".
/// RFC 7296 §3.5. Throws SetupError.
sa::Identity parse_identity(std::string_view text);

/// "10.1.0.0/24", "2001:db8::/64", or a single address: all protocols and ports. Throws SetupError.
wire::TrafficSelector parse_traffic_selector(std::string_view text);

/// "x25519". Throws SetupError.
wire::DhGroup parse_group(std::string_view text);

}  // namespace ikevet::scenarios
