#include "engine/wire/traffic_selector.hpp"

#include "tests/unit/wire/octets.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

TEST_CASE("TSi, TSr: one range each, from a capture", "[wire][ts][rfc7296-3.13]") {
  // strongSwan 5.9.8, captures/peers/ss-ss-vip.pcap frame 4, inside SK.
  const auto tsi = parsed<TSi>("01000000 07000010 0000ffff 0a030001 0a030001");
  REQUIRE(tsi.selectors.size() == 1);
  CHECK(tsi.selectors[0].text() == "10.3.0.1");
  CHECK_FALSE(tsi.count);
  const auto tsr = parsed<TSr>("01000000 07000010 0000ffff 0a020000 0a0200ff");
  CHECK(tsr.selectors[0] == TrafficSelector::prefix(*IpAddress::parse("10.2.0.99"), 24));
  const Dissection fields(PayloadType::TSr, "00000018 01000000 07000010 0000ffff 0a020000 0a0200ff");
  CHECK(fields["TSr/Traffic Selector"] == "10.2.0.0-10.2.0.255");
  CHECK(fields["TSr/Traffic Selector[0]/TS Type"] == "TS_IPV4_ADDR_RANGE (7)");
  CHECK(fields["TSr/Traffic Selector/End Port"] == "65535");
}

TEST_CASE("Traffic Selector: prefixes and ranges", "[wire][ts]") {
  const auto all6 = TrafficSelector::prefix(*IpAddress::parse("2001:db8::1"), 0);
  CHECK(all6.text() == "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  CHECK(TrafficSelector::prefix(*IpAddress::parse("10.1.2.3"), 33).text() == "10.1.2.3");
  CHECK(TrafficSelector::prefix(*IpAddress::parse("10.1.2.3"), 15, 6, 80, 443).text() ==
        "10.0.0.0-10.1.255.255 protocol 6 ports 80-443");
  const auto opaque = TrafficSelector::range(*IpAddress::parse("::1"), *IpAddress::parse("::2"), 17, 65535, 0);
  CHECK(opaque.has_opaque_ports());
  CHECK(opaque.text() == "::1-::2 protocol 17 ports OPAQUE");
}

TEST_CASE("TSi, TSr: values come back from their octets", "[wire][ts]") {
  TSi tsi;
  tsi.selectors = {TrafficSelector::prefix(*IpAddress::parse("fd99::"), 64), TrafficSelector::prefix(IpAddress(), 0)};
  CHECK(round_trips(tsi));
  TSr tsr;
  tsr.reserved = {1, 2, 3};
  tsr.count = 9;
  TrafficSelector label;  // RFC 9478
  label.ts_type = TsType::TS_SECLABEL;
  label.start_port = label.end_port = 0;
  label.opaque = hex("73797374656d");
  tsr.selectors = {label};
  CHECK(round_trips(tsr));
  CHECK_FALSE(label.start());
}

TEST_CASE("TSi: a fault names the field", "[wire][ts]") {
  CHECK(fault_in<TSi>("010000").field == "RESERVED");
  const ParseError length = fault_in<TSi>("01000000 07000018 0000ffff 0a030001 0a030001");
  CHECK(length.field == "Selector Length");
  CHECK(length.offset == 6);
  CHECK(fault_in<TSi>("01000000 0700000c 0000ffff 0a030001").field == "Ending Address");
  CHECK(fault_in<TSi>("01000000 07000014 0000ffff 0a030001 0a030001 00000000").field == "Selector Length");
  CHECK(fault_in<TSr>("01000000 07000003").field == "Selector Length");
}
