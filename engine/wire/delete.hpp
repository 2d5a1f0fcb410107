// Delete payload, RFC 7296 §3.11.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/ids.hpp"
#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

/// Delete payload, D.  RFC 7296 §3.11.
struct Delete {
  static constexpr PayloadType kType = PayloadType::Delete;

  ProtocolId protocol{};
  std::uint8_t spi_size{};                   ///< 0 for the IKE SA, 4 for AH and ESP
  std::optional<std::uint16_t> spi_count{};  ///< override of "Num of SPIs"; empty: as many as `spis` holds
  Bytes spis{};

  /// Deletes the IKE SA that the message travels in.
  static Delete ike_sa() { return {ProtocolId::IKE, 0, std::nullopt, {}}; }
  /// Deletes Child SAs, named by the SPIs the sender would expect in its inbound packets.
  static Delete child_sas(ProtocolId protocol, std::span<const ChildSpi> spis);

  /// The SPIs one by one: views into `spis`; none when spi_size is 0.
  std::vector<BytesView> split() const;
  /// The SPIs as those of AH or ESP; empty unless spi_size is 4.
  std::vector<ChildSpi> child_spis() const;

  static Result<Delete> parse(Reader in);
  void serialise(Writer& out) const;
  friend bool operator==(const Delete&, const Delete&) = default;
};

}  // namespace ikevet::wire
