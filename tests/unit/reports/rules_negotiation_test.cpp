// Negotiation, narrowing, IKE_SA_INIT retries, nonces.
#include "tests/unit/reports/watch.hpp"

using namespace ikevet;
using namespace ikevet::test;
using trace::Party;
using wire::DhGroup;
using wire::ExchangeType;
using wire::Notify;
using wire::NotifyType;
using wire::PayloadBody;
using wire::Transform;

namespace {

/// IKE_SA_INIT with the device as responder, whose choice a test alters.
template <class Alter>
Dialogue answered(Alter alter) {
  Dialogue d(Party::Harness);
  wire::SecurityAssociation choice = ike_choice();
  alter(choice);
  d.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(1)});
  d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {choice, key_exchange(), nonce(2)});
  return d;
}

Bytes group_octets(DhGroup group) { return Writer().u16(group).take(); }

}  // namespace

TEST_CASE("the responder's choice is one of what was offered", "[reports][rules][rfc7296-2.7]") {
  SECTION("sound") {
    CHECK(broken(answered([](auto&) {})).empty());
  }
  SECTION("two proposals") {
    const auto d = answered([](auto& sa) { sa = ike_offer(); });
    CHECK(verdict(d, "rfc7296-2.7-single-proposal") == "fail");
  }
  SECTION("two transforms of one type") {
    const auto d = answered([](auto& sa) { sa.proposals[0].transforms.push_back(Transform::of(DhGroup::ECP_256)); });
    CHECK(verdict(d, "rfc7296-2.7-one-transform-per-type") == "fail");
  }
  SECTION("a type left out") {
    const auto d = answered([](auto& sa) { sa.proposals[0].transforms.erase(sa.proposals[0].transforms.begin() + 1); });
    CHECK(verdict(d, "rfc7296-2.7-one-transform-per-type") == "fail");
  }
  SECTION("the number of no proposal") {
    const auto d = answered([](auto& sa) { sa.proposals[0].number = 3; });
    CHECK(verdict(d, "rfc7296-3.3.1-accepted-proposal-number") == "fail");
  }
  SECTION("another protocol") {
    const auto d = answered([](auto& sa) { sa.proposals[0].protocol = wire::ProtocolId::ESP; });
    CHECK(verdict(d, "rfc7296-2.7-same-protocol") == "fail");
  }
  SECTION("the key length dropped") {
    const auto d = answered([](auto& sa) { sa.proposals[0].transforms[0].attributes.clear(); });
    CHECK(verdict(d, "rfc7296-3.3.6-subset-unmodified") == "fail");
  }
  SECTION("a transform that was not offered") {
    const auto d = answered([](auto& sa) { sa.proposals[0].transforms[1].id = 7; });
    CHECK(verdict(d, "rfc7296-3.3.6-subset-unmodified") == "fail");
  }
}

TEST_CASE("the group of KE is that of the proposal beside it", "[reports][rules][rfc7296-3.4]") {
  Dialogue d(Party::Dut);
  SECTION("named") {
    d.request(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(DhGroup::ECP_256), nonce(1)});
    CHECK(verdict(d, "rfc7296-3.4-ke-group-in-proposal") == "pass");
  }
  SECTION("not named") {
    d.request(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(DhGroup::CURVE448), nonce(1)});
    CHECK(verdict(d, "rfc7296-3.4-ke-group-in-proposal") == "fail");
  }
}

TEST_CASE("KEr is in the group of KEi", "[reports][rules][rfc7296-1.3]") {
  Dialogue d(Party::Harness);
  d.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(1)});
  d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_choice(), key_exchange(DhGroup::ECP_256), nonce(2)});
  CHECK(verdict(d, "rfc7296-1.3-ke-group-of-request") == "fail");
}

TEST_CASE("INVALID_KE_PAYLOAD names a group that was offered", "[reports][rules][rfc7296-1.2]") {
  const DhGroup group = GENERATE(DhGroup::ECP_256, DhGroup::MODP_1024);
  Dialogue d(Party::Harness);
  d.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(1)});
  d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0,
             {Notify::of(NotifyType::INVALID_KE_PAYLOAD, group_octets(group))},
             [](wire::Message& m) { m.header.spis.r = IkeSpi{}; });
  CHECK(verdict(d, "rfc7296-1.2-invalid-ke-group-offered") == (group == DhGroup::ECP_256 ? "pass" : "fail"));
}

