// Addresses, endpoints and the UDP datagram.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"

namespace ikevet {

/// An IPv4 or IPv6 address, without a zone.
class IpAddress {
 public:
  IpAddress() = default;  ///< 0.0.0.0
  static IpAddress v4(std::array<std::uint8_t, 4> octets);
  static IpAddress v6(const std::array<std::uint8_t, 16>& octets);
  /// From 4 or 16 octets in network order; empty otherwise.
  static std::optional<IpAddress> from_octets(BytesView octets);
  /// From "192.0.2.1" or "2001:db8::1"; empty when it is neither.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_v4() const { return !v6_; }
  bool is_v6() const { return v6_; }
  bool is_unspecified() const;
  /// 4 or 16 octets in network order.
  BytesView octets() const { return {octets_.data(), v6_ ? std::size_t{16} : std::size_t{4}}; }
  std::string text() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  bool v6_{};
  std::array<std::uint8_t, 16> octets_{};
};

struct Endpoint {
  IpAddress address;
  std::uint16_t port{};
  /// "192.0.2.1:500" or "[2001:db8::1]:4500".
  std::string text() const;
  /// The inverse of text().
  static std::optional<Endpoint> parse(std::string_view text);
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// One UDP datagram. `payload` is what the UDP header is followed by: on port 4500 the non-ESP marker is part of it
/// (RFC 7296 §3.1, RFC 3948 §2.2).
struct Datagram {
  Endpoint source;
  Endpoint destination;
  Bytes payload;
  friend bool operator==(const Datagram&, const Datagram&) = default;
};

inline constexpr std::uint16_t kIkePort = 500;       ///< RFC 7296 §2
inline constexpr std::uint16_t kNatTPort = 4500;     ///< RFC 7296 §2.23
inline constexpr std::size_t kNonEspMarkerSize = 4;  ///< RFC 3948 §2.2: four zero octets before IKE on port 4500

}  // namespace ikevet
