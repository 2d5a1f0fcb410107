// What the AUTH payload signs, and AUTH made with a shared key.  RFC 7296 §2.15.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/crypto/prf.hpp"

namespace ikevet::keys {

/// InitiatorSignedOctets = RealMessage1 | NonceRData | prf(SK_pi, RestOfInitIDPayload).
/// `real_message_1`: the first IKE_SA_INIT request that was answered with more than a demand (that is, the last one
/// sent), from the first octet of the IKE header on, without the non-ESP marker. `nr`: the responder's nonce without
/// payload header. `idi`: the IDi payload without its generic header: ID Type | RESERVED | Identification Data.
Bytes initiator_signed_octets(const crypto::Prf& prf, BytesView real_message_1, BytesView nr, BytesView sk_pi,
                              BytesView idi);

/// ResponderSignedOctets = RealMessage2 | NonceIData | prf(SK_pr, RestOfRespIDPayload).
Bytes responder_signed_octets(const crypto::Prf& prf, BytesView real_message_2, BytesView ni, BytesView sk_pr,
                              BytesView idr);

/// The n-th IntAuth_[i/r] of one side, RFC 9242 §3.3.2: prf(SK_p, IntAuth of the exchange before | A | P).
/// `before` is empty for the first. `content` is A | P: the message from the IKE header on, with its inner payloads in
/// plaintext where the Encrypted payload's content stands, and lengths that say so. `sk_p` is the side's SK_pi or SK_pr
/// of the same generation as the keys that protect the message.
Bytes int_auth(const crypto::Prf& prf, BytesView sk_p, BytesView before, BytesView content);

/// AUTH = prf(prf(Shared Secret, "Key Pad for IKEv2"), <SignedOctets>). Compare with equal_constant_time().
/// The shared secret is a PSK, or the MSK of a key-generating EAP method (§2.16); SK_pi or SK_pr for other EAP methods.
Bytes shared_key_auth(const crypto::Prf& prf, BytesView shared_secret, BytesView signed_octets);

}  // namespace ikevet::keys
