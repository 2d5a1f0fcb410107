// The IKE header, RFC 7296 §3.1.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/ids.hpp"
#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

inline constexpr std::size_t kIkeHeaderSize = 28;

/// The 28 octets in front of every IKE message.  RFC 7296 §3.1.
struct IkeHeader {
  IkeSpis spis{};
  PayloadType next_payload{};   ///< written from the payload list when a message is serialised
  std::uint8_t version = 0x20;  ///< major version in the upper half, minor in the lower: 2.0
  ExchangeType exchange{};
  std::uint8_t flags{};
  MessageId message_id{};
  std::uint32_t length{};  ///< of the whole message, in octets; computed when a message is serialised

  /// The R flag: this message answers a request with the same Message ID.
  bool is_response() const { return (flags & kFlagResponse) != 0; }
  bool is_request() const { return !is_response(); }
  /// The I flag: sent by the original initiator of the IKE SA, whoever began this exchange.
  bool is_from_original_initiator() const { return (flags & kFlagInitiator) != 0; }
  /// The V flag: the sender could speak a higher major version.
  bool offers_higher_version() const { return (flags & kFlagVersion) != 0; }
  /// The five X bits, zero in what RFC 7296 lets be sent.
  std::uint8_t reserved_flags() const {
    return static_cast<std::uint8_t>(flags & ~(kFlagInitiator | kFlagVersion | kFlagResponse));
  }
  std::uint8_t major() const { return static_cast<std::uint8_t>(version >> 4); }
  std::uint8_t minor() const { return version & 0x0f; }

  /// Reads the header and leaves `in` behind it. A fault only when fewer than 28 octets are there.
  static Result<IkeHeader> parse(Reader& in);
  /// Writes the fields as they are.
  void serialise(Writer& out) const;
  friend bool operator==(const IkeHeader&, const IkeHeader&) = default;
};

}  // namespace ikevet::wire
