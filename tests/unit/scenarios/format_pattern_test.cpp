#include "scenarios/format/pattern.hpp"
#include "tests/unit/scenarios/format_support.hpp"

using namespace ikevet;             // NOLINT(google-build-using-namespace)
using namespace ikevet::scenarios;  // NOLINT(google-build-using-namespace)
using wire::ExchangeType;
using wire::NotifyType;
using wire::PayloadType;

namespace {

/// R -> I   HDR(A,0), N(INVALID_KE_PAYLOAD 31)
trace::MessageRecord invalid_ke() {
  trace::MessageRecord record;
  record.outer.header.exchange = ExchangeType::IKE_SA_INIT;
  record.outer.header.flags = wire::kFlagResponse;
  record.outer.payloads.push_back({wire::Notify::of(NotifyType::INVALID_KE_PAYLOAD, Bytes{0, 31}), false, 0});
  return record;
}

/// HDR, SK {}
trace::MessageRecord empty_informational() {
  trace::MessageRecord record;
  record.outer.header.exchange = ExchangeType::INFORMATIONAL;
  record.outer.header.message_id = MessageId{3};
  record.protection = trace::Protection::Opened;
  return record;
}

MessagePattern with(PayloadPattern payload) {
  MessagePattern out;
  out.payloads.push_back(std::move(payload));
  return out;
}
PayloadPattern notify(NotifyType type) {
  PayloadPattern out;
  out.type = PayloadType::Notify;
  out.notify = type;
  return out;
}
PayloadPattern payload(PayloadType type) {
  PayloadPattern out;
  out.type = type;
  return out;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("A pattern that says nothing matches everything", "[scenarios][pattern]") {
  CHECK(matches({}, invalid_ke()));
  CHECK(matches({}, empty_informational()));
}

TEST_CASE("Header fields", "[scenarios][pattern]") {
  MessagePattern pattern;
  pattern.exchange = ExchangeType::IKE_AUTH;
  pattern.response = false;
  pattern.message_id = 1;
  pattern.minor_version = 1;
  CHECK(mismatches(pattern, invalid_ke()) == Lines{"exchange IKE_SA_INIT, IKE_AUTH wanted",
                                                   "a response, a request wanted", "Message ID 0, 1 wanted",
                                                   "minor version 0, 1 wanted"});
}

TEST_CASE("Notifications, by type, data and group", "[scenarios][pattern]") {
  CHECK(matches(with(notify(NotifyType::INVALID_KE_PAYLOAD)), invalid_ke()));
  CHECK(mismatches(with(notify(NotifyType::COOKIE)), invalid_ke()) == Lines{"no N(COOKIE); has N(INVALID_KE_PAYLOAD)"});

  PayloadPattern pattern = notify(NotifyType::INVALID_KE_PAYLOAD);
  pattern.data = Bytes{0, 31};
  CHECK(matches(with(pattern), invalid_ke()));
  pattern.data = Bytes{0, 19};
  CHECK(mismatches(with(pattern), invalid_ke()) == Lines{"N(INVALID_KE_PAYLOAD) with data 001f, 0013 wanted"});

  pattern.data.reset();
  pattern.group = wire::DhGroup::CURVE25519;
  CHECK(matches(with(pattern), invalid_ke()));
  pattern.group = wire::DhGroup::ECP_256;
  CHECK(mismatches(with(pattern), invalid_ke()) ==
        Lines{"N(INVALID_KE_PAYLOAD) with group CURVE25519, ECP_256 wanted"});
  CHECK(describe(with(pattern)) == "any message with N(INVALID_KE_PAYLOAD) for group ECP_256");
}

TEST_CASE("Any of several payloads of a kind will do", "[scenarios][pattern]") {
  trace::MessageRecord record = invalid_ke();
  record.outer.payloads.push_back({wire::Nonce{Bytes(8, 1)}, false, 0});
  record.outer.payloads.push_back({wire::Nonce{Bytes(32, 1)}, false, 0});
  PayloadPattern pattern = payload(PayloadType::Nonce);
  pattern.min_size = 16;
  CHECK(matches(with(pattern), record));
  pattern.min_size = 64;
  CHECK(mismatches(with(pattern), record) == Lines{"Nonce with 8 octets of data, at least 64 wanted"});
  pattern.min_size.reset();
  pattern.max_size = 4;
  CHECK(mismatches(with(pattern), record) == Lines{"Nonce with 8 octets of data, at most 4 wanted"});
}

TEST_CASE("What must not be there", "[scenarios][pattern]") {
  PayloadPattern pattern = notify(NotifyType::INVALID_KE_PAYLOAD);
  pattern.absent = true;
  CHECK(mismatches(with(pattern), invalid_ke()) == Lines{"N(INVALID_KE_PAYLOAD) is there"});
  CHECK(matches(with(pattern), empty_informational()));
  CHECK(describe(with(pattern)) == "any message without N(INVALID_KE_PAYLOAD)");
}

TEST_CASE("Protection, emptiness, errors", "[scenarios][pattern]") {
  MessagePattern pattern;
  pattern.encrypted = true;
  pattern.empty = true;
  pattern.error = false;
  CHECK(matches(pattern, empty_informational()));
  CHECK(mismatches(pattern, invalid_ke()) == Lines{"not protected as it should be: clear",
                                                   "has N(INVALID_KE_PAYLOAD), no payloads wanted",
                                                   "carries the error INVALID_KE_PAYLOAD"});
  trace::MessageRecord forged = empty_informational();
  forged.protection = trace::Protection::BadIntegrity;
  CHECK(mismatches(pattern, forged) == Lines{"not protected as it should be: bad-integrity"});
  CHECK(describe(pattern) == "any message, protected, empty, without an error notification");
}

TEST_CASE("EAP payloads, by code and type", "[scenarios][pattern]") {
  trace::MessageRecord asked;  // R -> I  HDR, SK {EAP}
  asked.outer.header.exchange = ExchangeType::IKE_AUTH;
  asked.protection = trace::Protection::Opened;
  asked.inner.push_back({wire::Eap{wire::EapCode::Request, 1, wire::EapType::MSCHAPv2, Bytes{1}}, false, 0});
  PayloadPattern pattern = payload(PayloadType::EAP);
  pattern.eap_code = wire::EapCode::Request;
  pattern.eap_type = wire::EapType::MSCHAPv2;
  CHECK(matches(with(pattern), asked));
  CHECK(describe(with(pattern)).find("EAP Request/MSCHAPv2") != std::string::npos);
  pattern.eap_type = wire::EapType::TLS;
  CHECK(mismatches(with(pattern), asked) == Lines{"EAP with MSCHAPv2, TLS wanted"});
  pattern.eap_type.reset();
  pattern.eap_code = wire::EapCode::Success;
  CHECK(mismatches(with(pattern), asked) == Lines{"EAP with Request, Success wanted"});
}
