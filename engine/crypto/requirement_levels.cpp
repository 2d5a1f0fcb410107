#include "engine/crypto/requirement_levels.hpp"

#include <algorithm>
#include <array>

namespace ikevet::crypto {
namespace {

using wire::DhGroup;
using wire::EncrId;
using wire::IntegId;
using wire::PrfId;
using wire::ProtocolId;
using wire::TransformType;

constexpr bool kDeprecated = true;
constexpr std::uint16_t kAnyLength = 0;

struct Row {
  TransformType type;
  std::uint16_t id;
  std::uint16_t key_bits;  ///< kAnyLength: whatever the length
  Level ike;
  Level esp;
  bool deprecated = false;
};

constexpr Row encr(EncrId id, std::uint16_t key_bits, Level ike, Level esp, bool deprecated = false) {
  return {TransformType::ENCR, static_cast<std::uint16_t>(id), key_bits, ike, esp, deprecated};
}
constexpr Row prf(PrfId id, Level ike, bool deprecated = false) {
  return {TransformType::PRF, static_cast<std::uint16_t>(id), kAnyLength, ike, Level::Unlisted, deprecated};
}
constexpr Row integ(IntegId id, Level ike, Level esp, bool deprecated = false) {
  return {TransformType::INTEG, static_cast<std::uint16_t>(id), kAnyLength, ike, esp, deprecated};
}
// RFC 8221 has nothing about groups; a Child SA's own key exchange is made by IKE, so RFC 8247 §2.4 is about it too.
constexpr Row group(DhGroup id, Level level, bool deprecated = false) {
  return {TransformType::KE, static_cast<std::uint16_t>(id), kAnyLength, level, level, deprecated};
}

using enum Level;

constexpr std::array kRows{
    // RFC 8247 §2.1 and RFC 8221 §5. 192-bit AES is at MAY throughout; AES-CCM with an ICV of 8 octets is a SHOULD for
    // 128-bit keys alone; the shorter ICVs of AES-GCM "remain at the MAY level".
    encr(EncrId::ENCR_AES_CBC, 128, Must, Must),
    encr(EncrId::ENCR_AES_CBC, 192, May, May),
    encr(EncrId::ENCR_AES_CBC, 256, Must, Must),
    encr(EncrId::ENCR_AES_GCM_16, 128, Should, Must),
    encr(EncrId::ENCR_AES_GCM_16, 192, May, May),
    encr(EncrId::ENCR_AES_GCM_16, 256, Should, Must),
    encr(EncrId::ENCR_AES_GCM_8, kAnyLength, May, May),
    encr(EncrId::ENCR_AES_GCM_12, kAnyLength, May, May),
    encr(EncrId::ENCR_AES_CCM_8, 128, Should, Should),
    encr(EncrId::ENCR_AES_CCM_8, kAnyLength, May, May),
    encr(EncrId::ENCR_AES_CTR, kAnyLength, May, May),  // appendix of RFC 8247, RFC 8221 §9
    encr(EncrId::ENCR_CHACHA20_POLY1305, kAnyLength, Should, Should),
    encr(EncrId::ENCR_3DES, kAnyLength, May, ShouldNot),
    encr(EncrId::ENCR_NULL, kAnyLength, MustNot, Must),
    encr(EncrId::ENCR_DES, kAnyLength, MustNot, MustNot, kDeprecated),
    encr(EncrId::ENCR_DES_IV64, kAnyLength, Unlisted, MustNot, kDeprecated),
    encr(EncrId::ENCR_DES_IV32, kAnyLength, Unlisted, MustNot, kDeprecated),
    encr(EncrId::ENCR_3IDEA, kAnyLength, Unlisted, MustNot, kDeprecated),
    encr(EncrId::ENCR_BLOWFISH, kAnyLength, Unlisted, MustNot, kDeprecated),
    encr(EncrId::ENCR_RC5, kAnyLength, Unlisted, Unlisted, kDeprecated),
    encr(EncrId::ENCR_IDEA, kAnyLength, Unlisted, Unlisted, kDeprecated),
    encr(EncrId::ENCR_CAST, kAnyLength, Unlisted, Unlisted, kDeprecated),

    // RFC 8247 §2.2.
    prf(PrfId::PRF_HMAC_SHA2_256, Must),
    prf(PrfId::PRF_HMAC_SHA2_512, ShouldPlus),
    prf(PrfId::PRF_HMAC_SHA1, MustMinus),
    prf(PrfId::PRF_AES128_XCBC, Should),
    prf(PrfId::PRF_HMAC_MD5, MustNot, kDeprecated),
    prf(PrfId::PRF_HMAC_TIGER, Unlisted, kDeprecated),

    // RFC 8247 §2.3 and RFC 8221 §6. NONE is a MUST beside a combined mode and forbidden otherwise, so that it has no
    // level of its own; AES-XCBC in ESP is a SHOULD for constrained devices and a MAY elsewhere.
    integ(IntegId::AUTH_HMAC_SHA2_256_128, Must, Must),
    integ(IntegId::AUTH_HMAC_SHA2_512_256, Should, Should),
    integ(IntegId::AUTH_HMAC_SHA1_96, MustMinus, MustMinus),
    integ(IntegId::AUTH_AES_XCBC_96, Should, May),
    integ(IntegId::AUTH_AES_128_GMAC, Unlisted, May),
    integ(IntegId::AUTH_AES_256_GMAC, Unlisted, May),
    integ(IntegId::AUTH_HMAC_MD5_96, MustNot, MustNot, kDeprecated),
    integ(IntegId::AUTH_DES_MAC, MustNot, MustNot, kDeprecated),
    integ(IntegId::AUTH_KPDK_MD5, MustNot, MustNot, kDeprecated),
    integ(IntegId::AUTH_HMAC_MD5_128, Unlisted, Unlisted, kDeprecated),
    integ(IntegId::AUTH_HMAC_SHA1_160, Unlisted, Unlisted, kDeprecated),

    // RFC 8247 §2.4.
    group(DhGroup::MODP_2048, Must),
    group(DhGroup::ECP_256, Should),
    group(DhGroup::MODP_1536, ShouldNot),
    group(DhGroup::MODP_1024, ShouldNot),
    group(DhGroup::MODP_2048_224, ShouldNot),
    group(DhGroup::MODP_2048_256, ShouldNot),
    group(DhGroup::MODP_768, MustNot, kDeprecated),
    group(DhGroup::MODP_1024_160, MustNot, kDeprecated),
};

std::string_view source(ProtocolId protocol, TransformType type) {
  switch (type) {
    case TransformType::ENCR:
      return protocol == ProtocolId::IKE ? "RFC 8247 §2.1" : "RFC 8221 §5";
    case TransformType::PRF:
      return "RFC 8247 §2.2";
    case TransformType::INTEG:
      return protocol == ProtocolId::IKE ? "RFC 8247 §2.3" : "RFC 8221 §6";
    default:
      return "RFC 8247 §2.4";
  }
}

/// RFC 9370 §2.2.1: all key exchanges share one registry.
TransformType registry_of(TransformType type) {
  return type >= TransformType::ADDKE1 && type <= TransformType::ADDKE7 ? TransformType::KE : type;
}

}  // namespace

std::string_view text(Level level) {
  constexpr std::array<std::string_view, 8> kTexts{"MUST NOT", "SHOULD NOT", "MAY",  "SHOULD",
                                                   "SHOULD+",  "MUST-",      "MUST", "-"};
  return kTexts.at(static_cast<std::size_t>(level));
}

Requirement requirement(ProtocolId protocol, TransformType type, std::uint16_t id, std::uint16_t key_bits) {
  type = registry_of(type);
  const auto row = std::ranges::find_if(kRows, [&](const Row& candidate) {
    return candidate.type == type && candidate.id == id &&
           (candidate.key_bits == kAnyLength || candidate.key_bits == key_bits);
  });
  if (row == kRows.end()) return {};
  const Level level = protocol == ProtocolId::IKE ? row->ike : row->esp;
  return {level, level == Level::Unlisted ? std::string_view() : source(protocol, type), row->deprecated};
}

}  // namespace ikevet::crypto