TEST_CASE("the SPI of a Child SA is not zero", "[reports][rules][rfc4303-2.1]") {
  Dialogue d(Party::Dut);
  d.establish();
  CHECK(verdict(d, "rfc4303-2.1-spi-nonzero") == "pass");
  d.request(Party::Dut, ExchangeType::CREATE_CHILD_SA, 2, {child_offer(0), nonce(9), tsi(), tsr()});
  CHECK(verdict(d, "rfc4303-2.1-spi-nonzero") == "fail");
}

TEST_CASE("the responder narrows to a subset", "[reports][rules][rfc7296-2.9]") {
  const auto id = "rfc7296-2.9-narrow-to-subset";
  const auto answered_with = [](const PayloadBody& i, const PayloadBody& r) {
    Dialogue d(Party::Harness);
    d.establish();
    d.request(Party::Harness, ExchangeType::CREATE_CHILD_SA, 2, {child_offer(5), nonce(8), tsi(), tsr()});
    d.response(Party::Dut, ExchangeType::CREATE_CHILD_SA, 2, {child_choice(6), nonce(9), i, r});
    return d;
  };
  CHECK(verdict(answered_with(tsi("10.1.7.0", 24), tsr()), id) == "pass");
  CHECK(verdict(answered_with(tsi("10.0.0.0", 8), tsr()), id) == "fail");
  CHECK(verdict(answered_with(tsi(), tsr("192.0.2.0", 24)), id) == "fail");
}

TEST_CASE("a cookie comes back first, with everything else unchanged", "[reports][rules][rfc7296-2.6]") {
  const auto cookie = Notify::of(NotifyType::COOKIE, std::array<std::uint8_t, 4>{1, 2, 3, 4});
  Dialogue d(Party::Dut);
  d.request(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(1)});
  d.response(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {cookie},
             [](wire::Message& m) { m.header.spis.r = IkeSpi{}; });
  const auto retry = [&](const Dialogue::Payloads& payloads) {
    d.request(Party::Dut, ExchangeType::IKE_SA_INIT, 0, payloads);
  };
  SECTION("as it should be") {
    retry({cookie, ike_offer(), key_exchange(), nonce(1)});
    CHECK(verdict(d, "rfc7296-2.6-cookie-first") == "pass");
    CHECK(verdict(d, "rfc7296-2.6-cookie-rest-unchanged") == "pass");
    CHECK(broken(d) == std::vector<std::string>{});
  }
  SECTION("not the first payload") {
    retry({ike_offer(), cookie, key_exchange(), nonce(1)});
    CHECK(verdict(d, "rfc7296-2.6-cookie-first") == "fail");
  }
  SECTION("another cookie") {
    retry({Notify::of(NotifyType::COOKIE, std::array<std::uint8_t, 1>{9}), ike_offer(), key_exchange(), nonce(1)});
    CHECK(verdict(d, "rfc7296-2.6-cookie-first") == "fail");
  }
  SECTION("no cookie") {
    retry({ike_offer(), key_exchange(), nonce(2)});
    CHECK(verdict(d, "rfc7296-2.6-cookie-first") == "fail");
  }
  SECTION("another nonce") {
    retry({cookie, ike_offer(), key_exchange(), nonce(2)});
    CHECK(verdict(d, "rfc7296-2.6-cookie-rest-unchanged") == "fail");
  }
  SECTION("another SPI") {
    d.spis.i = IkeSpi{0x99};
    retry({cookie, ike_offer(), key_exchange(), nonce(1)});
    CHECK(verdict(d, "rfc7296-2.6-cookie-rest-unchanged") == "fail");
  }
  SECTION("a repetition that crossed the cookie, then the retry") {
    d.again(0);
    retry({cookie, ike_offer(), key_exchange(), nonce(1)});
    CHECK(verdict(d, "rfc7296-2.6-cookie-first") == "pass");
  }
}

