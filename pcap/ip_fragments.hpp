// Putting fragmented IP packets together again, with bounded memory.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"

namespace ikevet::pcap {

/// What all fragments of one packet share: RFC 791 §3.2, RFC 8200 §4.5.
struct FragmentKey {
  IpAddress source;
  IpAddress destination;
  std::uint32_t identification{};
  std::uint8_t protocol{};  ///< of IPv4; 0 with IPv6, whose fragments need not agree on it
  friend auto operator<=>(const FragmentKey&, const FragmentKey&) = default;
};

struct IpFragment {
  FragmentKey key;
  std::size_t frame{};
  Instant at;
  std::uint8_t next_protocol{};  ///< what the first fragment says the payload is
  std::size_t offset{};          ///< in octets
  bool more{};
  BytesView octets;
};

struct ReassembledPacket {
  std::uint8_t next_protocol{};
  Bytes octets;
  std::vector<std::size_t> frames;  ///< in the order in which they came
};

/// Holds the fragments of at most kMaxPending packets, each of at most 65,535 octets and kMaxPieces pieces, for at most
/// kLifetime of capture time.
class IpReassembler {
 public:
  static constexpr std::size_t kMaxPending = 64;
  static constexpr std::size_t kMaxPieces = 256;
  static constexpr std::size_t kMaxPacket = 65535;
  static constexpr Duration kLifetime = std::chrono::seconds(60);  // RFC 8200 §4.5

  struct Outcome {
    std::optional<ReassembledPacket> packet;  ///< when this fragment completed it
    std::string note;                         ///< otherwise why not
  };
  Outcome add(const IpFragment& fragment);

 private:
  struct Piece {
    std::size_t offset;
    Bytes octets;
  };
  struct Pending {
    FragmentKey key;
    Instant first_seen;
    std::uint8_t next_protocol{};
    std::optional<std::size_t> total;  ///< known once the last fragment came
    std::vector<Piece> pieces;         ///< by offset, without overlap
    std::vector<std::size_t> frames;
    bool spoilt{};  ///< fragments overlapped: the rest is to be ignored too, RFC 5722 §4
  };

  Pending& pending_for(const IpFragment& fragment);
  void forget(const FragmentKey& key);
  static std::string spoil(Pending& pending, std::string why);

  std::list<Pending> pending_;  ///< oldest first
};

}  // namespace ikevet::pcap
