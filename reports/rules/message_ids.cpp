// Message IDs, the window, the order of exchanges, and the flags that say who speaks.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "reports/rules/families.hpp"

namespace ikevet::reports::rules {
namespace {

using trace::MessageRecord;
using trace::Party;
using wire::ExchangeType;

std::uint32_t id_of(const MessageRecord& message) { return message.outer.header.message_id.value; }

bool opens_ike_sa(const MessageRecord& message) {
  const ExchangeType exchange = message.outer.header.exchange;
  return exchange == ExchangeType::IKE_SA_INIT || exchange == ExchangeType::IKE_SESSION_RESUME;
}

/// Requests inside an IKE SA whose making the trace shows, without retransmissions.
bool is_new_request_in(const MessageRecord& message) {
  return !message.is_response() && !message.repeats && !opens_ike_sa(message) &&
         message.protection != trace::Protection::Clear;
}

// RFC 7296 §2.2: zero for IKE_SA_INIT, one for the first IKE_AUTH, then one more for each exchange; the original
// responder begins with 0, and so do both sides of a rekeyed IKE SA.
Observations request_message_ids(const TraceView& view) {
  Observations out;
  std::map<IkeSpis, std::uint32_t> expected;
  for (const std::size_t index : view.from_dut()) {
    const MessageRecord& message = view.message(index);
    const SeenIkeSa* sa = view.ike_sa(message);
    if (sa == nullptr || !is_new_request_in(message)) continue;
    const bool init_was_zero = !sa->rekeyed && sa->original_initiator == Party::Dut;
    std::uint32_t& next = expected.try_emplace(sa->spis, init_was_zero ? 1U : 0U).first->second;
    out.saw(message);
    // A lower one that was not used before is reordering on the way; each is used once, which `repeats` tells.
    if (id_of(message) > next)
      out.broken({&message}, fmt::format("request with Message ID {}, {} is next", id_of(message), next));
    next = std::max(next, id_of(message) + 1);
  }
  return out;
}

/// Requests of the harness that the trace holds for this IKE SA (or, before there is one, for this initiator's SPI).
bool harness_asked(const TraceView& view, const MessageRecord& response,
                   bool (*same)(const MessageRecord&, const MessageRecord&)) {
  return std::ranges::any_of(view.from_harness(), [&](std::size_t i) {
    const MessageRecord& request = view.message(i);
    return !request.is_response() && request.outer.header.spis.i == response.outer.header.spis.i &&
           same(request, response);
  });
}

// RFC 7296 §2.2: responses always contain the same Message ID as the corresponding request.
Observations response_message_ids(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& response = view.message(index);
    if (!response.is_response()) continue;
    if (response.request) {
      out.saw(response);
      continue;
    }
    // Only where the harness did ask under these SPIs is this a wrong number; a capture may begin in the middle.
    if (!harness_asked(view, response, [](const auto&, const auto&) { return true; })) continue;
    const bool number_was_used =
        harness_asked(view, response, [](const auto& a, const auto& b) { return id_of(a) == id_of(b); });
    if (number_was_used) continue;
    out.saw(response);
    out.broken({&response}, fmt::format("response with Message ID {}, which no request had", id_of(response)));
  }
  return out;
}

// RFC 7296 §2.1: an exchange is one request and its response; §1.5: the Exchange Type is copied.
Observations response_exchange_type(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& response = view.message(index);
    const MessageRecord* request = response.is_response() ? view.request_of(response) : nullptr;
    if (request == nullptr) continue;
    out.saw(response);
    if (request->outer.header.exchange != response.outer.header.exchange)
      out.broken({request, &response},
                 fmt::format("a request of {} is answered as {}", wire::name_or_number(request->outer.header.exchange),
                             wire::name_or_number(response.outer.header.exchange)));
  }
  return out;
}

// RFC 7296 §3.1, the R flag: no response to a message that is marked as being a response. (The exception of §2.21.2 is
// an INFORMATIONAL request, not a response.)
Observations no_response_to_response(const TraceView& view) {
  Observations out;
  for (const std::size_t asked : view.from_harness()) {
    const MessageRecord& stray = view.message(asked);
    if (!stray.is_response() || stray.request) continue;  // it answers a request of the device
    out.saw(stray);
    for (const std::size_t index : view.from_dut()) {
      const MessageRecord& answer = view.message(index);
      if (index < asked || !answer.is_response() || answer.request) continue;
      if (answer.outer.header.spis.i == stray.outer.header.spis.i && id_of(answer) == id_of(stray))
        out.broken({&stray, &answer}, "a message marked as a response was answered");
    }
  }
  return out;
}

