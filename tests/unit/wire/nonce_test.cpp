#include "engine/wire/nonce.hpp"

#include "engine/wire/vendor_id.hpp"
#include "tests/unit/wire/octets.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

TEST_CASE("Ni: a nonce from a capture", "[wire][nonce][rfc7296-3.9]") {
  // captures/other/ike-sa-init-req.bin (from rusticata/ipsec-parser).
  constexpr std::string_view kBody = "4b98c2d7d3d81e9f52b0ca4e0545817d94560249583970190d97e44002ce1752";
  CHECK(parsed<Nonce>(kBody).data.size() == 32);
  const Dissection fields(PayloadType::Nonce, "00000024" + std::string(kBody));
  CHECK(fields["Nonce/Nonce Data"] == kBody);
  CHECK(fields["Nonce/Payload Length"] == "36");
}

TEST_CASE("Nonce: any length is held, judged by check()", "[wire][nonce]") {
  CHECK(round_trips(Nonce{}));
  CHECK(round_trips(Nonce{Bytes(300, 5)}));
}

TEST_CASE("V: a vendor ID from a capture", "[wire][vendor_id][rfc7296-3.12]") {
  // OpenIKED 7.2, captures/peers/oi-ss-psk.pcap frame 1.
  CHECK(equal(parsed<VendorId>("4f70656e494b45442d372e32").data, as_bytes("OpenIKED-7.2")));
  const Dissection fields(PayloadType::VendorId, "00000010 4f70656e494b45442d372e32");
  CHECK(fields["VendorId/Vendor ID (VID)"] == "\"OpenIKED-7.2\"");
}

TEST_CASE("Vendor ID: values come back from their octets", "[wire][vendor_id]") {
  CHECK(round_trips(VendorId{}));
  CHECK(round_trips(VendorId{hex("00ff10")}));
}

TEST_CASE("Nonce, Vendor ID: a length beyond the message is a fault of the generic header", "[wire][nonce]") {
  const Chain nonce = parse_chain(PayloadType::Nonce, hex("00000025 4b98c2d7"));
  REQUIRE(nonce.faults.size() == 1);
  CHECK(nonce.faults[0] == ParseError{"Payload Length", 2, "37, but 8 octets left"});
  const Chain vendor_id = parse_chain(PayloadType::VendorId, hex("00000003"));
  REQUIRE(vendor_id.faults.size() == 1);
  CHECK(vendor_id.faults[0] == ParseError{"Payload Length", 2, "3, at least 4 wanted"});
}
