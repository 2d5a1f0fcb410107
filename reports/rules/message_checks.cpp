// What a message shows by itself: the findings of wire::check(), and how often each of its requirements was at stake.
#include <algorithm>
#include <array>
#include <bitset>

#include "engine/wire/checks.hpp"
#include "reports/rules/families.hpp"

namespace ikevet::reports::rules {
namespace {

using trace::MessageRecord;
using wire::ExchangeType;
using wire::PayloadType;

/// What must be in a message for a requirement to be at stake.
enum Subject : std::size_t {
  kHeader,
  kResponse,
  kFirstRequest,
  kLaterMessage,
  kSaInit,
  kAnyPayload,
  kReservedField,
  kSa,
  kOffer,
  kCipher,
  kKe,
  kId,
  kIdString,
  kIdNull,
  kCert,
  kCertReq,
  kAuth,
  kNonce,
  kNotify,
  kCookie,
  kChildSaNotFound,
  kMobike,
  kHashList,
  kDelete,
  kTs,
  kSk,
  kSkf,
  kCp,
  kEap,
  kSubjects,
};
using Subjects = std::bitset<kSubjects>;

struct AtStake {
  std::string_view requirement;
  Subject subject;
};
constexpr std::array kAtStake{
    AtStake{"rfc7296-3.1-initiator-spi-nonzero", kHeader},
    AtStake{"rfc7296-3.1-responder-spi-zero-in-first-message", kFirstRequest},
    AtStake{"rfc7296-3.1-responder-spi-nonzero", kLaterMessage},
    AtStake{"rfc7296-3.1-major-version", kHeader},
    AtStake{"rfc7296-3.1-minor-version", kHeader},
    AtStake{"rfc7296-3.1-reserved-flags-zero", kHeader},
    AtStake{"rfc7296-3.1-version-flag-zero", kHeader},
    AtStake{"rfc7296-2.2-init-message-id-zero", kSaInit},
    AtStake{"rfc7296-3.1-init-initiator-flag", kSaInit},
    AtStake{"rfc7296-2.5-critical-bit-in-response", kResponse},
    AtStake{"rfc7296-2.5-reserved-payload-bits-zero", kAnyPayload},
    AtStake{"rfc7296-3.2-critical-bit-zero", kAnyPayload},
    AtStake{"rfc7296-2.5-reserved-fields-zero", kReservedField},
    AtStake{"rfc7296-3.3-proposals-present", kSa},
    AtStake{"rfc7296-3.3.1-proposal-number-first", kOffer},
    AtStake{"rfc7296-3.3.1-proposal-number-increasing", kOffer},
    AtStake{"rfc7296-3.3.1-last-substruc", kSa},
    AtStake{"rfc7296-3.3.1-spi-size", kSa},
    AtStake{"rfc7296-3.3.1-num-transforms", kSa},
    AtStake{"rfc7296-3.3.2-last-substruc", kSa},
    AtStake{"rfc7296-3.3.3-mandatory-transforms", kSa},
    AtStake{"rfc7296-3.3.3-transform-type-for-protocol", kSa},
    AtStake{"rfc7296-3.3-aead-apart", kOffer},
    AtStake{"rfc7296-3.3-attribute-once", kCipher},
    AtStake{"rfc7296-3.3.5-key-length-present", kCipher},
    AtStake{"rfc7296-3.3.5-key-length-absent", kSa},
    AtStake{"rfc7296-3.3.5-key-length-format", kCipher},
    AtStake{"rfc7296-3.3.5-key-length-value", kCipher},
    AtStake{"rfc7296-3.4-ke-data-length", kKe},
    AtStake{"rfc7296-3.5-id-data-length", kId},
    AtStake{"rfc7296-3.5-id-string-terminator", kIdString},
    AtStake{"rfc7619-2.2-id-null-empty", kIdNull},
    AtStake{"rfc7296-3.6-certificate-present", kCert},
    AtStake{"rfc7296-3.7-certreq-hash-length", kCertReq},
    AtStake{"rfc7296-3.8-auth-data-present", kAuth},
    AtStake{"rfc7296-3.9-nonce-length", kNonce},
    AtStake{"rfc7296-3.10-notify-protocol", kNotify},
    AtStake{"rfc7296-3.10-notify-spi-size", kNotify},
    AtStake{"rfc7296-3.10.1-notify-data", kNotify},
    AtStake{"rfc7296-2.6-cookie-length", kCookie},
    AtStake{"rfc7296-2.25-child-sa-not-found-spi", kChildSaNotFound},
    AtStake{"rfc7296-3.11-delete-protocol", kDelete},
    AtStake{"rfc7296-3.11-delete-spi-size", kDelete},
    AtStake{"rfc7296-3.11-delete-spi-count", kDelete},
    AtStake{"rfc7296-3.13-ts-present", kTs},
    AtStake{"rfc7296-3.13.1-ts-address-order", kTs},
    AtStake{"rfc7296-3.13.1-ts-port-order", kTs},
    AtStake{"rfc7296-3.13.1-ts-ports-any", kTs},
    AtStake{"rfc7296-3.14-sk-last", kSk},
    AtStake{"rfc7383-2.5-fragment-number", kSkf},
    AtStake{"rfc7383-2.5-next-payload", kSkf},
    AtStake{"rfc7296-3.15.1-cfg-reserved-bit", kCp},
    AtStake{"rfc7296-3.15.1-cfg-attribute-length", kCp},
    AtStake{"rfc7296-3.16-eap-type", kEap},
    AtStake{"rfc4555-4.2-notify-data", kMobike},
    AtStake{"rfc7427-4-hash-list", kHashList},
};

bool has_variable_key_cipher(const wire::SecurityAssociation& sa) {
  for (const wire::Proposal& proposal : sa.proposals)
    for (const wire::Transform& transform : proposal.transforms)
      if (transform.type == wire::TransformType::ENCR && transform.key_length()) return true;
  return false;
}

void note_id(const wire::Identification& id, Subjects& at_stake) {
  at_stake.set(kId).set(kReservedField);
  if (id.id_type == wire::IdType::ID_FQDN || id.id_type == wire::IdType::ID_RFC822_ADDR) at_stake.set(kIdString);
  if (id.id_type == wire::IdType::ID_NULL) at_stake.set(kIdNull);
}

struct NotePayload {
  Subjects& at_stake;
  bool response;

