// What the datagrams of a capture are for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/trace/trace.hpp"
#include "pcap/captured_packet.hpp"

namespace ikevet::pcap {

/// What a UDP datagram is for, as its ports and first octets tell.
enum class UdpUse : std::uint8_t {
  Ike,        ///< IKEv2, or anything else that stands where IKE does
  IkeV1,      ///< RFC 2408: major version 1 with an exchange of that version
  EspInUdp,   ///< RFC 3948 §2.1; or in TCP, RFC 9329 §3
  Keepalive,  ///< RFC 3948 §2.3: one octet 0xff
  Other,
};
UdpUse use_of(const Datagram& datagram);
/// "IKE", "IKEv1", "ESP in UDP", "NAT keepalive", "other UDP".
std::string_view name(UdpUse use);

/// What datagrams are for, where their ports do not tell and their neighbours do: behind a NAT or on ports of its own a
/// path that carried IKE behind a non-ESP marker carries ESP without one, and what is too damaged to be recognised as
/// IKE between two who spoke it is still IKE. The last kMaxPaths paths on other ports are remembered.
class UdpPaths {
 public:
  static constexpr std::size_t kMaxPaths = 4096;

  struct Found {
    UdpUse use{};
    std::optional<trace::FramedMessage> message;  ///< for Ike and IkeV1; within the datagram
  };
  Found look(const CapturedPacket& packet);

 private:
  using Path = std::pair<Endpoint, Endpoint>;
  void remember(const Path& path, bool marker);

  std::map<Path, bool> known_;  ///< and whether the marker stood there
  std::deque<Path> order_;      ///< the oldest first
};

/// How many frames of each kind a capture has. Every frame counts once.
struct FrameCounts {
  std::size_t frames{};
  std::size_t ike{};                   ///< those with an IKE message
  std::size_t cut{};                   ///< UDP datagrams that the capture does not hold in full
  std::array<std::size_t, 5> udp{};    ///< whole UDP datagrams by UdpUse; Ike stays 0, `ike` has them
  std::array<std::size_t, 9> other{};  ///< the rest by PacketKind; Udp stays 0

  void add(UdpUse use) { ++udp.at(static_cast<std::size_t>(use)); }
  void add(PacketKind kind) { ++other.at(static_cast<std::size_t>(kind)); }
  /// "3 ESP, 2 NAT keepalive, 1 ICMP": what was not IKE; empty when all was.
  std::string not_ike() const;
};

}  // namespace ikevet::pcap
