#include "engine/sa/extension/redirect.hpp"

#include <catch2/catch.hpp>

using namespace ikevet;
using namespace ikevet::sa;

namespace {

const IpAddress kOld = *IpAddress::parse("192.0.2.2");
const IpAddress kNew = *IpAddress::parse("192.0.2.9");
const Instant kNow(std::chrono::seconds(1'767'225'600));

RedirectOptions following() {
  RedirectOptions out;
  out.follow = true;
  out.hosts = {{"gw2.test", kNew}};
  return out;
}

}  // namespace

TEST_CASE("REDIRECT: type, length, identity, and the nonce in IKE_SA_INIT alone", "[sa][rfc5685-9.2]") {
  CHECK(to_hex(redirect_data(GatewayIdentity::of(kNew), Bytes{7, 7})) == "0104c00002090707");
  CHECK(to_hex(redirect_data(GatewayIdentity::of("gw2.test"))) == "03086777322e74657374");
  const auto read = read_redirect(*from_hex("0104c00002090707"));
  REQUIRE(read);
  CHECK(read->gateway == GatewayIdentity::of(kNew));
  CHECK(read->nonce == Bytes{7, 7});
  CHECK(read_redirect(redirect_data(GatewayIdentity::of(*IpAddress::parse("2001:db8::9"))))->gateway.text() ==
        "2001:db8::9");
}

TEST_CASE("REDIRECT: what is no gateway is told by its field", "[sa][rfc5685-9.2]") {
  const auto field = [](const char* hex) { return read_redirect(*from_hex(hex)).error().field; };
  CHECK(field("01") == "GW Ident Len");
  CHECK(field("0105c000020907") == "GW Ident Len");
  CHECK(field("0304aabb") == "New Responder GW Identity");
  CHECK(field("0300") == "GW Ident Len");
  CHECK(field("0904c0000209") == "GW Ident Type");
}

TEST_CASE("A redirection is followed as often as allowed", "[sa][rfc5685-7]") {
  RedirectOptions options = following();
  options.limit = 2;
  const Redirection to_new{GatewayIdentity::of("gw2.test"), {}};
  auto first = decide_redirect(to_new, options, kOld, nullptr, kNow);
  CHECK(first.to == kNew);
  CHECK(first.trail.count == 1);
  CHECK(first.trail.from == kOld);
  auto second = decide_redirect(to_new, options, kNew, &first.trail, kNow + std::chrono::seconds(10));
  CHECK(second.to == kNew);
  CHECK(second.trail.since == kNow);
  const auto third = decide_redirect(to_new, options, kNew, &second.trail, kNow + std::chrono::seconds(20));
  CHECK_FALSE(third.to);
  CHECK_FALSE(third.why_not.empty());
  // When REDIRECT_LOOP_DETECT_PERIOD has passed, counting begins anew.
  CHECK(decide_redirect(to_new, options, kNew, &second.trail, kNow + options.period).to == kNew);
}

TEST_CASE("A redirection that is not followed", "[sa][rfc5685-3]") {
  const RedirectOptions options = following();
  CHECK_FALSE(decide_redirect({GatewayIdentity::of("elsewhere.test"), {}}, options, kOld, nullptr, kNow).to);
  CHECK_FALSE(
      decide_redirect({GatewayIdentity::of(*IpAddress::parse("2001:db8::9")), {}}, options, kOld, nullptr, kNow).to);
  CHECK_FALSE(decide_redirect({GatewayIdentity::of(kNew), {}}, RedirectOptions{}, kOld, nullptr, kNow).to);
}
