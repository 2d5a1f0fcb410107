// One strong type for each identifier of RFC 7296 that is "just a number".
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace ikevet {

/// IKE SPI, RFC 7296 §3.1: eight octets, zero only as the responder's in a first message.
struct IkeSpi {
  std::uint64_t value{};
  bool is_zero() const { return value == 0; }
  friend auto operator<=>(const IkeSpi&, const IkeSpi&) = default;
};

/// The pair that names an IKE SA. `i` is the original initiator's, whoever sends.
struct IkeSpis {
  IkeSpi i;
  IkeSpi r;
  friend auto operator<=>(const IkeSpis&, const IkeSpis&) = default;
};

/// SPI of one direction of a Child SA (ESP or AH): four octets, chosen by the side that receives under it.
struct ChildSpi {
  std::uint32_t value{};
  friend auto operator<=>(const ChildSpi&, const ChildSpi&) = default;
};

/// Message ID, RFC 7296 §2.2.
struct MessageId {
  std::uint32_t value{};
  MessageId next() const { return {value + 1}; }
  friend auto operator<=>(const MessageId&, const MessageId&) = default;
};

}  // namespace ikevet

template <>
struct std::hash<ikevet::IkeSpi> {
  std::size_t operator()(const ikevet::IkeSpi& spi) const noexcept { return std::hash<std::uint64_t>{}(spi.value); }
};
template <>
struct std::hash<ikevet::IkeSpis> {
  std::size_t operator()(const ikevet::IkeSpis& s) const noexcept {
    return std::hash<std::uint64_t>{}(s.i.value * 0x9e3779b97f4a7c15U ^ s.r.value);
  }
};
template <>
struct std::hash<ikevet::ChildSpi> {
  std::size_t operator()(const ikevet::ChildSpi& spi) const noexcept { return std::hash<std::uint32_t>{}(spi.value); }
};
