// IKE and ESP in a TCP stream, RFC 9329: the framing, without any socket.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"

namespace ikevet {

/// "IKETCP": what the TCP originator begins its stream with, and nobody else, RFC 9329 §4.
inline constexpr std::array<std::uint8_t, 6> kTcpStreamPrefix{0x49, 0x4b, 0x45, 0x54, 0x43, 0x50};
inline constexpr std::size_t kTcpLengthSize = 2;
/// The Length field counts itself, so that a message has this many octets at most, §3.
inline constexpr std::size_t kMaxTcpMessage = 65535 - kTcpLengthSize;

/// Length | message. The message is what would be a UDP datagram on port 4500: an IKE message behind its non-ESP
/// marker, or an ESP packet. Throws std::length_error beyond kMaxTcpMessage.
Bytes tcp_frame(BytesView message);

/// Takes one direction of a stream apart. It never holds more than one message that is not complete.
class TcpStreamReader {
 public:
  enum class Prefix { Wanted, None };  ///< wanted of the TCP originator; the other side sends none

  explicit TcpStreamReader(Prefix prefix) : prefix_seen_(prefix == Prefix::None) {}

  /// The messages that these octets complete. Empty ones and NAT keepalives (one octet 0xff) are passed over, §3 and
  /// §6.6. After a fault the connection is to be closed, and everything else is ignored.
  std::vector<Bytes> feed(BytesView octets);
  const std::optional<ParseError>& fault() const { return fault_; }
  /// Octets of a message that is still incomplete: they are lost when the connection ends (§6.1).
  std::size_t pending() const { return pending_.size(); }

 private:
  std::size_t take_prefix();

  bool prefix_seen_;
  Bytes pending_;
  std::size_t offset_{};  ///< of pending_ in the stream
  std::optional<ParseError> fault_;
};

}  // namespace ikevet
