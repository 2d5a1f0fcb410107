// The algorithms this engine can use: one table for each transform type of IKEv2, and nothing about them elsewhere.
//
// A row says everything that negotiation, key derivation, the wire format, configuration files and Wireshark's key
// tables need to know; the classes beside this header (Prf, Integ, Cipher, KeyPair) only carry out what a row says. A
// new algorithm of a known kind is a new row. Numbers: IANA "Internet Key Exchange Version 2 (IKEv2) Parameters".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/wire/constants.hpp"

namespace ikevet::crypto {

/// Transform Type 1.
enum class EncrMode : std::uint8_t { Null, Cbc, Ctr, Gcm, Gmac, Ccm, ChaCha20Poly1305 };

struct EncrInfo {
  wire::EncrId id{};
  /// Value of the Key Length attribute (RFC 7296 §3.3.5); 0 where the transform has a fixed key and no attribute.
  std::uint16_t key_bits{};
  std::string_view name;  ///< in configuration and reports: "aes256", "aes256gcm16"
  EncrMode mode{};
  const char* openssl{};           ///< name to fetch; null for ENCR_NULL
  std::size_t cipher_key{};        ///< octets of the cipher's own key
  std::size_t salt_size{};         ///< octets after the cipher key in SK_e and KEYMAT: RFC 5282 §7.1, RFC 3686 §5.1
  std::size_t iv_size{};           ///< octets of the IV on the wire
  std::size_t block_size{1};       ///< what the plaintext with padding is a multiple of (ESP rounds up to 4 itself)
  std::size_t icv_size{};          ///< octets of the ICV where the cipher makes its own; 0 otherwise
  std::string_view wireshark_ike;  ///< name in ikev2_decryption_table; empty: Wireshark knows none
  std::string_view wireshark_esp;  ///< name in esp_sa; empty: Wireshark knows none

  /// Octets of SK_ei, SK_er, and of the encryption part of KEYMAT.
  constexpr std::size_t key_size() const { return cipher_key + salt_size; }
  /// Combined mode: no separate integrity transform (RFC 5282 §8).
  constexpr bool is_aead() const { return icv_size != 0; }
};

/// How a keyed checksum is made; shared by Transform Types 2 and 3.
enum class MacKind : std::uint8_t { None, Hmac, Cmac, Xcbc };

/// Transform Type 2.
struct PrfInfo {
  wire::PrfId id{};
  std::string_view name;  ///< "prfsha256"
  MacKind kind{};
  const char* openssl{};      ///< digest for HMAC, cipher for CMAC and XCBC
  std::size_t key_size{};     ///< the preferred key length: octets of SK_d, SK_pi, SK_pr (RFC 7296 §2.13, §2.14)
  std::size_t output_size{};  ///< octets
  /// RFC 7296 §2.14: for AES-XCBC-PRF-128 and AES-CMAC-PRF-128 only the first 64 bits of Ni and of Nr key SKEYSEED.
  bool short_nonces{};
};

/// Transform Type 3.
struct IntegInfo {
  wire::IntegId id{};
  std::string_view name;  ///< "sha256"
  MacKind kind{};
  const char* openssl{};
  std::size_t key_size{};  ///< octets of SK_ai, SK_ar, and of the integrity part of KEYMAT
  std::size_t icv_size{};  ///< octets of the truncated checksum on the wire
  std::string_view wireshark_ike;
  std::string_view wireshark_esp;
};

/// Transform Type 4, and the additional key exchanges of Types 6 to 12 (RFC 9370 §2.2.1).
enum class GroupKind : std::uint8_t { Modp, Ecp, Montgomery, MlKem };

struct GroupInfo {
  wire::DhGroup id{};
  std::string_view name;  ///< "modp2048", "ecp256", "x25519"
  GroupKind kind{};
  const char* openssl{};             ///< curve or group name
  std::size_t public_value_size{};   ///< octets of the initiator's Key Exchange Data: RFC 7296 §3.4, RFC 5903 §7, ...
  std::size_t shared_secret_size{};  ///< octets of g^ir as it enters SKEYSEED
  std::size_t private_size{};        ///< octets of the private value; of the seed d | z for ML-KEM
  /// MODP 22-24 (RFC 5114) generate a subgroup of order q: a peer's value needs the check of RFC 6989 §2.2.
  bool small_subgroup{};
  /// Octets of the responder's Key Exchange Data: another thing than the initiator's in a KEM (FIPS 203), of the same
  /// kind in Diffie-Hellman.
  std::size_t response_size{public_value_size};

  constexpr bool is_kem() const { return kind == GroupKind::MlKem; }
};

std::span<const EncrInfo> encr_table();
std::span<const PrfInfo> prf_table();
std::span<const IntegInfo> integ_table();
std::span<const GroupInfo> group_table();

/// The row, or null for what this engine cannot do. `key_bits` is the Key Length attribute; 0 when there was none.
const EncrInfo* find_encr(wire::EncrId id, std::uint16_t key_bits);
const PrfInfo* find_prf(wire::PrfId id);
const IntegInfo* find_integ(wire::IntegId id);  ///< NONE has a row too, with no key and no ICV
const GroupInfo* find_group(wire::DhGroup id);  ///< NONE has none

/// By the name of configuration files; null for an unknown name.
const EncrInfo* find_encr(std::string_view name);
const PrfInfo* find_prf(std::string_view name);
const IntegInfo* find_integ(std::string_view name);
const GroupInfo* find_group(std::string_view name);

/// True for every combined-mode transform this engine knows, whatever the key length.
bool is_aead(wire::EncrId id);

}  // namespace ikevet::crypto
