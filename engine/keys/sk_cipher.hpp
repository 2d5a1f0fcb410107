// Protection of messages: the Encrypted (SK) and Encrypted Fragment (SKF) payloads.
#pragma once

#include <cstddef>
#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/base/random.hpp"
#include "engine/base/result.hpp"
#include "engine/crypto/encr.hpp"
#include "engine/crypto/integ.hpp"
#include "engine/crypto/suite.hpp"
#include "engine/wire/sk_opener.hpp"

namespace ikevet::keys {

/// Octets between an SK payload's start and its IV: the generic header, RFC 7296 §3.2.
inline constexpr std::size_t kSkHeaderSize = 4;
/// The same for SKF, which adds Fragment Number and Total Fragments, RFC 7383 §2.5.
inline constexpr std::size_t kSkfHeaderSize = 8;

/// One direction of an IKE SA: SK_e and SK_a of one side.
///
/// What stands in front of the IV is called the prefix: everything from the first octet of the IKE header through the
/// SK generic header (for SKF through Total Fragments), with the final lengths in it. It is covered by the ICV, as the
/// message of RFC 7296 §3.14 or as the associated data of RFC 5282 §5.1. The *body* is what follows it:
///
///     IV | encrypted( inner payloads | Padding | Pad Length ) | Integrity Checksum Data
///
/// An honest sender does `seal`. Someone who needs to step in between does what seal does, one layer at a time:
///
///     padded = pad(inner);               // may be altered: payloads, padding, pad length
///     text   = encrypt(padded, iv);      // IV | ciphertext; may be altered: the ICV still holds afterwards
///     body   = text | icv(prefix, text); // may be altered: the ICV no longer holds
///
/// Move-only, because a copy would hand out the same counter-made IVs under the same key.
class SkCipher {
 public:
  /// Empty when the suite's encryption or integrity algorithm is unknown or a key has the wrong size for it.
  static std::optional<SkCipher> create(wire::EncrId encr, std::uint16_t key_bits, wire::IntegId integ,
                                        SecretBytes sk_e, SecretBytes sk_a);
  static std::optional<SkCipher> create(const crypto::IkeSuite& suite, SecretBytes sk_e, SecretBytes sk_a) {
    return create(suite.encr, suite.key_bits, suite.integ, std::move(sk_e), std::move(sk_a));
  }

  SkCipher(SkCipher&&) noexcept = default;
  SkCipher& operator=(SkCipher&&) noexcept = default;
  SkCipher(const SkCipher&) = delete;
  SkCipher& operator=(const SkCipher&) = delete;

  std::size_t iv_size() const { return encr_.iv_size(); }
  std::size_t block_size() const { return encr_.block_size(); }
  std::size_t icv_size() const { return encr_.is_aead() ? encr_.icv_size() : integ_.icv_size(); }

  /// Octets of the body that seal() makes from `inner_size` octets: known before sealing, for the lengths in the
  /// prefix.
  std::size_t sealed_size(std::size_t inner_size) const;
  /// Octets of the body for a padded plaintext of this size, whoever padded it.
  std::size_t body_size(std::size_t padded_size) const { return iv_size() + padded_size + icv_size(); }
  /// The most inner octets whose body has at most `body_size` octets; 0 when none fit. For choosing a fragment's size.
  std::size_t inner_capacity(std::size_t body_size) const;

  /// The body for `inner`, the serialised inner payloads. `random` gives the IV.
  Bytes seal(BytesView prefix, BytesView inner, RandomSource& random);

  /// inner | Padding | Pad Length, with the least padding that RFC 7296 §3.14 allows.
  Bytes pad(BytesView inner) const;
  /// An IV that this direction has not used before.
  Bytes next_iv(RandomSource& random);
  /// IV | ciphertext. Empty when `padded` is not a multiple of block_size() or `iv` not of iv_size().
  std::optional<Bytes> encrypt(BytesView padded, BytesView iv) const;
  /// The Integrity Checksum Data that belongs to this prefix and this IV | ciphertext, be it altered or not. Zeros when
  /// `iv_and_ciphertext` has no room for an IV.
  Bytes icv(BytesView prefix, BytesView iv_and_ciphertext) const;

  /// The inverse of seal. `message` starts with the IKE header; the payload starts at `sk_offset` with a header of
  /// `header_size` octets (kSkHeaderSize or kSkfHeaderSize), and its Payload Length says where it ends.
  Result<wire::OpenedSk, wire::OpenFailure> open(BytesView message, std::size_t sk_offset,
                                                 std::size_t header_size = kSkHeaderSize) const;

 private:
  SkCipher(crypto::Cipher encr, crypto::Integ integ, SecretBytes sk_e, SecretBytes sk_a)
      : encr_(encr), integ_(integ), sk_e_(std::move(sk_e)), sk_a_(std::move(sk_a)) {}

  crypto::Cipher encr_;
  crypto::Integ integ_;
  SecretBytes sk_e_;
  SecretBytes sk_a_;
  std::optional<std::uint64_t> counter_;  ///< last counter-made IV
};

}  // namespace ikevet::keys
