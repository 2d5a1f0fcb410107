#include "engine/wire/rules.hpp"

#include "tests/unit/wire/octets.hpp"
#include "tests/unit/wire/sample_messages.hpp"

using namespace ikevet;
using namespace ikevet::wire;
using namespace ikevet::test;

namespace {

/// What payloads break of the rules for a kind of message, joined.
std::string broken(MessageKind kind, std::span<const Payload> payloads) {
  std::string out;
  for (const RuleViolation& violation : violations(rules_for(kind), payloads)) out += violation.text() + "; ";
  return out;
}

std::string broken_outside(const Message& message) {
  std::string out;
  for (const RuleViolation& violation : outer_violations(message)) out += violation.text() + "; ";
  return out;
}

std::optional<MessageKind> kind_of(ExchangeType exchange, bool response, std::vector<Payload> payloads) {
  return classify(exchange, response, payloads);
}

}  // namespace

TEST_CASE("rules: honest messages break none", "[wire][rules]") {
  CHECK(broken(MessageKind::IkeSaInitRequest, sa_init_request().payloads) == "");
  CHECK(broken(MessageKind::AuthRequest, auth_request_payloads()) == "");
  CHECK(broken_outside(sa_init_request()) == "");
  CHECK(broken_outside(auth_request()) == "");
}

TEST_CASE("rules: what is missing, too many or out of place", "[wire][rules][rfc7296-appendix-c]") {
  std::vector<Payload> payloads = sa_init_request().payloads;
  payloads.erase(payloads.begin() + 1);
  payloads.push_back({Nonce{Bytes(32)}});
  payloads.push_back({IDi{}});
  CHECK(broken(MessageKind::IkeSaInitRequest, payloads) ==
        "KE missing (RFC 7296 Appendix C.1); "
        "Nonce 2 times, more often than allowed (RFC 7296 Appendix C.1); "
        "IDi not allowed in this message (RFC 7296 Appendix C.1); ");
}

TEST_CASE("rules: notifications of one type", "[wire][rules]") {
  std::vector<Payload> payloads = auth_request_payloads();
  payloads.push_back({Notify::of(NotifyType::USE_TRANSPORT_MODE)});
  CHECK(broken(MessageKind::AuthRequest, payloads) == "");
  payloads.push_back({Notify::of(NotifyType::USE_TRANSPORT_MODE)});
  CHECK(broken(MessageKind::AuthRequest, payloads) ==
        "N(USE_TRANSPORT_MODE) 2 times, more often than allowed (RFC 7296 Appendix C.2); ");
  CHECK(broken(MessageKind::RekeyChildRequest, {}).find("N(REKEY_SA) missing") != std::string::npos);
}

TEST_CASE("rules: Vendor IDs and unknown payloads may be anywhere", "[wire][rules][rfc7296-2.5]") {
  std::vector<Payload> payloads = auth_request_payloads();
  payloads.push_back({VendorId{}});
  payloads.push_back({Unknown{static_cast<PayloadType>(200), {}}});
  CHECK(broken(MessageKind::AuthRequest, payloads) == "");
}

TEST_CASE("rules: payloads in clear and SK before the end", "[wire][rules][rfc7296-3.14]") {
  Message message = auth_request();
  message.payloads.push_back({Notify::of(NotifyType::INITIAL_CONTACT)});
  CHECK(broken_outside(message) ==
        "SK not the last payload of its message (RFC 7296 §3.14); "
        "Notify in clear, outside SK (RFC 7296 §3.14); ");
  message.payloads = auth_request_payloads();
  CHECK(broken_outside(message).starts_with("SK missing (RFC 7296 §3.14); IDi in clear"));

  message = auth_request();
  message.payloads.insert(message.payloads.begin(), {Unknown{static_cast<PayloadType>(200), {}}});
  CHECK(broken_outside(message) == "");  // RFC 7383 §2.5.3
}

TEST_CASE("rules: octets behind SK, as they come from the wire", "[wire][rules]") {
  Bytes octets = auth_request().octets();
  append(octets, hex("0000000400"));
  octets[27] = static_cast<std::uint8_t>(octets.size());
  const auto message = Message::parse(octets);
  REQUIRE(message);
  CHECK(broken_outside(*message) == "SK not the last payload of its message (RFC 7296 §3.14); ");
}

