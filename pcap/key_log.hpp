// Keys out of the debug logs of IKE daemons.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/keys/key_schedule.hpp"

namespace ikevet::pcap {

/// Secrets that nobody says which SA they belong to: a log rarely does. Who has the capture tries them.
struct LooseSecrets {
  std::vector<keys::SaKeys> ike;        ///< SK_pi and SK_pr may be missing, SK_ai and SK_ar are with AEAD
  std::vector<SecretBytes> directions;  ///< of one direction of a Child SA: encryption key, then integrity key
  std::vector<SecretBytes> dh;          ///< g^ir
  bool empty() const { return ike.empty() && directions.empty() && dh.empty(); }
};

/// Reads what these write, wherever it stands in the log and whatever is between:
///   - strongSwan with ike = 4 and chd = 4: "Sk_ei secret => 32 bytes @ 0x..." and rows of "0: 1A 2B ...";
///     "encryption initiator key => ..."; "shared Diffie Hellman secret => ..."
///   - OpenIKED -vvvv: "ikev2_sa_keys: SK_ei with 32 bytes", "... DHSECRET with 32 bytes" and lines of hexadecimal
///   - Libreswan with plutodebug=private,crypt: "our  keymat" and "peer keymat" with rows of "|   1a 2b ..."
///   - lines "SK_ei: 1a2b..." or "DHSECRET=1a2b...", for everything else
/// Empty when there is none of it.
std::optional<LooseSecrets> parse_key_log(std::string_view text);

}  // namespace ikevet::pcap
