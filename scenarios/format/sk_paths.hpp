// Paths to the parts of an Encrypted payload, RFC 7296 §3.14. The dissection does not know them: where they begin
// depends on the algorithms of the IKE SA.
#pragma once

#include <string_view>

namespace ikevet::scenarios {

inline constexpr std::string_view kInitializationVector = "Initialization Vector";
inline constexpr std::string_view kIntegrityChecksumData = "Integrity Checksum Data";

inline bool is_pad_length_path(std::string_view path) { return path == "SK/Pad Length"; }
/// Padding or Pad Length: they are made before the integrity check value.
inline bool is_padding_path(std::string_view path) { return path == "SK/Padding" || is_pad_length_path(path); }
inline bool is_part_of_sk(std::string_view path) {
  return is_padding_path(path) || path == "SK/Initialization Vector" || path == "SK/Integrity Checksum Data";
}

}  // namespace ikevet::scenarios
