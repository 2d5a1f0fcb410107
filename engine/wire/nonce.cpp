#include "engine/wire/nonce.hpp"

namespace ikevet::wire {

Result<Nonce> Nonce::parse(Reader in) {
  Nonce nonce;
  nonce.data = in.rest();
  return in.finish(std::move(nonce));
}

void Nonce::serialise(Writer& out) const { out.bytes(data); }

}  // namespace ikevet::wire
