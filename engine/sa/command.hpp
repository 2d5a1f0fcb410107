// What an engine is told to do.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "engine/base/datagram.hpp"
#include "engine/base/ids.hpp"
#include "engine/wire/constants.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::sa {

/// Set up an IKE SA and its first Child SA.  RFC 7296 §1.2.
struct Initiate {
  Endpoint local;
  Endpoint remote;
};
/// CREATE_CHILD_SA with REKEY_SA, followed by the deletion of the old Child SA.  §1.3.3, §2.8.
struct RekeyChildSa {
  IkeSpis ike;
  ChildSpi inbound;  ///< our inbound SPI of the Child SA to replace
};
/// INFORMATIONAL with a Delete payload for one Child SA.  §1.4.1.
struct DeleteChildSa {
  IkeSpis ike;
  ChildSpi inbound;
};
/// INFORMATIONAL with a Delete payload for the IKE SA.  §1.4.1.
struct DeleteIkeSa {
  IkeSpis ike;
};
/// INFORMATIONAL without payloads: is the peer there?  §2.4.
struct CheckLiveness {
  IkeSpis ike;
};
/// An INFORMATIONAL request with payloads of the caller's own.  §1.4.
struct SendInformational {
  IkeSpis ike;
  std::vector<wire::Payload> payloads;
};
/// Forget an IKE SA without a message, as after a crash.
struct Abandon {
  IkeSpis ike;
};
/// Take back the request that awaits its answer, and those queued behind it: it is not repeated any more, and its
/// Message ID serves the next request. Right only when the peer cannot have processed it, because a tap damaged it on
/// purpose: the window moves on nothing but an answer (§2.3).
struct Retract {
  IkeSpis ike;
};

using Command = std::variant<Initiate, RekeyChildSa, DeleteChildSa, DeleteIkeSa, CheckLiveness, SendInformational,
                             Abandon, Retract>;

}  // namespace ikevet::sa
