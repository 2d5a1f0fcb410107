// Who speaks IKE in a capture. A party may have several endpoints: it moves to port 4500 (RFC 7296 §2.23), its NAT
// gives it another port, it changes its address (RFC 4555). And two parties may share an address, on a loopback
// interface.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/datagram.hpp"

namespace ikevet::app {

struct CaptureParty {
  std::string name;                 ///< its addresses; with ports where another party has one of them, too
  std::vector<Endpoint> endpoints;  ///< in the order in which they appear
  std::size_t messages{};           ///< that it sent
  bool initiated{};                 ///< sent an IKE_SA_INIT request

  /// Whether `text` is one of its addresses, or one of its endpoints.
  bool goes_by(std::string_view text) const;
};

/// All of them, the busiest first. Endpoints belong to one party when they speak in the same role under the same
/// initiator's SPI and never to each other. Throws CaptureError.
std::vector<CaptureParty> capture_parties(const std::filesystem::path& capture);

}  // namespace ikevet::app
