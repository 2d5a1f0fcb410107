// ML-KEM, FIPS 203: a key exchange whose two sides send different things. The initiator sends an encapsulation key, the
// responder a ciphertext; draft-ietf-ipsecme-ikev2-mlkem has both in KE payloads as they are, without any header.
//
// Where OpenSSL has ML-KEM (3.5 and later) it does the work. For older ones there is an implementation of our own over
// OpenSSL's SHA-3 (ml_kem.cpp). It is a test tool's: it follows the standard's algorithms line by line, and takes no
// precautions against side channels beyond having no branch that depends on a secret. Nothing that protects real
// traffic should use it.
#pragma once

#include <cstddef>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::crypto::ml_kem {

inline constexpr std::size_t kSeedSize = 64;     ///< d | z, FIPS 203 §7.1
inline constexpr std::size_t kMessageSize = 32;  ///< m, the randomness of an encapsulation, FIPS 203 §7.2
inline constexpr std::size_t kSharedSize = 32;   ///< K

/// FIPS 203 §8, table 2. eta2 is 2 and the modulus 3329 in all three.
struct Parameters {
  const char* name;  ///< as OpenSSL and FIPS 203 write it
  std::size_t k;
  std::size_t eta1;
  std::size_t du;
  std::size_t dv;
  constexpr std::size_t ek_size() const { return 384 * k + 32; }
  constexpr std::size_t dk_size() const { return 768 * k + 96; }
  constexpr std::size_t ciphertext_size() const { return 32 * (du * k + dv); }
};
inline constexpr Parameters k512{"ML-KEM-512", 2, 3, 10, 4};
inline constexpr Parameters k768{"ML-KEM-768", 3, 2, 10, 4};
inline constexpr Parameters k1024{"ML-KEM-1024", 4, 2, 11, 5};

/// Null unless `group` is one of the three.
const Parameters* find(wire::DhGroup group);

struct Keys {
  Bytes ek;
  SecretBytes dk;
};
struct Encapsulated {
  Bytes ciphertext;
  SecretBytes shared;
};

/// ML-KEM.KeyGen with given randomness d | z (kSeedSize octets; anything else throws std::invalid_argument).
Keys generate(const Parameters&, BytesView seed);

/// ML-KEM.Encaps with given randomness m (kMessageSize octets; anything else throws std::invalid_argument). The error
/// (field "Key Exchange Data") says which check of FIPS 203 §7.2 the peer's encapsulation key fails: its length, or a
/// coefficient that is not below the modulus.
Result<Encapsulated> encapsulate(const Parameters&, BytesView ek, BytesView m);

/// ML-KEM.Decaps. The error says which check of FIPS 203 §7.3 fails: the ciphertext's length, or our own key's length
/// or hash. A ciphertext that was made for another key is no error: it gives a secret that nobody else has ("implicit
/// rejection").
Result<SecretBytes> decapsulate(const Parameters&, BytesView dk, BytesView ciphertext);

}  // namespace ikevet::crypto::ml_kem
