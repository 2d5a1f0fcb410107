// Structure, protection, framing, where answers go, the end of an IKE SA.
#include "tests/unit/reports/watch.hpp"

using namespace ikevet;
using namespace ikevet::test;
using trace::Party;
using wire::ExchangeType;
using wire::Notify;
using wire::NotifyType;

TEST_CASE("payloads that an exchange does not have, or lacks", "[reports][rules][rfc7296-1.2]") {
  SECTION("no nonce in IKE_SA_INIT") {
    Dialogue d(Party::Dut);
    d.request(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange()});
    CHECK(verdict(d, "rfc7296-1.2-ike-sa-init-payloads") == "fail");
  }
  SECTION("KE in IKE_AUTH") {
    Dialogue d(Party::Dut);
    d.ike_sa_init();
    d.request(Party::Dut, ExchangeType::IKE_AUTH, 1,
              {wire::IDi{}, wire::Authentication{}, child_offer(1), tsi(), tsr(), key_exchange()});
    CHECK(verdict(d, "rfc7296-1.2-ike-auth-payloads") == "fail");
  }
  SECTION("SA in INFORMATIONAL") {
    Dialogue d(Party::Dut);
    d.establish();
    d.request(Party::Dut, ExchangeType::INFORMATIONAL, 2, {child_offer(1)});
    CHECK(verdict(d, "rfc7296-1.4-informational-payloads") == "fail");
  }
}

TEST_CASE("everything after IKE_SA_INIT is inside SK, save one-way errors", "[reports][rules][rfc7296-1.2]") {
  const auto id = "rfc7296-1.2-protected-after-init";
  Dialogue d(Party::Harness);
  d.establish();
  d.request(Party::Harness, ExchangeType::INFORMATIONAL, 2, {});
  SECTION("in clear") {
    d.send_clear(Party::Dut, ExchangeType::INFORMATIONAL, true, 2, {nonce(1)});
    CHECK(verdict(d, id) == "fail");
  }
  SECTION("INVALID_IKE_SPI in clear") {
    d.send_clear(Party::Dut, ExchangeType::INFORMATIONAL, true, 2, {Notify::of(NotifyType::INVALID_IKE_SPI)});
    CHECK(broken(d) == std::vector<std::string>{});
    CHECK(verdict(d, "rfc7296-2.21.4-invalid-ike-spi-form") == "pass");
  }
  SECTION("INVALID_IKE_SPI inside SK") {
    d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {Notify::of(NotifyType::INVALID_IKE_SPI)});
    CHECK(verdict(d, "rfc7296-2.21.4-invalid-ike-spi-form") == "fail");
  }
}

TEST_CASE("octets that do not parse are named", "[reports][rules][rfc7296-3.1]") {
  Dialogue d(Party::Harness);
  Bytes cut = Writer().u64(1U).u64(2U).u8(33).u8(0x20).u8(34).u8(0x20).u32(0U).u32(32U).u8(0).u8(0).u16(9).take();
  d.octets(Party::Dut, cut);
  CHECK(verdict(d, "rfc7296-3.1-message-structure") == "fail");
}

TEST_CASE("a wrong checksum counts once the keys are proven", "[reports][rules][rfc7296-3.14]") {
  const auto spoil = [](wire::Message& m) { std::get<wire::Encrypted>(m.payloads.back().body).body.back() ^= 1; };
  Dialogue proven(Party::Harness), unproven(Party::Harness);
  proven.establish();
  unproven.ike_sa_init();
  for (Dialogue* d : {&proven, &unproven}) d->request(Party::Dut, ExchangeType::INFORMATIONAL, 0, {}, spoil);
  CHECK(verdict(proven, "rfc7296-3.14-integrity-checksum") == "fail");
  CHECK(verdict(unproven, "rfc7296-3.14-integrity-checksum").empty());
}

TEST_CASE("an IV is used once under a key", "[reports][rules][rfc5282-3.1]") {
  Dialogue d(Party::Harness);
  d.establish();
  d.liveness(Party::Dut, 0);
  CHECK(verdict(d, "rfc5282-3.1-iv-once") == "pass");
  d.request(Party::Dut, ExchangeType::INFORMATIONAL, 1, {}, [](wire::Message& m) {
    std::get<wire::Encrypted>(m.payloads.back().body).body = PlainSk::seal(3, {});  // the device's first was 2, then 3
  });
  CHECK(verdict(d, "rfc5282-3.1-iv-once") == "fail");
}

TEST_CASE("IKE on port 4500 has the non-ESP marker", "[reports][rules][rfc7296-2]") {
  const auto id = "rfc7296-2-non-esp-marker";
  Dialogue d(Party::Harness);
  d.ike_sa_init();
  CHECK(verdict(d, id).empty());
  d.use_port(kNatTPort);
  d.ike_auth();
  CHECK(verdict(d, id) == "pass");
  const auto& last = d.trace().messages.back();
  d.octets(Party::Dut, last.octets);  // the same message, bare
  CHECK(verdict(d, id) == "fail");
}

