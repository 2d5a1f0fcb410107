#include "engine/sa/extension/redirect.hpp"

#include <algorithm>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"

namespace ikevet::sa {

using wire::GatewayIdType;
using wire::NotifyType;

namespace {

std::optional<IpAddress> address_of(const GatewayIdentity& gateway, const RedirectOptions& options) {
  if (gateway.type != GatewayIdType::FQDN) return IpAddress::from_octets(gateway.data);
  const auto host = std::ranges::find(options.hosts, gateway.text(), &std::pair<std::string, IpAddress>::first);
  return host == options.hosts.end() ? std::nullopt : std::optional(host->second);
}

}  // namespace

Bytes redirect_data(const GatewayIdentity& gateway, BytesView nonce) {
  return Writer().u8(gateway.type).u8(gateway.data.size()).bytes(gateway.data).bytes(nonce).take();
}

Result<Redirection> read_redirect(BytesView data) {
  Reader in(data);
  Redirection out;
  out.gateway.type = in.u8<GatewayIdType>("GW Ident Type");
  const std::size_t length = in.u8("GW Ident Len");
  out.gateway.data = in.bytes(length, "New Responder GW Identity");
  // RFC 5685 §9.2: 4, 16 or any number of octets but none.
  const std::size_t wanted = out.gateway.type == GatewayIdType::IPV4   ? 4
                             : out.gateway.type == GatewayIdType::IPV6 ? 16
                                                                       : std::max<std::size_t>(length, 1);
  if (in.ok() && length != wanted)
    in.fail_at("GW Ident Len", 1, std::to_string(length) + ", " + std::to_string(wanted) + " wanted");
  if (in.ok() && (out.gateway.type < GatewayIdType::IPV4 || out.gateway.type > GatewayIdType::FQDN))
    in.fail_at("GW Ident Type", 0, wire::name_or_number(out.gateway.type));
  out.nonce = in.rest();
  return in.finish(std::move(out));
}

Bytes redirected_from_data(const IpAddress& gateway) { return redirect_data(GatewayIdentity::of(gateway)); }

bool supports_redirect(const std::vector<wire::Payload>& sa_init_request) {
  return wire::find_notify(sa_init_request, NotifyType::REDIRECT_SUPPORTED) ||
         wire::find_notify(sa_init_request, NotifyType::REDIRECTED_FROM);
}

RedirectDecision decide_redirect(const Redirection& redirection, const RedirectOptions& options, const IpAddress& from,
                                 const RedirectTrail* trail, Instant now) {
  RedirectDecision out;
  out.trail = trail && now - trail->since < options.period ? *trail : RedirectTrail{from, 0, now};
  out.trail.from = from;
  if (!options.follow) {
    out.why_not = "redirection was not offered";
  } else if (++out.trail.count > options.limit) {
    // RFC 5685 §7: gateways that send a client round in circles.
    out.why_not = "redirected more than " + std::to_string(options.limit) + " times";
  } else if (const auto address = address_of(redirection.gateway, options); !address) {
    out.why_not = "the name " + redirection.gateway.text() + " is not known";
  } else if (address->is_v4() != from.is_v4()) {
    out.why_not = "our address is of another family than " + address->text();
  } else {
    out.to = address;
  }
  return out;
}

}  // namespace ikevet::sa
