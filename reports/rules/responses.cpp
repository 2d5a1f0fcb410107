// What a response may and may not carry, and where it goes.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/rules/families.hpp"

namespace ikevet::reports::rules {
namespace {

using trace::MessageRecord;
using trace::Party;
using trace::Protection;
using wire::ExchangeType;
using wire::Notify;
using wire::NotifyType;

/// Calls `look(request, response)` for each response of the device whose request is in the trace; both readable.
template <class Look>
void for_each_exchange(const TraceView& view, Look look) {
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& response = view.message(index);
    const MessageRecord* request = response.is_response() ? view.request_of(response) : nullptr;
    if (request != nullptr && TraceView::readable(*request) && TraceView::readable(response)) look(*request, response);
  }
}

bool has(const MessageRecord& message, NotifyType type) {
  return wire::find_notify(message.payloads(), type) != nullptr;
}

// RFC 7296 §2.11: respond to the address and port from which the request was received, from those at which it was. A
// request that came twice by different ways may be answered to either.
Observations answer_to_source(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.from_dut()) {
    const MessageRecord& response = view.message(index);
    const MessageRecord* request = response.is_response() ? view.request_of(response) : nullptr;
    if (request == nullptr) continue;
    out.saw(response);
    const bool matched = std::ranges::any_of(view.from_harness(), [&](std::size_t i) {
      const MessageRecord& copy = view.message(i);
      return i < index && !copy.is_response() && copy.outer.header.message_id == request->outer.header.message_id &&
             copy.outer.header.spis.i == request->outer.header.spis.i && copy.source == response.destination &&
             copy.destination == response.source;
    });
    if (!matched)
      out.broken({request, &response},
                 fmt::format("a request from {} to {} is answered from {} to {}", request->source.text(),
                             request->destination.text(), response.source.text(), response.destination.text()));
  }
  return out;
}

bool has_critical(const MessageRecord& message, std::uint8_t type) {
  for (const auto* list : {&message.outer.payloads, &message.inner})
    for (const wire::Payload& payload : *list)
      if (payload.critical && static_cast<std::uint8_t>(payload.type()) == type) return true;
  return false;
}

// §2.5: UNSUPPORTED_CRITICAL_PAYLOAD contains the one-octet type of the payload that was not understood.
Observations critical_notify_names_payload(const TraceView& view) {
  Observations out;
  for_each_exchange(view, [&](const MessageRecord& request, const MessageRecord& response) {
    const Notify* notify = wire::find_notify(response.payloads(), NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD);
    if (notify == nullptr || !request.outer.faults.empty() || !request.inner_faults.empty()) return;
    out.saw(response);
    if (notify->data.empty())
      out.broken({&request, &response}, "it does not say which payload");
    else if (notify->data.size() != 1 || !has_critical(request, notify->data.front()))
      out.broken({&request, &response},
                 fmt::format("it names payload {}, which is not a critical payload of the request",
                             notify->data.size() == 1 ? std::to_string(notify->data.front()) : to_hex(notify->data)));
  });
  return out;
}

// §2.3: INVALID_MESSAGE_ID is not sent in a response.
Observations invalid_message_id_in_request(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    if (!has(message, NotifyType::INVALID_MESSAGE_ID)) continue;
    out.saw(message);
    if (message.is_response()) out.broken({&message}, "N(INVALID_MESSAGE_ID) in a response");
  }
  return out;
}

// §2.21.4, §1.5: INVALID_IKE_SPI travels in a response without cryptographic protection, with the same IKE SPIs and
// Message ID as the message it is about.
Observations invalid_ike_spi_form(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    if (!has(message, NotifyType::INVALID_IKE_SPI)) continue;
    out.saw(message);
    if (message.protection != Protection::Clear) out.broken({&message}, "N(INVALID_IKE_SPI) inside SK");
    if (!message.is_response()) out.broken({&message}, "N(INVALID_IKE_SPI) in a request");
    const bool copied = std::ranges::any_of(view.from_harness(), [&](std::size_t i) {
      const wire::IkeHeader& header = view.message(i).outer.header;
      return i < index && header.spis == message.outer.header.spis &&
             header.message_id == message.outer.header.message_id;
    });
    if (!copied) out.broken({&message}, "N(INVALID_IKE_SPI) under SPIs or a Message ID that no message had");
  }
  return out;
}

