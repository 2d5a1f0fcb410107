// From a capture to the same Trace that a run gives.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "engine/trace/trace.hpp"
#include "engine/wire/sk_opener.hpp"
#include "pcap/capture_file.hpp"
#include "pcap/udp_use.hpp"

namespace ikevet::pcap {

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
