#include "engine/wire/key_exchange.hpp"

#include "tests/unit/wire/octets.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

namespace {

// captures/other/ike-sa-init-req.bin (from rusticata/ipsec-parser), the KE payload.
constexpr std::string_view kModp1024 =
    "00020000 "
    "c72c1cfdccbb5b0dc0f654861d4aa3987293bd41e9d2dc9b2b806c26c1dcf880908f6a8a3c7065b40bf458c86787c135c570c8df48"
    "b740f0ed283d73056272baf68491a3443e159c5cd14c15a15cf2fc86459dc80b6e76ca01fa458fc8828c05d03dbb37bbbeb882d51b3412dd87"
    "cf68322ff4bb40b6c4b66191bc580d9fe1a8";

}  // namespace

TEST_CASE("KE: a 1024-bit MODP value from a capture", "[wire][ke][rfc7296-3.4]") {
  const auto ke = parsed<KeyExchange>(kModp1024);
  CHECK(ke.group == DhGroup::MODP_1024);
  CHECK(ke.reserved == 0);
  REQUIRE(ke.data.size() == 128);
  CHECK(ke.data.front() == 0xc7);
  CHECK(ke.data.back() == 0xa8);
  const Dissection fields(PayloadType::KE, "28000088" + std::string(kModp1024));
  CHECK(fields["KE/Diffie-Hellman Group Num"] == "MODP_1024 (2)");
  CHECK(fields["KE/Next Payload"] == "Nonce (40)");
  CHECK(fields["KE/RESERVED[1]"] == "0");
}

TEST_CASE("KE: values come back from their octets", "[wire][ke]") {
  CHECK(round_trips(KeyExchange{DhGroup::CURVE25519, 0, Bytes(32, 7)}));
  CHECK(round_trips(KeyExchange{static_cast<DhGroup>(65535), 0x1234, {}}));
}

TEST_CASE("KE: a fault names the field", "[wire][ke]") {
  CHECK(fault_in<KeyExchange>("00").field == "Diffie-Hellman Group Num");
  CHECK(fault_in<KeyExchange>("001f 00") == ParseError{"RESERVED", 2, "2 octets wanted, 1 left"});
}
