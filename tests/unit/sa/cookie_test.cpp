#include "engine/sa/cookie.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;

TEST_CASE("A cookie is good for its initiator, nonce and SPI, and for a while", "[sa][rfc7296-2.6]") {
  SeededRandom random(1);
  sa::CookieJar jar(random);
  const Bytes ni(32, 7);
  const IpAddress who = *IpAddress::parse("192.0.2.1");
  const Instant start{};
  const Bytes cookie = jar.make(ni, who, {5}, start);
  CHECK(cookie.size() <= 64);
  CHECK(jar.valid(cookie, ni, who, {5}, start));
  CHECK_FALSE(jar.valid(cookie, ni, who, {6}, start));
  CHECK_FALSE(jar.valid(cookie, Bytes(32, 8), who, {5}, start));
  CHECK_FALSE(jar.valid(cookie, ni, *IpAddress::parse("192.0.2.9"), {5}, start));
  CHECK_FALSE(jar.valid({}, ni, who, {5}, start));
  Bytes altered = cookie;
  altered.back() ^= 1;
  CHECK_FALSE(jar.valid(altered, ni, who, {5}, start));

  // The secret changes: the cookie before is still good, the one before that is not.
  CHECK(jar.valid(cookie, ni, who, {5}, start + std::chrono::minutes(3)));
  CHECK_FALSE(jar.valid(cookie, ni, who, {5}, start + std::chrono::minutes(6)));
}
