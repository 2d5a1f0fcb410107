// Digital signatures: RSA (PKCS#1 v1.5 and PSS), ECDSA, EdDSA, and the AlgorithmIdentifier that names them in IKEv2.
// RFC 7296 §3.8, RFC 4754, RFC 7427, RFC 8420.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/base/bytes.hpp"
#include "engine/base/random.hpp"
#include "engine/base/result.hpp"
#include "engine/wire/constants.hpp"

struct evp_pkey_st;

namespace ikevet::crypto {

enum class KeyType : std::uint8_t { Rsa, EcP256, EcP384, EcP521, EcOther, Ed25519, Ed448 };
std::string_view name(KeyType);

/// How a signature is made.
struct SignatureScheme {
  enum class Kind : std::uint8_t {
    RsaPkcs1,  ///< RSASSA-PKCS1-v1_5
    RsaPss,    ///< RSASSA-PSS
    EcdsaRaw,  ///< r | s, each as long as the group's order: RFC 4754 §7
    EcdsaDer,  ///< ECDSA-Sig-Value: RFC 7427 Appendix A.3
    EdDsa,     ///< Ed25519 and Ed448, RFC 8420: over the message itself ("Identity" hash)
  };
  Kind kind{};
  wire::HashAlgorithm hash{};
  wire::HashAlgorithm mgf_hash{};    ///< RsaPss: of MGF1
  std::size_t salt_size{};           ///< RsaPss
  std::optional<KeyType> edwards{};  ///< EdDsa: which curve
  friend bool operator==(const SignatureScheme&, const SignatureScheme&) = default;
};

/// A public key. Cheap to copy.
class PublicKey {
 public:
  /// SubjectPublicKeyInfo, DER, complete and nothing behind it (RFC 7670 §3 sends it as it is).
  static Result<PublicKey> from_spki(BytesView der);
  /// Takes a reference of its own. For the files of this folder.
  static Result<PublicKey> adopt(evp_pkey_st* key);

  /// A user's file: a SubjectPublicKeyInfo in PEM or DER. Throws std::invalid_argument.
  static PublicKey read(BytesView file);

  KeyType type() const { return type_; }
  unsigned bits() const { return bits_; }
  std::string text() const;  ///< "RSA 2048"
  Bytes spki() const;
  evp_pkey_st* handle() const { return key_.get(); }

 private:
  PublicKey() = default;
  std::shared_ptr<evp_pkey_st> key_;
  KeyType type_{};
  unsigned bits_{};
};

/// A private key that signs. Cheap to copy; never printed.
class SigningKey {
 public:
  /// A user's file: PEM (PKCS#8, SEC 1 or PKCS#1, without passphrase) or DER. Throws std::invalid_argument.
  static SigningKey read(BytesView file);

  const PublicKey& public_key() const { return public_; }
  evp_pkey_st* handle() const { return public_.handle(); }

 private:
  explicit SigningKey(PublicKey key) : public_(std::move(key)) {}
  PublicKey public_;
};

/// Signs. What is random (the k of ECDSA, the salt of PSS) is drawn from `random`: the same seed, the same signature.
/// The scheme has to fit the key, else std::invalid_argument.
Bytes sign(const SigningKey& key, const SignatureScheme& scheme, BytesView message, RandomSource& random);

/// False for any octets that are no signature of this message by this key in this scheme.
bool verify(const PublicKey& key, const SignatureScheme& scheme, BytesView message, BytesView signature);

/// RFC 7427 §3: the DER AlgorithmIdentifier of a scheme; empty for EcdsaRaw, which has none.
Bytes algorithm_identifier(const SignatureScheme& scheme);
/// The inverse, for what a peer sent. PSS parameters as RFC 4055 §3.1 has them.
Result<SignatureScheme> read_algorithm_identifier(BytesView der);

/// The scheme that this key signs with when the peer knows these hashes; empty: none fits.
std::optional<SignatureScheme> choose_scheme(const PublicKey& key, std::span<const wire::HashAlgorithm> hashes,
                                             bool rsa_pss);

}  // namespace ikevet::crypto
