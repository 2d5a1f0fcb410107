// Vendor ID payload, RFC 7296 §3.12.
#pragma once

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

/// Vendor ID payload, V.  RFC 7296 §3.12.
struct VendorId {
  static constexpr PayloadType kType = PayloadType::VendorId;

  Bytes data{};

  static Result<VendorId> parse(Reader in);
  void serialise(Writer& out) const;
  friend bool operator==(const VendorId&, const VendorId&) = default;
};

}  // namespace ikevet::wire
