#include "engine/transport/tcp_segments.hpp"

namespace ikevet::transport {

std::vector<Onward> TcpSegments::pass(Datagram datagram, Instant) {
  const Direction here{datagram.source, datagram.destination};
  const Direction back{datagram.destination, datagram.source};
  Bytes octets;
  auto stream = streams_.find(here);
  if (stream == streams_.end()) {
    const bool originator = !streams_.contains(back);
    if (originator) octets = to_bytes(kTcpStreamPrefix);
    stream = streams_
                 .emplace(here,
                          TcpStreamReader(originator ? TcpStreamReader::Prefix::Wanted : TcpStreamReader::Prefix::None))
                 .first;
  }
  append(octets, tcp_frame(datagram.payload));
  std::vector<Onward> out;
  for (std::size_t at = 0; at < octets.size();) {
    const std::size_t size = std::min(octets.size() - at, 1 + random_.u32() % longest_);
    for (Bytes& message : stream->second.feed(BytesView(octets).subspan(at, size)))
      out.push_back({Datagram{datagram.source, datagram.destination, std::move(message)}, {}});
    at += size;
  }
  return out;
}

}  // namespace ikevet::transport
