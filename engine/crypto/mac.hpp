// Keyed checksums: what PRFs and integrity algorithms are made of. Not for inclusion from outside this folder.
#pragma once

#include <cstddef>
#include <span>

#include "engine/base/bytes.hpp"
#include "engine/crypto/algorithms.hpp"

namespace ikevet::crypto {

inline constexpr std::size_t kMaxMac = 64;  ///< HMAC-SHA-512

/// Writes the whole checksum of the concatenated parts and returns its size. `openssl` as in PrfInfo and IntegInfo. The
/// key has any length for HMAC, 16 octets for the others (anything else throws std::invalid_argument).
std::size_t compute_mac(MacKind kind, const char* openssl, BytesView key, std::span<const BytesView> parts,
                        std::span<std::uint8_t, kMaxMac> out);

}  // namespace ikevet::crypto
