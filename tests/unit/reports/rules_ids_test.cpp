// Message IDs, window, flags; retransmission.
#include <chrono>

#include "tests/unit/reports/watch.hpp"

using namespace ikevet;
using namespace ikevet::test;
using namespace std::chrono_literals;
using trace::Party;
using wire::ExchangeType;
using wire::Notify;
using wire::NotifyType;

TEST_CASE("Message IDs of requests go up by one", "[reports][rules][rfc7296-2.2]") {
  const auto id = "rfc7296-2.2-request-message-ids";
  SECTION("the original responder begins with 0") {
    Dialogue d(Party::Harness);
    d.establish();
    d.liveness(Party::Dut, 0);
    d.liveness(Party::Dut, 1);
    CHECK(verdict(d, id) == "pass");
  }
  SECTION("one counter for both directions") {
    Dialogue d(Party::Harness);
    d.establish();
    d.liveness(Party::Dut, 2);
    CHECK(verdict(d, id) == "fail");
  }
  SECTION("the original initiator has used 0 and 1") {
    Dialogue d(Party::Dut);
    d.establish();
    d.liveness(Party::Dut, 2);
    CHECK(verdict(d, id) == "pass");
    d.liveness(Party::Dut, 4);
    CHECK(verdict(d, id) == "fail");
  }
  SECTION("a retransmission is no new request") {
    Dialogue d(Party::Dut);
    d.establish();
    const std::size_t ask = d.request(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
    d.again(ask);
    CHECK(verdict(d, id) == "pass");
  }
  SECTION("both sides begin with 0 in a rekeyed IKE SA") {
    Dialogue d(Party::Harness);
    d.establish();
    const IkeSpis next{{0x3333333333333333}, {0x4444444444444444}};
    wire::SecurityAssociation offer = ike_offer(), choice = ike_choice();
    for (wire::Proposal& p : offer.proposals) p.spi = Writer().u64(next.i.value).take();
    for (wire::Proposal& p : choice.proposals) p.spi = Writer().u64(next.r.value).take();
    d.request(Party::Dut, ExchangeType::CREATE_CHILD_SA, 0, {offer, nonce(11), key_exchange()});
    d.response(Party::Harness, ExchangeType::CREATE_CHILD_SA, 0, {choice, nonce(12), key_exchange()});
    d.spis = next;
    d.initiator = Party::Dut;
    d.responder = Party::Harness;
    d.liveness(Party::Dut, 0);
    CHECK(verdict(d, id) == "pass");
    CHECK(verdict(d, "rfc7296-3.1-initiator-flag") == "pass");
    CHECK(broken(d) == std::vector<std::string>{});
    d.liveness(Party::Dut, 7);
    CHECK(verdict(d, id) == "fail");
  }
}

TEST_CASE("responses have the Message ID and exchange type of their request", "[reports][rules][rfc7296-2.2]") {
  Dialogue d(Party::Harness);
  d.establish();
  d.request(Party::Harness, ExchangeType::INFORMATIONAL, 2, {});
  SECTION("another Message ID") {
    d.response(Party::Dut, ExchangeType::INFORMATIONAL, 3, {});
    CHECK(verdict(d, "rfc7296-2.2-response-message-id") == "fail");
  }
  SECTION("another exchange") {
    d.response(Party::Dut, ExchangeType::CREATE_CHILD_SA, 2, {Notify::of(NotifyType::INVALID_SYNTAX)});
    CHECK(verdict(d, "rfc7296-2.1-response-same-exchange") == "fail");
  }
  SECTION("the same") {
    d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
    CHECK(broken(d).empty());
  }
}

TEST_CASE("a response is not answered", "[reports][rules][rfc7296-3.1]") {
  const auto id = "rfc7296-3.1-no-response-to-response";
  Dialogue d(Party::Harness);
  d.establish();
  CHECK(verdict(d, id).empty());
  d.response(Party::Harness, ExchangeType::INFORMATIONAL, 9, {});
  CHECK(verdict(d, id) == "pass");
  d.response(Party::Dut, ExchangeType::INFORMATIONAL, 9, {});
  CHECK(verdict(d, id) == "fail");
}

TEST_CASE("one request at a time unless the window is larger", "[reports][rules][rfc7296-2.3]") {
  const auto id = "rfc7296-2.3-window";
  Dialogue d(Party::Harness);
  d.establish();
  const bool announced = GENERATE(false, true);
  if (announced) {
    d.request(Party::Harness, ExchangeType::INFORMATIONAL, 2,
              {Notify::of(NotifyType::SET_WINDOW_SIZE, std::array<std::uint8_t, 4>{0, 0, 0, 2})});
    d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
  }
  d.request(Party::Dut, ExchangeType::INFORMATIONAL, 0, {});
  d.request(Party::Dut, ExchangeType::INFORMATIONAL, 1, {});
  CHECK(verdict(d, id) == (announced ? "pass" : "fail"));
}

TEST_CASE("a lost response leaves the request outstanding", "[reports][rules][rfc7296-2.3]") {
  Dialogue d(Party::Harness);
  d.establish();
  d.request(Party::Dut, ExchangeType::INFORMATIONAL, 0, {});
  d.lose_next();
  d.response(Party::Harness, ExchangeType::INFORMATIONAL, 0, {});
  d.request(Party::Dut, ExchangeType::INFORMATIONAL, 1, {});
  CHECK(verdict(d, "rfc7296-2.3-window") == "fail");
}

TEST_CASE("CREATE_CHILD_SA and INFORMATIONAL wait for IKE_AUTH", "[reports][rules][rfc7296-1.2]") {
  const auto id = "rfc7296-1.2-initial-exchanges-first";
  Dialogue d(Party::Harness);
  d.ike_sa_init();
  SECTION("before") {
    d.request(Party::Dut, ExchangeType::INFORMATIONAL, 0, {});
    CHECK(verdict(d, id) == "fail");
  }
  SECTION("after") {
    d.ike_auth();
    d.request(Party::Dut, ExchangeType::INFORMATIONAL, 0, {});
    CHECK(verdict(d, id) == "pass");
  }
}

TEST_CASE("the I flag follows the role in the IKE SA", "[reports][rules][rfc7296-3.1]") {
  Dialogue d(Party::Harness);
  d.establish();
  CHECK(verdict(d, "rfc7296-3.1-initiator-flag") == "pass");
  d.request(Party::Dut, ExchangeType::INFORMATIONAL, 0, {},
            [](wire::Message& m) { m.header.flags |= wire::kFlagInitiator; });
  CHECK(verdict(d, "rfc7296-3.1-initiator-flag") == "fail");
}

TEST_CASE("a retransmitted request is bitwise identical", "[reports][rules][rfc7296-2.1]") {
  const auto id = "rfc7296-2.1-retransmission-identical";
  Dialogue d(Party::Dut);
  d.establish();
  const std::size_t ask = d.request(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
  SECTION("identical") {
    d.again(ask);
    CHECK(verdict(d, id) == "pass");
  }
  SECTION("encrypted anew") {
    d.request(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
    CHECK(verdict(d, id) == "fail");
  }
}

TEST_CASE("a repeated request gets the same response", "[reports][rules][rfc7296-2.1]") {
  const auto id = "rfc7296-2.1-response-repeated";
  Dialogue d(Party::Harness);
  d.establish();
  const std::size_t ask = d.request(Party::Harness, ExchangeType::INFORMATIONAL, 2, {});
  const std::size_t answer = d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
  d.again(ask);
  SECTION("the stored one") {
    d.again(answer);
    CHECK(verdict(d, id) == "pass");
    CHECK(verdict(d, "rfc7296-2.1-no-unasked-response") == "pass");
  }
  SECTION("a new one") {
    d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
    CHECK(verdict(d, id) == "fail");
  }
  SECTION("minutes later it may be forgotten") {
    d.wait(5min);
    d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
    CHECK(verdict(d, id).empty());
  }
}

TEST_CASE("IKE_SA_INIT asked again: the half-open IKE SA answers the same, a cookie may differ",
          "[reports][rules][rfc7296-2.1]") {
  const auto id = "rfc7296-2.1-response-repeated";
  Dialogue d(Party::Harness);
  const std::size_t ask =
      d.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(1)});
  SECTION("another full answer") {
    d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_choice(), key_exchange(), nonce(2)});
    d.again(ask);
    d.spis.r = IkeSpi{0x5555};
    d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_choice(), key_exchange(), nonce(3)});
    CHECK(verdict(d, id) == "fail");
  }
  SECTION("another cookie") {
    const auto zero = [](wire::Message& m) { m.header.spis.r = IkeSpi{}; };
    d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0,
               {Notify::of(NotifyType::COOKIE, std::array<std::uint8_t, 4>{1, 2, 3, 4})}, zero);
    d.again(ask);
    d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0,
               {Notify::of(NotifyType::COOKIE, std::array<std::uint8_t, 4>{5, 6, 7, 8})}, zero);
    CHECK(broken(d) == std::vector<std::string>{});
  }
}

