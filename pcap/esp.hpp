// Opening ESP packets of a capture.  RFC 4303.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/esp/packet.hpp"
#include "engine/keys/key_ring.hpp"

namespace ikevet::pcap {

using EspHeader = esp::Header;
/// The eight octets in front: RFC 4303 §2. Empty when there are fewer.
std::optional<EspHeader> esp_header(BytesView packet);

struct OpenedEsp {
  std::uint8_t next_header{};  ///< 4 and 41 in tunnel mode, else the protocol; 59 is a dummy packet, RFC 4303 §2.6
  Bytes payload;               ///< without padding
  bool integrity_checked{};    ///< false where the key table has no integrity key
};

enum class EspFailure : std::uint8_t { NoKeys, UnknownAlgorithm, TooShort, BadIntegrity, BadPadding };
/// "no keys", "integrity check value wrong", ...
std::string_view text(EspFailure why);

/// Opens an ESP packet, which starts with its SPI. With extended sequence numbers the upper half is taken to be zero,
/// which holds for the first 2^32 packets of an SA (RFC 4303 §2.2.1).
Result<OpenedEsp, EspFailure> open_esp(const keys::KeyRing& ring, const IpAddress& destination, BytesView packet);

/// What is inside in a few words: "10.1.0.1 > 10.2.0.1 ICMP echo request (type 8, code 0)".
std::string describe(const OpenedEsp& opened);

}  // namespace ikevet::pcap
