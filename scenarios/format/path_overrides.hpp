// What a scenario or a target may set for the way to the peer: fragments, NATs, changing addresses.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/clock.hpp"

namespace ikevet::scenarios {

/// Member `fragmentation`, RFC 7383.
struct FragmentationOverrides {
  std::optional<bool> supported;
  std::optional<std::uint64_t> threshold;  ///< octets of an IP datagram, of either family
  std::optional<std::vector<std::uint64_t>> ladder;
  friend bool operator==(const FragmentationOverrides&, const FragmentationOverrides&) = default;
};

/// Member `nat`, RFC 7296 §2.23.
struct NatOverrides {
  std::optional<bool> supported;
  std::optional<bool> force_encapsulation;
  std::optional<Duration> keepalive;
  std::optional<bool> begin_on_4500;  ///< as initiator the harness sends its first message from and to port 4500
  friend bool operator==(const NatOverrides&, const NatOverrides&) = default;
};

/// Member `mobike`, RFC 4555.
struct MobikeOverrides {
  std::optional<bool> supported;
  std::optional<bool> announce;  ///< the other addresses that the target gives this end are told to the peer
  std::optional<bool> return_routability;
  std::optional<bool> refuse_moves;  ///< the peer's other addresses are answered UNACCEPTABLE_ADDRESSES
  friend bool operator==(const MobikeOverrides&, const MobikeOverrides&) = default;
};

}  // namespace ikevet::scenarios
