// A running hash. Not for inclusion from outside this folder.
#pragma once

#include <array>
#include <cstddef>

#include "engine/base/bytes.hpp"
#include "engine/crypto/openssl.hpp"

namespace ikevet::crypto {

inline constexpr std::size_t kMaxDigest = EVP_MAX_MD_SIZE;
inline constexpr std::size_t kMaxDigestBlock = 128;  ///< SHA-384 and SHA-512

/// Works on a context that each thread keeps for each hash function: fetching the function and making a context cost
/// more than hashing an IKE message does. Therefore only one Digest of a function may be alive in a thread at a time.
class Digest {
 public:
  /// `openssl`: "MD5", "SHA1", "SHA256", "SHA384" or "SHA512".
  explicit Digest(const char* openssl);
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  /// Leaves nothing of what was hashed in the context.
  ~Digest() { EVP_DigestInit_ex(context_, nullptr, nullptr); }

  std::size_t size() const { return size_; }
  std::size_t block_size() const { return block_size_; }

  void update(BytesView octets) {
    if (!octets.empty()) check(EVP_DigestUpdate(context_, octets.data(), octets.size()), "EVP_DigestUpdate");
  }
  /// Writes size() octets and starts anew.
  void finish(std::uint8_t* out) {
    check(EVP_DigestFinal_ex(context_, out, nullptr), "EVP_DigestFinal_ex");
    check(EVP_DigestInit_ex(context_, nullptr, nullptr), "EVP_DigestInit_ex");
  }

 private:
  EVP_MD_CTX* context_;
  std::size_t size_;
  std::size_t block_size_;
};

}  // namespace ikevet::crypto
