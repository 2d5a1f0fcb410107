#include "engine/sa/identity.hpp"

#include <algorithm>

#include "engine/base/datagram.hpp"

namespace ikevet::sa {

Identity Identity::fqdn(std::string_view name) { return {wire::IdType::ID_FQDN, to_bytes(as_bytes(name))}; }

std::string Identity::text() const {
  const std::string kind = wire::name_or_number(type) + " ";
  if (type == wire::IdType::ID_IPV4_ADDR || type == wire::IdType::ID_IPV6_ADDR)
    if (const auto address = IpAddress::from_octets(data)) return kind + address->text();
  // A peer's octets never reach a terminal or a report unless they are plain text.
  const bool printable = std::ranges::all_of(data, [](std::uint8_t c) { return c >= 0x20 && c < 0x7f; });
  return kind + (printable ? std::string(data.begin(), data.end()) : to_hex(data));
}

}  // namespace ikevet::sa
