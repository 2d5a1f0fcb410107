#include "engine/base/datagram.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace ikevet {

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> octets) {
  IpAddress a;
  std::ranges::copy(octets, a.octets_.begin());
  return a;
}

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& octets) {
  IpAddress a;
  a.v6_ = true;
  a.octets_ = octets;
  return a;
}

std::optional<IpAddress> IpAddress::from_octets(BytesView octets) {
  if (octets.size() != 4 && octets.size() != 16) return std::nullopt;
  IpAddress a;
  a.v6_ = octets.size() == 16;
  std::ranges::copy(octets, a.octets_.begin());
  return a;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  IpAddress a;
  if (inet_pton(AF_INET, terminated.c_str(), a.octets_.data()) == 1) return a;
  if (inet_pton(AF_INET6, terminated.c_str(), a.octets_.data()) == 1) {
    a.v6_ = true;
    return a;
  }
  return std::nullopt;
}

bool IpAddress::is_unspecified() const {
  return std::ranges::all_of(octets(), [](std::uint8_t octet) { return octet == 0; });
}

std::string IpAddress::text() const {
  if (!v6_)
    return std::to_string(octets_[0]) + '.' + std::to_string(octets_[1]) + '.' + std::to_string(octets_[2]) + '.' +
           std::to_string(octets_[3]);
  char buffer[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, octets_.data(), buffer, sizeof buffer);
  return buffer;
}

std::string Endpoint::text() const {
  return (address.is_v6() ? "[" + address.text() + "]" : address.text()) + ":" + std::to_string(port);
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  Endpoint out;
  const auto address = IpAddress::parse(host);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (!address || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  out.address = *address;
  return out;
}

}  // namespace ikevet
