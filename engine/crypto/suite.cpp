#include "engine/crypto/suite.hpp"

#include <fmt/format.h>

#include "engine/crypto/algorithms.hpp"

namespace ikevet::crypto {
namespace {

template <class Id>
std::string number(const char* type, Id id) {
  return fmt::format("{}:{}", type, static_cast<unsigned>(id));
}

std::string encr_text(wire::EncrId id, std::uint16_t key_bits) {
  if (const EncrInfo* row = find_encr(id, key_bits)) return std::string(row->name);
  return key_bits == 0 ? number("encr", id) : fmt::format("{}/{}", number("encr", id), key_bits);
}

std::string integ_text(wire::IntegId id) {
  const IntegInfo* row = find_integ(id);
  return row != nullptr ? std::string(row->name) : number("integ", id);
}

std::string group_text(wire::DhGroup id) {
  const GroupInfo* row = find_group(id);
  return row != nullptr ? std::string(row->name) : number("group", id);
}

/// "-ke1_mlkem768-ke3_x448"
std::string additional_text(const AdditionalGroups& groups) {
  std::string out;
  for (std::size_t i = 0; i < groups.size(); ++i)
    if (groups[i] != wire::DhGroup::NONE) out += fmt::format("-ke{}_{}", i + 1, group_text(groups[i]));
  return out;
}

std::string cipher_text(wire::EncrId encr, std::uint16_t key_bits, wire::IntegId integ) {
  std::string out = encr_text(encr, key_bits);
  if (integ != wire::IntegId::NONE) out += "-" + integ_text(integ);
  return out;
}

std::optional<std::string> why_no_cipher(wire::EncrId encr, std::uint16_t key_bits, wire::IntegId integ) {
  if (find_encr(encr, key_bits) == nullptr) {
    return fmt::format("{} with a Key Length of {} is not implemented", wire::name_or_number(encr), key_bits);
  }
  if (find_integ(integ) == nullptr) return wire::name_or_number(integ) + " is not implemented";
  if (is_aead(encr) && integ != wire::IntegId::NONE) {
    return fmt::format("{} makes its own ICV and does not go with {} (RFC 5282 §8)", wire::name_or_number(encr),
                       wire::name_or_number(integ));
  }
  return std::nullopt;
}

std::optional<std::string> why_no_group(wire::DhGroup group) {
  if (find_group(group) != nullptr) return std::nullopt;
  return fmt::format("key exchange method {} is not implemented", wire::name_or_number(group));
}

std::optional<std::string> why_no_groups(wire::DhGroup group, const AdditionalGroups& additional) {
  if (auto why = why_no_group(group)) return why;
  for (std::size_t i = 0; i < additional.size(); ++i)
    if (additional[i] != wire::DhGroup::NONE)
      if (auto why = why_no_group(additional[i])) return fmt::format("additional key exchange {}: {}", i + 1, *why);
  return std::nullopt;
}

}  // namespace

std::string text(const IkeSuite& suite) {
  const PrfInfo* prf = find_prf(suite.prf);
  return fmt::format("{}-{}-{}{}", cipher_text(suite.encr, suite.key_bits, suite.integ),
                     prf != nullptr ? std::string(prf->name) : number("prf", suite.prf), group_text(suite.group),
                     additional_text(suite.additional));
}

std::string text(const ChildSuite& suite) {
  std::string out = suite.protocol == wire::ProtocolId::AH ? "ah-" + integ_text(suite.integ)
                                                           : cipher_text(suite.encr, suite.key_bits, suite.integ);
  if (suite.group != wire::DhGroup::NONE) out += "-" + group_text(suite.group);
  out += additional_text(suite.additional);
  if (suite.esn) out += "-esn";
  return out;
}

std::optional<std::string> why_unsupported(const IkeSuite& suite) {
  if (auto why = why_no_cipher(suite.encr, suite.key_bits, suite.integ)) return why;
  if (find_prf(suite.prf) == nullptr) return wire::name_or_number(suite.prf) + " is not implemented";
  // RFC 7296 §5: "implementations MUST NOT negotiate NONE as the IKE integrity protection algorithm or ENCR_NULL as the
  // IKE encryption algorithm"; combined modes protect integrity themselves.
  if (suite.encr == wire::EncrId::ENCR_NULL) return "an IKE SA is never without encryption (RFC 7296 §5)";
  if (suite.encr == wire::EncrId::ENCR_NULL_AUTH_AES_GMAC)
    return "an IKE SA is never without encryption, which ENCR_NULL_AUTH_AES_GMAC has none of (RFC 4543 §5.1)";
  if (!is_aead(suite.encr) && suite.integ == wire::IntegId::NONE) {
    return wire::name_or_number(suite.encr) + " needs an integrity algorithm beside it (RFC 7296 §5)";
  }
  return why_no_groups(suite.group, suite.additional);
}

std::optional<std::string> why_unsupported(const ChildSuite& suite) {
  if (auto why = why_no_cipher(suite.encr, suite.key_bits, suite.integ)) return why;
  if (suite.group == wire::DhGroup::NONE) {
    // RFC 9370 §2.2.4: additional key exchanges stand "along with Transform Type 4".
    if (suite.additional != AdditionalGroups{}) return "additional key exchanges need a first one (RFC 9370 §2.2.4)";
    return std::nullopt;
  }
  return why_no_groups(suite.group, suite.additional);
}

}  // namespace ikevet::crypto
