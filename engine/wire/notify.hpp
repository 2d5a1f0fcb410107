// Notify payload, RFC 7296 §3.10.
#pragma once

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

/// Notify payload, N.  RFC 7296 §3.10. SPI Size is that of `spi`.
struct Notify {
  static constexpr PayloadType kType = PayloadType::Notify;

  ProtocolId protocol{};
  Bytes spi{};  ///< at most 255 octets
  NotifyType type{};
  Bytes data{};

  /// A notification about the IKE SA: no protocol, no SPI.
  static Notify of(NotifyType type, BytesView data = {}) { return {ProtocolId::None, {}, type, to_bytes(data)}; }

  static Result<Notify> parse(Reader in);
  void serialise(Writer& out) const;
  friend bool operator==(const Notify&, const Notify&) = default;
};

}  // namespace ikevet::wire
