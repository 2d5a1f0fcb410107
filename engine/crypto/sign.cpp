#include "engine/crypto/sign.hpp"

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <algorithm>
#include <limits>

#include "engine/crypto/sign_parts.hpp"

namespace ikevet::crypto {

using wire::HashAlgorithm;
using Kind = SignatureScheme::Kind;

namespace {

using EcdsaSigPtr = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;
using EcGroupPtr = std::unique_ptr<EC_GROUP, FreeWith<EC_GROUP_free>>;
using EcPointPtr = std::unique_ptr<EC_POINT, FreeWith<EC_POINT_clear_free>>;
using BioPtr = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;

/// A peer chooses its key, and verification costs what the modulus costs: beyond 8192 bits nobody is served.
constexpr unsigned kMinRsaBits = 1024;
constexpr unsigned kMaxRsaBits = 8192;

std::string group_name(const EVP_PKEY* key) {
  std::array<char, 64> buffer{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, buffer.data(), buffer.size(), &size) != 1) return {};
  return {buffer.data(), size};
}

bool is_ec(KeyType type) { return type >= KeyType::EcP256 && type <= KeyType::EcOther; }

bool fits(KeyType type, const SignatureScheme& scheme) {
  switch (scheme.kind) {
    case Kind::RsaPkcs1:
    case Kind::RsaPss:
      return type == KeyType::Rsa && digest_of(scheme.hash) != nullptr;
    case Kind::EcdsaRaw:
    case Kind::EcdsaDer:
      return is_ec(type) && digest_of(scheme.hash) != nullptr;
    case Kind::EdDsa:
      return scheme.edwards == type;
  }
  return false;
}

Bytes digest(const EVP_MD* md, std::initializer_list<BytesView> parts) {
  const MdCtxPtr context(check(EVP_MD_CTX_new(), "EVP_MD_CTX_new"));
  check(EVP_DigestInit_ex(context.get(), md, nullptr), "EVP_DigestInit_ex");
  for (const BytesView part : parts) check(EVP_DigestUpdate(context.get(), part.data(), part.size()), "digest");
  Bytes out(static_cast<std::size_t>(EVP_MD_get_size(md)));
  check(EVP_DigestFinal_ex(context.get(), out.data(), nullptr), "EVP_DigestFinal_ex");
  return out;
}

std::size_t order_size(const EVP_PKEY* key) { return (static_cast<std::size_t>(EVP_PKEY_get_bits(key)) + 7) / 8; }

/// FIPS 186-4 §6.4 with the caller's randomness: OpenSSL draws k from its own generator.
EcdsaSigPtr ecdsa_sign(const EVP_PKEY* key, BytesView hash, RandomSource& random) {
  const EcGroupPtr group(
      check(EC_GROUP_new_by_curve_name(OBJ_txt2nid(group_name(key).c_str())), "EC_GROUP_new_by_curve_name"));
  const BnCtxPtr context(check(BN_CTX_secure_new(), "BN_CTX_secure_new"));
  const BIGNUM* n = EC_GROUP_get0_order(group.get());
  BIGNUM* secret = nullptr;
  check(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &secret), "EVP_PKEY_get_bn_param");
  const BnPtr d(secret);
  BN_set_flags(d.get(), BN_FLG_CONSTTIME);

  const int order_bits = BN_num_bits(n);
  const BnPtr e(check(BN_bin2bn(hash.data(), static_cast<int>(hash.size()), nullptr), "BN_bin2bn"));
  const int surplus = static_cast<int>(hash.size()) * 8 - order_bits;
  if (surplus > 0) check(BN_rshift(e.get(), e.get(), surplus), "BN_rshift");

