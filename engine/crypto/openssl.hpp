// What the files of this folder share about OpenSSL. Not for inclusion from elsewhere.
#pragma once

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace ikevet::crypto {

/// unique_ptr that frees with an OpenSSL function.
template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using BnPtr = std::unique_ptr<BIGNUM, FreeWith<BN_clear_free>>;
using BnCtxPtr = std::unique_ptr<BN_CTX, FreeWith<BN_CTX_free>>;
using MdCtxPtr = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using CipherCtxPtr = std::unique_ptr<EVP_CIPHER_CTX, FreeWith<EVP_CIPHER_CTX_free>>;
using PkeyCtxPtr = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;

/// For calls that fail only when memory is short or OpenSSL's configuration lacks the algorithm: never because of what
/// a peer sent.
[[noreturn]] inline void openssl_failed(const char* what) {
  const unsigned long code = ERR_get_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  throw std::runtime_error(std::string("OpenSSL: ") + what + (reason != nullptr ? std::string(": ") + reason : ""));
}

inline void check(int result, const char* what) {
  if (result <= 0) openssl_failed(what);
}

template <class T>
T* check(T* object, const char* what) {
  if (object == nullptr) openssl_failed(what);
  return object;
}

}  // namespace ikevet::crypto
