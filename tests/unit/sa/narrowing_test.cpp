#include "engine/sa/narrowing.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;
using sa::intersect;
using sa::narrow;
using wire::TrafficSelector;

namespace {

TrafficSelector net(const char* address, unsigned bits, std::uint8_t protocol = 0, std::uint16_t from = 0,
                    std::uint16_t to = 65535) {
  return TrafficSelector::prefix(*IpAddress::parse(address), bits, protocol, from, to);
}

}  // namespace

TEST_CASE("Selectors intersect as sets of addresses, protocols and ports", "[sa][rfc7296-2.9]") {
  CHECK(intersect(net("10.0.0.0", 8), net("10.2.0.0", 16)) == net("10.2.0.0", 16));
  CHECK_FALSE(intersect(net("10.1.0.0", 16), net("10.2.0.0", 16)));
  CHECK_FALSE(intersect(net("10.0.0.0", 8), net("2001:db8::", 32)));
  CHECK(intersect(net("10.0.0.0", 8, 6), net("10.0.0.0", 8)) == net("10.0.0.0", 8, 6));
  CHECK_FALSE(intersect(net("10.0.0.0", 8, 6), net("10.0.0.0", 8, 17)));
  CHECK(intersect(net("10.0.0.0", 8, 6, 80, 100), net("10.0.0.0", 8, 6, 90, 200)) == net("10.0.0.0", 8, 6, 90, 100));
  CHECK_FALSE(intersect(net("10.0.0.0", 8, 6, 80, 80), net("10.0.0.0", 8, 6, 81, 81)));
}

TEST_CASE("OPAQUE ports are within ANY and nothing else", "[sa][rfc7296-3.13.1]") {
  const auto opaque = net("10.0.0.0", 8, 6, 65535, 0);
  CHECK(intersect(opaque, net("10.0.0.0", 8)) == opaque);
  CHECK(intersect(opaque, opaque) == opaque);
  CHECK_FALSE(intersect(opaque, net("10.0.0.0", 8, 6, 80, 80)));
}

TEST_CASE("The specific selector stays first", "[sa][rfc7296-2.9]") {
  const std::vector proposed{net("10.2.0.43", 32, 17, 53, 53), net("10.2.0.0", 16)};
  const auto out = narrow(proposed, std::vector{net("10.2.0.0", 24)});
  REQUIRE(out.size() == 2);
  CHECK(out[0] == proposed[0]);
  CHECK(out[1] == net("10.2.0.0", 24));
}

TEST_CASE("What is there already is not said twice", "[sa][rfc7296-2.9]") {
  const auto out = narrow(std::vector{net("10.2.0.0", 16), net("10.2.1.0", 24)}, std::vector{net("10.0.0.0", 8)});
  CHECK(out.size() == 1);
  CHECK(narrow(std::vector{net("10.2.0.0", 16)}, std::vector{net("10.3.0.0", 16)}).empty());
}

TEST_CASE("Type and code of ICMP are compared as ports", "[sa][rfc7296-3.13.1]") {
  constexpr std::uint8_t kIcmp = 1;
  const auto echo = net("10.0.0.0", 8, kIcmp, 0x0800, 0x08ff);  // type 8, any code
  CHECK(intersect(echo, net("10.0.0.0", 8, kIcmp, 0x0800, 0x0800)) == net("10.0.0.0", 8, kIcmp, 0x0800, 0x0800));
  CHECK_FALSE(intersect(echo, net("10.0.0.0", 8, kIcmp, 0x0300, 0x03ff)));
}

TEST_CASE("Coverage by several selectors together", "[sa][rfc7296-2.9]") {
  using sa::covered;
  const std::vector halves{net("10.2.0.0", 25), net("10.2.0.128", 25)};
  CHECK(covered(net("10.2.0.0", 24), halves));
  CHECK_FALSE(covered(net("10.2.0.0", 23), halves));
  const auto around = TrafficSelector::range(*IpAddress::parse("10.2.0.100"), *IpAddress::parse("10.2.0.200"));
  CHECK(covered(around, halves));
  CHECK_FALSE(covered(around, std::vector{halves[1]}));
  const std::vector ports{net("10.2.0.0", 24, 6, 0, 99), net("10.2.0.0", 24, 6, 100, 65535)};
  CHECK(covered(net("10.2.0.0", 24, 6, 50, 150), ports));
  CHECK_FALSE(covered(net("10.2.0.0", 24, 6, 65535, 0), ports));  // OPAQUE is in ANY alone
  CHECK(covered(net("10.2.0.0", 24, 6, 65535, 0), halves));
  CHECK_FALSE(covered(net("10.2.0.0", 24), ports));  // other protocols
  CHECK(covered(net("2001:db8::", 32), std::vector{net("::", 0)}));
  CHECK_FALSE(covered(net("2001:db8::", 32), std::vector{net("0.0.0.0", 0)}));
}