  const BnPtr k(check(BN_secure_new(), "BN_secure_new")), x(check(BN_new(), "BN_new"));
  BnPtr r(check(BN_new(), "BN_new")), s(check(BN_secure_new(), "BN_secure_new"));
  const EcPointPtr point(check(EC_POINT_new(group.get()), "EC_POINT_new"));
  for (;;) {
    SecretBytes octets(static_cast<std::size_t>((order_bits + 7) / 8));
    random.fill(octets.mutable_view());
    if (order_bits % 8 != 0) octets.mutable_view()[0] &= static_cast<std::uint8_t>((1U << (order_bits % 8)) - 1);
    check(BN_bin2bn(octets.view().data(), static_cast<int>(octets.size()), k.get()), "BN_bin2bn");
    if (BN_is_zero(k.get()) || BN_cmp(k.get(), n) >= 0) continue;
    BN_set_flags(k.get(), BN_FLG_CONSTTIME);
    check(EC_POINT_mul(group.get(), point.get(), k.get(), nullptr, nullptr, context.get()), "EC_POINT_mul");
    check(EC_POINT_get_affine_coordinates(group.get(), point.get(), x.get(), nullptr, context.get()), "x of kG");
    check(BN_nnmod(r.get(), x.get(), n, context.get()), "BN_nnmod");
    if (BN_is_zero(r.get())) continue;
    // s = k^-1 (e + r d) mod n
    check(BN_mod_mul(s.get(), r.get(), d.get(), n, context.get()), "BN_mod_mul");
    check(BN_mod_add(s.get(), s.get(), e.get(), n, context.get()), "BN_mod_add");
    const BnPtr inverse(check(BN_mod_inverse(nullptr, k.get(), n, context.get()), "BN_mod_inverse"));
    check(BN_mod_mul(s.get(), s.get(), inverse.get(), n, context.get()), "BN_mod_mul");
    if (BN_is_zero(s.get())) continue;
    EcdsaSigPtr out(check(ECDSA_SIG_new(), "ECDSA_SIG_new"));
    check(ECDSA_SIG_set0(out.get(), r.release(), s.release()), "ECDSA_SIG_set0");
    return out;
  }
}

/// r | s.  RFC 4754 §7: both padded to the length of the order.
Bytes raw_signature(const ECDSA_SIG* signature, std::size_t size) {
  Bytes out(2 * size);
  BN_bn2binpad(ECDSA_SIG_get0_r(signature), out.data(), static_cast<int>(size));
  BN_bn2binpad(ECDSA_SIG_get0_s(signature), out.data() + size, static_cast<int>(size));
  return out;
}

/// The inverse; empty when the length is not that of two orders.
Bytes der_signature(BytesView raw, std::size_t size) {
  if (raw.size() != 2 * size) return {};
  const EcdsaSigPtr signature(check(ECDSA_SIG_new(), "ECDSA_SIG_new"));
  BIGNUM* r = BN_bin2bn(raw.data(), static_cast<int>(size), nullptr);
  BIGNUM* s = BN_bin2bn(raw.data() + size, static_cast<int>(size), nullptr);
  check(ECDSA_SIG_set0(signature.get(), r, s), "ECDSA_SIG_set0");
  return to_der(signature.get(), &i2d_ECDSA_SIG);
}

/// RFC 8017 §9.1.1: EMSA-PSS-ENCODE with the caller's salt.
Bytes pss_encode(const SignatureScheme& scheme, BytesView message, std::size_t modulus_bits, RandomSource& random) {
  const EVP_MD* md = digest_of(scheme.hash);
  const Bytes hashed = digest(md, {message});
  const std::size_t em_bits = modulus_bits - 1;
  const std::size_t em_size = (em_bits + 7) / 8;
  if (em_size < hashed.size() + scheme.salt_size + 2) throw std::invalid_argument("the RSA key is too short for PSS");
  const Bytes salt = random.bytes(scheme.salt_size);
  static constexpr std::array<std::uint8_t, 8> kZeros{};
  const Bytes h = digest(md, {kZeros, hashed, salt});
  Bytes em(em_size);
  const std::size_t db_size = em_size - h.size() - 1;
  em[db_size - salt.size() - 1] = 1;
  std::ranges::copy(salt, em.begin() + static_cast<std::ptrdiff_t>(db_size - salt.size()));
  Bytes mask;  // MGF1, RFC 8017 Appendix B.2.1
  for (std::uint8_t counter = 0; mask.size() < db_size; ++counter) {
    const std::array<std::uint8_t, 4> c{0, 0, 0, counter};
    append(mask, digest(digest_of(scheme.mgf_hash), {h, c}));
  }
  for (std::size_t i = 0; i < db_size; ++i) em[i] ^= mask[i];
  em[0] &= static_cast<std::uint8_t>(0xffU >> (8 * em_size - em_bits));
  std::ranges::copy(h, em.begin() + static_cast<std::ptrdiff_t>(db_size));
  em.back() = 0xbc;
  return em;
}

