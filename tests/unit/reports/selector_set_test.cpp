#include "reports/rules/selector_set.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;
using reports::rules::covered;
using wire::TrafficSelector;

namespace {

TrafficSelector range(const char* from, const char* to, std::uint8_t protocol = 0, std::uint16_t start = 0,
                      std::uint16_t end = 65535) {
  return TrafficSelector::range(*IpAddress::parse(from), *IpAddress::parse(to), protocol, start, end);
}

}  // namespace

TEST_CASE("selectors are compared as sets, not as text", "[reports][rules][rfc7296-2.9]") {
  const auto whole = range("10.0.0.0", "10.0.0.255");
  SECTION("the same, and a part") {
    CHECK(covered(whole, std::vector{whole}) == true);
    CHECK(covered(range("10.0.0.7", "10.0.0.9"), std::vector{whole}) == true);
  }
  SECTION("wider") { CHECK(covered(range("10.0.0.0", "10.0.1.0"), std::vector{whole}) == false); }
  SECTION("two halves make a whole") {
    CHECK(covered(whole, std::vector{range("10.0.0.0", "10.0.0.127"), range("10.0.0.128", "10.0.0.255")}) == true);
    CHECK(covered(whole, std::vector{range("10.0.0.0", "10.0.0.127"), range("10.0.0.129", "10.0.0.255")}) == false);
  }
  SECTION("ports and protocols") {
    CHECK(covered(range("10.0.0.1", "10.0.0.1", 6, 80, 80), std::vector{whole}) == true);
    CHECK(covered(range("10.0.0.1", "10.0.0.1"), std::vector{range("10.0.0.1", "10.0.0.1", 6)}) == false);
    CHECK(covered(range("10.0.0.1", "10.0.0.1", 6, 80, 90),
                  std::vector{range("10.0.0.1", "10.0.0.1", 6, 80, 84), range("10.0.0.1", "10.0.0.1", 6, 85, 99)}) ==
          true);
  }
  SECTION("OPAQUE is within ANY and nothing else") {
    const auto opaque = range("10.0.0.1", "10.0.0.1", 6, 65535, 0);
    CHECK(covered(opaque, std::vector{whole}) == true);
    CHECK(covered(opaque, std::vector{range("10.0.0.1", "10.0.0.1", 6, 1, 65535)}) == false);
  }
  SECTION("IPv6, up to the last address") {
    const auto all = range("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    CHECK(covered(all, std::vector{all}) == true);
    CHECK(covered(all, std::vector{range("::", "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
                                   range("8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")}) == true);
    CHECK(covered(all, std::vector{range("::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")}) == false);
  }
  SECTION("families apart") { CHECK(covered(whole, std::vector{range("::", "ffff::")}) == false); }
  SECTION("nothing is said of selectors that are no address ranges, or upside down") {
    TrafficSelector label;
    label.ts_type = wire::TsType::TS_SECLABEL;
    CHECK(covered(label, std::vector{whole}) == std::nullopt);
    CHECK(covered(range("10.0.0.9", "10.0.0.1"), std::vector{whole}) == std::nullopt);
  }
}
