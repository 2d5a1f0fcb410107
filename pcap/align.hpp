// Which frame of a recording is which packet of the run.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/trace/trace.hpp"
#include "pcap/captured_packet.hpp"

namespace ikevet::pcap {

struct Alignment {
  std::size_t matched{};
  std::vector<std::size_t> unseen;   ///< indices of packets that no frame has: dropped by the scenario, or lost
  std::vector<std::size_t> foreign;  ///< frames with UDP datagrams that are no packet of the run
};

/// Sets Packet::frame from the recording: the same payload between the same endpoints, the n-th such packet being the
/// n-th such frame; 0 where there is none. An endpoint of a packet with an unspecified address (a socket bound to all
/// addresses) fits every address.
Alignment align(std::span<trace::Packet> packets, std::span<const CapturedPacket> frames);

}  // namespace ikevet::pcap
