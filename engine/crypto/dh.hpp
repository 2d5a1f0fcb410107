// Diffie-Hellman key exchange, Transform Type 4.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "engine/base/bytes.hpp"
#include "engine/base/random.hpp"
#include "engine/base/result.hpp"
#include "engine/crypto/algorithms.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace ikevet::crypto {

/// Octets of the Key Exchange Data field for a group; 0 for a group this engine does not have. RFC 7296 §3.4: MODP
/// values are as long as the prime; RFC 5903 §7: x | y; RFC 8031 §3.1: 32 and 56.
std::size_t public_value_size(wire::DhGroup group);

/// Our half of an exchange: a private value and the public value made from it. The private value is wiped with the
/// object.
class KeyPair {
 public:
  /// Draws the private value from `random` alone, so that the same octets give the same keys. The error (field
  /// "Diffie-Hellman Group Num") says that the group is not in group_table().
  static Result<KeyPair> generate(wire::DhGroup group, RandomSource& random);

  /// From a private value given as octets (big-endian for MODP and ECP, as in RFC 7748 for the other two): for
  /// published vectors and replays.
  static Result<KeyPair> from_private(wire::DhGroup group, BytesView private_value);

  KeyPair(KeyPair&&) noexcept = default;
  KeyPair& operator=(KeyPair&&) noexcept = default;

  wire::DhGroup group() const { return info_->id; }
  /// The Key Exchange Data we send.
  BytesView public_value() const { return {public_.data(), public_.size()}; }

  /// g^ir as it enters SKEYSEED and KEYMAT: for MODP as long as the prime, with leading zeros (RFC 7296 §2.14); for
  /// ECP the x coordinate alone (RFC 5903 §7, §9).
  ///
  /// The error (field "Key Exchange Data") tells what is wrong with the peer's value: its length; for MODP outside 1 <
  /// y < p-1 (RFC 6989 §2.1), or outside the subgroup (§2.2); for ECP not on the curve (§2.3); for Curve25519 and
  /// Curve448 a result of all zeros (RFC 7748 §6).
  Result<SecretBytes> derive(BytesView peer_public) const;

 private:
  struct FreeKey {
    void operator()(evp_pkey_st* key) const;
  };

  KeyPair(const GroupInfo& info, SecretBytes private_value) : info_(&info), private_(std::move(private_value)) {}

  const GroupInfo* info_;
  SecretBytes private_;
  Bytes public_;
  std::unique_ptr<evp_pkey_st, FreeKey> evp_;  ///< Curve25519 and Curve448 only
};

}  // namespace ikevet::crypto
