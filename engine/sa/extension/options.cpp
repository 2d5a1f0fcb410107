#include "engine/sa/extension/options.hpp"

namespace ikevet::sa {

GatewayIdentity GatewayIdentity::of(const IpAddress& address) {
  return {address.is_v4() ? wire::GatewayIdType::IPV4 : wire::GatewayIdType::IPV6, to_bytes(address.octets())};
}

GatewayIdentity GatewayIdentity::of(std::string_view fqdn) {
  return {wire::GatewayIdType::FQDN, to_bytes(as_bytes(fqdn))};
}

std::string GatewayIdentity::text() const {
  if (type == wire::GatewayIdType::FQDN) return {data.begin(), data.end()};
  const auto address = IpAddress::from_octets(data);
  return address ? address->text() : "gateway identity of type " + wire::name_or_number(type) + ", " + to_hex(data);
}

}  // namespace ikevet::sa
