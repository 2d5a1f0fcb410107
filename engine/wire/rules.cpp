#include "engine/wire/rules.hpp"

#include <algorithm>
#include <array>

namespace ikevet::wire {
namespace {

using P = PayloadType;
using N = NotifyType;

constexpr Occurs kOnce{1, 1};
constexpr Occurs kOptional{0, 1};
constexpr Occurs kAnyNumber{0, kMany};
constexpr Occurs kAtLeastOnce{1, kMany};

// RFC 7296 Appendix C.1. [N(NAT_DETECTION_SOURCE_IP)+, ...]: several sources, one destination (§2.23).
constexpr std::array kSaInitRequest{
    PayloadRule{P::SA, kOnce},
    PayloadRule{P::KE, kOnce},
    PayloadRule{P::Nonce, kOnce},
    PayloadRule{P::Notify, kOptional, N::COOKIE},
    PayloadRule{P::Notify, kOptional, N::NAT_DETECTION_DESTINATION_IP},
    PayloadRule{P::Notify, kAnyNumber},
};
constexpr std::array kSaInitResponse{
    PayloadRule{P::SA, kOnce},
    PayloadRule{P::KE, kOnce},
    PayloadRule{P::Nonce, kOnce},
    PayloadRule{P::CERTREQ, kAnyNumber},
    PayloadRule{P::Notify, Occurs{0, 0}, N::COOKIE},
    PayloadRule{P::Notify, kOptional, N::NAT_DETECTION_DESTINATION_IP},
    PayloadRule{P::Notify, kAnyNumber},
};
constexpr std::array kErrorOnly{
    PayloadRule{P::Notify, kAtLeastOnce},
};

// RFC 5723 §4.3.1 to §4.3.4.
constexpr std::array kResumeRequest{
    PayloadRule{P::Nonce, kOnce},
    PayloadRule{P::Notify, kOnce, N::TICKET_OPAQUE},
    PayloadRule{P::Notify, kOptional, N::COOKIE},
    PayloadRule{P::Notify, kAnyNumber},
};
constexpr std::array kResumeResponse{
    PayloadRule{P::Nonce, kOnce},
    PayloadRule{P::Notify, kAnyNumber},
};

// RFC 9242 §3.2 leaves the content to extensions; RFC 9370 §2.2.2 has one KE.
constexpr std::array kIntermediate{
    PayloadRule{P::KE, kOptional},
    PayloadRule{P::Notify, kAnyNumber},
};

// RFC 7296 Appendix C.2.
constexpr std::array kAuthRequest{
    PayloadRule{P::IDi, kOnce},
    PayloadRule{P::CERT, kAnyNumber},
    PayloadRule{P::CERTREQ, kAnyNumber},
    PayloadRule{P::IDr, kOptional},
    PayloadRule{P::AUTH, kOnce},
    PayloadRule{P::CP, kOptional},
    PayloadRule{P::SA, kOnce},
    PayloadRule{P::TSi, kOnce},
    PayloadRule{P::TSr, kOnce},
    PayloadRule{P::Notify, kOptional, N::INITIAL_CONTACT},
    PayloadRule{P::Notify, kOptional, N::USE_TRANSPORT_MODE},
    PayloadRule{P::Notify, kOptional, N::ESP_TFC_PADDING_NOT_SUPPORTED},
    PayloadRule{P::Notify, kOptional, N::NON_FIRST_FRAGMENTS_ALSO},
    PayloadRule{P::Notify, kAnyNumber},
};
constexpr std::array kAuthResponse{
    PayloadRule{P::IDr, kOnce},
    PayloadRule{P::CERT, kAnyNumber},
    PayloadRule{P::AUTH, kOnce},
    PayloadRule{P::CP, kOptional},
    PayloadRule{P::SA, kOnce},
    PayloadRule{P::TSi, kOnce},
    PayloadRule{P::TSr, kOnce},
    PayloadRule{P::Notify, kOptional, N::IPCOMP_SUPPORTED},
    PayloadRule{P::Notify, kOptional, N::USE_TRANSPORT_MODE},
    PayloadRule{P::Notify, kOptional, N::ESP_TFC_PADDING_NOT_SUPPORTED},
    PayloadRule{P::Notify, kOptional, N::NON_FIRST_FRAGMENTS_ALSO},
    PayloadRule{P::Notify, kOptional, N::ADDITIONAL_TS_POSSIBLE},
    PayloadRule{P::Notify, kAnyNumber},
};

// RFC 6023 §3 and §4: the same without SA, TSi and TSr.
constexpr std::array kAuthRequestChildless{
    PayloadRule{P::IDi, kOnce},
    PayloadRule{P::CERT, kAnyNumber},
    PayloadRule{P::CERTREQ, kAnyNumber},
    PayloadRule{P::IDr, kOptional},
    PayloadRule{P::AUTH, kOnce},
    PayloadRule{P::CP, kOptional},
    PayloadRule{P::Notify, kOptional, N::INITIAL_CONTACT},
    PayloadRule{P::Notify, kAnyNumber},
};
constexpr std::array kAuthResponseChildless{
    PayloadRule{P::IDr, kOnce},    PayloadRule{P::CERT, kAnyNumber},   PayloadRule{P::AUTH, kOnce},
    PayloadRule{P::CP, kOptional}, PayloadRule{P::Notify, kAnyNumber},
};

// RFC 7296 Appendix C.3.
constexpr std::array kEapFirstRequest{
    PayloadRule{P::IDi, kOnce},
    PayloadRule{P::CERTREQ, kAnyNumber},
    PayloadRule{P::IDr, kOptional},
    PayloadRule{P::CP, kOptional},
    PayloadRule{P::SA, kOnce},
    PayloadRule{P::TSi, kOnce},
    PayloadRule{P::TSr, kOnce},
    PayloadRule{P::Notify, kOptional, N::INITIAL_CONTACT},
    PayloadRule{P::Notify, kOptional, N::USE_TRANSPORT_MODE},
    PayloadRule{P::Notify, kOptional, N::ESP_TFC_PADDING_NOT_SUPPORTED},
    PayloadRule{P::Notify, kOptional, N::NON_FIRST_FRAGMENTS_ALSO},
    PayloadRule{P::Notify, kAnyNumber},
};
constexpr std::array kEapFirstResponse{
    PayloadRule{P::IDr, kOnce}, PayloadRule{P::CERT, kAnyNumber},   PayloadRule{P::AUTH, kOnce},
    PayloadRule{P::EAP, kOnce}, PayloadRule{P::Notify, kAnyNumber},
};
constexpr std::array kEapOnlyFirstResponse{
    PayloadRule{P::IDr, kOnce},
    PayloadRule{P::EAP, kOnce},
    PayloadRule{P::Notify, kAnyNumber},
};
constexpr std::array kEapMessage{
    PayloadRule{P::EAP, kOnce},
    PayloadRule{P::Notify, kAnyNumber},
};
constexpr std::array kEapLastRequest{
    PayloadRule{P::AUTH, kOnce},
    PayloadRule{P::Notify, kAnyNumber},
};
constexpr std::array kEapLastResponse{
    PayloadRule{P::AUTH, kOnce},
    PayloadRule{P::CP, kOptional},
    PayloadRule{P::SA, kOnce},
    PayloadRule{P::TSi, kOnce},
    PayloadRule{P::TSr, kOnce},
    PayloadRule{P::Notify, kOptional, N::IPCOMP_SUPPORTED},
    PayloadRule{P::Notify, kOptional, N::USE_TRANSPORT_MODE},
    PayloadRule{P::Notify, kOptional, N::ESP_TFC_PADDING_NOT_SUPPORTED},
    PayloadRule{P::Notify, kOptional, N::NON_FIRST_FRAGMENTS_ALSO},
    PayloadRule{P::Notify, kOptional, N::ADDITIONAL_TS_POSSIBLE},
    PayloadRule{P::Notify, kAnyNumber},
};

// RFC 7296 Appendix C.4.
constexpr std::array kCreateChildRequest{
    PayloadRule{P::CP, kOptional},
    PayloadRule{P::SA, kOnce},
    PayloadRule{P::Nonce, kOnce},
    PayloadRule{P::KE, kOptional},
    PayloadRule{P::TSi, kOnce},
    PayloadRule{P::TSr, kOnce},
    PayloadRule{P::Notify, Occurs{0, 0}, N::REKEY_SA},
    PayloadRule{P::Notify, kOptional, N::USE_TRANSPORT_MODE},
    PayloadRule{P::Notify, kOptional, N::ESP_TFC_PADDING_NOT_SUPPORTED},
    PayloadRule{P::Notify, kOptional, N::NON_FIRST_FRAGMENTS_ALSO},
    PayloadRule{P::Notify, kAnyNumber},
};
constexpr std::array kRekeyChildRequest{
    PayloadRule{P::CP, kOptional},
    PayloadRule{P::SA, kOnce},
    PayloadRule{P::Nonce, kOnce},
    PayloadRule{P::KE, kOptional},
    PayloadRule{P::TSi, kOnce},
    PayloadRule{P::TSr, kOnce},
    PayloadRule{P::Notify, kOnce, N::REKEY_SA},
    PayloadRule{P::Notify, kOptional, N::USE_TRANSPORT_MODE},
    PayloadRule{P::Notify, kOptional, N::ESP_TFC_PADDING_NOT_SUPPORTED},
    PayloadRule{P::Notify, kOptional, N::NON_FIRST_FRAGMENTS_ALSO},
    PayloadRule{P::Notify, kAnyNumber},
};
constexpr std::array kCreateChildResponse{
    PayloadRule{P::CP, kOptional},
    PayloadRule{P::SA, kOnce},
    PayloadRule{P::Nonce, kOnce},
    PayloadRule{P::KE, kOptional},
    PayloadRule{P::TSi, kOnce},
    PayloadRule{P::TSr, kOnce},
    PayloadRule{P::Notify, kOptional, N::IPCOMP_SUPPORTED},
    PayloadRule{P::Notify, kOptional, N::USE_TRANSPORT_MODE},
    PayloadRule{P::Notify, kOptional, N::ESP_TFC_PADDING_NOT_SUPPORTED},
    PayloadRule{P::Notify, kOptional, N::NON_FIRST_FRAGMENTS_ALSO},
    PayloadRule{P::Notify, kOptional, N::ADDITIONAL_TS_POSSIBLE},
    PayloadRule{P::Notify, kAnyNumber},
};

// RFC 7296 Appendix C.5.
constexpr std::array kRekeyIke{
    PayloadRule{P::SA, kOnce},
    PayloadRule{P::Nonce, kOnce},
    PayloadRule{P::KE, kOnce},
    PayloadRule{P::Notify, kAnyNumber},
};

// RFC 9370 §2.2.4.
constexpr std::array kFollowupKeRequest{
    PayloadRule{P::KE, kOnce},
    PayloadRule{P::Notify, kOnce, N::ADDITIONAL_KEY_EXCHANGE},
    PayloadRule{P::Notify, kAnyNumber},
};
constexpr std::array kFollowupKeResponse{
    PayloadRule{P::KE, kOptional},  // absent in an error such as N(STATE_NOT_FOUND)
    PayloadRule{P::Notify, kOptional, N::ADDITIONAL_KEY_EXCHANGE},
    PayloadRule{P::Notify, kAnyNumber},
};

// RFC 7296 Appendix C.6.
constexpr std::array kInformational{
    PayloadRule{P::Notify, kAnyNumber},
    PayloadRule{P::Delete, kAnyNumber},
    PayloadRule{P::CP, kOptional},
};

using K = MessageKind;
using X = ExchangeType;
constexpr std::string_view kC1 = "RFC 7296 Appendix C.1";
constexpr std::string_view kC2 = "RFC 7296 Appendix C.2";
constexpr std::string_view kC3 = "RFC 7296 Appendix C.3";
constexpr std::string_view kC4 = "RFC 7296 Appendix C.4";
constexpr std::string_view kC5 = "RFC 7296 Appendix C.5";
constexpr std::string_view kC6 = "RFC 7296 Appendix C.6";

constexpr std::array kTables{
    MessageRules{K::IkeSaInitRequest, "IKE_SA_INIT request", X::IKE_SA_INIT, false, false, kC1, kSaInitRequest},
    MessageRules{K::IkeSaInitResponse, "IKE_SA_INIT response", X::IKE_SA_INIT, true, false, kC1, kSaInitResponse},
    MessageRules{K::IkeSaInitErrorResponse, "IKE_SA_INIT error response", X::IKE_SA_INIT, true, false, kC1, kErrorOnly},
    MessageRules{K::IkeSessionResumeRequest, "IKE_SESSION_RESUME request", X::IKE_SESSION_RESUME, false, false,
                 "RFC 5723 §4.3.1", kResumeRequest},
    MessageRules{K::IkeSessionResumeResponse, "IKE_SESSION_RESUME response", X::IKE_SESSION_RESUME, true, false,
                 "RFC 5723 §4.3.2", kResumeResponse},
    MessageRules{K::IkeSessionResumeErrorResponse, "IKE_SESSION_RESUME error response", X::IKE_SESSION_RESUME, true,
                 false, "RFC 5723 §4.3.3", kErrorOnly},
    MessageRules{K::IkeIntermediateRequest, "IKE_INTERMEDIATE request", X::IKE_INTERMEDIATE, false, true,
                 "RFC 9242 §3.2", kIntermediate},
    MessageRules{K::IkeIntermediateResponse, "IKE_INTERMEDIATE response", X::IKE_INTERMEDIATE, true, true,
                 "RFC 9242 §3.2", kIntermediate},
    MessageRules{K::AuthRequest, "IKE_AUTH request", X::IKE_AUTH, false, true, kC2, kAuthRequest},
    MessageRules{K::AuthResponse, "IKE_AUTH response", X::IKE_AUTH, true, true, kC2, kAuthResponse},
    MessageRules{K::AuthRequestChildless, "IKE_AUTH request without a Child SA", X::IKE_AUTH, false, true,
                 "RFC 6023 §3", kAuthRequestChildless},
    MessageRules{K::AuthResponseChildless, "IKE_AUTH response without a Child SA", X::IKE_AUTH, true, true, kC2,
                 kAuthResponseChildless},
    MessageRules{K::AuthErrorResponse, "IKE_AUTH error response", X::IKE_AUTH, true, true, "RFC 7296 §2.21.2",
                 kErrorOnly},
    MessageRules{K::EapFirstRequest, "first IKE_AUTH request with EAP", X::IKE_AUTH, false, true, kC3,
                 kEapFirstRequest},
    MessageRules{K::EapFirstResponse, "first IKE_AUTH response with EAP", X::IKE_AUTH, true, true, kC3,
                 kEapFirstResponse},
    MessageRules{K::EapOnlyFirstResponse, "first IKE_AUTH response with EAP only", X::IKE_AUTH, true, true,
                 "RFC 5998 §3", kEapOnlyFirstResponse},
    MessageRules{K::EapRequest, "IKE_AUTH request carrying EAP", X::IKE_AUTH, false, true, kC3, kEapMessage},
    MessageRules{K::EapResponse, "IKE_AUTH response carrying EAP", X::IKE_AUTH, true, true, kC3, kEapMessage},
    MessageRules{K::EapLastRequest, "last IKE_AUTH request after EAP", X::IKE_AUTH, false, true, kC3, kEapLastRequest},
    MessageRules{K::EapLastResponse, "last IKE_AUTH response after EAP", X::IKE_AUTH, true, true, kC3,
                 kEapLastResponse},
    MessageRules{K::CreateChildRequest, "CREATE_CHILD_SA request", X::CREATE_CHILD_SA, false, true, kC4,
                 kCreateChildRequest},
    MessageRules{K::CreateChildResponse, "CREATE_CHILD_SA response", X::CREATE_CHILD_SA, true, true, kC4,
                 kCreateChildResponse},
    MessageRules{K::RekeyChildRequest, "CREATE_CHILD_SA request rekeying a Child SA", X::CREATE_CHILD_SA, false, true,
                 kC4, kRekeyChildRequest},
    MessageRules{K::RekeyIkeRequest, "CREATE_CHILD_SA request rekeying the IKE SA", X::CREATE_CHILD_SA, false, true,
                 kC5, kRekeyIke},
    MessageRules{K::RekeyIkeResponse, "CREATE_CHILD_SA response rekeying the IKE SA", X::CREATE_CHILD_SA, true, true,
                 kC5, kRekeyIke},
    MessageRules{K::CreateChildErrorResponse, "CREATE_CHILD_SA error response", X::CREATE_CHILD_SA, true, true, kC4,
                 kErrorOnly},
    MessageRules{K::FollowupKeRequest, "IKE_FOLLOWUP_KE request", X::IKE_FOLLOWUP_KE, false, true, "RFC 9370 §2.2.4",
                 kFollowupKeRequest},
    MessageRules{K::FollowupKeResponse, "IKE_FOLLOWUP_KE response", X::IKE_FOLLOWUP_KE, true, true, "RFC 9370 §2.2.4",
                 kFollowupKeResponse},
    MessageRules{K::InformationalRequest, "INFORMATIONAL request", X::INFORMATIONAL, false, true, kC6, kInformational},
    MessageRules{K::InformationalResponse, "INFORMATIONAL response", X::INFORMATIONAL, true, true, kC6, kInformational},
    MessageRules{K::UnprotectedError, "error outside an IKE SA", X::INFORMATIONAL, true, false, "RFC 7296 §1.5",
                 kErrorOnly},
};

constexpr bool in_order_of_kind() {
  for (std::size_t i = 0; i < kTables.size(); ++i)
    if (static_cast<std::size_t>(kTables[i].kind) != i) return false;
  return true;
}
static_assert(in_order_of_kind(), "rules_for() takes the kind for an index");

/// The payload types whose place RFC 7296 and RFC 7383 settle. Others are for RFC 7296 §2.5 to pass over.
bool has_a_place(PayloadType type) { return (type >= P::SA && type <= P::EAP) || type == P::SKF; }

bool is_closed(PayloadType type) { return type == P::SK || type == P::SKF; }

unsigned count(std::span<const Payload> payloads, PayloadType type) {
  return static_cast<unsigned>(std::ranges::count(payloads, type, &Payload::type));
}

unsigned count(std::span<const Payload> payloads, NotifyType type) {
  return static_cast<unsigned>(
      std::ranges::count(notifies(payloads), type, [](const Notify* notify) { return notify->type; }));
}

bool has(std::span<const Payload> payloads, PayloadType type) { return count(payloads, type) != 0; }

MessageKind classify_auth_request(std::span<const Payload> payloads) {
  if (has(payloads, P::EAP)) return K::EapRequest;
  if (!has(payloads, P::IDi)) return has(payloads, P::AUTH) ? K::EapLastRequest : K::AuthRequest;
  if (!has(payloads, P::AUTH)) return K::EapFirstRequest;
  const bool child = has(payloads, P::SA) || has(payloads, P::TSi) || has(payloads, P::TSr);
  return child ? K::AuthRequest : K::AuthRequestChildless;
}

MessageKind classify_auth_response(std::span<const Payload> payloads) {
  if (has(payloads, P::EAP)) return has(payloads, P::IDr) ? K::EapFirstResponse : K::EapResponse;
  const bool child = has(payloads, P::SA) || has(payloads, P::TSi) || has(payloads, P::TSr);
  if (!has(payloads, P::AUTH) && !child && find_error(payloads)) return K::AuthErrorResponse;
  if (!has(payloads, P::IDr) && has(payloads, P::AUTH) && child) return K::EapLastResponse;
  return child ? K::AuthResponse : K::AuthResponseChildless;
}

MessageKind classify_create_child(bool response, std::span<const Payload> payloads) {
  if (!response && find_notify(payloads, N::REKEY_SA)) return K::RekeyChildRequest;
  const auto* sa = find<SecurityAssociation>(payloads);
  if (response && !has(payloads, P::SA)) return K::CreateChildErrorResponse;
  const bool ike = sa && !sa->proposals.empty() && sa->proposals.front().protocol == ProtocolId::IKE;
  if (ike) return response ? K::RekeyIkeResponse : K::RekeyIkeRequest;
  return response ? K::CreateChildResponse : K::CreateChildRequest;
}

bool has_sk(ExchangeType exchange) {
  return std::ranges::any_of(kTables,
                             [&](const MessageRules& r) { return r.exchange == exchange && r.protected_by_sk; });
}

bool names(const MessageRules& rules, PayloadType type) {
  return std::ranges::find(rules.payloads, type, &PayloadRule::type) != rules.payloads.end();
}

bool was(const std::vector<PayloadType>& reported, PayloadType type) {
  return std::ranges::find(reported, type) != reported.end();
}

/// RFC 7296 §1.5 and §2.5: what may be said to somebody with whom there is no IKE SA.
bool is_unprotected_error(std::span<const Payload> payloads) {
  const auto allowed = [](const Payload& payload) {
    const auto* notify = std::get_if<Notify>(&payload.body);
    return notify && (notify->type == N::INVALID_IKE_SPI || notify->type == N::INVALID_SPI ||
                      notify->type == N::INVALID_MAJOR_VERSION);
  };
  return std::ranges::any_of(payloads, allowed) &&
         std::ranges::all_of(payloads, [&](const Payload& p) { return allowed(p) || p.type() == P::VendorId; });
}

/// Octets within the header's Length that no payload accounts for.
bool has_octets_behind_chain(const Message& message) {
  return !message.trailing.empty() && message.header.length > kIkeHeaderSize + serialise_chain(message.payloads).size();
}

}  // namespace

std::string RuleViolation::text() const {
  std::string subject = notify ? "N(" + name_or_number(*notify) + ")" : name_or_number(type);
  switch (what) {
    case What::Missing:
      subject += " missing";
      break;
    case What::TooMany:
      subject += " " + std::to_string(seen) + " times, more often than allowed";
      break;
    case What::NotAllowed:
      subject += " not allowed in this message";
      break;
    case What::InClear:
      subject += " in clear, outside SK";
      break;
    case What::NotLast:
      subject += " not the last payload of its message";
      break;
  }
  return subject + " (" + std::string(source) + ")";
}

std::span<const MessageRules> message_rules() { return kTables; }

const MessageRules& rules_for(MessageKind kind) { return kTables[static_cast<std::size_t>(kind)]; }

std::string_view name(MessageKind kind) { return rules_for(kind).name; }

std::optional<MessageKind> classify(ExchangeType exchange, bool response, std::span<const Payload> payloads) {
  switch (exchange) {
    case X::IKE_SA_INIT:
      if (!response) return K::IkeSaInitRequest;
      return has(payloads, P::SA) ? K::IkeSaInitResponse : K::IkeSaInitErrorResponse;
    case X::IKE_SESSION_RESUME:
      if (!response) return K::IkeSessionResumeRequest;
      return has(payloads, P::Nonce) ? K::IkeSessionResumeResponse : K::IkeSessionResumeErrorResponse;
    case X::IKE_INTERMEDIATE:
      return response ? K::IkeIntermediateResponse : K::IkeIntermediateRequest;
    case X::IKE_AUTH:
      return response ? classify_auth_response(payloads) : classify_auth_request(payloads);
    case X::CREATE_CHILD_SA:
      return classify_create_child(response, payloads);
    case X::IKE_FOLLOWUP_KE:
      return response ? K::FollowupKeResponse : K::FollowupKeRequest;
    case X::INFORMATIONAL:
      return response ? K::InformationalResponse : K::InformationalRequest;
    case X::GSA_AUTH:
    case X::GSA_REGISTRATION:
    case X::GSA_REKEY:
    case X::GSA_INBAND_REKEY:
      break;
  }
  return std::nullopt;
}

std::vector<RuleViolation> violations(const MessageRules& rules, std::span<const Payload> payloads) {
  using What = RuleViolation::What;
  std::vector<RuleViolation> out;
  for (const PayloadRule& rule : rules.payloads) {
    const unsigned seen = rule.notify ? count(payloads, *rule.notify) : count(payloads, rule.type);
    if (seen < rule.occurs.min) out.push_back({What::Missing, rule.type, rule.notify, seen, rules.source});
    if (rule.occurs.max == kMany || seen <= rule.occurs.max) continue;
    const What what = rule.occurs.max == 0 ? What::NotAllowed : What::TooMany;
    out.push_back({what, rule.type, rule.notify, seen, rules.source});
  }
  std::vector<PayloadType> reported;
  for (const Payload& payload : payloads) {
    const PayloadType type = payload.type();
    if (!has_a_place(type) || type == P::VendorId) continue;
    if (names(rules, type)) continue;
    if (was(reported, type)) continue;
    reported.push_back(type);
    out.push_back({What::NotAllowed, type, std::nullopt, count(payloads, type), rules.source});
  }
  return out;
}

std::vector<RuleViolation> outer_violations(const Message& message) {
  using What = RuleViolation::What;
  constexpr std::string_view kSkSource = "RFC 7296 §3.14";
  std::vector<RuleViolation> out;
  const std::span<const Payload> payloads(message.payloads);
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const bool last = i + 1 == payloads.size() && !has_octets_behind_chain(message);
    if (is_closed(payloads[i].type()) && !last)
      out.push_back({What::NotLast, payloads[i].type(), std::nullopt, 1, kSkSource});
  }
  if (!has_sk(message.header.exchange) || is_unprotected_error(payloads)) return out;

  if (!has(payloads, P::SK) && !has(payloads, P::SKF))
    out.push_back({What::Missing, P::SK, std::nullopt, 0, kSkSource});
  std::vector<PayloadType> reported;
  for (const Payload& payload : payloads) {
    const PayloadType type = payload.type();
    if (!has_a_place(type) || is_closed(type) || was(reported, type)) continue;
    reported.push_back(type);
    out.push_back({What::InClear, type, std::nullopt, count(payloads, type), kSkSource});
  }
  return out;
}

}  // namespace ikevet::wire
