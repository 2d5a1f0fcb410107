// Redirection to another gateway, RFC 5685: the data of its notifications, and whether one is followed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/sa/extension/options.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::sa {

/// REDIRECT, RFC 5685 §9.2.
struct Redirection {
  GatewayIdentity gateway;
  Bytes nonce;  ///< Ni, in an answer to IKE_SA_INIT alone
};
Bytes redirect_data(const GatewayIdentity& gateway, BytesView nonce = {});
Result<Redirection> read_redirect(BytesView data);
/// REDIRECTED_FROM, §9.3.
Bytes redirected_from_data(const IpAddress& gateway);

/// Did the client say that it can be redirected? §3: REDIRECTED_FROM says so too.
bool supports_redirect(const std::vector<wire::Payload>& sa_init_request);

/// How an IKE SA came to this gateway; begins anew when `period` has passed.
struct RedirectTrail {
  IpAddress from;  ///< the gateway that sent us on last
  int count{};
  Instant since;  ///< of the first redirection counted
};

/// What becomes of a redirection.
struct RedirectDecision {
  std::optional<IpAddress> to;  ///< empty: not followed
  RedirectTrail trail;
  std::string why_not;
};
/// @param from   the gateway that says so
/// @param trail  how we came to it; null for the first one
RedirectDecision decide_redirect(const Redirection& redirection, const RedirectOptions& options, const IpAddress& from,
                                 const RedirectTrail* trail, Instant now);

}  // namespace ikevet::sa
