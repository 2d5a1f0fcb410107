#include "engine/wire/authentication.hpp"

#include "tests/unit/wire/octets.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

TEST_CASE("AUTH: a shared key MIC from a capture", "[wire][auth][rfc7296-3.8]") {
  // strongSwan 5.9.8, captures/peers/ss-ss-vip.pcap frame 4, inside SK.
  constexpr std::string_view kBody = "02000000 d417ef4d17d13ebd154bf619199a2e3d3714f7c5eaa8765b2717e8f9272c2bb2";
  const auto auth = parsed<Authentication>(kBody);
  CHECK(auth.method == AuthMethod::SHARED_KEY_MIC);
  CHECK(auth.data.size() == 32);
  const Dissection fields(PayloadType::AUTH, "2f000028" + std::string(kBody));
  CHECK(fields["AUTH/Auth Method"] == "SHARED_KEY_MIC (2)");
  CHECK(fields["AUTH/Authentication Data"] == "d417ef4d17d13ebd154bf619199a2e3d3714f7c5eaa8765b2717e8f9272c2bb2");
}

TEST_CASE("AUTH: values come back from their octets", "[wire][auth]") {
  CHECK(round_trips(Authentication{AuthMethod::DIGITAL_SIGNATURE, {}, Bytes(90, 3)}));
  CHECK(round_trips(Authentication{AuthMethod::NULL_AUTHENTICATION, {9, 8, 7}, {}}));
}

TEST_CASE("AUTH: a fault names the field", "[wire][auth]") {
  CHECK(fault_in<Authentication>("").field == "Auth Method");
  CHECK(fault_in<Authentication>("020000").field == "RESERVED");
}
