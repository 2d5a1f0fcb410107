// Keys as text: Wireshark's ikev2_decryption_table and esp_sa, written and read.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/datagram.hpp"
#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/crypto/suite.hpp"
#include "engine/keys/key_schedule.hpp"

namespace ikevet::keys {

/// What it takes to read the messages of one IKE SA. Nothing here can authenticate as a peer or derive further keys.
struct IkeKeyEntry {
  IkeSpis spis;
  wire::EncrId encr{};
  std::uint16_t key_bits{};
  wire::IntegId integ{};
  SecretBytes ei, er, ai, ar;
  friend bool operator==(const IkeKeyEntry&, const IkeKeyEntry&) = default;
};

/// What it takes to read one direction of an ESP or AH SA.
struct EspKeyEntry {
  std::optional<IpAddress> source;       ///< empty: any
  std::optional<IpAddress> destination;  ///< empty: any
  bool v6{};                             ///< the table's first column, which matters where both addresses are "any"
  ChildSpi spi;
  wire::EncrId encr{};
  std::uint16_t key_bits{};
  wire::IntegId integ{};
  /// Octets of an ICV that cannot be checked for want of its key: Wireshark's "ANY ... bit authentication [no
  /// checking]".
  std::size_t unchecked_icv{};
  SecretBytes encr_key, integ_key;
  friend bool operator==(const EspKeyEntry&, const EspKeyEntry&) = default;
};

IkeKeyEntry ike_key_entry(IkeSpis spis, const crypto::IkeSuite& suite, const SaKeys& keys);

/// The two directions of a Child SA. `initiator` and `responder` are those of the exchange that made it: the SPI
/// `spi_i` was chosen by the initiator, who receives under it, so that it goes with the keys of the responder's
/// traffic.
std::vector<EspKeyEntry> esp_key_entries(const crypto::ChildSuite& suite, const ChildKeys& keys, ChildSpi spi_i,
                                         ChildSpi spi_r, const IpAddress& initiator, const IpAddress& responder);

/// One line of a table, without a line end. Where Wireshark has no name for an algorithm the line is a comment that
/// says so (Wireshark passes over it).
std::string ikev2_decryption_table_line(const IkeKeyEntry& entry);
std::string esp_sa_line(const EspKeyEntry& entry);

/// Whole files, each line ended; ready to lie in Wireshark's profile folder.
std::string ikev2_decryption_table(std::span<const IkeKeyEntry> entries);
std::string esp_sa(std::span<const EspKeyEntry> entries);

/// A line of a user's key table that cannot be used.
struct KeyTableFault {
  std::size_t line{};  ///< counted from 1
  std::string what;    ///< e.g. "SK_ei has 31 octets, AES-CBC-256 [RFC3602] takes 32"
  std::string remedy;  ///< what to do about it
  std::string text() const { return "line " + std::to_string(line) + ": " + what + "; " + remedy; }
  friend bool operator==(const KeyTableFault&, const KeyTableFault&) = default;
};

/// What a key file holds: all usable lines, and every line that is not. Blank lines and lines that start with '#' are
/// passed over; fields may be quoted or not, hexadecimal may start with 0x.
template <class Entry>
struct KeyTable {
  std::vector<Entry> entries;
  std::vector<KeyTableFault> faults;
};

KeyTable<IkeKeyEntry> parse_ikev2_decryption_table(std::string_view text);
KeyTable<EspKeyEntry> parse_esp_sa(std::string_view text);

}  // namespace ikevet::keys
