#include "engine/wire/key_exchange.hpp"

namespace ikevet::wire {

Result<KeyExchange> KeyExchange::parse(Reader in) {
  KeyExchange ke;
  ke.group = in.u16<DhGroup>("Diffie-Hellman Group Num");
  ke.reserved = in.u16("RESERVED");
  ke.data = in.rest();
  return in.finish(std::move(ke));
}

void KeyExchange::serialise(Writer& out) const { out.u16(group).u16(reserved).bytes(data); }

}  // namespace ikevet::wire
