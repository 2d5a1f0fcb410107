// Changing addresses, RFC 4555: what an IKE SA remembers for it, and the notifications.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/datagram.hpp"
#include "engine/base/ids.hpp"
#include "engine/sa/config.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::sa {

/// Between which endpoints packets travel.
struct Path {
  Endpoint local;
  Endpoint remote;
  bool udp_encapsulation{};  ///< of ESP: there is a NAT, RFC 7296 §2.23
  friend bool operator==(const Path&, const Path&) = default;
};

/// The state of MOBIKE in an IKE SA; its successors by rekeying share it, since roles and addresses go on (§1.3: the
/// initiator is the party that began the first IKE SA of the series).
struct Mobility {
  bool initiator{};                        ///< we are, and decide which addresses are used (§3.5)
  std::vector<IpAddress> peer_addresses;   ///< beside the one in use, as the peer told (§3.4, §3.6)
  std::uint32_t changes{};                 ///< of our view of the addresses: tells stale answers from fresh ones (§3.5)
  bool update_pending{};                   ///< the "pending_update" flag, §3.5
  int unexpected_nats{};                   ///< UNEXPECTED_NAT_DETECTED in a row, §3.9
  std::optional<MessageId> newest_update;  ///< of the peer's requests that updated addresses, §3.5 and §3.6
  Bytes seen_by_peer;                      ///< NAT_DETECTION_DESTINATION_IP as the peer last sent it, §3.8
  std::vector<Path> tried;                 ///< pairs of addresses that did not answer, §3.10
  Path children;                           ///< what the Child SAs use
  Path confirmed;                          ///< the last pair that both sides agreed on

  // What a request of the peer asks of us once it is answered.
  bool check_routability{};
  std::optional<IpAddress> peer_moved_to;
};

/// What an exchange asks for when it is over.
struct PathChange {
  std::optional<Path> path;              ///< for the IKE SA
  bool children{};                       ///< the Child SAs follow
  std::optional<bool> local_behind_nat;  ///< as detected anew
  std::optional<bool> peer_behind_nat;
  std::string why;
};

/// ADDITIONAL_IP4_ADDRESS and ADDITIONAL_IP6_ADDRESS for all of `ours` but the one in use; NO_ADDITIONAL_ADDRESSES when
/// there are none and `say_none`. §3.4, §3.6.
std::vector<wire::Payload> additional_addresses(std::span<const IpAddress> ours, const IpAddress& in_use,
                                                bool say_none);
/// The addresses that a message tells; empty optional when it says nothing of them. Those of a wrong size are passed
/// over, and more than kMostAddresses are not kept.
std::optional<std::vector<IpAddress>> read_additional_addresses(std::span<const wire::Payload> payloads);
inline constexpr std::size_t kMostAddresses = 32;

/// NO_NATS_ALLOWED, §4.2.6.
Bytes no_nats_allowed(const Endpoint& source, const Endpoint& destination);
/// §3.9: a NO_NATS_ALLOWED notification that names other addresses than the packet has.
bool violates_no_nats(std::span<const wire::Payload> payloads, const Endpoint& source, const Endpoint& destination);

/// The size of our COOKIE2, §4.2.5: 8 to 64 octets.
inline constexpr std::size_t kCookie2Size = 16;

}  // namespace ikevet::sa
