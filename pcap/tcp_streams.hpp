// IKE and ESP out of captured TCP connections, RFC 9329, with bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"
#include "engine/base/tcp_stream.hpp"

namespace ikevet::pcap {

struct TcpSegment {
  Endpoint source;
  Endpoint destination;
  std::uint32_t sequence{};
  bool syn{};
  bool cut{};  ///< the capture holds less of the data than was sent
  BytesView data;
};

/// Puts the data of each direction in order and takes the messages out. A connection is one of IKE when its originator
/// begins with "IKETCP", or, where the capture lacks the beginning, when a segment begins with a Length, a non-ESP
/// marker and a header of IKEv2 that agrees with both. At most kMaxDirections are followed, the longest silent one is
/// given up for a new one; of data that came too early at most kMaxWaiting octets are kept for each.
class TcpStreams {
 public:
  static constexpr std::size_t kMaxDirections = 512;
  static constexpr std::size_t kMaxWaiting = std::size_t{1} << 18;

  struct Outcome {
    bool ike{};                   ///< the connection is one of IKE
    std::vector<Bytes> messages;  ///< what this segment completes; each as a UDP datagram of port 4500 would have it
    std::string note;
  };
  Outcome add(const TcpSegment& segment);

 private:
  struct Direction {
    Endpoint source;
    Endpoint destination;
    std::optional<std::uint32_t> next;  ///< the sequence number that comes next; empty: not known
    std::optional<TcpStreamReader> reader;
    bool foreign{};                          ///< something else than IKE
    std::map<std::uint32_t, Bytes> waiting;  ///< by sequence number, as far as they lie ahead
    std::size_t waiting_octets{};
  };

  Direction& direction(const Endpoint& source, const Endpoint& destination);
  Direction* existing(const Endpoint& source, const Endpoint& destination);
  static void begin(Direction& of, BytesView data, const Direction* other);
  static void take(Direction& of, BytesView data, Outcome& out);
  static void lose(Direction& of);

  std::list<Direction> directions_;  ///< the one that was heard last stands first
};

}  // namespace ikevet::pcap
