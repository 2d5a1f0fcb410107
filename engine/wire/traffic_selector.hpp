// Traffic Selector payloads, RFC 7296 §3.13.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/datagram.hpp"
#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

/// Traffic Selector, RFC 7296 §3.13.1. The two address range types use the ports and addresses; any other type keeps
/// the octets behind "Selector Length" in `opaque`. "Selector Length" is computed.
struct TrafficSelector {
  TsType ts_type{};
  std::uint8_t ip_protocol{};  ///< 0: any
  std::uint16_t start_port{};
  std::uint16_t end_port = 65535;
  Bytes start_address{};  ///< 4 or 16 octets
  Bytes end_address{};
  Bytes opaque{};

  /// The selector from `start` to `end`, both of one family.
  static TrafficSelector range(const IpAddress& start, const IpAddress& end, std::uint8_t ip_protocol = 0,
                               std::uint16_t start_port = 0, std::uint16_t end_port = 65535);
  /// The selector for a prefix, e.g. 10.1.0.0/16. `prefix_length` is cut to the width of the address.
  static TrafficSelector prefix(const IpAddress& address, unsigned prefix_length, std::uint8_t ip_protocol = 0,
                                std::uint16_t start_port = 0, std::uint16_t end_port = 65535);

  bool is_address_range() const {
    return ts_type == TsType::TS_IPV4_ADDR_RANGE || ts_type == TsType::TS_IPV6_ADDR_RANGE;
  }
  /// Ports 65535 to 0: "OPAQUE" of RFC 4301 §4.4.1.1 as §3.13.1 writes it.
  bool has_opaque_ports() const { return start_port == 65535 && end_port == 0; }
  /// The addresses; empty when they have not the length of the type.
  std::optional<IpAddress> start() const;
  std::optional<IpAddress> end() const;
  /// "10.1.0.0-10.1.255.255", "10.1.0.1 protocol 6 ports 80-80", "TS type 9, 12 octets".
  std::string text() const;

  friend bool operator==(const TrafficSelector&, const TrafficSelector&) = default;
};

/// What TSi and TSr have in common.
struct TrafficSelectors {
  std::optional<std::uint8_t> count{};  ///< override of "Number of TSs"
  std::array<std::uint8_t, 3> reserved{};
  std::vector<TrafficSelector> selectors{};

  void serialise(Writer& out) const;
  friend bool operator==(const TrafficSelectors&, const TrafficSelectors&) = default;

 protected:
  void read(Reader& in);
};

/// Traffic Selector - Initiator payload.  RFC 7296 §3.13.
struct TSi : TrafficSelectors {
  static constexpr PayloadType kType = PayloadType::TSi;
  static Result<TSi> parse(Reader in);
  friend bool operator==(const TSi&, const TSi&) = default;
};

/// Traffic Selector - Responder payload.  RFC 7296 §3.13.
struct TSr : TrafficSelectors {
  static constexpr PayloadType kType = PayloadType::TSr;
  static Result<TSr> parse(Reader in);
  friend bool operator==(const TSr&, const TSr&) = default;
};

}  // namespace ikevet::wire
