#include "engine/keys/auth_octets.hpp"

namespace ikevet::keys {
namespace {

Bytes signed_octets(const crypto::Prf& prf, BytesView real_message, BytesView nonce_of_peer, BytesView sk_p,
                    BytesView rest_of_id) {
  const SecretBytes maced_id = prf.compute(sk_p, {rest_of_id});
  return cat(real_message, nonce_of_peer, maced_id.view());
}

}  // namespace

Bytes initiator_signed_octets(const crypto::Prf& prf, BytesView real_message_1, BytesView nr, BytesView sk_pi,
                              BytesView idi) {
  return signed_octets(prf, real_message_1, nr, sk_pi, idi);
}

Bytes responder_signed_octets(const crypto::Prf& prf, BytesView real_message_2, BytesView ni, BytesView sk_pr,
                              BytesView idr) {
  return signed_octets(prf, real_message_2, ni, sk_pr, idr);
}

Bytes int_auth(const crypto::Prf& prf, BytesView sk_p, BytesView before, BytesView content) {
  return to_bytes(prf.compute(sk_p, {before, content}).view());
}

Bytes shared_key_auth(const crypto::Prf& prf, BytesView shared_secret, BytesView signed_octets) {
  // RFC 7296 §2.15: "Key Pad for IKEv2" is 17 ASCII characters without a terminator.
  const SecretBytes padded = prf.compute(shared_secret, {as_bytes("Key Pad for IKEv2")});
  return to_bytes(prf.compute(padded.view(), {signed_octets}).view());
}

}  // namespace ikevet::keys
