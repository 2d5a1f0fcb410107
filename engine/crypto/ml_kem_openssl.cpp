// ML-KEM by OpenSSL 3.5 and later. Parameter names are written out ("seed", "ikme": EVP_PKEY-ML-KEM(7),
// EVP_KEM-ML-KEM(7)), so that this file compiles with the headers of older releases too.
#include "engine/crypto/ml_kem.hpp"

namespace ikevet::crypto::ml_kem {

const Parameters* find(wire::DhGroup group) {
  switch (group) {
    case wire::DhGroup::ML_KEM_512:
      return &k512;
    case wire::DhGroup::ML_KEM_768:
      return &k768;
    case wire::DhGroup::ML_KEM_1024:
      return &k1024;
    default:
      return nullptr;
  }
}

}  // namespace ikevet::crypto::ml_kem

#include <openssl/opensslv.h>

#if OPENSSL_VERSION_NUMBER >= 0x30500000L || defined(IKEVET_CHECK_ML_KEM_OPENSSL)

#include <openssl/params.h>

#include <array>
#include <stdexcept>

#include "engine/crypto/dh_parts.hpp"
#include "engine/crypto/openssl.hpp"

namespace ikevet::crypto::ml_kem {
namespace {

using PkeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;

PkeyCtxPtr context_of(EVP_PKEY* key) {
  return PkeyCtxPtr(check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr), "EVP_PKEY_CTX_new_from_pkey"));
}

std::array<OSSL_PARAM, 2> octets_parameter(const char* name, SecretBytes& octets) {
  return {OSSL_PARAM_construct_octet_string(name, octets.mutable_view().data(), octets.size()),
          OSSL_PARAM_construct_end()};
}

}  // namespace

Keys generate(const Parameters& p, BytesView seed) {
  if (seed.size() != kSeedSize) throw std::invalid_argument("ML-KEM keys are made from 64 octets");
  const PkeyCtxPtr context(check(EVP_PKEY_CTX_new_from_name(nullptr, p.name, nullptr), p.name));
  SecretBytes copy(seed);
  const auto params = octets_parameter("seed", copy);
  check(EVP_PKEY_keygen_init(context.get()), "EVP_PKEY_keygen_init");
  check(EVP_PKEY_CTX_set_params(context.get(), params.data()), "ML-KEM seed");
  EVP_PKEY* made = nullptr;
  check(EVP_PKEY_generate(context.get(), &made), "EVP_PKEY_generate");
  const PkeyPtr key(made);
  Keys out{Bytes(p.ek_size()), SecretBytes(p.dk_size())};
  std::size_t size = out.ek.size();
  check(EVP_PKEY_get_raw_public_key(key.get(), out.ek.data(), &size), "EVP_PKEY_get_raw_public_key");
  size = out.dk.size();
  check(EVP_PKEY_get_raw_private_key(key.get(), out.dk.mutable_view().data(), &size), "EVP_PKEY_get_raw_private_key");
  return out;
}

Result<Encapsulated> encapsulate(const Parameters& p, BytesView ek, BytesView m) {
  if (m.size() != kMessageSize) throw std::invalid_argument("ML-KEM encapsulates 32 octets");
  if (ek.size() != p.ek_size()) return bad_size(ek.size(), p.name, p.ek_size());
  const PkeyPtr key(EVP_PKEY_new_raw_public_key_ex(nullptr, p.name, nullptr, ek.data(), ek.size()));
  if (!key) {
    ERR_clear_error();
    return bad_public_value("an encapsulation key with a coefficient that is not below 3329 (FIPS 203 §7.2)");
  }
  const PkeyCtxPtr context = context_of(key.get());
  SecretBytes copy(m);
  const auto params = octets_parameter("ikme", copy);
  check(EVP_PKEY_encapsulate_init(context.get(), params.data()), "EVP_PKEY_encapsulate_init");
  Encapsulated out{Bytes(p.ciphertext_size()), SecretBytes(kSharedSize)};
  std::size_t ciphertext_size = out.ciphertext.size();
  std::size_t shared_size = out.shared.size();
  check(EVP_PKEY_encapsulate(context.get(), out.ciphertext.data(), &ciphertext_size, out.shared.mutable_view().data(),
                             &shared_size),
        "EVP_PKEY_encapsulate");
  return out;
}

Result<SecretBytes> decapsulate(const Parameters& p, BytesView dk, BytesView ciphertext) {
  if (ciphertext.size() != p.ciphertext_size()) return bad_size(ciphertext.size(), p.name, p.ciphertext_size());
  if (dk.size() != p.dk_size()) return parse_error("decapsulation key", 0, "of the wrong size (FIPS 203 §7.3)");
  const PkeyPtr key(EVP_PKEY_new_raw_private_key_ex(nullptr, p.name, nullptr, dk.data(), dk.size()));
  if (!key) {
    ERR_clear_error();
    return parse_error("decapsulation key", 0, "its hash does not fit (FIPS 203 §7.3)");
  }
  const PkeyCtxPtr context = context_of(key.get());
  check(EVP_PKEY_decapsulate_init(context.get(), nullptr), "EVP_PKEY_decapsulate_init");
  SecretBytes out(kSharedSize);
  std::size_t size = out.size();
  check(EVP_PKEY_decapsulate(context.get(), out.mutable_view().data(), &size, ciphertext.data(), ciphertext.size()),
        "EVP_PKEY_decapsulate");
  return out;
}

}  // namespace ikevet::crypto::ml_kem

#endif
