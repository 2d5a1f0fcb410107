// Any octets as a TCP stream, cut at any places: the reader gives the same messages as when they come at once, holds
// no more than one message, and what it gives, framed again, is what it was given.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "engine/base/tcp_stream.hpp"

using namespace ikevet;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

/// The first octet: bit 0 tells whether a prefix is wanted, the others how long the pieces are.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto prefix = (data[0] & 1) != 0 ? TcpStreamReader::Prefix::Wanted : TcpStreamReader::Prefix::None;
  const std::size_t piece = 1 + data[0] / 2;
  const BytesView octets(data + 1, size - 1);

  TcpStreamReader at_once(prefix);
  const std::vector<Bytes> whole = at_once.feed(octets);
  TcpStreamReader in_pieces(prefix);
  std::vector<Bytes> pieces;
  for (std::size_t at = 0; at < octets.size(); at += piece) {
    for (Bytes& message : in_pieces.feed(octets.subspan(at, std::min(piece, octets.size() - at))))
      pieces.push_back(std::move(message));
    check(in_pieces.pending() <= kMaxTcpMessage + kTcpLengthSize);
  }
  check(whole == pieces);
  check(at_once.fault().has_value() == in_pieces.fault().has_value());
  check(at_once.pending() == in_pieces.pending());

  TcpStreamReader again(TcpStreamReader::Prefix::None);
  for (const Bytes& message : whole) {
    const auto got = again.feed(tcp_frame(message));
    check(got.size() == 1 && got[0] == message);
  }
  return 0;
}
