#include "engine/wire/describe.hpp"

#include "tests/unit/wire/octets.hpp"
#include "tests/unit/wire/sample_messages.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

TEST_CASE("describe: messages in the notation of RFC 7296", "[wire][describe]") {
  CHECK(describe(sa_init_request()) ==
        "HDR, SAi1, KEi, Ni, N(NAT_DETECTION_SOURCE_IP), N(NAT_DETECTION_DESTINATION_IP)");
  CHECK(describe(auth_request()) == "HDR, SK {80 octets}");
  CHECK(describe(auth_request(), auth_request_payloads()) == "HDR, SK {IDi, AUTH, SAi2, TSi, TSr}");
  CHECK(describe(Message{}) == "HDR");
}

TEST_CASE("describe: the answer is written with r", "[wire][describe]") {
  Message answer = sa_init_request();
  answer.header.flags = kFlagResponse;
  answer.payloads.resize(3);
  CHECK(describe(answer) == "HDR, SAr1, KEr, Nr");
  CHECK(describe(auth_request_payloads(), ExchangeType::CREATE_CHILD_SA, true) == "IDi, AUTH, SA, TSi, TSr");
}

TEST_CASE("describe: every kind of payload", "[wire][describe]") {
  const std::vector<Payload> payloads{
      {Delete::ike_sa()},
      {VendorId{}},
      {Configuration{CfgType::CFG_REPLY, {}, {}}},
      {Eap{EapCode::Request, 1, EapType::Identity, {}}},
      {Eap{EapCode::Success, 1, {}, {}}},
      {Certificate{}},
      {CertificateRequest{}},
      {IDr{}},
      {Notify::of(static_cast<NotifyType>(40000))},
      {EncryptedFragment{PayloadType::None, 2, 5, Bytes(480)}},
      {Unknown{static_cast<PayloadType>(200), {}}},
      {Unknown{PayloadType::PS, {}}},
      {Malformed{PayloadType::TSr, {}, {}}},
  };
  CHECK(describe(payloads, ExchangeType::INFORMATIONAL, false) ==
        "D, V, CP(CFG_REPLY), EAP(Request/Identity), EAP(Success), CERT, CERTREQ, IDr, N(40000), "
        "SKF 2/5 {480 octets}, payload 200, PS, TSr!");
}

TEST_CASE("describe: headers and proposals", "[wire][describe]") {
  CHECK(describe_header(sa_init_request().header) == "IKE_SA_INIT request 0");
  IkeHeader header;
  header.exchange = static_cast<ExchangeType>(240);
  header.flags = kFlagResponse;
  header.message_id.value = 7;
  CHECK(describe_header(header) == "240 response 7");
  CHECK(describe(ike_proposal()) == "IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/CURVE25519");
  CHECK(describe(esp_proposal()) == "ESP:AES_GCM_16_256/NoESN");
  CHECK(describe(Transform::of(static_cast<DhGroup>(1000))) == "KE(1000)");
}
