#include "engine/crypto/algorithms.hpp"

#include <algorithm>
#include <array>

#include "engine/crypto/ml_kem.hpp"

namespace ikevet::crypto {
namespace {

using enum wire::EncrId;
using enum wire::PrfId;
using wire::DhGroup;
using wire::IntegId;

// Wireshark's names: value strings of epan/dissectors/packet-isakmp.c (vs_ikev2_encr_algs, vs_ikev2_auth_algs) and
// packet-ipsec.c (esp_encryption_type_vals, esp_authentication_type_vals) of releases 3.6 to 4.4. "ChaCha20 with
// Poly1305 [RFC7634]" is known since 4.2, and in esp_sa only.

constexpr EncrInfo cbc(std::uint16_t bits, std::string_view name, const char* openssl, std::string_view ike) {
  return {ENCR_AES_CBC, bits, name, EncrMode::Cbc, openssl, bits / 8U, 0, 16, 16, 0, ike, "AES-CBC [RFC3602]"};
}

// RFC 3686 §5.1, RFC 5930 §3: four octets of nonce follow the key, eight of IV stand on the wire. No padding is needed
// (§2).
constexpr EncrInfo ctr(std::uint16_t bits, std::string_view name, const char* openssl, std::string_view ike) {
  return {ENCR_AES_CTR, bits, name, EncrMode::Ctr, openssl, bits / 8U, 4, 8, 1, 0, ike, "AES-CTR [RFC3686]"};
}

// RFC 5282 §7.1 with RFC 4106 §8.1: four octets of salt.
constexpr EncrInfo gcm(wire::EncrId id, std::uint16_t bits, std::size_t icv, std::string_view name, const char* openssl,
                       std::string_view ike, std::string_view esp) {
  return {id, bits, name, EncrMode::Gcm, openssl, bits / 8U, 4, 8, 1, icv, ike, esp};
}

// RFC 4543 §3.1, §3.2, §5.3: as AES-GCM, but nothing is encrypted; for Child SAs alone (§5.1).
constexpr EncrInfo gmac(std::uint16_t bits, std::string_view name, const char* openssl) {
  return {ENCR_NULL_AUTH_AES_GMAC, bits, name, EncrMode::Gmac, openssl, bits / 8U, 4, 8, 1, 16, "", ""};
}

// RFC 5282 §7.1 with RFC 4309 §7.1: three octets of salt.
constexpr EncrInfo ccm(wire::EncrId id, std::uint16_t bits, std::size_t icv, std::string_view name, const char* openssl,
                       std::string_view ike) {
  return {id, bits, name, EncrMode::Ccm, openssl, bits / 8U, 3, 8, 1, icv, ike, ""};
}

constexpr std::string_view kEspGcm8 = "AES-GCM with 8 octet ICV [RFC4106]";
constexpr std::string_view kEspGcm12 = "AES-GCM with 12 octet ICV [RFC4106]";
constexpr std::string_view kEspGcm16 = "AES-GCM with 16 octet ICV [RFC4106]";

constexpr std::array kEncr{
    cbc(128, "aes128", "AES-128-CBC", "AES-CBC-128 [RFC3602]"),
    cbc(192, "aes192", "AES-192-CBC", "AES-CBC-192 [RFC3602]"),
    cbc(256, "aes256", "AES-256-CBC", "AES-CBC-256 [RFC3602]"),
    ctr(128, "aes128ctr", "AES-128-CTR", "AES-CTR-128 [RFC5930]"),
    ctr(192, "aes192ctr", "AES-192-CTR", "AES-CTR-192 [RFC5930]"),
    ctr(256, "aes256ctr", "AES-256-CTR", "AES-CTR-256 [RFC5930]"),
    gcm(ENCR_AES_GCM_16, 128, 16, "aes128gcm16", "AES-128-GCM", "AES-GCM-128 with 16 octet ICV [RFC5282]", kEspGcm16),
    gcm(ENCR_AES_GCM_16, 192, 16, "aes192gcm16", "AES-192-GCM", "AES-GCM-192 with 16 octet ICV [RFC5282]", kEspGcm16),
    gcm(ENCR_AES_GCM_16, 256, 16, "aes256gcm16", "AES-256-GCM", "AES-GCM-256 with 16 octet ICV [RFC5282]", kEspGcm16),
    gcm(ENCR_AES_GCM_12, 128, 12, "aes128gcm12", "AES-128-GCM", "AES-GCM-128 with 12 octet ICV [RFC5282]", kEspGcm12),
    gcm(ENCR_AES_GCM_12, 192, 12, "aes192gcm12", "AES-192-GCM", "AES-GCM-192 with 12 octet ICV [RFC5282]", kEspGcm12),
    gcm(ENCR_AES_GCM_12, 256, 12, "aes256gcm12", "AES-256-GCM", "AES-GCM-256 with 12 octet ICV [RFC5282]", kEspGcm12),
    gcm(ENCR_AES_GCM_8, 128, 8, "aes128gcm8", "AES-128-GCM", "AES-GCM-128 with 8 octet ICV [RFC5282]", kEspGcm8),
    gcm(ENCR_AES_GCM_8, 192, 8, "aes192gcm8", "AES-192-GCM", "AES-GCM-192 with 8 octet ICV [RFC5282]", kEspGcm8),
    gcm(ENCR_AES_GCM_8, 256, 8, "aes256gcm8", "AES-256-GCM", "AES-GCM-256 with 8 octet ICV [RFC5282]", kEspGcm8),
    ccm(ENCR_AES_CCM_16, 128, 16, "aes128ccm16", "AES-128-CCM", "AES-CCM-128 with 16 octet ICV [RFC5282]"),
    ccm(ENCR_AES_CCM_16, 192, 16, "aes192ccm16", "AES-192-CCM", "AES-CCM-192 with 16 octet ICV [RFC5282]"),
    ccm(ENCR_AES_CCM_16, 256, 16, "aes256ccm16", "AES-256-CCM", "AES-CCM-256 with 16 octet ICV [RFC5282]"),
    ccm(ENCR_AES_CCM_12, 128, 12, "aes128ccm12", "AES-128-CCM", "AES-CCM-128 with 12 octet ICV [RFC5282]"),
    ccm(ENCR_AES_CCM_12, 192, 12, "aes192ccm12", "AES-192-CCM", "AES-CCM-192 with 12 octet ICV [RFC5282]"),
    ccm(ENCR_AES_CCM_12, 256, 12, "aes256ccm12", "AES-256-CCM", "AES-CCM-256 with 12 octet ICV [RFC5282]"),
    ccm(ENCR_AES_CCM_8, 128, 8, "aes128ccm8", "AES-128-CCM", "AES-CCM-128 with 8 octet ICV [RFC5282]"),
    ccm(ENCR_AES_CCM_8, 192, 8, "aes192ccm8", "AES-192-CCM", "AES-CCM-192 with 8 octet ICV [RFC5282]"),
    ccm(ENCR_AES_CCM_8, 256, 8, "aes256ccm8", "AES-256-CCM", "AES-CCM-256 with 8 octet ICV [RFC5282]"),
    // RFC 7634 §4: no Key Length attribute.
    EncrInfo{ENCR_CHACHA20_POLY1305, 0, "chacha20poly1305", EncrMode::ChaCha20Poly1305, "ChaCha20-Poly1305", 32, 4, 8,
             1, 16, "", "ChaCha20 with Poly1305 [RFC7634]"},
    gmac(128, "aes128gmac", "AES-128-GCM"),
    gmac(192, "aes192gmac", "AES-192-GCM"),
    gmac(256, "aes256gmac", "AES-256-GCM"),
    // RFC 2451.
    EncrInfo{ENCR_3DES, 0, "3des", EncrMode::Cbc, "DES-EDE3-CBC", 24, 0, 8, 8, 0, "3DES [RFC2451]",
             "TripleDES-CBC [RFC2451]"},
    // RFC 2410; RFC 7296 §5 keeps it out of IKE SAs.
    EncrInfo{ENCR_NULL, 0, "null", EncrMode::Null, nullptr, 0, 0, 0, 1, 0, "NULL [RFC2410]", "NULL"},
};

constexpr std::array kPrf{
    PrfInfo{PRF_HMAC_SHA2_256, "prfsha256", MacKind::Hmac, "SHA256", 32, 32, false},  // RFC 4868
    PrfInfo{PRF_HMAC_SHA2_384, "prfsha384", MacKind::Hmac, "SHA384", 48, 48, false},
    PrfInfo{PRF_HMAC_SHA2_512, "prfsha512", MacKind::Hmac, "SHA512", 64, 64, false},
    PrfInfo{PRF_HMAC_SHA1, "prfsha1", MacKind::Hmac, "SHA1", 20, 20, false},             // RFC 2104
    PrfInfo{PRF_AES128_XCBC, "prfaesxcbc", MacKind::Xcbc, "AES-128-ECB", 16, 16, true},  // RFC 4434
    PrfInfo{PRF_AES128_CMAC, "prfaescmac", MacKind::Cmac, "AES-128-CBC", 16, 16, true},  // RFC 4615
    PrfInfo{PRF_HMAC_MD5, "prfmd5", MacKind::Hmac, "MD5", 16, 16, false},                // RFC 2104
};

constexpr std::array kInteg{
    IntegInfo{IntegId::AUTH_HMAC_SHA2_256_128, "sha256", MacKind::Hmac, "SHA256", 32, 16, "HMAC_SHA2_256_128 [RFC4868]",
              "HMAC-SHA-256-128 [RFC4868]"},
    IntegInfo{IntegId::AUTH_HMAC_SHA2_384_192, "sha384", MacKind::Hmac, "SHA384", 48, 24, "HMAC_SHA2_384_192 [RFC4868]",
              "HMAC-SHA-384-192 [RFC4868]"},
    IntegInfo{IntegId::AUTH_HMAC_SHA2_512_256, "sha512", MacKind::Hmac, "SHA512", 64, 32, "HMAC_SHA2_512_256 [RFC4868]",
              "HMAC-SHA-512-256 [RFC4868]"},
    IntegInfo{IntegId::AUTH_HMAC_SHA1_96, "sha1", MacKind::Hmac, "SHA1", 20, 12, "HMAC_SHA1_96 [RFC2404]",
              "HMAC-SHA-1-96 [RFC2404]"},
    IntegInfo{IntegId::AUTH_HMAC_SHA1_160, "sha1_160", MacKind::Hmac, "SHA1", 20, 20, "HMAC_SHA1_160 [RFC4595]", ""},
    IntegInfo{IntegId::AUTH_AES_XCBC_96, "aesxcbc", MacKind::Xcbc, "AES-128-ECB", 16, 12, "", ""},  // RFC 3566
    IntegInfo{IntegId::AUTH_AES_CMAC_96, "aescmac", MacKind::Cmac, "AES-128-CBC", 16, 12, "", ""},  // RFC 4494
    IntegInfo{IntegId::AUTH_HMAC_MD5_96, "md5", MacKind::Hmac, "MD5", 16, 12, "HMAC_MD5_96 [RFC2403]",
              "HMAC-MD5-96 [RFC2403]"},
    IntegInfo{IntegId::AUTH_HMAC_MD5_128, "md5_128", MacKind::Hmac, "MD5", 16, 16, "HMAC_MD5_128 [RFC4595]", ""},
    IntegInfo{IntegId::NONE, "none", MacKind::None, nullptr, 0, 0, "NONE [RFC4306]", "NULL"},
};

// The private value of a MODP group has at least twice the bits of the group's strength: RFC 3526 §8.
constexpr GroupInfo modp(DhGroup id, std::string_view name, const char* openssl, std::size_t bits,
                         std::size_t private_size, bool small_subgroup = false) {
  return {id, name, GroupKind::Modp, openssl, bits / 8, bits / 8, private_size, small_subgroup};
}

constexpr GroupInfo ecp(DhGroup id, std::string_view name, const char* openssl, std::size_t field_size) {
  return {id, name, GroupKind::Ecp, openssl, 2 * field_size, field_size, field_size, false};
}

// FIPS 203; numbers and encoding by draft-ietf-ipsecme-ikev2-mlkem §2.
constexpr GroupInfo kem(DhGroup id, std::string_view name, const ml_kem::Parameters& p) {
  return {id,
          name,
          GroupKind::MlKem,
          p.name,
          p.ek_size(),
          ml_kem::kSharedSize,
          ml_kem::kSeedSize,
          false,
          p.ciphertext_size()};
}

constexpr std::array kGroup{
    GroupInfo{DhGroup::CURVE25519, "x25519", GroupKind::Montgomery, "X25519", 32, 32, 32, false},  // RFC 8031
    GroupInfo{DhGroup::CURVE448, "x448", GroupKind::Montgomery, "X448", 56, 56, 56, false},
    ecp(DhGroup::ECP_256, "ecp256", "P-256", 32),  // RFC 5903
    ecp(DhGroup::ECP_384, "ecp384", "P-384", 48),
    ecp(DhGroup::ECP_521, "ecp521", "P-521", 66),
    ecp(DhGroup::ECP_192, "ecp192", "P-192", 24),  // RFC 5114
    ecp(DhGroup::ECP_224, "ecp224", "P-224", 28),
    ecp(DhGroup::BRAINPOOL_P224R1, "ecp224bp", "brainpoolP224r1", 28),  // RFC 6954
    ecp(DhGroup::BRAINPOOL_P256R1, "ecp256bp", "brainpoolP256r1", 32),
    ecp(DhGroup::BRAINPOOL_P384R1, "ecp384bp", "brainpoolP384r1", 48),
    ecp(DhGroup::BRAINPOOL_P512R1, "ecp512bp", "brainpoolP512r1", 64),
    modp(DhGroup::MODP_2048, "modp2048", "modp_2048", 2048, 32),  // RFC 3526
    modp(DhGroup::MODP_3072, "modp3072", "modp_3072", 3072, 36),
    modp(DhGroup::MODP_4096, "modp4096", "modp_4096", 4096, 40),
    modp(DhGroup::MODP_6144, "modp6144", "modp_6144", 6144, 48),
    modp(DhGroup::MODP_8192, "modp8192", "modp_8192", 8192, 52),
    modp(DhGroup::MODP_1536, "modp1536", "modp_1536", 1536, 24),
    modp(DhGroup::MODP_1024, "modp1024", nullptr, 1024, 20),  // RFC 7296 Appendix B
    modp(DhGroup::MODP_768, "modp768", nullptr, 768, 20),
    modp(DhGroup::MODP_1024_160, "modp1024s160", "dh_1024_160", 1024, 20, true),  // RFC 5114
    modp(DhGroup::MODP_2048_224, "modp2048s224", "dh_2048_224", 2048, 28, true),
    modp(DhGroup::MODP_2048_256, "modp2048s256", "dh_2048_256", 2048, 32, true),
    kem(DhGroup::ML_KEM_512, "mlkem512", ml_kem::k512),
    kem(DhGroup::ML_KEM_768, "mlkem768", ml_kem::k768),
    kem(DhGroup::ML_KEM_1024, "mlkem1024", ml_kem::k1024),
};

template <class Table, class Predicate>
auto find_row(const Table& table, Predicate matches) -> decltype(table.data()) {
  const auto row = std::ranges::find_if(table, matches);
  return row == table.end() ? nullptr : &*row;
}

}  // namespace

std::span<const EncrInfo> encr_table() { return kEncr; }
std::span<const PrfInfo> prf_table() { return kPrf; }
std::span<const IntegInfo> integ_table() { return kInteg; }
std::span<const GroupInfo> group_table() { return kGroup; }

const EncrInfo* find_encr(wire::EncrId id, std::uint16_t key_bits) {
  return find_row(kEncr, [=](const EncrInfo& row) { return row.id == id && row.key_bits == key_bits; });
}
const PrfInfo* find_prf(wire::PrfId id) {
  return find_row(kPrf, [=](const PrfInfo& row) { return row.id == id; });
}
const IntegInfo* find_integ(wire::IntegId id) {
  return find_row(kInteg, [=](const IntegInfo& row) { return row.id == id; });
}
const GroupInfo* find_group(wire::DhGroup id) {
  return find_row(kGroup, [=](const GroupInfo& row) { return row.id == id; });
}

const EncrInfo* find_encr(std::string_view name) {
  return find_row(kEncr, [=](const EncrInfo& row) { return row.name == name; });
}
const PrfInfo* find_prf(std::string_view name) {
  return find_row(kPrf, [=](const PrfInfo& row) { return row.name == name; });
}
const IntegInfo* find_integ(std::string_view name) {
  return find_row(kInteg, [=](const IntegInfo& row) { return row.name == name; });
}
const GroupInfo* find_group(std::string_view name) {
  return find_row(kGroup, [=](const GroupInfo& row) { return row.name == name; });
}

bool is_aead(wire::EncrId id) {
  return find_row(kEncr, [=](const EncrInfo& row) { return row.id == id && row.is_aead(); }) != nullptr;
}

}  // namespace ikevet::crypto