TEST_CASE("a response is not repeated unasked", "[reports][rules][rfc7296-2.1]") {
  Dialogue d(Party::Harness);
  d.establish();
  d.request(Party::Harness, ExchangeType::INFORMATIONAL, 2, {});
  const std::size_t answer = d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
  CHECK(verdict(d, "rfc7296-2.1-no-unasked-response") == "pass");
  d.again(answer);
  CHECK(verdict(d, "rfc7296-2.1-no-unasked-response") == "fail");
}

TEST_CASE("retransmission times grow", "[reports][rules][rfc7296-2.4]") {
  const auto id = "rfc7296-2.4-exponential-backoff";
  Dialogue d(Party::Dut);
  d.establish();
  const std::size_t ask = d.request(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
  const auto repeat = [&](std::initializer_list<Duration> gaps) {
    for (const Duration gap : gaps) {
      d.wait(gap);
      d.again(ask);
    }
  };
  SECTION("doubling, with a cap") {
    repeat({1s, 2s, 4s, 4s});
    CHECK(verdict(d, id) == "pass");
  }
  SECTION("constant") {
    repeat({1s, 1s, 1s});
    CHECK(verdict(d, id) == "fail");
  }
  SECTION("two retransmissions say nothing") {
    repeat({1s, 1s});
    CHECK(verdict(d, id).empty());
  }
}
