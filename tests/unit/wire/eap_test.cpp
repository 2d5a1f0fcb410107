#include "engine/wire/eap.hpp"

#include "tests/unit/wire/octets.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

TEST_CASE("EAP: an MSCHAPv2 challenge from a capture", "[wire][eap][rfc7296-3.16]") {
  // strongSwan 5.9.8, captures/peers/ss-ss-eap-mschapv2.pcap frame 6, inside SK.
  constexpr std::string_view kBody = "01e000241a 01e0001f1089c191de134085033f57c5719965c5757374726f6e675377616e";
  const auto eap = parsed<Eap>(kBody);
  CHECK(eap.code == EapCode::Request);
  CHECK(eap.identifier == 0xe0);
  CHECK(eap.type == EapType::MSCHAPv2);
  CHECK(eap.data.size() == 31);
  const Dissection fields(PayloadType::EAP, "00000028" + std::string(kBody));
  CHECK(fields["EAP/Type"] == "MSCHAPv2 (26)");
  CHECK(fields["EAP/Length"] == "36");
}

TEST_CASE("EAP: Success from a capture", "[wire][eap]") {
  // strongSwan 5.9.8, captures/peers/ss-ss-eap-mschapv2.pcap frame 10, inside SK.
  const auto eap = parsed<Eap>("03e10004");
  CHECK(eap == Eap{EapCode::Success, 0xe1, std::nullopt, {}});
}

TEST_CASE("EAP: values come back from their octets", "[wire][eap]") {
  CHECK(round_trips(Eap{EapCode::Response, 1, EapType::Identity, hex("626f62")}));
  CHECK(round_trips(Eap{EapCode::Failure, 2, std::nullopt, hex("00")}));
  CHECK(round_trips(Eap{EapCode::Request, 3, std::nullopt, {}}));
}

TEST_CASE("EAP: a Length other than the payload's is a fault", "[wire][eap][rfc7296-3.16]") {
  CHECK(fault_in<Eap>("01e0").field == "Length");
  CHECK(fault_in<Eap>("03e10005") == ParseError{"Length", 2, "5, but the payload holds 4"});
  CHECK(fault_in<Eap>("01e00005 01 00").field == "Length");
}
