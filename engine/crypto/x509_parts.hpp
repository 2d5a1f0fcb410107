// What the files about certificates share about OpenSSL. Not for inclusion from elsewhere.
#pragma once

#include <openssl/ocsp.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "engine/crypto/sign_parts.hpp"
#include "engine/crypto/x509.hpp"

namespace ikevet::crypto {

using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;
using CrlPtr = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;
using StorePtr = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;
using StoreCtxPtr = std::unique_ptr<X509_STORE_CTX, FreeWith<X509_STORE_CTX_free>>;
using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;

struct FreeX509Stack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
struct FreeCrlStack {
  void operator()(STACK_OF(X509_CRL) * stack) const { sk_X509_CRL_pop_free(stack, X509_CRL_free); }
};
using X509Stack = std::unique_ptr<STACK_OF(X509), FreeX509Stack>;
using CrlStack = std::unique_ptr<STACK_OF(X509_CRL), FreeCrlStack>;

/// "2026-01-31 12:00:00 UTC".
std::string time_text(const ASN1_TIME* time);
std::string name_text(const X509_NAME* name);
/// A CRL in DER; null: none. Clears OpenSSL's queue of errors.
CrlPtr parse_crl(BytesView der);

enum class OcspVerdict : std::uint8_t { Silent, Good, Revoked, Faulty };
struct OcspAnswer {
  OcspVerdict verdict{};
  std::string why;  ///< for Revoked and Faulty
};
/// What an OCSP response says of `certificate`, issued by `issuer`. `store` holds the anchors with the time set.
OcspAnswer ask_ocsp(BytesView response, X509* certificate, X509* issuer, STACK_OF(X509) * chain, X509_STORE* store,
                    WallClock now);

}  // namespace ikevet::crypto
