// One ESP packet: opened and made, for the data plane and for captures alike.  RFC 4303 §2 and §3.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/random.hpp"
#include "engine/base/result.hpp"
#include "engine/crypto/encr.hpp"
#include "engine/crypto/integ.hpp"
#include "engine/crypto/suite.hpp"

namespace ikevet::esp {

// Next Header values of RFC 4303 §2.6 (IANA "Protocol Numbers").
inline constexpr std::uint8_t kNextIpv4 = 4;
inline constexpr std::uint8_t kNextIpv6 = 41;
inline constexpr std::uint8_t kNextDummy = 59;  ///< "no next header": a dummy packet

/// SPI and Sequence Number: RFC 4303 §2.1, §2.2.
struct Header {
  ChildSpi spi;
  std::uint32_t sequence{};  ///< the low half of an extended one
};
/// Empty when there are fewer than eight octets.
std::optional<Header> read_header(BytesView packet);

/// Algorithms and keys of one direction of an SA.
struct Protection {
  crypto::Cipher cipher;
  crypto::Integ integ;
  SecretBytes encr_key;
  SecretBytes integ_key;
  /// Octets of an ICV that cannot be checked for want of its key (a capture with half of the keys).
  std::size_t unchecked_icv{};

  /// Empty when an algorithm is unknown or a key has the wrong size for it.
  static std::optional<Protection> create(wire::EncrId encr, std::uint16_t key_bits, wire::IntegId integ,
                                          const SecretBytes& encr_key, const SecretBytes& integ_key);
  std::size_t icv_size() const { return cipher.is_aead() ? cipher.icv_size() : integ.icv_size() + unchecked_icv; }
};

struct Opened {
  std::uint8_t next_header{};
  Bytes payload;               ///< without ESP padding; padding for traffic flow confidentiality is still there (§2.7)
  bool integrity_checked{};    ///< false without an integrity key
  bool default_padding{true};  ///< the padding octets are 1, 2, 3 ... (§2.4)
};

enum class Failure : std::uint8_t { TooShort, BadIntegrity, BadPadding };
/// "too short", "wrong Integrity Check Value", ...
std::string_view text(Failure why);

/// Checks the ICV and decrypts. `upper` is the high half of an extended sequence number, which is authenticated though
/// it is not sent (§2.2.1); empty where the SA has 32-bit ones.
Result<Opened, Failure> open(const Protection& keys, BytesView packet, std::optional<std::uint32_t> upper);

/// What goes into a packet besides its keys.
struct Content {
  ChildSpi spi;
  std::uint64_t sequence{};
  bool esn{};  ///< the high half of `sequence` is authenticated
  std::uint8_t next_header{};
  BytesView payload;
  std::size_t tfc_padding{};  ///< octets of zero behind the payload, §2.7
  BytesView iv{};             ///< for making a known packet again; empty: one is made
};
/// Encrypts and authenticates. Counter modes and combined modes take the sequence number as their IV, which never
/// repeats under a key (RFC 3686 §3.1, RFC 4106 §3.1, RFC 7634 §2); CBC gets a random one (RFC 3602 §3).
Bytes seal(const Protection& keys, const Content& content, RandomSource& random);

}  // namespace ikevet::esp