TEST_CASE("fragments only where both announced them", "[reports][rules][rfc7383-2.4]") {
  const bool announced = GENERATE(false, true);
  Dialogue d(Party::Harness);
  const auto notify = Notify::of(NotifyType::IKEV2_FRAGMENTATION_SUPPORTED);
  Dialogue::Payloads request{ike_offer(), key_exchange(), nonce(1)}, response{ike_choice(), key_exchange(), nonce(2)};
  if (announced) request.emplace_back(notify);
  response.emplace_back(notify);
  d.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0, request);
  d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0, response);
  wire::EncryptedFragment skf;
  skf.fragment_number = 1;
  skf.total_fragments = 2;
  skf.first_inner = wire::PayloadType::IDr;
  skf.body = PlainSk::seal(77, Bytes(40, 0));
  d.send_clear(Party::Dut, ExchangeType::IKE_AUTH, true, 1, {skf});
  CHECK(verdict(d, "rfc7383-2.4-fragmentation-negotiated") == (announced ? "pass" : "fail"));
}

TEST_CASE("answers go where the question came from", "[reports][rules][rfc7296-2.11]") {
  const auto id = "rfc7296-2.11-answer-to-source";
  Dialogue d(Party::Harness);
  d.establish();
  d.harness.port = 40000;
  d.request(Party::Harness, ExchangeType::INFORMATIONAL, 2, {});
  SECTION("to the new port") {
    d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
    CHECK(verdict(d, id) == "pass");
  }
  SECTION("to the old port") {
    d.harness.port = kIkePort;
    d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
    CHECK(verdict(d, id) == "fail");
  }
}

TEST_CASE("UNSUPPORTED_CRITICAL_PAYLOAD names the payload", "[reports][rules][rfc7296-2.5]") {
  const std::uint8_t named = GENERATE(std::uint8_t{200}, std::uint8_t{199});
  Dialogue d(Party::Harness);
  d.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0,
            {ike_offer(), key_exchange(), nonce(1), wire::Unknown{static_cast<wire::PayloadType>(200), {}}},
            [](wire::Message& m) { m.payloads.back().critical = true; });
  d.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0,
             {Notify::of(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD, std::array<std::uint8_t, 1>{named})},
             [](wire::Message& m) { m.header.spis.r = IkeSpi{}; });
  CHECK(verdict(d, "rfc7296-2.5-critical-notify-data") == (named == 200 ? "pass" : "fail"));
}

TEST_CASE("notifications in places where they may not be", "[reports][rules]") {
  Dialogue d(Party::Harness);
  d.establish();
  SECTION("INVALID_MESSAGE_ID in a response") {
    d.request(Party::Harness, ExchangeType::INFORMATIONAL, 2, {});
    d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2,
               {Notify::of(NotifyType::INVALID_MESSAGE_ID, std::array<std::uint8_t, 4>{0, 0, 0, 2})});
    CHECK(verdict(d, "rfc7296-2.3-invalid-message-id-in-request") == "fail");
  }
  SECTION("INITIAL_CONTACT after IKE_AUTH") {
    d.request(Party::Dut, ExchangeType::INFORMATIONAL, 0, {Notify::of(NotifyType::INITIAL_CONTACT)});
    CHECK(verdict(d, "rfc7296-2.4-initial-contact-place") == "fail");
  }
  SECTION("transport mode that nobody asked for") {
    d.request(Party::Harness, ExchangeType::CREATE_CHILD_SA, 2, {child_offer(5), nonce(8), tsi(), tsr()});
    d.response(Party::Dut, ExchangeType::CREATE_CHILD_SA, 2,
               {Notify::of(NotifyType::USE_TRANSPORT_MODE), child_choice(6), nonce(9), tsi(), tsr()});
    CHECK(verdict(d, "rfc7296-1.3.1-transport-when-requested") == "fail");
  }
  SECTION("CFG_REPLY that nobody asked for") {
    wire::Configuration cp;
    cp.cfg_type = wire::CfgType::CFG_REPLY;
    d.request(Party::Dut, ExchangeType::INFORMATIONAL, 0, {cp});
    CHECK(verdict(d, "rfc7296-2.19-no-unasked-cfg-reply") == "fail");
  }
}

TEST_CASE("a deleted IKE SA is gone", "[reports][rules][rfc7296-1.4.1]") {
  Dialogue d(Party::Harness);
  d.establish();
  d.request(Party::Harness, ExchangeType::INFORMATIONAL, 2, {wire::Delete::ike_sa()});
  SECTION("empty answer, then silence") {
    d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
    CHECK(verdict(d, "rfc7296-1.4.1-delete-ike-empty-response") == "pass");
    CHECK(verdict(d, "rfc7296-1.4.1-deleted-ike-sa-closed") == "pass");
  }
  SECTION("an answer with payloads") {
    d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {wire::Delete::ike_sa()});
    CHECK(verdict(d, "rfc7296-1.4.1-delete-ike-empty-response") == "fail");
  }
  SECTION("and it lives on") {
    d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
    d.liveness(Party::Harness, 3);
    CHECK(verdict(d, "rfc7296-1.4.1-deleted-ike-sa-closed") == "fail");
  }
}

TEST_CASE("INVALID_SYNTAX ends the IKE SA", "[reports][rules][rfc7296-2.21.3]") {
  Dialogue d(Party::Harness);
  d.establish();
  d.request(Party::Harness, ExchangeType::INFORMATIONAL, 2, {});
  const std::size_t answer =
      d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {Notify::of(NotifyType::INVALID_SYNTAX)});
  d.again(answer);
  CHECK(verdict(d, "rfc7296-2.21.3-invalid-syntax-fatal") == "pass");
  d.liveness(Party::Dut, 0);
  CHECK(verdict(d, "rfc7296-2.21.3-invalid-syntax-fatal") == "fail");
}
