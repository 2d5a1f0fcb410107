// What the files about signatures and certificates share about OpenSSL. Not for inclusion from elsewhere.
#pragma once

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "engine/crypto/openssl.hpp"
#include "engine/crypto/sign.hpp"

namespace ikevet::crypto {

using PkeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using AlgorPtr = std::unique_ptr<X509_ALGOR, FreeWith<X509_ALGOR_free>>;
using PssParamsPtr = std::unique_ptr<RSA_PSS_PARAMS, FreeWith<RSA_PSS_PARAMS_free>>;

/// What OpenSSL has to say about its last failure, without the queue that it leaves behind.
std::string last_openssl_reason();
/// A hash of RFC 7427 §7; null for one without digest or unknown.
const EVP_MD* digest_of(wire::HashAlgorithm hash);

/// Runs an i2d function.
template <class T>
Bytes to_der(const T* object, int (*i2d)(const T*, unsigned char**)) {
  const int size = i2d(object, nullptr);
  if (size <= 0) return {};
  Bytes out(static_cast<std::size_t>(size));
  unsigned char* at = out.data();
  i2d(object, &at);
  return out;
}

}  // namespace ikevet::crypto
