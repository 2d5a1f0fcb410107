// The explicit way out for keys: an engine without a KeyLog exports none.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/datagram.hpp"
#include "engine/base/ids.hpp"
#include "engine/crypto/suite.hpp"
#include "engine/keys/key_schedule.hpp"

namespace ikevet::sa {

/// The keys of one Child SA with the addresses its packets travel between.
struct ChildKeyEntry {
  IkeSpis ike;
  crypto::ChildSuite suite;
  Endpoint initiator;  ///< of the exchange that made the Child SA
  Endpoint responder;
  ChildSpi spi_to_initiator;  ///< stands in packets that the initiator receives
  ChildSpi spi_to_responder;
  keys::ChildKeys keys;
};

class KeyLog {
 public:
  virtual ~KeyLog() = default;
  /// What a key exchange gave, before keys are derived from it: those of the IKE SA or Child SA that is told next.
  virtual void shared_secret(BytesView /*g_ir*/) {}
  virtual void ike_keys(const IkeSpis&, const crypto::IkeSuite&, const keys::SaKeys&) = 0;
  virtual void child_keys(const ChildKeyEntry&) = 0;
  /// Packets of a Child SA travel between other endpoints from now on; its keys were told before. RFC 4555 §3.5.
  virtual void child_moved(ChildSpi /*inbound*/, ChildSpi /*outbound*/, const Endpoint& /*local*/,
                           const Endpoint& /*remote*/) {}
};

}  // namespace ikevet::sa
