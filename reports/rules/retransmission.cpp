// Retransmission, RFC 7296 §2.1 and §2.4.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "reports/rules/families.hpp"

namespace ikevet::reports::rules {
namespace {

using namespace std::chrono_literals;
using trace::MessageRecord;
using trace::Party;
using wire::ExchangeType;

/// §2.1: responders may forget a response "after a timeout of several minutes".
constexpr Duration kMayForget = 2min;

// §2.1: bitwise identical, from the IKE header on. Fragments of RFC 7383 count by their number and total, so that a
// message fragmented anew (§2.5.1 there) is not taken for a retransmission.
Observations identical(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.from_dut()) {
    const MessageRecord& message = view.message(index);
    if (message.is_response() || !message.repeats) continue;
    const MessageRecord& original = view.message(*message.repeats);
    out.saw(message);
    if (original.octets != message.octets)
      out.broken({&original, &message}, "the retransmitted request differs from the original");
  }
  return out;
}

/// Fragment Number and Total Fragments, RFC 7383 §2.5; zeros for a message in one piece.
std::pair<std::uint16_t, std::uint16_t> fragment_of(const MessageRecord& message) {
  const auto* skf = wire::find<wire::EncryptedFragment>(message.outer.payloads);
  return skf == nullptr ? std::pair<std::uint16_t, std::uint16_t>{}
                        : std::pair(skf->fragment_number, skf->total_fragments);
}

/// What is the same when one request was sent twice, and the part of its response that is looked at.
using ResponseKey = std::tuple<IkeSpis, std::uint32_t, bool, Bytes, std::pair<std::uint16_t, std::uint16_t>>;
ResponseKey key_of(const MessageRecord& request, const MessageRecord& response) {
  const wire::IkeHeader& header = request.outer.header;
  return {header.spis, header.message_id.value, header.is_from_original_initiator(), request.octets,
          fragment_of(response)};
}

bool creates_ike_sa(const MessageRecord& response) {
  return wire::find<wire::SecurityAssociation>(response.outer.payloads) != nullptr;
}

/// Whether a responder that works right may answer this request anew: its half-open IKE SA can be gone after IKE_AUTH
/// or after a while, and COOKIE or error answers are made without keeping any state (§2.1, §2.6).
bool may_answer_anew(const MessageRecord& before, const MessageRecord& now, bool authenticated_between) {
  if (now.at - before.at >= kMayForget) return true;
  if (now.outer.header.exchange != ExchangeType::IKE_SA_INIT) return false;
  return authenticated_between || !creates_ike_sa(before) || !creates_ike_sa(now);
}

/// §2.21.3: INVALID_SYNTAX in a protected answer ends the IKE SA. What comes for it later is for nobody, and may be
/// answered INVALID_IKE_SPI in clear (§2.21.4).
bool ends_ike_sa(const MessageRecord& response) {
  return response.protection == trace::Protection::Opened &&
         wire::find_notify(response.inner, wire::NotifyType::INVALID_SYNTAX) != nullptr;
}

// §2.1: a retransmitted request is ignored, except insofar as it causes a retransmission of the response.
Observations same_response(const TraceView& view) {
  Observations out;
  std::map<ResponseKey, const MessageRecord*> first;
  std::map<IkeSpi, Instant> last_auth;
  std::set<IkeSpis> ended;
  for (const MessageRecord& response : view.trace().messages) {
    if (response.outer.header.exchange == ExchangeType::IKE_AUTH) last_auth[response.outer.header.spis.i] = response.at;
    if (response.from != Party::Dut || !response.is_response()) continue;
    if (ends_ike_sa(response)) ended.insert(response.outer.header.spis);
    const MessageRecord* request = view.request_of(response);
    if (request == nullptr) continue;
    if (response.protection == trace::Protection::Clear && ended.contains(response.outer.header.spis)) continue;
    const auto [known, is_new] = first.emplace(key_of(*request, response), &response);
    if (is_new) continue;
    const MessageRecord& before = *known->second;
    const auto auth = last_auth.find(response.outer.header.spis.i);
    const bool same = before.octets == response.octets;
    if (!same && may_answer_anew(before, response, auth != last_auth.end() && auth->second >= before.at)) continue;
    out.saw(response);
    if (!same) out.broken({&before, &response}, "the same request, sent again, got another response");
  }
  return out;
}

// §2.1: the responder never retransmits a response unless it receives a retransmission of the request.
Observations no_unasked_repetition(const TraceView& view) {
  Observations out;
  using Key = std::tuple<IkeSpi, std::uint32_t, bool>;  // the responder's SPI is zero in the request for IKE_SA_INIT
  std::map<Key, int> asked, answered;
  const auto key = [](const MessageRecord& m, bool request_from_initiator) {
    return Key{m.outer.header.spis.i, m.outer.header.message_id.value, request_from_initiator};
  };
  for (const MessageRecord& message : view.trace().messages) {
    const bool initiator = message.outer.header.is_from_original_initiator();
    if (message.from == Party::Harness && !message.is_response()) ++asked[key(message, initiator)];
    if (message.from != Party::Dut || !message.is_response() || !view.request_of(message)) continue;
    if (message.protection == trace::Protection::Fragment ||
        wire::find<wire::EncryptedFragment>(message.outer.payloads) != nullptr)
      continue;  // one request has a response of several fragments
    const Key k = key(message, view.request_of(message)->outer.header.is_from_original_initiator());
    out.saw(message);
    if (++answered[k] > asked[k]) out.broken({&message}, "a further response without a further request");
  }
  return out;
}

// §2.4: retransmission times increase exponentially. Judged mildly, because a cap is common and timers jitter: over
// four transmissions the gaps must have grown by a fifth, and none may shrink by more than a quarter.
Observations backoff(const TraceView& view) {
  Observations out;
  std::map<std::size_t, std::vector<const MessageRecord*>> sent;
  for (const std::size_t index : view.from_dut()) {
    const MessageRecord& message = view.message(index);
    if (!message.is_response()) sent[message.repeats.value_or(index)].push_back(&message);
  }
  for (const auto& [first, times] : sent) {
    if (times.size() < 4) continue;
    out.saw(*times.back());
    std::vector<Duration> gaps;
    for (std::size_t i = 1; i < times.size(); ++i) gaps.push_back(times[i]->at - times[i - 1]->at);
    bool shrank = false;
    for (std::size_t i = 1; i < gaps.size(); ++i) shrank = shrank || gaps[i] < gaps[i - 1] * 3 / 4;
    if (!shrank && gaps.back() * 5 >= gaps.front() * 6) continue;
    std::string list;
    for (const Duration gap : gaps)
      list += fmt::format("{}{:.1f} s", list.empty() ? "" : ", ", std::chrono::duration<double>(gap).count());
    out.broken({times.front(), times.back()}, "retransmitted after " + list);
  }
  return out;
}

constexpr std::array kRules{
    Rule{"rfc7296-2.1-retransmission-identical", identical},
    Rule{"rfc7296-2.1-response-repeated", same_response},
    Rule{"rfc7296-2.1-no-unasked-response", no_unasked_repetition},
    Rule{"rfc7296-2.4-exponential-backoff", backoff},
};

}  // namespace

std::span<const Rule> retransmission_rules() { return kRules; }

}  // namespace ikevet::reports::rules
