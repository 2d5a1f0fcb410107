// Reads Wireshark's key tables: UAT files, one entry a line, fields separated by commas and quoted where they are text.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/crypto/algorithms.hpp"
#include "engine/keys/key_export.hpp"

namespace ikevet::keys {
namespace {

constexpr std::string_view kBlanks = " \t\r";

/// What is wrong with a line, and what to do; the line number is added by the loop over lines.
struct Complaint {
  std::string what;
  std::string remedy;
};

template <class T>
using Parsed = tl::expected<T, Complaint>;

tl::unexpected<Complaint> complain(std::string what, std::string remedy) {
  return tl::unexpected<Complaint>(Complaint{std::move(what), std::move(remedy)});
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// The fields of a line, without quotes. Wireshark writes "\xNN" for odd characters; none occur in these tables' names.
Parsed<std::vector<std::string>> split(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (quoted) return complain("a quotation mark is not closed", "close it");
  for (std::string& field : fields) field = std::string(trimmed(field));
  return fields;
}

Parsed<SecretBytes> key_field(const std::string& field, const char* name) {
  std::optional<Bytes> octets = from_hex(field);
  if (!octets) {
    return complain(fmt::format("{} is not hexadecimal", name), "give it as pairs of hexadecimal digits");
  }
  SecretBytes key{BytesView(*octets)};
  wipe({octets->data(), octets->size()});
  return key;
}

Parsed<SecretBytes> key_of_size(const std::string& field, const char* name, std::size_t size,
                                std::string_view algorithm) {
  Parsed<SecretBytes> key = key_field(field, name);
  if (key && key->size() != size) {
    return complain(fmt::format("{} has {} octets, {} takes {}", name, key->size(), algorithm, size),
                    "check that key and algorithm belong together and that the line is complete");
  }
  return key;
}

Parsed<std::uint64_t> spi_field(std::string_view field, const char* name, std::size_t digits) {
  std::string_view text = field;
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.empty() || text.size() > digits || error != std::errc{} || end != text.data() + text.size()) {
    return complain(fmt::format(R"({} "{}" is not an SPI)", name, field),
                    fmt::format("give it as {} hexadecimal digits", digits));
  }
  return value;
}

template <class Row>
std::string known_names(std::span<const Row> table, std::string_view Row::* name) {
  std::string out;
  for (const Row& row : table) {
    if ((row.*name).empty() || out.find(fmt::format("\"{}\"", row.*name)) != std::string::npos) continue;
    out += fmt::format("{}\"{}\"", out.empty() ? "" : ", ", row.*name);
  }
  return out;
}

template <class Row>
tl::unexpected<Complaint> unknown_algorithm(const std::string& given, std::span<const Row> table,
                                            std::string_view Row::* name) {
  return complain(fmt::format(R"(the algorithm "{}" is unknown)", given), "use one of " + known_names(table, name));
}

Parsed<const crypto::IntegInfo*> find_integ(const std::string& given, std::string_view crypto::IntegInfo::* name) {
  for (const crypto::IntegInfo& row : crypto::integ_table()) {
    if (row.*name == given) return &row;
  }
  return unknown_algorithm(given, crypto::integ_table(), name);
}

// ---- ikev2_decryption_table: SPIi, SPIr, SK_ei, SK_er, encryption, SK_ai, SK_ar, integrity

Parsed<const crypto::EncrInfo*> find_ike_encr(const std::string& given) {
  for (const crypto::EncrInfo& row : crypto::encr_table()) {
    if (!row.wireshark_ike.empty() && row.wireshark_ike == given) return &row;
  }
  return unknown_algorithm(given, crypto::encr_table(), &crypto::EncrInfo::wireshark_ike);
}

Parsed<IkeKeyEntry> ike_entry(const std::vector<std::string>& fields) {
  if (fields.size() != 8) {
    return complain(fmt::format("{} fields, an entry has 8", fields.size()),
                    R"(give SPIi, SPIr, SK_ei, SK_er, "encryption", SK_ai, SK_ar, "integrity")");
  }
  const auto spi_i = spi_field(fields[0], "the initiator's SPI", 16);
  if (!spi_i) return tl::unexpected(spi_i.error());
  const auto spi_r = spi_field(fields[1], "the responder's SPI", 16);
  if (!spi_r) return tl::unexpected(spi_r.error());
  const auto encr = find_ike_encr(fields[4]);
  if (!encr) return tl::unexpected(encr.error());
  const auto integ = find_integ(fields[7], &crypto::IntegInfo::wireshark_ike);
  if (!integ) return tl::unexpected(integ.error());
  // RFC 5282 §7.1: no SK_a beside a combined mode, whatever the table says about integrity.
  const std::size_t integ_key = (*encr)->is_aead() ? 0 : (*integ)->key_size;

  const auto ei = key_of_size(fields[2], "SK_ei", (*encr)->key_size(), fields[4]);
  if (!ei) return tl::unexpected(ei.error());
  const auto er = key_of_size(fields[3], "SK_er", (*encr)->key_size(), fields[4]);
  if (!er) return tl::unexpected(er.error());
  const auto ai = key_of_size(fields[5], "SK_ai", integ_key, fields[7]);
  if (!ai) return tl::unexpected(ai.error());
  const auto ar = key_of_size(fields[6], "SK_ar", integ_key, fields[7]);
  if (!ar) return tl::unexpected(ar.error());
  return IkeKeyEntry{{{*spi_i}, {*spi_r}}, (*encr)->id, (*encr)->key_bits, (*integ)->id, *ei, *er, *ai, *ar};
}

// ---- esp_sa: protocol, source, destination, SPI, encryption, key, integrity, key

/// Octets of the ICV in "ANY 96 bit authentication [no checking]"; 0 for any other name.
std::size_t unchecked_icv(const std::string& name) {
  unsigned bits = 0;
  const std::string_view rest = std::string_view(name).substr(std::min<std::size_t>(name.size(), 4));
  if (!name.starts_with("ANY ")) return 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), bits);
  return error == std::errc{} && std::string_view(end).starts_with(" bit") ? bits / 8 : 0;
}

