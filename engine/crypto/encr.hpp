// Encryption algorithms, Transform Type 1, combined modes included. The same interface serves SK payloads and ESP.
#pragma once

#include <optional>
#include <span>

#include "engine/base/bytes.hpp"
#include "engine/crypto/algorithms.hpp"

namespace ikevet::crypto {

/// A negotiated cipher. A value as cheap as a pointer; it holds no key. `key` below is always SK_e or the encryption
/// part of KEYMAT, salt included: RFC 5282 §7.1, RFC 4106 §8.1, RFC 3686 §5.1, RFC 7634 §3. A key or IV of another size
/// than asked is a caller's error and throws std::invalid_argument.
class Cipher {
 public:
  /// Empty when the transform is not in encr_table().
  static std::optional<Cipher> find(wire::EncrId id, std::uint16_t key_bits);

  wire::EncrId id() const { return info_->id; }
  const EncrInfo& info() const { return *info_; }
  std::size_t key_size() const { return info_->key_size(); }    ///< octets, salt included
  std::size_t iv_size() const { return info_->iv_size; }        ///< octets of the IV on the wire
  std::size_t block_size() const { return info_->block_size; }  ///< plaintext with padding is a multiple of this
  std::size_t icv_size() const { return info_->icv_size; }      ///< octets; 0 unless is_aead()
  bool is_aead() const { return info_->is_aead(); }

  /// Encrypts `data` in place. In combined modes `aad` is authenticated too and the ICV is written to `icv`, which has
  /// icv_size() octets; otherwise both are empty. False when `data` is not a multiple of block_size().
  bool encrypt(BytesView key, BytesView iv, BytesView aad, std::span<std::uint8_t> data,
               std::span<std::uint8_t> icv) const;

  /// Decrypts `data` in place. False when the ICV of a combined mode is wrong (`data` is then zeroed) or when `data` is
  /// not a multiple of block_size().
  bool decrypt(BytesView key, BytesView iv, BytesView aad, std::span<std::uint8_t> data, BytesView icv) const;

 private:
  explicit Cipher(const EncrInfo& info) : info_(&info) {}
  const EncrInfo* info_;
};

}  // namespace ikevet::crypto