  void operator()(const wire::SecurityAssociation& sa) const {
    at_stake.set(kSa).set(kReservedField);
    if (!response) at_stake.set(kOffer);
    if (has_variable_key_cipher(sa)) at_stake.set(kCipher);
  }
  void operator()(const wire::KeyExchange&) const { at_stake.set(kKe).set(kReservedField); }
  void operator()(const wire::IDi& id) const { note_id(id, at_stake); }
  void operator()(const wire::IDr& id) const { note_id(id, at_stake); }
  void operator()(const wire::Certificate&) const { at_stake.set(kCert); }
  void operator()(const wire::CertificateRequest&) const { at_stake.set(kCertReq); }
  void operator()(const wire::Authentication&) const { at_stake.set(kAuth).set(kReservedField); }
  void operator()(const wire::Nonce&) const { at_stake.set(kNonce); }
  void operator()(const wire::Notify& notify) const {
    at_stake.set(kNotify);
    if (notify.type == wire::NotifyType::COOKIE) at_stake.set(kCookie);
    if (notify.type == wire::NotifyType::CHILD_SA_NOT_FOUND) at_stake.set(kChildSaNotFound);
    if (notify.type == wire::NotifyType::SIGNATURE_HASH_ALGORITHMS) at_stake.set(kHashList);
    if (notify.type >= wire::NotifyType::MOBIKE_SUPPORTED && notify.type <= wire::NotifyType::NO_NATS_ALLOWED)
      at_stake.set(kMobike);
  }
  void operator()(const wire::Delete&) const { at_stake.set(kDelete); }
  void operator()(const wire::VendorId&) const {}
  void operator()(const wire::TSi&) const { at_stake.set(kTs).set(kReservedField); }
  void operator()(const wire::TSr&) const { at_stake.set(kTs).set(kReservedField); }
  void operator()(const wire::Encrypted&) const { at_stake.set(kSk); }
  void operator()(const wire::EncryptedFragment&) const { at_stake.set(kSkf); }
  void operator()(const wire::Configuration&) const { at_stake.set(kCp).set(kReservedField); }
  void operator()(const wire::Eap&) const { at_stake.set(kEap); }
  void operator()(const wire::Unknown&) const {}
  void operator()(const wire::Malformed&) const {}
};

Subjects subjects_of(const MessageRecord& message) {
  Subjects at_stake;
  at_stake.set(kHeader);
  if (message.is_response()) at_stake.set(kResponse);
  const bool init = message.outer.header.exchange == ExchangeType::IKE_SA_INIT;
  if (init) at_stake.set(kSaInit);
  at_stake.set(init && !message.is_response() ? kFirstRequest : kLaterMessage);
  for (const auto* list : {&message.outer.payloads, &message.inner})
    for (const wire::Payload& payload : *list) {
      at_stake.set(kAnyPayload);
      std::visit(NotePayload{at_stake, message.is_response()}, payload.body);
    }
  return at_stake;
}

/// Fields that an answer copies from what it refuses: what is odd about them was odd in the request.
bool is_copied_field(std::string_view requirement) {
  return requirement == "rfc7296-3.1-initiator-spi-nonzero" || requirement == "rfc7296-3.1-responder-spi-nonzero" ||
         requirement == "rfc7296-3.1-responder-spi-zero-in-first-message" ||
         requirement == "rfc7296-2.2-init-message-id-zero" || requirement == "rfc7296-3.1-init-initiator-flag";
}

bool excused(const MessageRecord& message, std::string_view requirement) {
  if (TraceView::is_clear_error(message)) return is_copied_field(requirement);
  // RFC 7296 §2.6: the responder's SPI is zero where IKE_SA_INIT creates no IKE SA (COOKIE, INVALID_KE_PAYLOAD).
  return requirement == "rfc7296-3.1-responder-spi-nonzero" && message.is_response() &&
         message.outer.header.exchange == ExchangeType::IKE_SA_INIT &&
         wire::find<wire::Nonce>(message.outer.payloads) == nullptr;
}

Findings findings_of(const MessageRecord& message) {
  Findings findings;
  wire::check(message.outer, findings);
  wire::check(message.inner, {message.outer.header.exchange, message.is_response()}, findings);
  return findings;
}

}  // namespace

std::vector<std::string_view> checks_with_subject() {
  std::vector<std::string_view> out;
  for (const AtStake& row : kAtStake) out.push_back(row.requirement);
  return out;
}

std::map<std::string_view, Observations> message_checks(const TraceView& view) {
  std::map<std::string_view, Observations> out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    const Subjects at_stake = subjects_of(message);
    for (const AtStake& row : kAtStake)
      if (at_stake.test(row.subject) && !excused(message, row.requirement)) out[row.requirement].saw(message);
    for (const Finding& finding : findings_of(message)) {
      const auto checked =
          std::ranges::find(wire::kCheckedRequirements, finding.requirement, &wire::CheckedRequirement::id);
      if (checked == wire::kCheckedRequirements.end() || excused(message, finding.requirement)) continue;
      const auto row = std::ranges::find(kAtStake, checked->id, &AtStake::requirement);
      Observations& seen = out[checked->id];
      if (row == kAtStake.end() || !at_stake.test(row->subject)) seen.saw(message);
      seen.broken({&message}, finding.detail);
    }
  }
  return out;
}

}  // namespace ikevet::reports::rules
