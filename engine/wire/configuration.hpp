// Configuration payload, RFC 7296 §3.15.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

/// Configuration Attribute, RFC 7296 §3.15.1.
struct ConfigurationAttribute {
  bool reserved{};      ///< the R bit
  CfgAttribute type{};  ///< fifteen bits
  Bytes value{};

  friend bool operator==(const ConfigurationAttribute&, const ConfigurationAttribute&) = default;
};

/// Configuration payload, CP.  RFC 7296 §3.15.
struct Configuration {
  static constexpr PayloadType kType = PayloadType::CP;

  CfgType cfg_type{};
  std::array<std::uint8_t, 3> reserved{};
  std::vector<ConfigurationAttribute> attributes{};

  /// The first attribute of this type, or null.
  const ConfigurationAttribute* find(CfgAttribute type) const;

  static Result<Configuration> parse(Reader in);
  void serialise(Writer& out) const;
  friend bool operator==(const Configuration&, const Configuration&) = default;
};

}  // namespace ikevet::wire