/// Wireshark's old name for AES-GCM tells nothing of the ICV. Where the integrity column does ("ANY 64 bit ..."), that
/// is it; otherwise the 16 octets that RFC 8221 §5 wants.
std::string with_icv(const std::string& encr, std::size_t icv) {
  if (encr != "AES-GCM [RFC4106]") return encr;
  return fmt::format("AES-GCM with {} octet ICV [RFC4106]", icv == 8 || icv == 12 ? icv : 16);
}

/// One name stands for all key lengths, so the key decides.
Parsed<const crypto::EncrInfo*> find_esp_encr(const std::string& name, std::size_t key_size) {
  bool known = false;
  for (const crypto::EncrInfo& row : crypto::encr_table()) {
    if (row.wireshark_esp.empty() || row.wireshark_esp != name) continue;
    if (row.key_size() == key_size) return &row;
    known = true;
  }
  if (!known) return unknown_algorithm(name, crypto::encr_table(), &crypto::EncrInfo::wireshark_esp);
  return complain(fmt::format("the encryption key has {} octets, which {} does not take", key_size, name),
                  "check that key and algorithm belong together; a salt or nonce is part of the key");
}

Parsed<std::optional<IpAddress>> address_field(const std::string& field, const char* name) {
  if (field == "*") return std::optional<IpAddress>();
  const std::optional<IpAddress> address = IpAddress::parse(field);
  if (!address) {
    return complain(fmt::format(R"({} "{}" is not an address)", name, field), "give an IPv4 or IPv6 address, or *");
  }
  return address;
}

Parsed<EspKeyEntry> esp_entry(const std::vector<std::string>& fields) {
  if (fields.size() != 8) {
    return complain(fmt::format("{} fields, an entry has 8", fields.size()),
                    R"(give "IPv4" or "IPv6", source, destination, SPI, encryption, key, integrity, key)");
  }
  EspKeyEntry entry;
  if (fields[0] != "IPv4" && fields[0] != "IPv6") {
    return complain(fmt::format(R"("{}" is not a protocol)", fields[0]), R"(write "IPv4" or "IPv6")");
  }
  entry.v6 = fields[0] == "IPv6";
  const auto source = address_field(fields[1], "the source");
  if (!source) return tl::unexpected(source.error());
  const auto destination = address_field(fields[2], "the destination");
  if (!destination) return tl::unexpected(destination.error());
  const auto spi = spi_field(fields[3], "the SPI", 8);
  if (!spi) return tl::unexpected(spi.error());
  entry.source = *source;
  entry.destination = *destination;
  entry.spi = ChildSpi{static_cast<std::uint32_t>(*spi)};

  const auto encr_key = key_field(fields[5], "the encryption key");
  if (!encr_key) return tl::unexpected(encr_key.error());
  entry.unchecked_icv = unchecked_icv(fields[6]);
  const auto encr = find_esp_encr(with_icv(fields[4], entry.unchecked_icv), encr_key->size());
  if (!encr) return tl::unexpected(encr.error());
  entry.encr = (*encr)->id;
  entry.key_bits = (*encr)->key_bits;
  entry.encr_key = *encr_key;
  if (entry.unchecked_icv != 0) {
    // A combined mode checks its own ICV, which is all that the column could have meant.
    if ((*encr)->is_aead()) entry.unchecked_icv = 0;
    return entry;
  }

  const auto integ = find_integ(fields[6], &crypto::IntegInfo::wireshark_esp);
  if (!integ) return tl::unexpected(integ.error());
  const auto integ_key = key_of_size(fields[7], "the integrity key", (*integ)->key_size, fields[6]);
  if (!integ_key) return tl::unexpected(integ_key.error());
  entry.integ = (*integ)->id;
  entry.integ_key = *integ_key;
  return entry;
}

template <class Entry>
KeyTable<Entry> read_table(std::string_view text, Parsed<Entry> (*read)(const std::vector<std::string>&)) {
  KeyTable<Entry> out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    Parsed<Entry> entry = split(line).and_then(read);
    if (entry) {
      out.entries.push_back(std::move(*entry));
    } else {
      out.faults.push_back({number, std::move(entry.error().what), std::move(entry.error().remedy)});
    }
  }
  return out;
}

}  // namespace

KeyTable<IkeKeyEntry> parse_ikev2_decryption_table(std::string_view text) {
  return read_table<IkeKeyEntry>(text, ike_entry);
}

KeyTable<EspKeyEntry> parse_esp_sa(std::string_view text) { return read_table<EspKeyEntry>(text, esp_entry); }

}  // namespace ikevet::keys
