// Any octets as a key file of each kind: what is usable is taken, the rest is refused with its place, and what was read
// of a table is read again from what is written of it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/keys/key_export.hpp"
#include "pcap/key_files.hpp"
#include "pcap/key_log.hpp"

using namespace ikevet;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto ike = keys::parse_ikev2_decryption_table(text);
  const auto ike_again = keys::parse_ikev2_decryption_table(keys::ikev2_decryption_table(ike.entries));
  check(ike_again.faults.empty() && ike_again.entries.size() <= ike.entries.size());
  const auto esp = keys::parse_esp_sa(text);
  const auto esp_again = keys::parse_esp_sa(keys::esp_sa(esp.entries));
  check(esp_again.faults.empty() && esp_again.entries.size() <= esp.entries.size());
  if (const auto secrets = pcap::parse_key_log(text)) {
    check(!secrets->empty());
    for (const keys::SaKeys& one : secrets->ike) check(!one.ei.empty() && !one.er.empty());
  }
  try {
    const keys::KeySet set = pcap::parse_keys_json(text, "fuzz");
    check(pcap::parse_keys_json(pcap::keys_json(set), "fuzz") == set);
  } catch (const pcap::KeyFileError& error) {
    check(!std::string_view(error.what()).empty());
  }
  return 0;
}
