#include "engine/keys/auth_octets.hpp"

#include <catch2/catch.hpp>

#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::keys;
using ikevet::test::hex;

TEST_CASE("InitiatorSignedOctets = RealMessage1 | NonceRData | MACedIDForI", "[keys][rfc7296-2.15]") {
  const crypto::Prf prf = *crypto::Prf::find(wire::PrfId::PRF_HMAC_SHA2_256);
  const Bytes message = hex("0102030405");
  const Bytes nonce = hex("a0a1a2a3");
  const Bytes sk_p(32, 0x77);
  const Bytes id = cat(hex("02000000"), as_bytes("a.test"));  // ID_FQDN, RESERVED, data

  const Bytes octets = initiator_signed_octets(prf, message, nonce, sk_p, id);
  CHECK(octets == cat(message, nonce, prf.compute(sk_p, {id}).view()));
  CHECK(octets.size() == 5 + 4 + 32);
  CHECK(responder_signed_octets(prf, message, nonce, sk_p, id) == octets);
}

TEST_CASE("AUTH with a shared key: every input counts, and the key pad has no terminator", "[keys][rfc7296-2.15]") {
  const crypto::Prf prf = *crypto::Prf::find(wire::PrfId::PRF_HMAC_SHA2_256);
  const Bytes octets = hex("00112233");
  const BytesView psk = as_bytes("interop test psk");
  const Bytes auth = shared_key_auth(prf, psk, octets);
  const SecretBytes padded = prf.compute(psk, {hex("4b65792050616420666f7220494b457632")});
  CHECK(equal(auth, prf.compute(padded.view(), {octets}).view()));
  CHECK(auth != shared_key_auth(prf, as_bytes("interop test psK"), octets));
  CHECK(auth != shared_key_auth(prf, psk, hex("00112234")));
}
