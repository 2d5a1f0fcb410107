// What RFC 7296 §3.3 and §3.4 ask of SA and KE payloads.
#include <algorithm>
#include <initializer_list>

#include "engine/wire/check_support.hpp"
#include "engine/wire/checks.hpp"
#include "engine/wire/describe.hpp"

namespace ikevet::wire {
namespace {

using detail::check_reserved;
using detail::note;

enum class KeyLength : std::uint8_t {
  Unknown,   ///< an algorithm that this code does not know: no judgement
  Fixed,     ///< the attribute must not be there
  Required,  ///< 128, 192 or 256 bits, and the attribute must say which
  Optional,  ///< there is a default
};

/// RFC 7296 §3.3.5 and the RFC of each cipher.
KeyLength key_length_of(EncrId id) {
  switch (id) {
    case EncrId::ENCR_DES_IV64:
    case EncrId::ENCR_DES:
    case EncrId::ENCR_3DES:
    case EncrId::ENCR_IDEA:
    case EncrId::ENCR_3IDEA:
    case EncrId::ENCR_DES_IV32:
    case EncrId::ENCR_NULL:
    case EncrId::ENCR_CHACHA20_POLY1305:      // RFC 7634 §4
    case EncrId::ENCR_CHACHA20_POLY1305_IIV:  // RFC 8750 §8
    case EncrId::ENCR_KUZNYECHIK_MGM_KTREE:   // RFC 9227
    case EncrId::ENCR_MAGMA_MGM_KTREE:
    case EncrId::ENCR_KUZNYECHIK_MGM_MAC_KTREE:
    case EncrId::ENCR_MAGMA_MGM_MAC_KTREE:
      return KeyLength::Fixed;
    case EncrId::ENCR_AES_CBC:    // RFC 3602
    case EncrId::ENCR_AES_CTR:    // RFC 5930 §3
    case EncrId::ENCR_AES_CCM_8:  // RFC 5282 §7.4 and RFC 4309 §7.4
    case EncrId::ENCR_AES_CCM_12:
    case EncrId::ENCR_AES_CCM_16:
    case EncrId::ENCR_AES_GCM_8:  // RFC 4106 §8.4
    case EncrId::ENCR_AES_GCM_12:
    case EncrId::ENCR_AES_GCM_16:
    case EncrId::ENCR_NULL_AUTH_AES_GMAC:  // RFC 4543 §5
    case EncrId::ENCR_CAMELLIA_CBC:        // RFC 5529
    case EncrId::ENCR_CAMELLIA_CTR:
    case EncrId::ENCR_CAMELLIA_CCM_8:
    case EncrId::ENCR_CAMELLIA_CCM_12:
    case EncrId::ENCR_CAMELLIA_CCM_16:
    case EncrId::ENCR_AES_CCM_8_IIV:  // RFC 8750 §8
    case EncrId::ENCR_AES_GCM_16_IIV:
      return KeyLength::Required;
    case EncrId::ENCR_RC5:
    case EncrId::ENCR_CAST:
    case EncrId::ENCR_BLOWFISH:
      return KeyLength::Optional;
    case EncrId::ENCR_XTS_AES:
      break;
  }
  return KeyLength::Unknown;
}

bool is_combined_mode(EncrId id) {
  switch (id) {
    case EncrId::ENCR_AES_CCM_8:
    case EncrId::ENCR_AES_CCM_12:
    case EncrId::ENCR_AES_CCM_16:
    case EncrId::ENCR_AES_GCM_8:
    case EncrId::ENCR_AES_GCM_12:
    case EncrId::ENCR_AES_GCM_16:
    case EncrId::ENCR_NULL_AUTH_AES_GMAC:
    case EncrId::ENCR_CAMELLIA_CCM_8:
    case EncrId::ENCR_CAMELLIA_CCM_12:
    case EncrId::ENCR_CAMELLIA_CCM_16:
    case EncrId::ENCR_CHACHA20_POLY1305:
    case EncrId::ENCR_AES_CCM_8_IIV:
    case EncrId::ENCR_AES_GCM_16_IIV:
    case EncrId::ENCR_CHACHA20_POLY1305_IIV:
    case EncrId::ENCR_KUZNYECHIK_MGM_KTREE:
    case EncrId::ENCR_MAGMA_MGM_KTREE:
    case EncrId::ENCR_KUZNYECHIK_MGM_MAC_KTREE:
    case EncrId::ENCR_MAGMA_MGM_MAC_KTREE:
      return true;
    default:
      return false;
  }
}

/// Which transform takes which Key Length, RFC 7296 §3.3.5.
KeyLength key_length_of(const Transform& transform) {
  switch (transform.type) {
    case TransformType::ENCR:
      return key_length_of(static_cast<EncrId>(transform.id));
    case TransformType::PRF:
      return name(static_cast<PrfId>(transform.id)).empty() ? KeyLength::Unknown : KeyLength::Fixed;
    case TransformType::INTEG:
      return name(static_cast<IntegId>(transform.id)).empty() ? KeyLength::Unknown : KeyLength::Fixed;
    default:
      return KeyLength::Unknown;
  }
}

void check_key_length(const Transform& transform, const std::string& which, Findings& findings) {
  std::size_t present = 0;
  for (const Attribute& attribute : transform.attributes) {
    if (attribute.type != AttributeType::KeyLength) continue;
    ++present;
    if (!attribute.tv)
      note(findings, "rfc7296-3.3.5-key-length-format", which + " has Key Length in the variable-length form");
  }
  const KeyLength rule = key_length_of(transform);
  if (rule == KeyLength::Fixed && present > 0)
    note(findings, "rfc7296-3.3.5-key-length-absent", which + " has a Key Length");
  if (rule != KeyLength::Required) return;
  if (present == 0) note(findings, "rfc7296-3.3.5-key-length-present", which + " has no Key Length");
  const auto bits = transform.key_length();
  if (bits && *bits != 128 && *bits != 192 && *bits != 256)
    note(findings, "rfc7296-3.3.5-key-length-value", which + ": " + std::to_string(*bits) + " bits");
}

void check_attributes_once(const Transform& transform, const std::string& which, Findings& findings) {
  for (auto attribute = transform.attributes.begin(); attribute != transform.attributes.end(); ++attribute) {
    const bool again = std::any_of(transform.attributes.begin(), attribute,
                                   [&](const Attribute& earlier) { return earlier.type == attribute->type; });
    if (again)
      note(findings, "rfc7296-3.3-attribute-once", which + " has " + name_or_number(attribute->type) + " again");
  }
}

void check_transform(const Transform& transform, const std::string& proposal, Findings& findings) {
  const std::string which = proposal + " " + describe(transform);
  check_reserved(transform.reserved1, which, findings);
  check_reserved(transform.reserved2, which, findings);
  if (transform.last_substruc)
    note(findings, "rfc7296-3.3.2-last-substruc", which + " has " + std::to_string(*transform.last_substruc));
  check_key_length(transform, which, findings);
  check_attributes_once(transform, which, findings);
}

bool has(const Proposal& proposal, TransformType type) {
  return std::ranges::find(proposal.transforms, type, &Transform::type) != proposal.transforms.end();
}

/// Whether all of the proposal's ciphers, none, or some only, are combined-mode ones.
struct Ciphers {
  bool combined = false;
  bool plain = false;
};

Ciphers ciphers_of(const Proposal& proposal) {
  Ciphers out;
  for (const Transform& transform : proposal.transforms) {
    if (transform.type != TransformType::ENCR) continue;
    (is_combined_mode(static_cast<EncrId>(transform.id)) ? out.combined : out.plain) = true;
  }
  return out;
}

bool offers_integrity(const Proposal& proposal) {
  return std::ranges::any_of(proposal.transforms, [](const Transform& transform) {
    return transform.type == TransformType::INTEG && static_cast<IntegId>(transform.id) != IntegId::NONE;
  });
}

/// RFC 7296 §3.3: combined-mode ciphers offer no integrity algorithm, or only NONE.
void check_combined_mode(const Proposal& proposal, const std::string& which, Findings& findings) {
  const Ciphers ciphers = ciphers_of(proposal);
  if (ciphers.combined && ciphers.plain)
    note(findings, "rfc7296-3.3-aead-apart", which + " mixes combined-mode and other ciphers");
  else if (ciphers.combined && offers_integrity(proposal))
    note(findings, "rfc7296-3.3-aead-apart", which + " has an integrity algorithm beside combined-mode ciphers");
}

/// RFC 7296 §3.3.3: the table of transform types by protocol.
void check_transform_types(const Proposal& proposal, const std::string& which, Findings& findings) {
  using T = TransformType;
  const auto wants = [&](std::initializer_list<T> types) {
    for (const T type : types)
      if (!has(proposal, type))
        note(findings, "rfc7296-3.3.3-mandatory-transforms", which + " has no " + name_or_number(type));
  };
  const auto has_no_use_for = [&](std::initializer_list<T> types) {
    for (const T type : types)
      if (has(proposal, type))
        note(findings, "rfc7296-3.3.3-transform-type-for-protocol", which + " has " + name_or_number(type));
  };
  switch (proposal.protocol) {
    case ProtocolId::IKE:
      wants({T::ENCR, T::PRF, T::KE});
      // RFC 5282 §8: a combined-mode cipher brings its own integrity.
      if (!ciphers_of(proposal).combined) wants({T::INTEG});
      return has_no_use_for({T::ESN});
    case ProtocolId::ESP:
      wants({T::ENCR, T::ESN});
      return has_no_use_for({T::PRF});
    case ProtocolId::AH:
      wants({T::INTEG, T::ESN});
      return has_no_use_for({T::ENCR, T::PRF});
    default:
      return;
  }
}

/// RFC 7296 §3.3.1: none while the IKE SA is being set up, then that of the protocol.
void check_spi_size(const Proposal& proposal, const CheckContext& context, const std::string& which,
                    Findings& findings) {
  std::size_t wanted = 4;
  if (proposal.protocol == ProtocolId::IKE) wanted = context.exchange == ExchangeType::IKE_SA_INIT ? 0 : 8;
  const bool known = proposal.protocol == ProtocolId::IKE || proposal.protocol == ProtocolId::AH ||
                     proposal.protocol == ProtocolId::ESP;
  if (known && proposal.spi.size() != wanted)
    note(findings, "rfc7296-3.3.1-spi-size",
         which + " has an SPI of " + std::to_string(proposal.spi.size()) + " octets, " + std::to_string(wanted) +
             " wanted");
}

void check_proposal(const Proposal& proposal, const CheckContext& context, Findings& findings) {
  const std::string which = "proposal " + std::to_string(proposal.number) + " " + name_or_number(proposal.protocol);
  check_reserved(proposal.reserved, which, findings);
  if (proposal.last_substruc)
    note(findings, "rfc7296-3.3.1-last-substruc", which + " has " + std::to_string(*proposal.last_substruc));
  if (proposal.transform_count)
    note(findings, "rfc7296-3.3.1-num-transforms",
         which + " states " + std::to_string(*proposal.transform_count) + ", and " +
             std::to_string(proposal.transforms.size()) + " follow");
  check_spi_size(proposal, context, which, findings);
  check_transform_types(proposal, which, findings);
  check_combined_mode(proposal, which, findings);
  for (const Transform& transform : proposal.transforms) check_transform(transform, which, findings);
}

/// RFC 7296 §3.3.1: an offer counts from 1; an answer repeats the number of what was chosen.
void check_numbers(const SecurityAssociation& sa, Findings& findings) {
  unsigned wanted = 1;
  for (const Proposal& proposal : sa.proposals) {
    const std::string seen =
        "proposal " + std::to_string(proposal.number) + " where " + std::to_string(wanted) + " should stand";
    if (proposal.number != wanted && &proposal == &sa.proposals.front())
      note(findings, "rfc7296-3.3.1-proposal-number-first", seen);
    else if (proposal.number != wanted)
      note(findings, "rfc7296-3.3.1-proposal-number-increasing", seen);
    wanted = proposal.number + 1U;
  }
}

struct PublicValueSize {
  DhGroup group;
  std::size_t request;
  std::size_t response;
};

// MODP: RFC 7296 §3.4, the prime's length. ECP: RFC 5903 §7 and RFC 6954, two coordinates. Curve25519 and Curve448:
// RFC 8031 §3.1. GOST: RFC 9385 §4.6. ML-KEM: FIPS 203, encapsulation key and ciphertext.
constexpr PublicValueSize kPublicValueSizes[]{
    {DhGroup::MODP_768, 96, 96},         {DhGroup::MODP_1024, 128, 128},        {DhGroup::MODP_1536, 192, 192},
    {DhGroup::MODP_2048, 256, 256},      {DhGroup::MODP_3072, 384, 384},        {DhGroup::MODP_4096, 512, 512},
    {DhGroup::MODP_6144, 768, 768},      {DhGroup::MODP_8192, 1024, 1024},      {DhGroup::ECP_256, 64, 64},
    {DhGroup::ECP_384, 96, 96},          {DhGroup::ECP_521, 132, 132},          {DhGroup::MODP_1024_160, 128, 128},
    {DhGroup::MODP_2048_224, 256, 256},  {DhGroup::MODP_2048_256, 256, 256},    {DhGroup::ECP_192, 48, 48},
    {DhGroup::ECP_224, 56, 56},          {DhGroup::BRAINPOOL_P224R1, 56, 56},   {DhGroup::BRAINPOOL_P256R1, 64, 64},
    {DhGroup::BRAINPOOL_P384R1, 96, 96}, {DhGroup::BRAINPOOL_P512R1, 128, 128}, {DhGroup::CURVE25519, 32, 32},
    {DhGroup::CURVE448, 56, 56},         {DhGroup::GOST3410_2012_256, 64, 64},  {DhGroup::GOST3410_2012_512, 128, 128},
    {DhGroup::ML_KEM_512, 800, 768},     {DhGroup::ML_KEM_768, 1184, 1088},     {DhGroup::ML_KEM_1024, 1568, 1568},
};

}  // namespace

std::optional<std::size_t> ke_data_size(DhGroup group, bool response) {
  for (const PublicValueSize& row : kPublicValueSizes)
    if (row.group == group) return response ? row.response : row.request;
  return std::nullopt;
}

void check(const SecurityAssociation& sa, const CheckContext& context, Findings& findings) {
  if (sa.proposals.empty()) note(findings, "rfc7296-3.3-proposals-present", "SA without a proposal");
  if (!context.response) check_numbers(sa, findings);
  for (const Proposal& proposal : sa.proposals) check_proposal(proposal, context, findings);
}

void check(const KeyExchange& ke, const CheckContext& context, Findings& findings) {
  check_reserved(ke.reserved, "KE", findings);
  const auto wanted = ke_data_size(ke.group, context.response);
  if (wanted && ke.data.size() != *wanted)
    note(findings, "rfc7296-3.4-ke-data-length",
         "Key Exchange Data has " + std::to_string(ke.data.size()) + " octets, " + name_or_number(ke.group) + " has " +
             std::to_string(*wanted));
}

}  // namespace ikevet::wire
