// The keys of a run as plain data: what a key log gathers, what keys.json holds, what the key tables are written from.
#pragma once

#include <vector>

#include "engine/base/datagram.hpp"
#include "engine/base/ids.hpp"
#include "engine/crypto/suite.hpp"
#include "engine/keys/key_schedule.hpp"

namespace ikevet::keys {

/// One IKE SA, complete: unlike IkeKeyEntry, which reads messages and no more, this can also check AUTH payloads and
/// derive the keys of children and successors (SK_d, SK_p), so that a stored run can be graded again.
struct IkeSaKeySet {
  IkeSpis spis;
  crypto::IkeSuite suite;
  SaKeys keys;
  friend bool operator==(const IkeSaKeySet&, const IkeSaKeySet&) = default;
};

/// One Child SA with the addresses its packets travel between. After a move (RFC 4555) the same SPIs stand here once
/// more with the new addresses.
struct ChildSaKeySet {
  IkeSpis ike;
  crypto::ChildSuite suite;
  Endpoint initiator;         ///< of the exchange that made the Child SA
  Endpoint responder;
  ChildSpi spi_to_initiator;  ///< chosen by the initiator; stands in packets that it receives
  ChildSpi spi_to_responder;  ///< chosen by the responder
  ChildKeys keys;
  friend bool operator==(const ChildSaKeySet&, const ChildSaKeySet&) = default;
};

struct KeySet {
  std::vector<IkeSaKeySet> ike;
  std::vector<ChildSaKeySet> children;
  bool empty() const { return ike.empty() && children.empty(); }
  friend bool operator==(const KeySet&, const KeySet&) = default;
};

}  // namespace ikevet::keys
