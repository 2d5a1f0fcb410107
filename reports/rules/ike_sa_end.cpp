// The end of an IKE SA: what follows a Delete payload or INVALID_SYNTAX.
#include <array>
#include <map>

#include "reports/rules/families.hpp"

namespace ikevet::reports::rules {
namespace {

using trace::MessageRecord;
using trace::Party;
using trace::Protection;
using wire::ExchangeType;

bool deletes_ike_sa(const MessageRecord& message) {
  for (const wire::Payload& payload : message.inner)
    if (const auto* del = std::get_if<wire::Delete>(&payload.body))
      if (del->protocol == wire::ProtocolId::IKE) return true;
  return false;
}

// RFC 7296 §1.4.1: the response to a request that deletes the IKE SA is an empty INFORMATIONAL response.
Observations empty_answer_to_delete(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& response = view.message(index);
    const MessageRecord* request = response.is_response() ? view.request_of(response) : nullptr;
    if (request == nullptr || response.protection != Protection::Opened || !deletes_ike_sa(*request)) continue;
    // Damage to the request on purpose has an error for an answer.
    if (wire::find_error(response.inner) != nullptr) continue;
    out.saw(response);
    if (!response.inner.empty())
      out.broken({request, &response}, "the answer to the deletion of the IKE SA is not empty");
  }
  return out;
}

/// Protected messages of the device with a Message ID of their own, in IKE SAs that `ends(message, request)` ended: an
/// IKE SA that is gone has no further requests and answers none. Repetitions of earlier messages do not matter.
template <class Ends>
Observations nothing_after(const TraceView& view, Ends ends, const char* detail) {
  Observations out;
  std::map<IkeSpis, const MessageRecord*> ended;
  for (const std::size_t index : view.from_dut()) {
    const MessageRecord& message = view.message(index);
    if (message.protection == Protection::Clear || message.protection == Protection::NoKeys) continue;
    const IkeSpis& spis = message.outer.header.spis;
    if (const auto end = ended.find(spis); end != ended.end()) {
      if (!message.repeats) out.broken({end->second, &message}, detail);
      continue;
    }
    const MessageRecord* request = message.is_response() ? view.request_of(message) : nullptr;
    if (!ends(message, request)) continue;
    ended.emplace(spis, &message);
    out.saw(message);
  }
  return out;
}

// §1.4.1: the recipient closes the designated SA, so that nothing is sent under it after the answer.
Observations deleted_is_gone(const TraceView& view) {
  return nothing_after(
      view,
      [](const MessageRecord& message, const MessageRecord* request) {
        return message.protection == Protection::Opened && request != nullptr && deletes_ike_sa(*request) &&
               wire::find_error(message.inner) == nullptr;
      },
      "the device goes on in an IKE SA whose deletion it has answered");
}

// §2.21.3: INVALID_SYNTAX in an answer is fatal in both peers: the IKE SA is deleted without a Delete payload.
Observations invalid_syntax_is_fatal(const TraceView& view) {
  return nothing_after(
      view,
      [](const MessageRecord& message, const MessageRecord* request) {
        return message.protection == Protection::Opened && request != nullptr &&
               wire::find_notify(message.inner, wire::NotifyType::INVALID_SYNTAX) != nullptr;
      },
      "the device goes on in an IKE SA that it ended with INVALID_SYNTAX");
}

constexpr std::array kRules{
    Rule{"rfc7296-1.4.1-delete-ike-empty-response", empty_answer_to_delete},
    Rule{"rfc7296-1.4.1-deleted-ike-sa-closed", deleted_is_gone},
    Rule{"rfc7296-2.21.3-invalid-syntax-fatal", invalid_syntax_is_fatal},
};

}  // namespace

std::span<const Rule> ike_sa_end_rules() { return kRules; }

}  // namespace ikevet::reports::rules
