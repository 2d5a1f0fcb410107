#include "engine/keys/key_export.hpp"

#include <fmt/format.h>

#include "engine/crypto/algorithms.hpp"

namespace ikevet::keys {
namespace {

std::string address_text(const std::optional<IpAddress>& address) { return address ? address->text() : "*"; }

/// "0x" and the octets, or nothing: how Wireshark wants keys in esp_sa.
std::string key_text(const SecretBytes& key) { return key.empty() ? "" : "0x" + key.reveal_hex(); }

/// Wireshark's name for the integrity algorithm beside this cipher in esp_sa; empty: it knows none.
std::string esp_integ_name(const EspKeyEntry& entry, const crypto::EncrInfo& encr) {
  if (entry.unchecked_icv != 0) {
    return fmt::format("ANY {} bit authentication [no checking]", 8 * entry.unchecked_icv);
  }
  // The ICV of a combined mode is in the cipher's name.
  if (encr.is_aead()) return "NULL";
  const crypto::IntegInfo* integ = crypto::find_integ(entry.integ);
  return integ != nullptr ? std::string(integ->wireshark_esp) : "";
}

}  // namespace

IkeKeyEntry ike_key_entry(IkeSpis spis, const crypto::IkeSuite& suite, const SaKeys& keys) {
  return {spis, suite.encr, suite.key_bits, suite.integ, keys.ei, keys.er, keys.ai, keys.ar};
}

std::vector<EspKeyEntry> esp_key_entries(const crypto::ChildSuite& suite, const ChildKeys& keys, ChildSpi spi_i,
                                         ChildSpi spi_r, const IpAddress& initiator, const IpAddress& responder) {
  EspKeyEntry from_initiator;
  from_initiator.source = initiator;
  from_initiator.destination = responder;
  from_initiator.v6 = initiator.is_v6();
  from_initiator.spi = spi_r;
  from_initiator.encr = suite.encr;
  from_initiator.key_bits = suite.key_bits;
  from_initiator.integ = suite.integ;
  EspKeyEntry from_responder = from_initiator;
  std::swap(from_responder.source, from_responder.destination);
  from_responder.spi = spi_i;

  from_initiator.encr_key = keys.encr_i;
  from_initiator.integ_key = keys.integ_i;
  from_responder.encr_key = keys.encr_r;
  from_responder.integ_key = keys.integ_r;
  return {from_initiator, from_responder};
}

std::string ikev2_decryption_table_line(const IkeKeyEntry& entry) {
  const crypto::EncrInfo* encr = crypto::find_encr(entry.encr, entry.key_bits);
  const crypto::IntegInfo* integ = crypto::find_integ(entry.integ);
  const std::string spis = fmt::format("{:016x},{:016x}", entry.spis.i.value, entry.spis.r.value);
  if (encr == nullptr || encr->wireshark_ike.empty() || integ == nullptr || integ->wireshark_ike.empty()) {
    return fmt::format("# {}: this table has no name for {} with {}", spis, wire::name_or_number(entry.encr),
                       wire::name_or_number(entry.integ));
  }
  return fmt::format(R"({},{},{},"{}",{},{},"{}")", spis, entry.ei.reveal_hex(), entry.er.reveal_hex(),
                     encr->wireshark_ike, entry.ai.reveal_hex(), entry.ar.reveal_hex(), integ->wireshark_ike);
}

std::string esp_sa_line(const EspKeyEntry& entry) {
  const crypto::EncrInfo* encr = crypto::find_encr(entry.encr, entry.key_bits);
  const std::string integ_name = encr != nullptr ? esp_integ_name(entry, *encr) : "";
  if (encr == nullptr || encr->wireshark_esp.empty() || integ_name.empty()) {
    return fmt::format("# 0x{:08x}: this table has no name for {} with {}", entry.spi.value,
                       wire::name_or_number(entry.encr), wire::name_or_number(entry.integ));
  }
  return fmt::format(R"("{}","{}","{}","0x{:08x}","{}","{}","{}","{}")", entry.v6 ? "IPv6" : "IPv4",
                     address_text(entry.source), address_text(entry.destination), entry.spi.value, encr->wireshark_esp,
                     key_text(entry.encr_key), integ_name, key_text(entry.integ_key));
}

std::string ikev2_decryption_table(std::span<const IkeKeyEntry> entries) {
  std::string out;
  for (const IkeKeyEntry& entry : entries) out += ikev2_decryption_table_line(entry) + "\n";
  return out;
}

std::string esp_sa(std::span<const EspKeyEntry> entries) {
  std::string out;
  for (const EspKeyEntry& entry : entries) out += esp_sa_line(entry) + "\n";
  return out;
}

}  // namespace ikevet::keys
