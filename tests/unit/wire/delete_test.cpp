#include "engine/wire/delete.hpp"

#include <array>

#include "tests/unit/wire/octets.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

TEST_CASE("D: a Child SA deleted after its rekeying, from a capture", "[wire][delete][rfc7296-3.11]") {
  // strongSwan 5.9.8, captures/peers/ss-ss-rekey.pcap frame 7, inside SK.
  const auto del = parsed<Delete>("03040001 65458124");
  CHECK(del.protocol == ProtocolId::ESP);
  REQUIRE(del.child_spis().size() == 1);
  CHECK(del.child_spis()[0] == ChildSpi{0x65458124});
  CHECK(del == Delete::child_sas(ProtocolId::ESP, std::array{ChildSpi{0x65458124}}));
  const Dissection fields(PayloadType::Delete, "0000000c 03040001 65458124");
  CHECK(fields["Delete/Num of SPIs"] == "1");
  CHECK(fields["Delete/Security Parameter Index (SPI)[0]"] == "65458124");
}

TEST_CASE("D: the IKE SA, from a capture", "[wire][delete]") {
  // strongSwan 5.9.8, captures/peers/ss-ss-vip.pcap frame 5, inside SK.
  const auto del = parsed<Delete>("01000000");
  CHECK(del == Delete::ike_sa());
  CHECK(del.split().empty());
}

TEST_CASE("Delete: values come back from their octets", "[wire][delete]") {
  const Delete two = Delete::child_sas(ProtocolId::AH, std::array{ChildSpi{1}, ChildSpi{0xffffffff}});
  CHECK(round_trips(two));
  CHECK(two.split().size() == 2);
  CHECK(round_trips(Delete{ProtocolId::IKE, 0, 7, {}}));  // a count without SPIs
  CHECK(round_trips(Delete{ProtocolId::IKE, 8, {}, Bytes(16, 1)}));
}

TEST_CASE("Delete: a fault names the field", "[wire][delete]") {
  CHECK(fault_in<Delete>("0304").field == "Num of SPIs");
  CHECK(fault_in<Delete>("03040002 65458124").field == "Security Parameter Index(es) (SPI)");
  CHECK(fault_in<Delete>("03040001 65458124 00").field == "end");
}
