// What an engine is told about the configuration payload, RFC 7296 §2.19 and §3.15.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/datagram.hpp"
#include "engine/wire/configuration.hpp"

namespace ikevet::sa {

/// Addresses from `first` to `last`, both of one family.
struct AddressRange {
  IpAddress first;
  IpAddress last;
};

struct ConfigurationOptions {
  /// As initiator: the attributes of CFG_REQUEST in IKE_AUTH, as a rule without values. Empty: no CP payload.
  std::vector<wire::ConfigurationAttribute> request;

  /// As responder: what INTERNAL_IP4_ADDRESS and INTERNAL_IP6_ADDRESS are given from, one address to an IKE SA for each
  /// one asked for.
  std::vector<AddressRange> pool;
  std::uint8_t ip6_prefix_length = 128;  ///< of an INTERNAL_IP6_ADDRESS given out
  /// As responder: the other attributes that can be had, in this order. An INTERNAL_DNSSEC_TA stands behind the
  /// INTERNAL_DNS_DOMAIN it belongs to (RFC 8598 §3.2).
  std::vector<wire::ConfigurationAttribute> reply;
  bool required{};  ///< a Child SA without CFG_REQUEST is refused with FAILED_CP_REQUIRED

  bool serves() const { return !pool.empty() || !reply.empty(); }
};

}  // namespace ikevet::sa