TEST_CASE("rules: an error in clear to somebody without an IKE SA", "[wire][rules][rfc7296-1.5]") {
  Message message = auth_request();
  message.header.flags = kFlagResponse;
  message.payloads = {{Notify::of(NotifyType::INVALID_IKE_SPI)}};
  CHECK(broken_outside(message) == "");
  message.payloads = {{Notify::of(NotifyType::AUTHENTICATION_FAILED)}};
  CHECK(broken_outside(message) != "");
}

TEST_CASE("rules: which message it is", "[wire][rules]") {
  using K = MessageKind;
  using X = ExchangeType;
  const Payload idi{IDi{}};
  const Payload idr{IDr{}};
  const Payload auth{Authentication{}};
  const Payload eap{Eap{}};
  const Payload esp{SecurityAssociation{{esp_proposal()}}};
  const Payload ike{SecurityAssociation{{ike_proposal()}}};
  const Payload refusal{Notify::of(NotifyType::NO_PROPOSAL_CHOSEN)};
  const Payload rekey{Notify::of(NotifyType::REKEY_SA)};

  CHECK(kind_of(X::IKE_SA_INIT, false, {}) == K::IkeSaInitRequest);
  CHECK(kind_of(X::IKE_SA_INIT, true, {ike}) == K::IkeSaInitResponse);
  CHECK(kind_of(X::IKE_SA_INIT, true, {refusal}) == K::IkeSaInitErrorResponse);
  CHECK(kind_of(X::IKE_AUTH, false, {idi, auth, esp}) == K::AuthRequest);
  CHECK(kind_of(X::IKE_AUTH, false, {idi, auth}) == K::AuthRequestChildless);
  CHECK(kind_of(X::IKE_AUTH, false, {idi, esp}) == K::EapFirstRequest);
  CHECK(kind_of(X::IKE_AUTH, false, {eap}) == K::EapRequest);
  CHECK(kind_of(X::IKE_AUTH, false, {auth}) == K::EapLastRequest);
  CHECK(kind_of(X::IKE_AUTH, true, {idr, auth, eap}) == K::EapFirstResponse);
  CHECK(kind_of(X::IKE_AUTH, true, {eap}) == K::EapResponse);
  CHECK(kind_of(X::IKE_AUTH, true, {auth, esp}) == K::EapLastResponse);
  CHECK(kind_of(X::IKE_AUTH, true, {idr, auth, esp}) == K::AuthResponse);
  CHECK(kind_of(X::IKE_AUTH, true, {idr, auth, refusal}) == K::AuthResponseChildless);
  CHECK(kind_of(X::IKE_AUTH, true, {refusal}) == K::AuthErrorResponse);
  CHECK(kind_of(X::CREATE_CHILD_SA, false, {esp}) == K::CreateChildRequest);
  CHECK(kind_of(X::CREATE_CHILD_SA, false, {rekey, esp}) == K::RekeyChildRequest);
  CHECK(kind_of(X::CREATE_CHILD_SA, false, {ike}) == K::RekeyIkeRequest);
  CHECK(kind_of(X::CREATE_CHILD_SA, true, {esp}) == K::CreateChildResponse);
  CHECK(kind_of(X::CREATE_CHILD_SA, true, {ike}) == K::RekeyIkeResponse);
  CHECK(kind_of(X::CREATE_CHILD_SA, true, {refusal}) == K::CreateChildErrorResponse);
  CHECK(kind_of(X::INFORMATIONAL, true, {}) == K::InformationalResponse);
  CHECK_FALSE(kind_of(static_cast<X>(240), false, {}));
}

TEST_CASE("rules: every table names its source", "[wire][rules]") {
  for (const MessageRules& rules : message_rules()) {
    CHECK_FALSE(rules.name.empty());
    CHECK(rules.source.starts_with("RFC "));
    CHECK(&rules_for(rules.kind) == &rules);
    CHECK(name(rules.kind) == rules.name);
  }
}
