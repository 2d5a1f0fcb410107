#include "engine/base/tcp_stream.hpp"

#include <stdexcept>

#include "engine/base/writer.hpp"

namespace ikevet {

namespace {
constexpr std::uint8_t kKeepalive = 0xff;
}

Bytes tcp_frame(BytesView message) {
  if (message.size() > kMaxTcpMessage)
    throw std::length_error(std::to_string(message.size()) + " octets do not fit into one message of a TCP stream");
  return Writer().u16(message.size() + kTcpLengthSize).bytes(message).take();
}

std::size_t TcpStreamReader::take_prefix() {
  // RFC 9329 §6.1: nothing is read before the prefix is there as a whole; what is wrong already shows at once.
  const std::size_t there = std::min(pending_.size(), kTcpStreamPrefix.size());
  if (!equal(BytesView(pending_).first(there), BytesView(kTcpStreamPrefix).first(there))) {
    fault_ = ParseError{"Stream Prefix", 0, to_hex(BytesView(pending_).first(there)) + ", IKETCP wanted"};
    return 0;
  }
  if (there < kTcpStreamPrefix.size()) return 0;
  prefix_seen_ = true;
  return there;
}

std::vector<Bytes> TcpStreamReader::feed(BytesView octets) {
  std::vector<Bytes> out;
  if (fault_) return out;
  append(pending_, octets);
  std::size_t at = prefix_seen_ ? 0 : take_prefix();
  while (prefix_seen_ && !fault_ && pending_.size() - at >= kTcpLengthSize) {
    const std::size_t length = static_cast<std::size_t>(pending_[at]) << 8 | pending_[at + 1];
    if (length < kTcpLengthSize) {
      // §3.1: fatal, the connection is closed.
      fault_ = ParseError{"Length", offset_ + at, std::to_string(length) + ", at least 2 wanted"};
      break;
    }
    if (pending_.size() - at < length) break;
    const BytesView message = BytesView(pending_).subspan(at + kTcpLengthSize, length - kTcpLengthSize);
    at += length;
    if (message.empty() || (message.size() == 1 && message[0] == kKeepalive)) continue;
    out.push_back(to_bytes(message));
  }
  offset_ += at;
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at));
  if (fault_) pending_.clear();
  return out;
}

}  // namespace ikevet
