#include "engine/wire/identification.hpp"

#include "tests/unit/wire/octets.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

TEST_CASE("IDi, IDr: host names from a capture", "[wire][id][rfc7296-3.5]") {
  // strongSwan 5.9.8, captures/peers/ss-ss-eap-mschapv2.pcap frame 3, inside SK.
  const auto idi = parsed<IDi>("02000000 612e74657374");
  CHECK(idi.id_type == IdType::ID_FQDN);
  CHECK(equal(idi.data, as_bytes("a.test")));
  const auto idr = parsed<IDr>("02000000 622e74657374");
  CHECK(equal(idr.data, as_bytes("b.test")));
  const Dissection fields(PayloadType::IDi, "0000000e 02000000 612e74657374");
  CHECK(fields["IDi/ID Type"] == "ID_FQDN (2)");
  CHECK(fields["IDi/Identification Data"] == "\"a.test\"");
}

TEST_CASE("IDi, IDr: values come back from their octets", "[wire][id]") {
  CHECK(round_trips(IDi{{.id_type = IdType::ID_IPV4_ADDR, .data = hex("c0000201")}}));
  CHECK(round_trips(IDr{{.id_type = IdType::ID_KEY_ID, .reserved = {1, 2, 3}, .data = hex("00ff")}}));
  CHECK(round_trips(IDr{{.id_type = IdType::ID_NULL}}));
}

TEST_CASE("IDi: a fault names the field", "[wire][id]") {
  CHECK(fault_in<IDi>("").field == "ID Type");
  CHECK(fault_in<IDr>("0200").field == "RESERVED");
}
