// Expanded Types, RFC 3748 §5.7: 32 bits of type below a vendor, of which vendor 0 is the IETF.
#pragma once

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/wire/eap.hpp"

namespace ikevet::eap {

struct Expanded {
  std::uint32_t vendor{};
  std::uint32_t type{};
  Bytes data;

  /// From the Type-Data of a packet of type 254.
  static Result<Expanded> parse(BytesView type_data) {
    Reader in(type_data);
    Expanded out;
    out.vendor = static_cast<std::uint32_t>(in.u8("Vendor-Id")) << 16;
    out.vendor |= in.u16("Vendor-Id");
    out.type = in.u32("Vendor-Type");
    out.data = in.rest();
    return in.finish(std::move(out));
  }
  Bytes octets() const { return Writer().u8(vendor >> 16).u16(vendor & 0xffff).u32(type).bytes(data).take(); }
  /// Of the IETF, and small enough to be a legacy type.
  bool is_legacy() const { return vendor == 0 && type < 254; }
};

}  // namespace ikevet::eap
