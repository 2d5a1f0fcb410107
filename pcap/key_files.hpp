// The key files beside a capture: keys.json, and the two tables that Wireshark reads.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/keys/key_ring.hpp"
#include "engine/keys/key_set.hpp"
#include "pcap/key_file_error.hpp"

namespace ikevet::pcap {

inline constexpr const char* kKeysJson = "keys.json";
inline constexpr const char* kIkeTable = "ikev2_decryption_table";  ///< Wireshark's name for it
inline constexpr const char* kEspTable = "esp_sa";                  ///< Wireshark's name for it

/// Writes the three files into a folder that exists, each in one step and readable by the owner alone (0600). Empty
/// key sets give files without entries, so that a stale file cannot pass for this run's. Throws KeyFileError.
void write_key_files(const std::filesystem::path& folder, const keys::KeySet& keys);

/// The text of keys.json: {"format": "ikevet-keys", "version": 1, "ike_sas": [...], "child_sas": [...]}. Algorithms by
/// their IANA names (or numbers, where they have none), octets in hexadecimal, endpoints as "192.0.2.1:500".
std::string keys_json(const keys::KeySet& keys);

/// The inverse of keys_json(). `file` is what faults name. Throws KeyFileError with all that is wrong.
keys::KeySet parse_keys_json(std::string_view text, const std::filesystem::path& file);
keys::KeySet read_keys_json(const std::filesystem::path& file);

/// The text of a key file. Throws KeyFileError when it cannot be read, or is no text.
std::string read_key_text(const std::filesystem::path& file);

/// Adds the keys of a file to a ring. Which of the three kinds it is shows in its content, so that it may have any
/// name. Throws KeyFileError with every line that cannot be used; the usable ones are in the ring all the same.
void add_key_file(keys::KeyRing& ring, const std::filesystem::path& file);
void add_keys(keys::KeyRing& ring, const keys::KeySet& keys);

/// The key files that lie beside a capture: keys.json, ikev2_decryption_table and esp_sa in its folder, and those named
/// after it (STEM.ikev2_decryption_table, ...). Only files that exist.
std::vector<std::filesystem::path> key_files_beside(const std::filesystem::path& capture);

}  // namespace ikevet::pcap
