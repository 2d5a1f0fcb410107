// Key exchange methods, Transform Type 4 and the additional ones of RFC 9370: Diffie-Hellman and ML-KEM alike.
//
//   initiator                                   responder
//   KeyPair::generate()   -- public_value() -->
//                         <-- public_value --   respond()
//   derive()
//
// In Diffie-Hellman the two sides do the same; in a KEM the initiator sends an encapsulation key and the responder what
// it encapsulated. A caller that keeps to the roles need not know which it is.
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

/// Octets of the initiator's Key Exchange Data field for a group; 0 for a group this engine does not have. RFC 7296
/// §3.4: MODP values are as long as the prime; RFC 5903 §7: x | y; RFC 8031 §3.1: 32 and 56.
std::size_t public_value_size(wire::DhGroup group);

/// The initiator's half of an exchange: a private value and the public value made from it. The private value is wiped
/// with the object.
class KeyPair {
 public:
  /// Draws the private value from `random` alone, so that the same octets give the same keys. The error (field
  /// "Diffie-Hellman Group Num") says that the group is not in group_table().
  static Result<KeyPair> generate(wire::DhGroup group, RandomSource& random);

  /// From a private value given as octets (big-endian for MODP and ECP, as in RFC 7748 for Curve25519 and Curve448, the
  /// seed d | z of FIPS 203 for ML-KEM): for published vectors and replays.
  static Result<KeyPair> from_private(wire::DhGroup group, BytesView private_value);

  KeyPair(KeyPair&&) noexcept = default;
  KeyPair& operator=(KeyPair&&) noexcept = default;

  wire::DhGroup group() const { return info_->id; }
  /// The Key Exchange Data we send.
  BytesView public_value() const { return {public_.data(), public_.size()}; }

  /// g^ir as it enters SKEYSEED and KEYMAT: for MODP as long as the prime, with leading zeros (RFC 7296 §2.14); for
  /// ECP the x coordinate alone (RFC 5903 §7, §9). For ML-KEM the secret in the responder's ciphertext; one that was
  /// not made for our key gives a secret that the peer does not have (FIPS 203 §6.3, "implicit rejection"), no error.
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
  SecretBytes private_;  ///< the decapsulation key for ML-KEM
  Bytes public_;
  std::unique_ptr<evp_pkey_st, FreeKey> evp_;  ///< Curve25519 and Curve448 only
};

/// The responder's half, done in one step: what it sends, and what it shares with the initiator.
struct KeyResponse {
  Bytes public_value;  ///< the Key Exchange Data we send
  SecretBytes shared;  ///< as KeyPair::derive() gives it to the initiator
};

/// Answers the initiator's Key Exchange Data. Draws from `random` alone. The error is that of KeyPair::generate()
/// (field "Diffie-Hellman Group Num": we do not have the group) or that of KeyPair::derive() (field "Key Exchange
/// Data": the peer's value is bad; for ML-KEM also a key that fails the checks of FIPS 203 §7.2).
Result<KeyResponse> respond(wire::DhGroup group, BytesView peer_public, RandomSource& random);

/// True for the error of a group that is not in group_table().
bool is_unknown_group(const ParseError& error);

}  // namespace ikevet::crypto
