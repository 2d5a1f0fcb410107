#include "engine/wire/identification.hpp"

namespace ikevet::wire {

void Identification::read(Reader& in) {
  id_type = in.u8<IdType>("ID Type");
  for (std::uint8_t& octet : reserved) octet = in.u8("RESERVED");
  data = in.rest();
}

void Identification::serialise(Writer& out) const { out.u8(id_type).bytes(reserved).bytes(data); }

Result<IDi> IDi::parse(Reader in) {
  IDi id;
  id.read(in);
  return in.finish(std::move(id));
}

Result<IDr> IDr::parse(Reader in) {
  IDr id;
  id.read(in);
  return in.finish(std::move(id));
}

}  // namespace ikevet::wire
