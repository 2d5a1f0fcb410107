// Who a side says it is.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"
#include "engine/wire/identification.hpp"

namespace ikevet::sa {

/// An identity as IDi and IDr carry it, RFC 7296 §3.5.
struct Identity {
  wire::IdType type{};
  Bytes data;

  static Identity fqdn(std::string_view name);
  /// ID_NULL, RFC 7619 §2.2: nobody in particular.
  static Identity none() { return {wire::IdType::ID_NULL, {}}; }
  std::string text() const;  ///< "ID_FQDN dut.test"
  friend bool operator==(const Identity&, const Identity&) = default;
};

}  // namespace ikevet::sa