Bytes rsa_private(EVP_PKEY* key, BytesView block) {
  const std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key));
  Bytes padded(size - block.size());
  append(padded, block);
  const PkeyCtxPtr context(check(EVP_PKEY_CTX_new(key, nullptr), "EVP_PKEY_CTX_new"));
  check(EVP_PKEY_sign_init(context.get()), "EVP_PKEY_sign_init");
  check(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING), "RSA_NO_PADDING");
  Bytes out(size);
  std::size_t length = size;
  check(EVP_PKEY_sign(context.get(), out.data(), &length, padded.data(), padded.size()), "EVP_PKEY_sign");
  out.resize(length);
  return out;
}

}  // namespace

std::string last_openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return reason != nullptr ? reason : "unreadable";
}

const EVP_MD* digest_of(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::SHA1:
      return EVP_sha1();
    case HashAlgorithm::SHA2_256:
      return EVP_sha256();
    case HashAlgorithm::SHA2_384:
      return EVP_sha384();
    case HashAlgorithm::SHA2_512:
      return EVP_sha512();
    default:
      return nullptr;
  }
}

std::string_view name(KeyType type) {
  switch (type) {
    case KeyType::Rsa:
      return "RSA";
    case KeyType::EcP256:
      return "ECDSA P-256";
    case KeyType::EcP384:
      return "ECDSA P-384";
    case KeyType::EcP521:
      return "ECDSA P-521";
    case KeyType::EcOther:
      return "ECDSA on another curve";
    case KeyType::Ed25519:
      return "Ed25519";
    case KeyType::Ed448:
      return "Ed448";
  }
  return "?";
}

Result<PublicKey> PublicKey::adopt(EVP_PKEY* key) {
  const auto refuse = [](std::string why) { return parse_error("SubjectPublicKeyInfo", 0, std::move(why)); };
  if (key == nullptr) return refuse(last_openssl_reason());
  PublicKey out;
  out.bits_ = static_cast<unsigned>(EVP_PKEY_get_bits(key));
  if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) {
    out.type_ = KeyType::Rsa;
    if (out.bits_ < kMinRsaBits || out.bits_ > kMaxRsaBits)
      return refuse("RSA key of " + std::to_string(out.bits_) + " bits");
  } else if (EVP_PKEY_is_a(key, "EC")) {
    const std::string curve = group_name(key);
    out.type_ = curve == "prime256v1"  ? KeyType::EcP256
                : curve == "secp384r1" ? KeyType::EcP384
                : curve == "secp521r1" ? KeyType::EcP521
                                       : KeyType::EcOther;
    // RFC 5480 §2.1.1: named curves alone; a peer's own curve parameters are not computed with.
    if (curve.empty()) return refuse("an elliptic curve without a name");
  } else if (EVP_PKEY_is_a(key, "ED25519")) {
    out.type_ = KeyType::Ed25519;
  } else if (EVP_PKEY_is_a(key, "ED448")) {
    out.type_ = KeyType::Ed448;
  } else {
    return refuse("a public key of an algorithm that is not supported");
  }
  EVP_PKEY_up_ref(key);
  out.key_ = std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
  return out;
}

Result<PublicKey> PublicKey::from_spki(BytesView der) {
  if (der.size() > static_cast<std::size_t>(std::numeric_limits<std::uint16_t>::max()))
    return parse_error("SubjectPublicKeyInfo", 0, std::to_string(der.size()) + " octets");
  const unsigned char* at = der.data();
  const PkeyPtr key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (key && at != der.data() + der.size())
    return parse_error("SubjectPublicKeyInfo", static_cast<std::size_t>(at - der.data()), "octets behind the key");
  return adopt(key.get());
}

PublicKey PublicKey::read(BytesView file) {
  const BioPtr bio(check(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())), "BIO_new_mem_buf"));
  const PkeyPtr key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  auto out = key ? adopt(key.get()) : from_spki(file);
  if (!out) throw std::invalid_argument("no public key in PEM or DER: " + out.error().why);
  return std::move(*out);
}

std::string PublicKey::text() const {
  return type_ == KeyType::Rsa ? "RSA " + std::to_string(bits_) : std::string(name(type_));
}

Bytes PublicKey::spki() const { return to_der(key_.get(), &i2d_PUBKEY); }

SigningKey SigningKey::read(BytesView file) {
  const BioPtr bio(check(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())), "BIO_new_mem_buf"));
  // No passphrase is asked for: the callback gives none.
  PkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
  if (!key) {
    const unsigned char* at = file.data();
    key.reset(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(file.size())));
  }
  if (!key)
    throw std::invalid_argument("no private key in PEM or DER (" + last_openssl_reason() +
                                "); a key with a passphrase has to be decrypted first, e.g. openssl pkey -in F -out G");
  ERR_clear_error();
  auto checked = PublicKey::adopt(key.get());
  if (!checked) throw std::invalid_argument(checked.error().why);
  return SigningKey(std::move(*checked));
}

