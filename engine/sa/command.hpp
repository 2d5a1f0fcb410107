// What an engine is told to do.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "engine/base/datagram.hpp"
#include "engine/base/ids.hpp"
#include "engine/sa/extension/redirect.hpp"
#include "engine/wire/constants.hpp"
#include "engine/wire/payload.hpp"
#include "engine/wire/traffic_selector.hpp"

namespace ikevet::sa {

/// Set up an IKE SA and its first Child SA.  RFC 7296 §1.2.
struct Initiate {
  Endpoint local;
  Endpoint remote;
  std::optional<RedirectTrail> redirected{};  ///< the gateway that sent us there, RFC 5685 §3; the engine's own use
  /// This IKE SA of the same peer is deleted once the new one stands: repeated authentication, RFC 4478.
  std::optional<IkeSpis> replaces{};
};
/// Set up an IKE SA again from the ticket of one that was lost, RFC 5723 §4.3. Without such a ticket, or when it has
/// expired, the command is the caller's mistake.
struct Resume {
  IkeSpis lost;
  Endpoint local;
  Endpoint remote;
};
/// INFORMATIONAL with N(REDIRECT): the client is to go to another gateway, RFC 5685 §5. The caller's mistake where the
/// client does not support it.
struct RedirectClient {
  IkeSpis ike;
  GatewayIdentity to;
};
/// CREATE_CHILD_SA with REKEY_SA, followed by the deletion of the old Child SA.  §1.3.3, §2.8.
struct RekeyChildSa {
  IkeSpis ike;
  ChildSpi inbound;  ///< our inbound SPI of the Child SA to replace
};
/// CREATE_CHILD_SA for the IKE SA itself, followed by the deletion of the old one.  §1.3.2, §2.18.
struct RekeyIkeSa {
  IkeSpis ike;
};
/// CREATE_CHILD_SA for an additional Child SA.  §1.3.1.
struct CreateChildSa {
  IkeSpis ike;
  std::vector<wire::TrafficSelector> local_ts{};  ///< empty: as configured
  std::vector<wire::TrafficSelector> remote_ts{};
};
/// After a failover: INFORMATIONAL with N(IKEV2_MESSAGE_ID_SYNC), where the peer supports it.  RFC 6311 §5.
struct SynchroniseMessageIds {
  IkeSpis ike;
  std::uint32_t skip = 1;  ///< M1 is so much higher than our next Message ID
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

/// Use these addresses for an IKE SA and its Child SAs; the ports stay. RFC 4555 §3.5: only the party that began the
/// first IKE SA of a series of rekeyings may.
struct Move {
  IkeSpis ike;
  IpAddress local;
  IpAddress remote;
};
/// The addresses of this host are now these. Every IKE SA with MOBIKE reacts: the initiator moves when its address is
/// gone, and either side tells the peer what else there is. RFC 4555 §3.5, §3.6.
struct AddressesChanged {
  std::vector<IpAddress> local;
};

using Command =
    std::variant<Initiate, Resume, RedirectClient, RekeyChildSa, RekeyIkeSa, CreateChildSa, DeleteChildSa, DeleteIkeSa,
                 CheckLiveness, SendInformational, SynchroniseMessageIds, Abandon, Retract, Move, AddressesChanged>;

}  // namespace ikevet::sa
