// What an engine is told once: who it is, what it offers, how it waits.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/clock.hpp"
#include "engine/sa/child_options.hpp"
#include "engine/sa/configuration_options.hpp"
#include "engine/sa/credentials.hpp"
#include "engine/sa/extension/options.hpp"
#include "engine/sa/identity.hpp"
#include "engine/sa/intermediate.hpp"
#include "engine/sa/path_config.hpp"
#include "engine/sa/rekey_options.hpp"
#include "engine/sa/window_options.hpp"
#include "engine/wire/security_association.hpp"
#include "engine/wire/traffic_selector.hpp"

namespace ikevet::sa {

/// When an unanswered request goes out again, RFC 7296 §2.1 and §2.4.
struct Retransmission {
  Duration first = std::chrono::seconds(1);  ///< wait before the first repetition
  double factor = 2.0;                       ///< each further wait is longer by this factor
  Duration longest = std::chrono::seconds(16);
  int attempts = 5;  ///< repetitions before the peer is given up
};

struct Config {
  Identity local_id;
  std::optional<Identity> remote_id;  ///< expected of the peer, and sent as IDr; empty: any identity
  SecretBytes psk;                    ///< for peers without an entry of their own in credentials.shared_secrets
  Credentials credentials;            ///< how the sides prove who they are; as it stands: both with the pre-shared key

  /// As offered and, as responder, in our order of preference. SPIs and proposal numbers are filled in by the engine.
  std::vector<wire::Proposal> ike_proposals;
  std::vector<wire::Proposal> child_proposals;

  /// Group of the first KE payload as initiator; empty: the first one of the first proposal. A group that the responder
  /// does not choose makes it answer INVALID_KE_PAYLOAD, RFC 7296 §1.2.
  std::optional<wire::DhGroup> first_ke_group;

  std::vector<wire::TrafficSelector> local_ts;
  std::vector<wire::TrafficSelector> remote_ts;
  bool transport_mode = false;
  ChildOptions child;
  ConfigurationOptions configuration;
  Extensions extensions;

  IntermediateOptions intermediate;  ///< RFC 9242
  RekeyOptions rekey;
  WindowOptions window;
  StrayOptions strays;

  std::uint16_t ike_port = 500;
  /// Datagrams from and to this local port carry the non-ESP marker, RFC 7296 §2.23 and §3.1.
  std::uint16_t nat_t_port = 4500;
  std::uint16_t peer_nat_t_port = 4500;

  Retransmission retransmission;
  std::optional<Duration> liveness_after;  ///< silence after which the peer is asked, §2.4; empty: never
  Duration half_open_lifetime = std::chrono::seconds(30);
  std::size_t half_open_limit = 10'000;         ///< further IKE_SA_INIT requests are dropped
  std::optional<std::size_t> cookie_threshold;  ///< half-open IKE SAs from which a cookie is asked, §2.6; 0: always
  bool announce_initial_contact = true;         ///< §2.4
  std::vector<Bytes> vendor_ids;                ///< §3.12
  /// Octets of our nonces, 16 to 256 (§3.9). §2.10 wants half the key size of the prf: 32 do for all of ours.
  std::size_t nonce_size = 32;

  Fragmentation fragmentation;
  NatTraversal nat;
  Mobike mobike;
};

}  // namespace ikevet::sa