Bytes sign(const SigningKey& key, const SignatureScheme& scheme, BytesView message, RandomSource& random) {
  EVP_PKEY* pkey = key.handle();
  if (!fits(key.public_key().type(), scheme))
    throw std::invalid_argument("a key for " + key.public_key().text() + " cannot sign like this");
  if (scheme.kind == Kind::RsaPss)
    return rsa_private(pkey, pss_encode(scheme, message, key.public_key().bits(), random));
  if (scheme.kind == Kind::EcdsaRaw || scheme.kind == Kind::EcdsaDer) {
    const EcdsaSigPtr signature = ecdsa_sign(pkey, digest(digest_of(scheme.hash), {message}), random);
    return scheme.kind == Kind::EcdsaRaw ? raw_signature(signature.get(), order_size(pkey))
                                         : to_der(signature.get(), &i2d_ECDSA_SIG);
  }
  // Neither PKCS#1 v1.5 nor EdDSA has anything random in it.
  const MdCtxPtr context(check(EVP_MD_CTX_new(), "EVP_MD_CTX_new"));
  check(EVP_DigestSignInit(context.get(), nullptr, digest_of(scheme.hash), nullptr, pkey), "EVP_DigestSignInit");
  std::size_t size = 0;
  check(EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()), "EVP_DigestSign");
  Bytes out(size);
  check(EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()), "EVP_DigestSign");
  out.resize(size);
  return out;
}

bool verify(const PublicKey& key, const SignatureScheme& scheme, BytesView message, BytesView signature) {
  if (!fits(key.type(), scheme)) return false;
  Bytes der;
  if (scheme.kind == Kind::EcdsaRaw) {
    der = der_signature(signature, order_size(key.handle()));
    if (der.empty()) return false;
    signature = der;
  }
  const MdCtxPtr context(check(EVP_MD_CTX_new(), "EVP_MD_CTX_new"));
  EVP_PKEY_CTX* parameters = nullptr;
  bool good = EVP_DigestVerifyInit(context.get(), &parameters, digest_of(scheme.hash), nullptr, key.handle()) == 1;
  if (good && scheme.kind == Kind::RsaPss)
    good = EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, digest_of(scheme.mgf_hash)) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, static_cast<int>(scheme.salt_size)) == 1;
  good =
      good && EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
  ERR_clear_error();
  return good;
}

std::optional<SignatureScheme> choose_scheme(const PublicKey& key, std::span<const HashAlgorithm> hashes,
                                             bool rsa_pss) {
  const auto known = [&](HashAlgorithm hash) { return std::ranges::find(hashes, hash) != hashes.end(); };
  if (key.type() == KeyType::Ed25519 || key.type() == KeyType::Ed448) {
    // RFC 8420 §2: announced by the Identity hash.
    if (!known(HashAlgorithm::IDENTITY)) return std::nullopt;
    return SignatureScheme{Kind::EdDsa, HashAlgorithm::IDENTITY, {}, 0, key.type()};
  }
  // The hash as strong as the curve first (RFC 4754); a weaker one is better than no signature.
  const HashAlgorithm best = key.type() == KeyType::EcP384   ? HashAlgorithm::SHA2_384
                             : key.type() == KeyType::EcP521 ? HashAlgorithm::SHA2_512
                                                             : HashAlgorithm::SHA2_256;
  for (const HashAlgorithm hash :
       {best, HashAlgorithm::SHA2_256, HashAlgorithm::SHA2_384, HashAlgorithm::SHA2_512, HashAlgorithm::SHA1}) {
    if (!known(hash)) continue;
    if (key.type() != KeyType::Rsa) return SignatureScheme{Kind::EcdsaDer, hash, {}, 0, {}};
    if (!rsa_pss) return SignatureScheme{Kind::RsaPkcs1, hash, {}, 0, {}};
    // RFC 4055 §3.1: the salt as long as the hash, and the same hash in MGF1.
    return SignatureScheme{Kind::RsaPss, hash, hash, static_cast<std::size_t>(EVP_MD_get_size(digest_of(hash))), {}};
  }
  return std::nullopt;
}

}  // namespace ikevet::crypto
