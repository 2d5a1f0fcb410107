// What a scenario or a target may set for an engine beyond addresses, identities and proposals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/format/auth_overrides.hpp"
#include "scenarios/format/extension_overrides.hpp"
#include "scenarios/format/path_overrides.hpp"

namespace ikevet::scenarios {

/// Overrides of an engine's settings: of a scenario (`config`), and of a target for either end (`harness.config`,
/// `dut.config`), whose values a scenario's replace. JSON member names are the same. `local` is the end that is
/// configured, `remote` its peer.
struct ConfigOverrides {
  std::optional<std::vector<std::string>> ike_proposals;    ///< "aes256gcm16-prfsha256-x25519", one string a proposal
  std::optional<std::vector<std::string>> child_proposals;  ///< "aes256-sha256-ecp256" or "aes256gcm16"
  std::optional<std::string> psk;
  std::optional<bool> demand_cookie;                 ///< as responder it asks for a cookie
  std::optional<std::string> ke_group;               ///< group of the first KE payload, to provoke INVALID_KE_PAYLOAD
  std::optional<std::uint64_t> nonce_size;           ///< octets of its nonces
  std::optional<std::vector<std::string>> local_ts;  ///< "10.1.0.0/24"
  std::optional<std::vector<std::string>> remote_ts;
  std::optional<std::string> local_id;
  AuthOverrides auth;
  ChildOverrides child;
  ConfigurationOverrides configuration;
  ExtensionOverrides extensions;
  FragmentationOverrides fragmentation;
  NatOverrides nat;
  MobikeOverrides mobike;
  LifetimeOverrides lifetimes;
  friend bool operator==(const ConfigOverrides&, const ConfigOverrides&) = default;
};

}  // namespace ikevet::scenarios
