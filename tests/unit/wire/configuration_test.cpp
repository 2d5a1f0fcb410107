#include "engine/wire/configuration.hpp"

#include "tests/unit/wire/octets.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

TEST_CASE("CP: an address and a DNS server, from a capture", "[wire][cp][rfc7296-3.15]") {
  // strongSwan 5.9.8, captures/peers/ss-ss-vip.pcap frame 4, inside SK.
  constexpr std::string_view kBody = "02000000 000100040a030001 000300040a020035";
  const auto cp = parsed<Configuration>(kBody);
  CHECK(cp.cfg_type == CfgType::CFG_REPLY);
  REQUIRE(cp.attributes.size() == 2);
  REQUIRE(cp.find(CfgAttribute::INTERNAL_IP4_ADDRESS));
  CHECK(to_hex(cp.find(CfgAttribute::INTERNAL_IP4_ADDRESS)->value) == "0a030001");
  CHECK_FALSE(cp.find(CfgAttribute::INTERNAL_IP6_ADDRESS));
  const Dissection fields(PayloadType::CP, "21000018" + std::string(kBody));
  CHECK(fields["CP/CFG Type"] == "CFG_REPLY (2)");
  CHECK(fields["CP/Configuration Attribute[INTERNAL_IP4_DNS]/Value"] == "10.2.0.53");
}

TEST_CASE("CP: values come back from their octets", "[wire][cp]") {
  Configuration cp{CfgType::CFG_REQUEST, {1, 0, 2}, {}};
  cp.attributes.push_back({false, CfgAttribute::INTERNAL_IP4_ADDRESS, {}});
  cp.attributes.push_back({true, static_cast<CfgAttribute>(0x7fff), Bytes(33, 4)});
  CHECK(round_trips(cp));
  CHECK(round_trips(Configuration{}));
}

TEST_CASE("CP: a fault names the field", "[wire][cp]") {
  CHECK(fault_in<Configuration>("02").field == "RESERVED");
  CHECK(fault_in<Configuration>("02000000 0001").field == "Length");
  CHECK(fault_in<Configuration>("02000000 00010004 0a0300") == ParseError{"Value", 8, "4 octets wanted, 3 left"});
}
