// Which payloads a message has, by the tables of wire/rules.hpp.
#include <fmt/format.h>

#include <array>

#include "engine/wire/rules.hpp"
#include "reports/rules/families.hpp"

namespace ikevet::reports::rules {
namespace {

using trace::MessageRecord;
using wire::ExchangeType;

std::string list(const std::vector<wire::RuleViolation>& violations) {
  std::string text;
  for (const wire::RuleViolation& violation : violations) text += (text.empty() ? "" : "; ") + violation.text();
  return text;
}

/// A message whose payloads can be held against a table: complete, readable, and of sound structure (what is not has
/// its own rule).
bool is_sound(const MessageRecord& message) {
  return TraceView::readable(message) && message.outer.faults.empty() && message.inner_faults.empty();
}

/// RFC 5998 §3: AUTH may be missing before EAP where the initiator asked for that.
bool is_eap_only(const TraceView& view, const MessageRecord& response) {
  return response.request && !wire::find<wire::Authentication>(response.payloads()) &&
         wire::find_notify(view.message(*response.request).payloads(), wire::NotifyType::EAP_ONLY_AUTHENTICATION);
}

Observations payloads_of(const TraceView& view, ExchangeType exchange) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    if (message.outer.header.exchange != exchange || !is_sound(message)) continue;
    // In clear where SK belongs: another rule speaks of it, and this one cannot tell what was meant.
    if (!wire::outer_violations(message.outer).empty()) continue;
    auto kind = TraceView::is_clear_error(message) && exchange != ExchangeType::IKE_SA_INIT
                    ? std::optional(wire::MessageKind::UnprotectedError)
                    : wire::classify(exchange, message.is_response(), message.payloads());
    if (!kind) continue;
    if (kind == wire::MessageKind::EapFirstResponse && is_eap_only(view, message))
      kind = wire::MessageKind::EapOnlyFirstResponse;
    out.saw(message);
    const auto violations = wire::violations(wire::rules_for(*kind), message.payloads());
    if (!violations.empty()) out.broken({&message}, fmt::format("{}: {}", wire::name(*kind), list(violations)));
  }
  return out;
}

Observations ike_sa_init(const TraceView& view) { return payloads_of(view, ExchangeType::IKE_SA_INIT); }
Observations ike_auth(const TraceView& view) { return payloads_of(view, ExchangeType::IKE_AUTH); }
Observations create_child_sa(const TraceView& view) { return payloads_of(view, ExchangeType::CREATE_CHILD_SA); }
Observations informational(const TraceView& view) { return payloads_of(view, ExchangeType::INFORMATIONAL); }

// RFC 7296 §1.2: all messages after IKE_SA_INIT are protected, apart from the one-way errors of §1.5.
Observations inside_sk(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    if (message.outer.header.exchange == ExchangeType::IKE_SA_INIT || TraceView::is_clear_error(message)) continue;
    if (!message.outer.faults.empty()) continue;
    out.saw(message);
    std::vector<wire::RuleViolation> in_clear;
    for (const wire::RuleViolation& violation : wire::outer_violations(message.outer))
      if (violation.what != wire::RuleViolation::What::NotLast) in_clear.push_back(violation);
    if (!in_clear.empty()) out.broken({&message}, list(in_clear));
  }
  return out;
}

constexpr std::array kRules{
    Rule{"rfc7296-1.2-ike-sa-init-payloads", ike_sa_init},
    Rule{"rfc7296-1.2-ike-auth-payloads", ike_auth},
    Rule{"rfc7296-1.3-create-child-sa-payloads", create_child_sa},
    Rule{"rfc7296-1.4-informational-payloads", informational},
    Rule{"rfc7296-1.2-protected-after-init", inside_sk},
};

}  // namespace

std::span<const Rule> occurrence_rules() { return kRules; }

}  // namespace ikevet::reports::rules
