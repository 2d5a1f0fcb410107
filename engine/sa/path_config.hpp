// What an engine is told about the way to its peers: fragments, NATs, changing addresses.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"

namespace ikevet::sa {

/// IKE fragmentation, RFC 7383.
struct Fragmentation {
  bool supported = false;  ///< IKEV2_FRAGMENTATION_SUPPORTED in IKE_SA_INIT, §2.3
  /// The largest IP datagram that a protected message may take before it is cut, §2.5.1.
  std::size_t threshold_v4 = 576;
  std::size_t threshold_v6 = 1280;
  /// Smaller ones, in falling order, tried as initiator of an exchange that stays unanswered, §2.5.2.
  std::vector<std::size_t> ladder;
  int tries = 2;  ///< repetitions with one threshold before the next one is tried

  // What is kept of a message that is not complete yet, in each direction of an IKE SA.
  std::size_t most_fragments = 256;
  std::size_t most_octets = 65535;
  Duration patience = std::chrono::seconds(30);  ///< §2.6: then all its fragments are forgotten
};

/// NAT traversal, RFC 7296 §2.23.
struct NatTraversal {
  bool supported = true;  ///< NAT_DETECTION_SOURCE_IP and NAT_DETECTION_DESTINATION_IP in IKE_SA_INIT
  /// Behave as behind a NAT whatever detection says, as implementations offer for paths that lose ESP: the source hash
  /// we send matches no address, so that both sides use UDP encapsulation.
  bool force_encapsulation = false;
  /// Our address and port as the peer sees them, where a static NAT is known: the source hash is made of these, and the
  /// peer finds no NAT.
  std::optional<Endpoint> outside;
  /// Silence after which the side behind a NAT sends a NAT-keepalive, RFC 3948 §4; empty: none.
  std::optional<Duration> keepalive = std::chrono::seconds(20);
};

/// Changing addresses, RFC 4555.
struct Mobike {
  bool supported = false;                       ///< MOBIKE_SUPPORTED in IKE_AUTH, §3.2
  std::vector<IpAddress> additional_addresses;  ///< of ours, beside the one in the IP header, §3.4
  /// As responder: ask with COOKIE2 at the new address before the Child SAs move there, §3.7.
  bool return_routability = true;
  std::vector<IpAddress> unacceptable;  ///< addresses of the peer that are answered UNACCEPTABLE_ADDRESSES, §3.5
  /// As original initiator: repetitions of a request on one pair of addresses before the others are tried, §3.10.
  int tries = 2;
  int unexpected_nat_retries = 3;  ///< new requests after UNEXPECTED_NAT_DETECTED, §3.9
};

}  // namespace ikevet::sa
