// How the wire and trace layers get at what is inside SK and SKF payloads without knowing any cryptography.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

struct IkeHeader;

/// The contents of an SK payload whose integrity holds.  RFC 7296 §3.14.
struct OpenedSk {
  Bytes iv;                   ///< "Initialization Vector"
  Bytes plaintext;            ///< the inner payload chain; in SKF one fragment of it (RFC 7383 §2.5)
  Bytes padding;              ///< "Padding": any octets
  std::uint8_t pad_length{};  ///< "Pad Length"
  Bytes icv;                  ///< "Integrity Checksum Data"
  friend bool operator==(const OpenedSk&, const OpenedSk&) = default;
};

enum class OpenFailure : std::uint8_t {
  NoKeys,        ///< no keys for this IKE SA
  TooShort,      ///< no room for IV, Pad Length and ICV, or the ciphertext is not whole blocks
  BadIntegrity,  ///< the Integrity Checksum Data is wrong: the message must be ignored (RFC 7296 §2.21.2, §3.14)
  BadPadding,    ///< integrity holds, and Pad Length says more than is there
};

/// "no keys", "too short", "wrong Integrity Checksum Data", "Pad Length beyond the payload".
constexpr const char* text(OpenFailure why) {
  switch (why) {
    case OpenFailure::NoKeys:
      return "no keys";
    case OpenFailure::TooShort:
      return "too short";
    case OpenFailure::BadIntegrity:
      return "wrong Integrity Checksum Data";
    case OpenFailure::BadPadding:
      return "Pad Length beyond the payload";
  }
  return "unknown";
}

class SkOpener {
 public:
  virtual ~SkOpener() = default;

  /// Opens the SK or SKF payload (`type`) whose generic header starts at `sk_offset` of `message`. `message` starts
  /// with the IKE header, without the non-ESP marker; `header` is that header, parsed.
  virtual Result<OpenedSk, OpenFailure> open(const IkeHeader& header, BytesView message, std::size_t sk_offset,
                                             PayloadType type) const = 0;
};

}  // namespace ikevet::wire
