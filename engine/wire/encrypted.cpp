#include "engine/wire/encrypted.hpp"

namespace ikevet::wire {

Result<Encrypted> Encrypted::parse(Reader in) {
  Encrypted sk;
  sk.body = in.rest();
  return in.finish(std::move(sk));
}

void Encrypted::serialise(Writer& out) const { out.bytes(body); }

Result<EncryptedFragment> EncryptedFragment::parse(Reader in) {
  EncryptedFragment skf;
  skf.fragment_number = in.u16("Fragment Number");
  skf.total_fragments = in.u16("Total Fragments");
  skf.body = in.rest();
  return in.finish(std::move(skf));
}

void EncryptedFragment::serialise(Writer& out) const { out.u16(fragment_number).u16(total_fragments).bytes(body); }

}  // namespace ikevet::wire
