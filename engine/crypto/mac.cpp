#include "engine/crypto/mac.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>

#include "engine/crypto/digest.hpp"
#include "engine/crypto/openssl.hpp"

namespace ikevet::crypto {
namespace {

constexpr std::size_t kAesBlock = 16;
using Block = std::array<std::uint8_t, kAesBlock>;

/// A buffer for key material that does not outlive its scope.
template <std::size_t N>
struct Wiped : std::array<std::uint8_t, N> {
  Wiped() : std::array<std::uint8_t, N>{} {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { wipe(*this); }
};

/// RFC 2104, from two hashes. OpenSSL's own EVP_MAC takes twice the time for messages of IKE's size, all of it in
/// setting up the context for a new key, and IKE uses nearly every key once or twice.
std::size_t hmac(const char* openssl, BytesView key, std::span<const BytesView> parts,
                 std::span<std::uint8_t, kMaxMac> out) {
  constexpr std::uint8_t kInner = 0x36;
  constexpr std::uint8_t kOuter = 0x5c;
  Digest digest(openssl);
  Wiped<kMaxDigestBlock> pad;
  if (key.size() > digest.block_size()) {
    digest.update(key);
    digest.finish(pad.data());
  } else {
    std::ranges::copy(key, pad.begin());
  }
  const BytesView block(pad.data(), digest.block_size());

  for (std::uint8_t& octet : pad) octet ^= kInner;
  digest.update(block);
  for (const BytesView part : parts) digest.update(part);
  digest.finish(out.data());

  for (std::uint8_t& octet : pad) octet ^= kInner ^ kOuter;
  digest.update(block);
  digest.update(BytesView(out.data(), digest.size()));
  digest.finish(out.data());
  return digest.size();
}

/// NIST SP 800-38B, RFC 4493.
std::size_t cmac(const char* openssl, BytesView key, std::span<const BytesView> parts,
                 std::span<std::uint8_t, kMaxMac> out) {
  static EVP_MAC* const algorithm = check(EVP_MAC_fetch(nullptr, "CMAC", nullptr), "EVP_MAC_fetch CMAC");
  const std::unique_ptr<EVP_MAC_CTX, FreeWith<EVP_MAC_CTX_free>> context(
      check(EVP_MAC_CTX_new(algorithm), "EVP_MAC_CTX_new"));
  std::string cipher(openssl);
  const std::array params{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher.data(), cipher.size()),
                          OSSL_PARAM_construct_end()};
  check(EVP_MAC_init(context.get(), key.data(), key.size(), params.data()), "EVP_MAC_init");
  for (const BytesView part : parts) {
    if (!part.empty()) check(EVP_MAC_update(context.get(), part.data(), part.size()), "EVP_MAC_update");
  }
  std::size_t size = 0;
  check(EVP_MAC_final(context.get(), out.data(), &size, out.size()), "EVP_MAC_final");
  return size;
}

/// AES with one key, block by block.
class AesBlocks {
 public:
  AesBlocks(const char* openssl, BytesView key) : context_(check(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")) {
    // One row uses it, so one cipher is enough: AES-128-ECB.
    static EVP_CIPHER* const cipher = check(EVP_CIPHER_fetch(nullptr, openssl, nullptr), "EVP_CIPHER_fetch");
    check(EVP_EncryptInit_ex2(context_.get(), cipher, key.data(), nullptr, nullptr), "EVP_EncryptInit_ex2");
    EVP_CIPHER_CTX_set_padding(context_.get(), 0);
  }
  void encrypt(std::array<std::uint8_t, kAesBlock>& block) {
    int written = 0;
    check(EVP_EncryptUpdate(context_.get(), block.data(), &written, block.data(), static_cast<int>(block.size())),
          "EVP_EncryptUpdate");
  }

 private:
  CipherCtxPtr context_;
};

void xor_into(Block& block, const Block& other) {
  for (std::size_t i = 0; i < kAesBlock; ++i) block[i] ^= other[i];
}

/// AES-XCBC-MAC, RFC 3566 §4: its steps are named in the comments.
std::size_t xcbc(const char* openssl, BytesView key, std::span<const BytesView> parts,
                 std::span<std::uint8_t, kMaxMac> out) {
  Wiped<kAesBlock> k1;
  Wiped<kAesBlock> k2;
  Wiped<kAesBlock> k3;
  {
    AesBlocks with_k(openssl, key);  // (1)
    k1.fill(1);
    k2.fill(2);
    k3.fill(3);
    with_k.encrypt(k1);
    with_k.encrypt(k2);
    with_k.encrypt(k3);
  }
  AesBlocks with_k1(openssl, k1);
  Wiped<kAesBlock> e;      // (2) E[0]
  std::size_t filled = 0;  // octets of the block being gathered, already combined with the last E
  for (const BytesView part : parts) {
    for (const std::uint8_t octet : part) {
      if (filled == kAesBlock) {  // (3): another octet follows, so this was not the last block
        with_k1.encrypt(e);
        filled = 0;
      }
      e[filled++] ^= octet;
    }
  }
  if (filled == kAesBlock) {  // (4a)
    xor_into(e, k2);
  } else {  // (4b)
    e[filled] ^= 0x80;
    xor_into(e, k3);
  }
  with_k1.encrypt(e);
  std::ranges::copy(e, out.begin());
  return kAesBlock;
}

}  // namespace

std::size_t compute_mac(MacKind kind, const char* openssl, BytesView key, std::span<const BytesView> parts,
                        std::span<std::uint8_t, kMaxMac> out) {
  if (kind == MacKind::None) return 0;
  if (kind == MacKind::Hmac) return hmac(openssl, key, parts, out);
  if (key.size() != kAesBlock) throw std::invalid_argument("AES-CMAC and AES-XCBC take keys of 16 octets");
  return kind == MacKind::Cmac ? cmac(openssl, key, parts, out) : xcbc(openssl, key, parts, out);
}

}  // namespace ikevet::crypto
