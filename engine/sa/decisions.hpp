// The points at which an engine judges its peer. The defaults do as the RFC says; a peer that is to judge wrongly is
// given an object that answers otherwise, so that no such case stands in the engine.
#pragma once

#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/datagram.hpp"
#include "engine/base/ids.hpp"
#include "engine/wire/traffic_selector.hpp"

namespace ikevet::sa {

class Decisions {
 public:
  virtual ~Decisions() = default;

  /// Does the peer's AUTH payload prove its identity?  RFC 7296 §2.15.
  virtual bool accept_auth(bool verified) { return verified; }
  /// Is an IKE_SA_INIT request without a valid cookie to be answered with N(COOKIE)?  §2.6.
  virtual bool demand_cookie(std::size_t half_open, std::optional<std::size_t> threshold) {
    return threshold && half_open >= *threshold;
  }
  virtual bool accept_cookie(bool valid) { return valid; }
  /// Is a request with this Message ID, for which `expected` was due, to be processed?  §2.2, §2.3.
  virtual bool accept_message_id(MessageId got, MessageId expected) { return got == expected; }
  /// The answer to the peer's Traffic Selectors, given the correct narrowing.  §2.9.
  virtual std::vector<wire::TrafficSelector> narrow(const std::vector<wire::TrafficSelector>& /*proposed*/,
                                                    std::vector<wire::TrafficSelector> narrowed) {
    return narrowed;
  }
  /// Is a message whose integrity check failed to be discarded?  §2.21, §3.14.
  virtual bool discard_bad_integrity() { return true; }
};

}  // namespace ikevet::sa
