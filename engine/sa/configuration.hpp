// The configuration payload, RFC 7296 §2.19, §2.20 and §3.15; split DNS, RFC 8598.
#pragma once

#include <string>
#include <vector>

#include "engine/sa/address_pool.hpp"
#include "engine/sa/child_sa.hpp"
#include "engine/wire/configuration.hpp"

namespace ikevet::sa {

/// Addresses of one family in one IKE SA at most: a peer cannot drain the pool alone.
inline constexpr std::size_t kMaxInternalAddresses = 4;

/// What an IKE SA got, as initiator, or gave, as responder. It goes with the IKE SA to its successor (§2.18), and
/// addresses are free again when the last one is gone.
struct AssignedConfiguration {
  std::vector<wire::ConfigurationAttribute> received;
  std::vector<AddressPool::Lease> given;

  /// The internal addresses: of ours where we are the initiator, of the peer's otherwise.
  std::vector<IpAddress> addresses() const;
  /// §2.19: internal addresses take the place of what the policy has for the side that holds them.
  ChildScope scope() const;
};

/// "INTERNAL_IP4_ADDRESS 10.3.0.1", for events.
std::string text(const wire::ConfigurationAttribute& attribute);
std::string text(const std::vector<wire::ConfigurationAttribute>& attributes);

/// The attributes that this engine knows, as SUPPORTED_ATTRIBUTES lists them.
std::vector<wire::CfgAttribute> supported_attributes();
/// Has the value a length that §3.15.1 (RFC 8598 §4) allows for its type? Types we do not know have any.
bool has_sound_length(const wire::ConfigurationAttribute& attribute);

/// CP(CFG_REQUEST) of the initiator; empty when nothing is to be asked for.
std::optional<wire::Payload> configuration_request(const ConfigurationOptions& options);

/// What CP(CFG_REPLY) says, as far as it was asked for and is sound. The rest is in `ignored`, with the reason.
struct ConfigurationReply {
  std::vector<wire::ConfigurationAttribute> attributes;
  std::vector<std::string> ignored;
};
ConfigurationReply read_configuration_reply(const wire::Configuration& reply, const wire::Configuration& request);

/// The answer to the peer's CP, be it in a request that makes a Child SA or in one of its own.
struct ConfigurationAnswer {
  std::optional<wire::Payload> cp;                ///< CFG_REPLY, or CFG_ACK that accepts nothing
  std::optional<wire::NotifyType> child_failure;  ///< INTERNAL_ADDRESS_FAILURE, FAILED_CP_REQUIRED
};
/// @param for_child_sa  new addresses are given only together with a Child SA, §2.19
ConfigurationAnswer answer_configuration(const std::vector<wire::Payload>& request, const ConfigurationOptions& options,
                                         AddressPool& pool, AssignedConfiguration& assigned, bool for_child_sa);

}  // namespace ikevet::sa
