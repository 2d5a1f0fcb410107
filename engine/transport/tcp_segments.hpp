// TCP without a machine under it: datagrams of the virtual network travel as a stream that is cut anywhere.
#pragma once

#include <map>

#include "engine/base/tcp_stream.hpp"
#include "engine/transport/faults.hpp"

namespace ikevet::transport {

/// Puts what passes into one stream for each direction between two endpoints, RFC 9329 §3, cuts the stream into
/// segments of 1 to `longest` octets, and lets go on what a reader at the other end makes of them. Whoever speaks first
/// is the TCP originator. Nothing is lost or reordered on a stream, so that this node stands behind no other.
class TcpSegments final : public Fault {
 public:
  explicit TcpSegments(RandomSource& random, std::size_t longest = 100) : random_(random), longest_(longest) {}
  std::vector<Onward> pass(Datagram, Instant now) override;

 private:
  using Direction = std::pair<Endpoint, Endpoint>;
  RandomSource& random_;
  std::size_t longest_;
  std::map<Direction, TcpStreamReader> streams_;
};

}  // namespace ikevet::transport