TEST_CASE("INVALID_KE_PAYLOAD is followed by the wanted group and the same proposals",
          "[reports][rules][rfc7296-1.2]") {
  Dialogue d(Party::Dut);
  d.request(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(1)});
  d.response(Party::Harness, ExchangeType::IKE_SA_INIT, 0,
             {Notify::of(NotifyType::INVALID_KE_PAYLOAD, group_octets(DhGroup::ECP_256))},
             [](wire::Message& m) { m.header.spis.r = IkeSpi{}; });
  SECTION("as it should be") {
    d.request(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(DhGroup::ECP_256), nonce(1)});
    CHECK(verdict(d, "rfc7296-1.2-retry-corrected-group") == "pass");
    CHECK(verdict(d, "rfc7296-1.2-retry-full-proposals") == "pass");
  }
  SECTION("the old group again") {
    d.request(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(2)});
    CHECK(verdict(d, "rfc7296-1.2-retry-corrected-group") == "fail");
  }
  SECTION("fewer suites") {
    wire::SecurityAssociation less = ike_offer();
    less.proposals.pop_back();
    d.request(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {less, key_exchange(DhGroup::ECP_256), nonce(1)});
    CHECK(verdict(d, "rfc7296-1.2-retry-full-proposals") == "fail");
  }
}

TEST_CASE("NAT detection notifications come in pairs", "[reports][rules][rfc7296-2.23]") {
  const auto one = Notify::of(NotifyType::NAT_DETECTION_SOURCE_IP, Bytes(20, 1));
  const auto two = Notify::of(NotifyType::NAT_DETECTION_DESTINATION_IP, Bytes(20, 1));
  Dialogue both(Party::Dut), single(Party::Dut);
  both.request(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(1), one, two});
  single.request(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(1), one});
  CHECK(verdict(both, "rfc7296-2.23-nat-detection-both") == "pass");
  CHECK(verdict(single, "rfc7296-2.23-nat-detection-both") == "fail");
}

TEST_CASE("two answers of the harness to one request are no second IKE SA of the device",
          "[reports][rules][rfc7296-2.6]") {
  Dialogue d(Party::Dut);
  d.request(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(1)});
  d.response(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {ike_choice(), key_exchange(), nonce(22)});
  d.spis.r = IkeSpi{0x8888};
  d.response(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {ike_choice(), key_exchange(), nonce(23)});
  CHECK(verdict(d, "rfc7296-2.6-unique-spis") == "pass");
}

TEST_CASE("each IKE SA has an SPI of its own", "[reports][rules][rfc7296-2.6]") {
  Dialogue d(Party::Harness);
  d.establish();
  CHECK(verdict(d, "rfc7296-2.6-unique-spis") == "pass");
  d.spis.i = IkeSpi{0x7777};  // a second IKE SA; the device gives its SPI again
  d.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(21)});
  d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_choice(), key_exchange(), nonce(22)});
  CHECK(verdict(d, "rfc7296-2.6-unique-spis") == "fail");
}

TEST_CASE("a nonce is at least half the PRF's key", "[reports][rules][rfc7296-2.10]") {
  const std::size_t size = GENERATE(std::size_t{16}, std::size_t{31}, std::size_t{32});
  Dialogue d(Party::Harness);
  wire::SecurityAssociation offer = ike_offer(), choice = ike_choice();
  offer.proposals[0].transforms[1] = choice.proposals[0].transforms[1] = Transform::of(wire::PrfId::PRF_HMAC_SHA2_512);
  d.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {offer, key_exchange(), nonce(1)});
  d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {choice, key_exchange(), nonce(2, size)});
  CHECK(verdict(d, "rfc7296-2.10-nonce-half-prf-key") == (size < 32 ? "fail" : "pass"));
}

TEST_CASE("a nonce is used once", "[reports][rules][rfc7296-3.9]") {
  Dialogue d(Party::Dut);
  d.establish();
  d.request(Party::Dut, ExchangeType::CREATE_CHILD_SA, 2, {child_offer(7), nonce(40), tsi(), tsr()});
  CHECK(verdict(d, "rfc7296-3.9-nonce-not-reused") == "pass");
  d.request(Party::Dut, ExchangeType::CREATE_CHILD_SA, 3, {child_offer(8), nonce(40), tsi(), tsr()});
  CHECK(verdict(d, "rfc7296-3.9-nonce-not-reused") == "fail");
}
