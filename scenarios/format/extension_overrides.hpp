// What a scenario or a target may set for Child SAs, the configuration payload and the small extensions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.hpp"

namespace ikevet::scenarios {

/// Member `child` of a `config`.
struct ChildOverrides {
  std::optional<bool> transport_mode;
  std::optional<bool> require_transport_mode;
  std::optional<bool> single_pair;  ///< as responder: SINGLE_PAIR_REQUIRED
  std::optional<bool> refuse_tfc_padding;
  std::optional<std::uint64_t> tfc_multiple;  ///< ESP is padded to multiples of this: the data plane of the harness
  std::optional<bool> non_first_fragments;
  std::optional<std::vector<std::string>> ipcomp;          ///< "deflate", "lzs", "lzjh"
  std::optional<std::vector<std::string>> trigger_packet;  ///< our selector and the peer's: "10.1.0.5", "10.2.0.9"
  friend bool operator==(const ChildOverrides&, const ChildOverrides&) = default;
};

/// Member `configuration`.
struct ConfigurationOverrides {
  std::optional<std::vector<std::string>> request;  ///< "INTERNAL_IP4_ADDRESS", "INTERNAL_IP4_ADDRESS 10.3.0.7"
  std::optional<std::vector<std::string>> pool;     ///< "10.3.0.1-10.3.0.99"
  std::optional<std::vector<std::string>> reply;  ///< "INTERNAL_IP4_DNS 10.2.0.53", "INTERNAL_DNS_DOMAIN example.test"
  std::optional<bool> required;
  friend bool operator==(const ConfigurationOverrides&, const ConfigurationOverrides&) = default;
};

/// Member `lifetimes`, RFC 7296 §2.8.
struct LifetimeOverrides {
  std::optional<Duration> ike_rekey;
  std::optional<Duration> ike_end;
  std::optional<Duration> child_rekey;
  std::optional<Duration> child_end;
  std::optional<std::uint64_t> ike_messages;    ///< after so many the IKE SA is rekeyed
  std::optional<std::uint64_t> child_sa_limit;  ///< beyond it NO_ADDITIONAL_SAS; 0: no CREATE_CHILD_SA at all
  friend bool operator==(const LifetimeOverrides&, const LifetimeOverrides&) = default;
};

/// Member `extensions`.
struct ExtensionOverrides {
  std::optional<std::string> childless;  ///< "never", "allow", "prefer", "force"
  std::optional<bool> redirect_follow;
  std::optional<std::string> redirect_to;  ///< an address or a name
  std::optional<std::string> redirect_in;  ///< "IKE_SA_INIT" or "IKE_AUTH"
  std::optional<bool> resumption_request;
  std::optional<bool> resumption_issue;
  std::optional<bool> crash_detection_take;
  std::optional<std::string> crash_detection_secret;
  std::optional<bool> message_id_sync;
  std::optional<std::uint64_t> puzzle_in_init;  ///< zero bits; with `demand_cookie`
  std::optional<std::uint64_t> puzzle_in_auth;
  std::optional<bool> puzzle_solve;
  std::optional<std::uint64_t> window_size;      ///< SET_WINDOW_SIZE, RFC 7296 §2.3
  std::optional<std::uint64_t> invalid_ike_spi;  ///< how many of them may be sent in a second, RFC 7296 §2.21.4
  friend bool operator==(const ExtensionOverrides&, const ExtensionOverrides&) = default;
};

}  // namespace ikevet::scenarios
