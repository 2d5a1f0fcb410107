// From a capture to the same Trace that a run gives.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/trace/trace.hpp"
#include "engine/wire/sk_opener.hpp"
#include "pcap/capture_file.hpp"

namespace ikevet::pcap {

/// What a UDP datagram is for, as its ports and first octets tell.
enum class UdpUse : std::uint8_t {
  Ike,        ///< IKEv2, or anything else that stands where IKE does
  IkeV1,      ///< RFC 2408: major version 1 with an exchange of that version
  EspInUdp,   ///< RFC 3948 §2.1
  Keepalive,  ///< RFC 3948 §2.3: one octet 0xff
  Other,
};
UdpUse use_of(const Datagram& datagram);
/// "IKE", "IKEv1", "ESP in UDP", "NAT keepalive", "other UDP".
std::string_view name(UdpUse use);

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

struct CaptureTrace {
  trace::Trace trace;
  FrameCounts counts;
  std::size_t third_party{};            ///< UDP datagrams in which the harness has no part; not in the trace
  std::optional<CaptureError> trouble;  ///< the capture could be read this far only
};

/// Reads a capture into a Trace. `harness` are the endpoints of the side that is not graded, port 0 for every port; a
/// datagram belongs to whom its source says, and only when the source is no one's, its destination. Datagrams that the
/// capture cut off are left out, because their faults would be the capture's. Throws CaptureError when the file cannot
/// be opened.
CaptureTrace to_trace(const std::filesystem::path& capture, const wire::SkOpener* opener,
                      std::span<const Endpoint> harness);

/// One address that speaks IKEv2 in a capture: for choosing which of them to grade.
struct Side {
  IpAddress address;
  std::size_t messages{};   ///< that it sent
  std::size_t initiated{};  ///< IKE SAs (initiator's SPIs) for which it sent an IKE_SA_INIT request
  bool looks_like_initiator() const { return initiated != 0; }
};

/// All of them, the busiest first. Throws CaptureError.
std::vector<Side> sides(const std::filesystem::path& capture);

}  // namespace ikevet::pcap