// §2.19: no CFG_REPLY without a CFG_REQUEST first.
Observations cfg_reply_asked_for(const TraceView& view) {
  Observations out;
  bool asked = false;
  for (const MessageRecord& message : view.trace().messages) {
    const auto* cp = wire::find<wire::Configuration>(message.payloads());
    if (cp == nullptr) continue;
    if (message.from == Party::Harness) asked = asked || cp->cfg_type == wire::CfgType::CFG_REQUEST;
    if (message.from != Party::Dut || cp->cfg_type != wire::CfgType::CFG_REPLY) continue;
    out.saw(message);
    if (!asked) out.broken({&message}, "CFG_REPLY, and the harness sent no CFG_REQUEST");
  }
  return out;
}

/// A notification that means something in a response only where the request had it.
Observations only_when_offered(const TraceView& view, NotifyType type) {
  Observations out;
  for_each_exchange(view, [&](const MessageRecord& request, const MessageRecord& response) {
    if (!has(response, type)) return;
    out.saw(response);
    if (!has(request, type))
      out.broken({&request, &response}, "N(" + wire::name_or_number(type) + ") in the response alone");
  });
  return out;
}

// §2.22: an IPComp algorithm is accepted only where one was proposed.
Observations ipcomp_when_offered(const TraceView& view) {
  return only_when_offered(view, NotifyType::IPCOMP_SUPPORTED);
}

// §1.3.1: transport mode is requested by the initiator; except then all Child SAs use tunnel mode.
Observations transport_when_requested(const TraceView& view) {
  return only_when_offered(view, NotifyType::USE_TRANSPORT_MODE);
}

// §2.4: INITIAL_CONTACT is in the first IKE_AUTH request or response, not in an exchange afterwards.
Observations initial_contact_place(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    if (!has(message, NotifyType::INITIAL_CONTACT)) continue;
    out.saw(message);
    if (message.outer.header.exchange != ExchangeType::IKE_AUTH)
      out.broken({&message}, "N(INITIAL_CONTACT) in " + wire::name_or_number(message.outer.header.exchange));
  }
  return out;
}

/// Place of the first payload that `is` takes; the number of payloads where there is none.
template <class Is>
std::size_t place_of(const MessageRecord& message, Is is) {
  const auto& list = message.payloads();
  return static_cast<std::size_t>(std::ranges::find_if(list, is) - list.begin());
}

auto of_type(wire::PayloadType type) {
  return [type](const wire::Payload& payload) { return payload.type() == type; };
}

// §2.19: CP stands before SA in the message that has both.
Observations cp_before_sa(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    const std::size_t cp = place_of(message, of_type(wire::PayloadType::CP));
    const std::size_t sa = place_of(message, of_type(wire::PayloadType::SA));
    if (cp == message.payloads().size() || sa == message.payloads().size()) continue;
    out.saw(message);
    if (cp > sa) out.broken({&message}, "CP stands behind SA");
  }
  return out;
}

// RFC 6290 §4.2: the token follows AUTH and precedes CP and what concerns the Child SA.
Observations token_place(const TraceView& view) {
  Observations out;
  const auto is_token = [](const wire::Payload& payload) {
    const auto* notify = std::get_if<Notify>(&payload.body);
    return notify != nullptr && notify->type == NotifyType::QUICK_CRASH_DETECTION;
  };
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    const std::size_t token = place_of(message, is_token);
    const std::size_t auth = place_of(message, of_type(wire::PayloadType::AUTH));
    if (token == message.payloads().size() || auth == message.payloads().size()) continue;
    out.saw(message);
    if (token < auth) out.broken({&message}, "the token stands before AUTH");
    if (token > place_of(message, of_type(wire::PayloadType::CP)) ||
        token > place_of(message, of_type(wire::PayloadType::SA)))
      out.broken({&message}, "the token stands behind what concerns the Child SA");
  }
  return out;
}

constexpr std::array kRules{
    Rule{"rfc7296-2.11-answer-to-source", answer_to_source},
    Rule{"rfc7296-2.5-critical-notify-data", critical_notify_names_payload},
    Rule{"rfc7296-2.3-invalid-message-id-in-request", invalid_message_id_in_request},
    Rule{"rfc7296-2.21.4-invalid-ike-spi-form", invalid_ike_spi_form},
    Rule{"rfc7296-2.19-no-unasked-cfg-reply", cfg_reply_asked_for},
    Rule{"rfc7296-2.22-ipcomp-when-offered", ipcomp_when_offered},
    Rule{"rfc7296-1.3.1-transport-when-requested", transport_when_requested},
    Rule{"rfc7296-2.4-initial-contact-place", initial_contact_place},
    Rule{"rfc7296-2.19-cp-before-sa", cp_before_sa},
    Rule{"rfc6290-4.2-token-place", token_place},
};

}  // namespace

std::span<const Rule> response_rules() { return kRules; }

}  // namespace ikevet::reports::rules
