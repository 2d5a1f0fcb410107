#include "engine/sa/extension/puzzle.hpp"

#include <catch2/catch.hpp>

#include "engine/crypto/prf.hpp"

using namespace ikevet;
using namespace ikevet::sa;
using wire::PrfId;

namespace {

/// RFC 8019 §4.4, example 1.
const Bytes kCookie = *from_hex("739ae7492d8a810cf5e8dc0f9626c9dda773c5a3");

}  // namespace

TEST_CASE("PUZZLE: prf and difficulty", "[sa][rfc8019-8.1]") {
  CHECK(to_hex(puzzle_data({PrfId::PRF_HMAC_SHA2_256, 18})) == "000512");
  CHECK(read_puzzle(*from_hex("000512"))->difficulty == 18);
  CHECK(read_puzzle(*from_hex("0005")).error().field == "Difficulty");
  CHECK_FALSE(read_puzzle(*from_hex("00051200")));
}

TEST_CASE("Zero bits are counted from the end", "[sa][rfc8019-7.1.3]") {
  CHECK(trailing_zero_bits(*from_hex("ff01")) == 0);
  CHECK(trailing_zero_bits(*from_hex("0180")) == 7);
  CHECK(trailing_zero_bits(*from_hex("0100")) == 8);
  CHECK(trailing_zero_bits(*from_hex("800000")) == 23);
  CHECK(trailing_zero_bits(Bytes(4)) == 32);
}

// Keys found with Python's hmac module. Those printed in RFC 8019 §4.4 are no solutions: HMAC-SHA-256 of that cookie
// under 073324 ends in 6 zero bits, where Table 1 has 23.
TEST_CASE("Keys that another implementation has found", "[sa][rfc8019-7.1.3]") {
  const Puzzle puzzle{PrfId::PRF_HMAC_SHA2_256, 12};
  CHECK(solved_bits(puzzle, kCookie, *from_hex("000946 003422 00499b 007813")) == 12U);
  CHECK(solved_bits(puzzle, kCookie, *from_hex("007813 00499b 003422 000946")) == 12U);
}

TEST_CASE("The solver's keys hold, and others do not", "[sa][rfc8019-7.1.3]") {
  const PrfId prf = GENERATE(PrfId::PRF_HMAC_SHA2_256, PrfId::PRF_HMAC_SHA1, PrfId::PRF_AES128_CMAC);
  const Puzzle puzzle{prf, 6};
  const auto work = solve(puzzle, kCookie, 10'000);
  REQUIRE(work.keys);
  const auto bits = solved_bits(puzzle, kCookie, *work.keys);
  REQUIRE(bits);
  CHECK(*bits >= 6);
  const auto with_another_cookie = solved_bits(puzzle, Bytes(20, 1), *work.keys);
  CHECK(with_another_cookie.value_or(0) < 6);
  Bytes twice = to_bytes(BytesView(*work.keys).first(work.keys->size() / kPuzzleKeys));
  twice = cat(twice, twice, twice, twice);
  CHECK_FALSE(solved_bits(puzzle, kCookie, twice));  // four different keys
  CHECK_FALSE(solved_bits(puzzle, kCookie, BytesView(*work.keys).first(work.keys->size() - 1)));
  CHECK_FALSE(solved_bits(puzzle, kCookie, {}));
}

TEST_CASE("Keys have a size that the prf allows", "[sa][rfc8019-8.2]") {
  CHECK_FALSE(solved_bits({PrfId::PRF_AES128_CMAC, 0}, kCookie, Bytes{1, 2, 3, 4}));
  CHECK(solved_bits({PrfId::PRF_HMAC_SHA2_256, 0}, kCookie, Bytes{1, 2, 3, 4}));
  Bytes longer(4 * 33);
  for (std::size_t n = 0; n < 4; ++n) longer[n * 33] = static_cast<std::uint8_t>(n);
  CHECK_FALSE(solved_bits({PrfId::PRF_HMAC_SHA2_256, 0}, kCookie, longer));
}

TEST_CASE("A puzzle beyond one's patience is left alone", "[sa][rfc8019-9]") {
  const auto work = solve({PrfId::PRF_HMAC_SHA2_256, 40}, kCookie, 1000);
  CHECK_FALSE(work.keys);
  CHECK(work.tries == 0);
  CHECK_FALSE(solve({static_cast<PrfId>(999), 4}, kCookie, 1000).keys);
  // Difficulty 0: as much as we like.
  const auto own = solve({PrfId::PRF_HMAC_SHA2_256, 0}, kCookie, 100'000);
  REQUIRE(own.keys);
  CHECK(*solved_bits({PrfId::PRF_HMAC_SHA2_256, 0}, kCookie, *own.keys) >= kOwnDifficulty);
}
