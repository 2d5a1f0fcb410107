#include "engine/wire/security_association.hpp"

#include "engine/wire/describe.hpp"
#include "tests/unit/wire/octets.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

namespace {

// strongSwan 5.9.8, captures/peers/ss-ss-eap-mschapv2.pcap frame 3, inside SK: SAi2.
constexpr std::string_view kEspOffer =
    "02000028010304038b54611f 0300000c0100000c800e0100 030000080300000c 0000000805000000"
    "02000028020304038b54611f 0300000c0100000c800e0100 030000080300000e 0000000805000000"
    "00000020030304028b54611f 0300000c01000014800e0100 0000000805000000";

}  // namespace

TEST_CASE("SA: three ESP proposals of strongSwan", "[wire][sa][rfc7296-3.3]") {
  const auto sa = parsed<SecurityAssociation>(kEspOffer);
  REQUIRE(sa.proposals.size() == 3);
  CHECK(describe(sa.proposals[0]) == "ESP:AES_CBC_256/HMAC_SHA2_256_128/NoESN");
  CHECK(describe(sa.proposals[1]) == "ESP:AES_CBC_256/HMAC_SHA2_512_256/NoESN");
  CHECK(describe(sa.proposals[2]) == "ESP:AES_GCM_16_256/NoESN");
  CHECK(sa.proposals[2].number == 3);
  CHECK(to_hex(sa.proposals[2].spi) == "8b54611f");
  CHECK(sa.proposals[0].transforms[0].key_length() == 256);
  CHECK_FALSE(sa.proposals[0].transforms[1].key_length());
  for (const Proposal& proposal : sa.proposals) {
    CHECK_FALSE(proposal.last_substruc);
    CHECK_FALSE(proposal.transform_count);
  }
}

TEST_CASE("SA: the dissection names proposals, transforms and attributes", "[wire][sa]") {
  const Dissection fields(PayloadType::SA, "00000074" + std::string(kEspOffer));
  CHECK(fields["SA/Proposal[1]/Proposal Num"] == "2");
  CHECK(fields["SA/Proposal[1]/Protocol ID"] == "ESP (3)");
  CHECK(fields["SA/Proposal[1]/Transform[1]/Transform ID"] == "AUTH_HMAC_SHA2_512_256 (14)");
  CHECK(fields["SA/Proposal[2]/Transform[ENCR]/Attribute/Attribute Value"] == "256");
  CHECK(fields["SA/Proposal[2]/Transform[ENCR]/Attribute/Attribute Type"] == "Key Length (14)");
}

TEST_CASE("SA: values come back from their octets", "[wire][sa]") {
  Proposal ike{.protocol = ProtocolId::IKE,
               .transforms = {Transform::of(EncrId::ENCR_AES_GCM_16, 128), Transform::of(PrfId::PRF_HMAC_SHA2_384),
                              Transform::of(DhGroup::ECP_384)}};
  Proposal rekey = ike;
  rekey.number = 2;
  rekey.spi = hex("0102030405060708");
  rekey.transforms[0].attributes.push_back({static_cast<AttributeType>(300), false, 0, hex("aabbcc")});
  CHECK(round_trips(SecurityAssociation{{ike}}));
  CHECK(round_trips(SecurityAssociation{{ike, rekey}}));
  CHECK(round_trips(SecurityAssociation{}));
}

TEST_CASE("SA: reserved octets, odd counts and odd Last Substruc are kept", "[wire][sa]") {
  // One proposal that says another follows (2), states five transforms and has one, which says another follows (3).
  const auto sa = parsed<SecurityAssociation>("02aa0010 01010005 03bb0008 04cc000e");
  CHECK(sa.proposals[0].last_substruc == 2);
  CHECK(sa.proposals[0].reserved == 0xaa);
  CHECK(sa.proposals[0].transform_count == 5);
  CHECK(sa.proposals[0].transforms[0].last_substruc == 3);
  CHECK(sa.proposals[0].transforms[0].reserved1 == 0xbb);
  CHECK(sa.proposals[0].transforms[0].reserved2 == 0xcc);
  CHECK(sa.proposals[0].transforms[0].id == 14);
}

TEST_CASE("SA: a fault names the field and its place", "[wire][sa]") {
  CHECK(fault_in<SecurityAssociation>("00000007 01010000").field == "Proposal Length");
  const ParseError beyond = fault_in<SecurityAssociation>("00000010 01010001 00000009 0400000e");
  CHECK(beyond.field == "Transform Length");
  CHECK(beyond.offset == 10);
  const ParseError spi = fault_in<SecurityAssociation>("00000008 01030400");
  CHECK(spi.field == "SPI");
  CHECK(spi.offset == 8);
  CHECK(fault_in<SecurityAssociation>("00000014 01010001 0000000c 0100000c 000e0002").field == "Attribute Value");
}
