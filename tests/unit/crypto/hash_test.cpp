// Vectors: FIPS 180-2 Appendix A to D ("abc"), RFC 1321 Appendix A.5 ("abc").
#include "engine/crypto/hash.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;

TEST_CASE("hash functions: abc", "[crypto]") {
  const BytesView abc = as_bytes("abc");
  CHECK(to_hex(crypto::md5({abc})) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(to_hex(crypto::sha1(abc)) == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(to_hex(crypto::sha256(abc)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(crypto::sha384({abc})) ==
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
  CHECK(to_hex(crypto::sha512({abc})) ==
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST_CASE("hash functions: parts are hashed as one string, and one call leaves nothing to the next", "[crypto]") {
  const Bytes whole = crypto::sha256(as_bytes("abc"));
  CHECK(crypto::sha256({as_bytes("a"), {}, as_bytes("bc")}) == whole);
  CHECK(crypto::sha256(as_bytes("abc")) == whole);
}
