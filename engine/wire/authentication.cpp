#include "engine/wire/authentication.hpp"

namespace ikevet::wire {

Result<Authentication> Authentication::parse(Reader in) {
  Authentication auth;
  auth.method = in.u8<AuthMethod>("Auth Method");
  for (std::uint8_t& octet : auth.reserved) octet = in.u8("RESERVED");
  auth.data = in.rest();
  return in.finish(std::move(auth));
}

void Authentication::serialise(Writer& out) const { out.u8(method).bytes(reserved).bytes(data); }

}  // namespace ikevet::wire
