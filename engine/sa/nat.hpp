// NAT detection, RFC 7296 §2.23.
#pragma once

#include <span>
#include <vector>

#include "engine/base/datagram.hpp"
#include "engine/base/ids.hpp"
#include "engine/sa/path_config.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::sa {

/// SHA-1(SPIi | SPIr | IP | port), the data of NAT_DETECTION_SOURCE_IP and NAT_DETECTION_DESTINATION_IP. The SPIs are
/// those of the message's header, so SPIr is zero in the first request.
Bytes nat_detection_hash(IkeSpis spis, const Endpoint& endpoint);

struct NatSituation {
  bool supported{};         ///< the peer sent both notifications
  bool peer_behind_nat{};   ///< no NAT_DETECTION_SOURCE_IP matches where the message came from
  bool local_behind_nat{};  ///< no NAT_DETECTION_DESTINATION_IP matches where it arrived
  bool any() const { return peer_behind_nat || local_behind_nat; }
};

/// NAT_DETECTION_SOURCE_IP and NAT_DETECTION_DESTINATION_IP for a message that leaves `local` for `remote`, or what the
/// policy has us claim.
void append_nat_detection(std::vector<wire::Payload>& payloads, IkeSpis spis, const Endpoint& local,
                          const Endpoint& remote, const NatTraversal& policy);

/// What the notifications of a received message say.
NatSituation detect_nat(std::span<const wire::Payload> payloads, IkeSpis spis, const Endpoint& source,
                        const Endpoint& destination);

}  // namespace ikevet::sa