// RFC 7296 §2.3: wait for the response before the next request, unless the peer sent SET_WINDOW_SIZE.
class Outstanding {
 public:
  void sent(std::uint32_t id) { open_.insert(id); }
  void answered(std::uint32_t id) { open_.erase(id); }
  void peer_window(std::uint32_t size) { window_ = std::max(window_, size); }
  bool is_open(std::uint32_t id) const { return open_.contains(id); }
  bool full() const { return open_.size() >= window_; }
  std::uint32_t window() const { return window_; }

 private:
  std::set<std::uint32_t> open_;
  std::uint32_t window_ = 1;
};

void note_window_size(const MessageRecord& message, Outstanding& requests) {
  const wire::Notify* notify = wire::find_notify(message.payloads(), wire::NotifyType::SET_WINDOW_SIZE);
  if (notify == nullptr || notify->data.size() != 4) return;
  std::uint32_t size = 0;
  for (const std::uint8_t octet : notify->data) size = size << 8 | octet;
  requests.peer_window(size);
}

Observations window(const TraceView& view) {
  Observations out;
  std::map<IkeSpis, Outstanding> open;
  for (const MessageRecord& message : view.trace().messages) {
    const SeenIkeSa* sa = view.ike_sa(message);
    if (sa == nullptr) continue;
    Outstanding& requests = open[sa->spis];
    if (message.from == Party::Harness) {
      if (message.is_response() && !view.lost(message)) requests.answered(id_of(message));
      note_window_size(message, requests);
      continue;
    }
    // Further fragments of a request (RFC 7383) have its Message ID.
    if (!is_new_request_in(message) || requests.is_open(id_of(message))) continue;
    out.saw(message);
    if (requests.full())
      out.broken({&message}, fmt::format("a further request while {} unanswered; the window is {}",
                                         requests.window() == 1 ? "one is" : "that many are", requests.window()));
    requests.sent(id_of(message));
  }
  return out;
}

// RFC 7296 §1.2: all IKE_AUTH exchanges complete before CREATE_CHILD_SA or INFORMATIONAL; §2.21.2 allows one
// INFORMATIONAL that says why the response to IKE_AUTH was not accepted, and it comes after that response.
Observations initial_exchanges_first(const TraceView& view) {
  Observations out;
  std::set<IkeSpis> authenticated;
  for (const MessageRecord& message : view.trace().messages) {
    const SeenIkeSa* sa = view.ike_sa(message);
    if (sa == nullptr || sa->rekeyed) continue;
    const ExchangeType exchange = message.outer.header.exchange;
    if (exchange == ExchangeType::IKE_AUTH && message.is_response()) authenticated.insert(sa->spis);
    const bool later = exchange == ExchangeType::CREATE_CHILD_SA || exchange == ExchangeType::INFORMATIONAL;
    if (message.from != Party::Dut || !later || message.is_response() || message.repeats ||
        TraceView::is_clear_error(message))
      continue;
    out.saw(message);
    if (!authenticated.contains(sa->spis))
      out.broken({&message}, fmt::format("{} request before IKE_AUTH was answered", wire::name_or_number(exchange)));
  }
  return out;
}

// RFC 7296 §3.1, the I flag: set in messages of the original initiator, clear in those of the original responder; it
// changes to reflect who initiated the last rekey of the IKE SA.
Observations initiator_flag(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    const SeenIkeSa* sa = view.ike_sa(message);
    if (sa == nullptr || TraceView::is_clear_error(message)) continue;
    out.saw(message);
    const bool set = message.outer.header.is_from_original_initiator();
    if (set != (sa->original_initiator == Party::Dut))
      out.broken({&message}, fmt::format("the I flag is {} in a message of the original {}", set ? "set" : "clear",
                                         set ? "responder" : "initiator"));
  }
  return out;
}

constexpr std::array kRules{
    Rule{"rfc7296-2.2-request-message-ids", request_message_ids},
    Rule{"rfc7296-2.2-response-message-id", response_message_ids},
    Rule{"rfc7296-2.1-response-same-exchange", response_exchange_type},
    Rule{"rfc7296-3.1-no-response-to-response", no_response_to_response},
    Rule{"rfc7296-2.3-window", window},
    Rule{"rfc7296-1.2-initial-exchanges-first", initial_exchanges_first},
    Rule{"rfc7296-3.1-initiator-flag", initiator_flag},
};

}  // namespace

std::span<const Rule> message_id_rules() { return kRules; }

}  // namespace ikevet::reports::rules
