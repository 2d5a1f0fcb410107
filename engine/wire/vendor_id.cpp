#include "engine/wire/vendor_id.hpp"

namespace ikevet::wire {

Result<VendorId> VendorId::parse(Reader in) {
  VendorId vendor_id;
  vendor_id.data = in.rest();
  return in.finish(std::move(vendor_id));
}

void VendorId::serialise(Writer& out) const { out.bytes(data); }

}  // namespace ikevet::wire
