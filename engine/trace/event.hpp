// What an IKE engine says happened: for the runner, the trace, and the user.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/datagram.hpp"
#include "engine/base/ids.hpp"
#include "engine/wire/constants.hpp"
#include "engine/wire/traffic_selector.hpp"

namespace ikevet::trace {

/// Why an IKE SA or a Child SA is gone.
enum class CloseReason {
  DeletedByUs,      ///< we sent the Delete payload, RFC 7296 §1.4.1
  DeletedByPeer,    ///< the peer sent it
  Rekeyed,          ///< replaced by a successor and then deleted, §2.8
  PeerDead,         ///< our request was never answered, §2.4
  Refused,          ///< the peer answered with an error notify, §2.21
  RefusedByUs,      ///< we answered with one
  HalfOpenExpired,  ///< IKE_SA_INIT answered, IKE_AUTH never came
  Superseded,       ///< INITIAL_CONTACT of a new IKE SA with the same identity, §2.4
  Redirected,       ///< the peer sent us to another gateway, RFC 5685
  Abandoned,        ///< dropped without a message (a scenario asked for it)
  Expired,          ///< its lifetime is over, and nothing has replaced it, §2.8
  Redundant,        ///< both sides rekeyed at once, and the other one's SA survives, §2.8.1 and §2.8.2
};

/// IKE_SA_INIT is done: both SPIs and the keys exist, nobody is authenticated yet.
struct IkeSaKeyed {
  IkeSpis spis;
  bool we_are_original_initiator{};
};
/// Both AUTH payloads were verified.
struct IkeSaEstablished {
  IkeSpis spis;
  bool we_are_original_initiator{};
  std::string peer_identity;  ///< "ID_FQDN dut.test"
};
struct IkeSaClosed {
  IkeSpis spis;
  CloseReason reason{};
  std::string detail;
};
struct ChildSaEstablished {
  IkeSpis ike;
  ChildSpi inbound;   ///< chosen by us: what we receive under
  ChildSpi outbound;  ///< chosen by the peer
  std::vector<wire::TrafficSelector> local_ts;
  std::vector<wire::TrafficSelector> remote_ts;
  bool transport_mode{};
  std::optional<ChildSpi> rekeys;  ///< our inbound SPI of the Child SA that this one replaces
};
struct ChildSaClosed {
  IkeSpis ike;
  ChildSpi inbound;
  ChildSpi outbound;
  CloseReason reason{};
};
/// The peer answered a request of ours with an error notify, or refused the Child SA inside IKE_AUTH.
struct RequestRefused {
  IkeSpis ike;
  wire::ExchangeType exchange{};
  MessageId message_id;
  wire::NotifyType error{};
};
/// The peer answered a request of ours (for INFORMATIONAL without payloads: it is alive, §2.4).
struct RequestAnswered {
  IkeSpis ike;
  wire::ExchangeType exchange{};
  MessageId message_id;
};
struct Retransmitted {
  IkeSpis ike;
  wire::ExchangeType exchange{};
  MessageId message_id;
  int attempt{};  ///< 1 for the first repetition
};
struct RequestTimedOut {
  IkeSpis ike;
  wire::ExchangeType exchange{};
  MessageId message_id;
  int attempts{};
};
/// A retransmitted request was answered with the stored response, §2.1.
struct ResponseRepeated {
  IkeSpis ike;
  MessageId message_id;
};
/// Something arrived that a correct implementation ignores, and why.
struct Discarded {
  Endpoint from;
  std::string why;
  std::string section;  ///< "RFC 7296 §2.21"
};
/// The peer broke the protocol; `answered` is the error notify we sent, if one was due.
struct PeerFault {
  IkeSpis ike;
  std::string what;
  std::string section;
  std::optional<wire::NotifyType> answered;
};
/// The peer asked for a cookie (§2.6) or another Diffie-Hellman group (§1.2); the request went out again.
struct RequestRepeatedWith {
  IkeSpis ike;
  wire::NotifyType because{};
};
/// NAT detection said so, §2.23: later messages use port 4500.
struct NatDetected {
  IkeSpis ike;
  bool local_behind_nat{};
  bool peer_behind_nat{};
};
/// An ESP packet that was not let through, RFC 4303 §3.4, or that could not be sent.
struct EspDiscarded {
  ChildSpi spi;
  Endpoint from;
  std::string why;
  std::string section;
};
/// A Child SA has carried as much as its lifetime allows, RFC 4301 §4.4.2.1: time to rekey it, or nothing passes any
/// more.
struct ChildSaSpent {
  enum class Stage { No, Soft, Hard };
  IkeSpis ike;
  ChildSpi inbound;
  Stage stage{};
  std::uint64_t octets{};
  std::uint64_t packets{};
};
/// Authentic ESP came from another address or port, to which packets go from now on: RFC 7296 §2.23, RFC 3948 §3.1.
struct EspPeerMoved {
  IkeSpis ike;
  Endpoint before;
  Endpoint now;
};
/// Echo requests went through a Child SA; this is how they fared.
struct TrafficMeasured {
  std::string between;  ///< "10.1.0.1 > 10.2.0.1 ICMP"
  int sent{};
  int answered{};
  int duplicates{};
  int out_of_order{};
};
/// Echo requests of the peer came through a Child SA and were answered.
struct TrafficAnswered {
  int requests{};
};

/// An extension did its part: which one, and what came of it.
struct ExtensionUsed {
  IkeSpis ike;
  std::string extension;  ///< "redirect", "configuration", "session-resumption", ...
  std::string detail;
};
/// All fragments of a message have come, RFC 7383 §2.6.
struct MessageReassembled {
  IkeSpis ike;
  MessageId message_id;
  bool response{};
  int fragments{};
};
/// A request that nobody answers goes out in smaller fragments, RFC 7383 §2.5.2.
struct FragmentSizeReduced {
  IkeSpis ike;
  MessageId message_id;
  int threshold{};  ///< octets of an IP datagram
};
/// The IKE SA uses other endpoints.
struct IkeSaMoved {
  IkeSpis ike;
  Endpoint local;
  Endpoint remote;
  std::string why;  ///< "UPDATE_SA_ADDRESSES, RFC 4555 §3.5"
};
/// Packets of a Child SA travel between other endpoints.
struct ChildSaMoved {
  IkeSpis ike;
  ChildSpi inbound;
  ChildSpi outbound;
  Endpoint local;
  Endpoint remote;
  bool udp_encapsulation{};  ///< a NAT is in between, RFC 7296 §2.23
};
/// The peer told its other addresses, RFC 4555 §3.4 and §3.6.
struct PeerAddresses {
  IkeSpis ike;
  std::vector<IpAddress> additional;
};
/// Does the peer answer on this pair of addresses?  RFC 4555 §3.7 and §3.10.
struct PathTested {
  IkeSpis ike;
  Endpoint local;
  Endpoint remote;
  bool works{};
};

/// An IKE SA has a successor, which its Child SAs belong to from here on, RFC 7296 §2.8. `ike` is the old one.
struct IkeSaRekeyed {
  IkeSpis ike;
  IkeSpis successor;
  bool by_us{};  ///< we began the exchange that made it
};

using Event = std::variant<IkeSaKeyed, IkeSaEstablished, IkeSaClosed, ChildSaEstablished, ChildSaClosed, RequestRefused,
                           RequestAnswered, Retransmitted, RequestTimedOut, ResponseRepeated, Discarded, PeerFault,
                           RequestRepeatedWith, NatDetected, ExtensionUsed, MessageReassembled, FragmentSizeReduced,
                           IkeSaMoved, ChildSaMoved, PeerAddresses, PathTested, EspDiscarded, ChildSaSpent,
                           EspPeerMoved, TrafficMeasured, TrafficAnswered, IkeSaRekeyed>;

/// "IKE SA established with ID_FQDN dut.test": one line for logs and reports.
std::string text(const Event&);
/// The event's name as it stands in trace.jsonl, e.g. "ike-sa-established".
std::string_view name(const Event&);
std::string_view name(CloseReason);

}  // namespace ikevet::trace
