#include "engine/base/datagram.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;

TEST_CASE("address: text and octets", "[base][datagram]") {
  const auto v4 = IpAddress::parse("192.0.2.1");
  REQUIRE(v4);
  CHECK(v4->is_v4());
  CHECK(to_hex(v4->octets()) == "c0000201");
  CHECK(*v4 == IpAddress::v4({192, 0, 2, 1}));
  const auto v6 = IpAddress::parse("2001:DB8:0::1");
  REQUIRE(v6);
  CHECK(v6->is_v6());
  CHECK(v6->text() == "2001:db8::1");
  CHECK(v6->octets().size() == 16);
  CHECK(IpAddress::from_octets(v6->octets()) == v6);
  CHECK(IpAddress::from_octets(v4->octets()) == v4);
  CHECK_FALSE(IpAddress::from_octets(Bytes(5)));
  for (const char* bad : {"", "192.0.2", "192.0.2.256", "2001:db8::1::2", "host"}) CHECK_FALSE(IpAddress::parse(bad));
}

TEST_CASE("address: unspecified, and the families apart", "[base][datagram]") {
  CHECK(IpAddress().is_unspecified());
  CHECK(IpAddress::parse("::")->is_unspecified());
  CHECK_FALSE(IpAddress::parse("::1")->is_unspecified());
  CHECK(IpAddress() != *IpAddress::parse("::"));
}

TEST_CASE("endpoint: text there and back", "[base][datagram]") {
  for (const char* text : {"192.0.2.1:500", "[2001:db8::1]:4500", "0.0.0.0:0", "[::]:65535"}) {
    const auto endpoint = Endpoint::parse(text);
    REQUIRE(endpoint);
    CHECK(endpoint->text() == text);
  }
  CHECK(Endpoint::parse("[2001:db8::1]:4500")->port == 4500);
  for (const char* bad : {"", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:5x", "[2001:db8::1]", ":500"})
    CHECK_FALSE(Endpoint::parse(bad));
}
