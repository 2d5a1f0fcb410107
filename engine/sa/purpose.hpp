// What exchanges are for, by which those that meet are judged: RFC 7296 §2.25.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"

namespace ikevet::sa {

/// What an exchange of ours does to SAs.
struct Purpose {
  enum class What : std::uint8_t {
    Other,
    CreateChild,
    RekeyChild,
    DeleteChild,
    RekeyIke,
    DeleteIke,
    ChangePath,   ///< UPDATE_SA_ADDRESSES, RFC 4555
    Synchronise,  ///< Message IDs, RFC 6311
  };
  What what{};
  std::optional<ChildSpi> child{};  ///< our inbound SPI of the Child SA that it is about
  bool follow_up{};                 ///< CREATE_CHILD_SA is over, IKE_FOLLOWUP_KE goes on, RFC 9370 §2.2.4
};

/// An exchange of the peer that rekeys what ours is rekeying. Its nonces are compared with those of ours: the SA made
/// with the lowest of the four is redundant, and whoever made it deletes it (§2.8.1, §2.8.2).
struct Rival {
  Bytes lowest_nonce;
  std::optional<ChildSpi> child{};  ///< our inbound SPI of the Child SA it has made; empty: none yet, or an IKE SA
};

/// Of the two nonces of an exchange.  §2.8.1: octet by octet, and where one ends first, that is the lower one.
inline BytesView lower_nonce(BytesView a, BytesView b) { return std::ranges::lexicographical_compare(b, a) ? b : a; }
/// Is the SA of the exchange with the nonces `ni` and `nr` the redundant one?
inline bool is_redundant(BytesView ni, BytesView nr, const Rival& rival) {
  return std::ranges::lexicographical_compare(lower_nonce(ni, nr), rival.lowest_nonce);
}

}  // namespace ikevet::sa
