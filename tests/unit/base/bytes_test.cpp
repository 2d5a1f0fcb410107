#include "engine/base/bytes.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace ikevet;

TEST_CASE("bytes: hexadecimal there and back", "[base][bytes]") {
  const Bytes octets{0x00, 0x7f, 0xff};
  CHECK(to_hex(octets) == "007fff");
  CHECK(from_hex("007fff") == octets);
  CHECK(from_hex("0x00 7F:ff\n") == octets);
  CHECK(from_hex("") == Bytes{});
  CHECK_FALSE(from_hex("0"));
  CHECK_FALSE(from_hex("0g"));
}

TEST_CASE("bytes: concatenation and comparison", "[base][bytes]") {
  const Bytes ni{1, 2};
  const std::vector<std::uint8_t> nr{3};
  CHECK(cat(ni, nr, Bytes{}) == Bytes{1, 2, 3});
  CHECK(cat() == Bytes{});
  CHECK(equal(ni, Bytes{1, 2}));
  CHECK_FALSE(equal(ni, nr));
  CHECK(equal(as_bytes("ab"), Bytes{'a', 'b'}));
}

TEST_CASE("bytes: copies of any size", "[base][bytes]") {
  for (const std::size_t size : {0U, 1U, 32U, 33U, 70000U}) {
    std::vector<std::uint8_t> from(size);
    for (std::size_t i = 0; i < size; ++i) from[i] = static_cast<std::uint8_t>(i);
    const Bytes copy = to_bytes(from);
    CHECK(equal(copy, from));
    Bytes twice = copy;
    append(twice, from);
    CHECK(twice.size() == 2 * size);
    CHECK(equal(BytesView(twice).subspan(size), from));
  }
}

TEST_CASE("bytes: constant-time comparison", "[base][bytes]") {
  CHECK(equal_constant_time(Bytes{1, 2, 3}, Bytes{1, 2, 3}));
  CHECK_FALSE(equal_constant_time(Bytes{1, 2, 3}, Bytes{1, 2, 4}));
  CHECK_FALSE(equal_constant_time(Bytes{1, 2, 3}, Bytes{1, 2}));
  CHECK(equal_constant_time({}, {}));
}

TEST_CASE("secret bytes: wiped when moved from and when cleared", "[base][bytes]") {
  SecretBytes secret(Bytes{1, 2, 3});
  CHECK(secret.reveal_hex() == "010203");
  SecretBytes moved = std::move(secret);
  CHECK(secret.empty());  // NOLINT(bugprone-use-after-move): that it is empty is the promise
  CHECK(moved == SecretBytes(Bytes{1, 2, 3}));
  const std::uint8_t* const inside = moved.view().data();
  moved.clear();
  CHECK(moved.empty());
  CHECK(inside[0] == 0);  // the inline storage is still there to look at
  CHECK_FALSE(SecretBytes(Bytes{1}) == SecretBytes(Bytes{2}));
}
