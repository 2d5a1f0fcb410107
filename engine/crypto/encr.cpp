#include "engine/crypto/encr.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "engine/crypto/openssl.hpp"

namespace ikevet::crypto {
namespace {

constexpr std::size_t kMaxIv = 16;

/// The ciphers of the table, fetched once for the life of the process: fetching costs as much as encrypting a message.
EVP_CIPHER* fetched(const EncrInfo& info) {
  struct Fetched {
    std::array<EVP_CIPHER*, 64> ciphers{};
    Fetched() {
      for (std::size_t i = 0; i < encr_table().size(); ++i) {
        const char* name = encr_table()[i].openssl;
        if (name != nullptr) ciphers.at(i) = EVP_CIPHER_fetch(nullptr, name, nullptr);
      }
    }
  };
  static const Fetched all;
  const auto row = static_cast<std::size_t>(&info - encr_table().data());
  return check(all.ciphers.at(row), info.openssl);
}

/// What OpenSSL calls the IV: for most modes, more than what is sent.
struct Nonce {
  std::array<std::uint8_t, kMaxIv> octets{};
  std::size_t size{};
  ~Nonce() { wipe(octets); }
};

Nonce nonce(const EncrInfo& info, BytesView key, BytesView iv) {
  Nonce out;
  const BytesView salt = key.subspan(info.cipher_key);
  std::ranges::copy(salt, out.octets.begin());
  std::ranges::copy(iv, out.octets.begin() + static_cast<std::ptrdiff_t>(salt.size()));
  out.size = salt.size() + iv.size();
  if (info.mode == EncrMode::Ctr) {
    out.octets.back() = 1;  // RFC 3686 §4, RFC 5930 §2: the block counter begins with one
    out.size = kMaxIv;
  }
  return out;
}

int int_size(BytesView octets) {
  if (octets.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw std::length_error("more than 2 GiB to encrypt or decrypt at once");
  }
  return static_cast<int>(octets.size());
}

enum class Direction : int { Decrypt = 0, Encrypt = 1 };

/// One pass of one cipher over one message.
class Pass {
 public:
  Pass(const EncrInfo& info, Direction direction, BytesView key, BytesView iv)
      : info_(info), context_(check(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX_new")) {
    check(EVP_CipherInit_ex2(context_.get(), fetched(info), nullptr, nullptr, static_cast<int>(direction), nullptr),
          "EVP_CipherInit_ex2");
    const Nonce n = nonce(info, key, iv);
    if (info.is_aead()) ctrl(EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(n.size), nullptr);
    // CCM wants the size of the ICV before the key, since it goes into the first block.
    if (info.mode == EncrMode::Ccm && direction == Direction::Encrypt) {
      ctrl(EVP_CTRL_AEAD_SET_TAG, static_cast<int>(info.icv_size), nullptr);
    }
    nonce_ = n;
    key_ = key;
    direction_ = direction;
  }

  void expect_icv(BytesView icv) {
    Bytes copy = to_bytes(icv);
    ctrl(EVP_CTRL_AEAD_SET_TAG, int_size(icv), copy.data());
  }

  /// Gives the key and the associated data; `text_size` is what run() will be given.
  void start(BytesView aad, std::size_t text_size) {
    check(EVP_CipherInit_ex2(context_.get(), nullptr, key_.data(), nonce_.octets.data(), static_cast<int>(direction_),
                             nullptr),
          "EVP_CipherInit_ex2");
    EVP_CIPHER_CTX_set_padding(context_.get(), 0);
    int written = 0;
    if (info_.mode == EncrMode::Ccm) {
      check(EVP_CipherUpdate(context_.get(), nullptr, &written, nullptr, static_cast<int>(text_size)), "CCM length");
    }
    if (info_.is_aead() && !aad.empty()) {
      check(EVP_CipherUpdate(context_.get(), nullptr, &written, aad.data(), int_size(aad)), "associated data");
    }
  }

  /// False when an ICV is wrong.
  bool run(std::span<std::uint8_t> data) {
    // RFC 4543 §3.3, §3.5: the text is associated data too, and nothing is encrypted.
    if (info_.mode == EncrMode::Gmac) {
      int written = 0;
      if (!data.empty())
        check(EVP_CipherUpdate(context_.get(), nullptr, &written, data.data(), int_size(data)), "associated data");
      data = {};
    }
    // CCM does its work in this call even when there is nothing to encrypt, and then needs pointers that are not null.
    std::uint8_t none = 0;
    std::uint8_t* text = data.empty() ? &none : data.data();
    int written = 0;
    if ((!data.empty() || info_.mode == EncrMode::Ccm) &&
        EVP_CipherUpdate(context_.get(), text, &written, text, int_size(data)) <= 0) {
      ERR_clear_error();
      return false;
    }
    // CCM has compared the ICV already and knows no final step when decrypting.
    if (info_.mode == EncrMode::Ccm && direction_ == Direction::Decrypt) return true;
    if (EVP_CipherFinal_ex(context_.get(), text + written, &written) <= 0) {
      ERR_clear_error();
      return false;
    }
    return true;
  }

  void take_icv(std::span<std::uint8_t> icv) { ctrl(EVP_CTRL_AEAD_GET_TAG, int_size(icv), icv.data()); }

 private:
  void ctrl(int what, int size, void* data) {
    check(EVP_CIPHER_CTX_ctrl(context_.get(), what, size, data), "EVP_CIPHER_CTX_ctrl");
  }

  const EncrInfo& info_;
  CipherCtxPtr context_;
  Nonce nonce_;
  BytesView key_;
  Direction direction_{};
};

void check_sizes(const EncrInfo& info, BytesView key, BytesView iv, BytesView icv) {
  if (key.size() != info.key_size()) throw std::invalid_argument(std::string(info.name) + ": key of the wrong size");
  if (iv.size() != info.iv_size) throw std::invalid_argument(std::string(info.name) + ": IV of the wrong size");
  if (icv.size() != info.icv_size) throw std::invalid_argument(std::string(info.name) + ": ICV of the wrong size");
}

}  // namespace

std::optional<Cipher> Cipher::find(wire::EncrId id, std::uint16_t key_bits) {
  const EncrInfo* info = find_encr(id, key_bits);
  if (info == nullptr) return std::nullopt;
  return Cipher(*info);
}

bool Cipher::encrypt(BytesView key, BytesView iv, BytesView aad, std::span<std::uint8_t> data,
                     std::span<std::uint8_t> icv) const {
  check_sizes(*info_, key, iv, icv);
  if (data.size() % block_size() != 0) return false;
  if (info_->mode == EncrMode::Null) return true;
  Pass pass(*info_, Direction::Encrypt, key, iv);
  pass.start(aad, data.size());
  if (!pass.run(data)) openssl_failed("encryption");
  if (is_aead()) pass.take_icv(icv);
  return true;
}

bool Cipher::decrypt(BytesView key, BytesView iv, BytesView aad, std::span<std::uint8_t> data, BytesView icv) const {
  check_sizes(*info_, key, iv, icv);
  if (data.size() % block_size() != 0) return false;
  if (info_->mode == EncrMode::Null) return true;
  Pass pass(*info_, Direction::Decrypt, key, iv);
  if (is_aead()) pass.expect_icv(icv);
  pass.start(aad, data.size());
  if (pass.run(data)) return true;
  std::ranges::fill(data, std::uint8_t{0});
  return false;
}

}  // namespace ikevet::crypto
