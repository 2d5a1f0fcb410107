// Repeating IKE_SA_INIT with a cookie or another group, NAT detection, and IKE SPIs.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "reports/rules/families.hpp"

namespace ikevet::reports::rules {
namespace {

using trace::MessageRecord;
using trace::Party;
using wire::ExchangeType;
using wire::NotifyType;
using wire::Payload;

bool is_init(const MessageRecord& message) { return message.outer.header.exchange == ExchangeType::IKE_SA_INIT; }

constexpr std::size_t kLongestCookie = 64;  // RFC 7296 §2.6

/// A demand of the harness in answer to IKE_SA_INIT, and what the device sent next.
struct Retry {
  const MessageRecord* first;   ///< the request that was answered
  const MessageRecord* demand;  ///< with COOKIE or INVALID_KE_PAYLOAD
  const MessageRecord* second;  ///< the next request that is not a mere repetition of the first
};

/// The retries of the device after a notification of this type. A demand after which the device sent no further
/// IKE_SA_INIT at all is left out: the run may have ended there.
std::vector<Retry> retries(const TraceView& view, NotifyType type) {
  std::vector<Retry> out;
  for (const std::size_t demanded : view.from_harness()) {
    const MessageRecord& demand = view.message(demanded);
    if (!demand.is_response() || !is_init(demand) || view.lost(demand) || demand.repeats) continue;
    if (wire::find_notify(demand.outer.payloads, type) == nullptr) continue;
    const MessageRecord* first = view.request_of(demand);
    if (first == nullptr) continue;
    const auto next = std::ranges::find_if(view.from_dut(), [&](std::size_t i) {
      const MessageRecord& m = view.message(i);
      return i > demanded && is_init(m) && !m.is_response() && m.octets != first->octets;
    });
    if (next != view.from_dut().end()) out.push_back({first, &demand, &view.message(*next)});
  }
  return out;
}

const wire::Notify* cookie_of(const MessageRecord& message) {
  return wire::find_notify(message.outer.payloads, NotifyType::COOKIE);
}

// §2.6: retry with the COOKIE notification, containing the received data, as the first payload.
Observations cookie_first(const TraceView& view) {
  Observations out;
  for (const Retry& retry : retries(view, NotifyType::COOKIE)) {
    out.saw(*retry.second);
    const wire::Notify* asked = cookie_of(*retry.demand);
    // A cookie has 1 to 64 octets: what is said about another one binds nobody.
    if (asked->data.empty() || asked->data.size() > kLongestCookie) continue;
    const wire::Notify* given = cookie_of(*retry.second);
    if (given == nullptr)
      out.broken({retry.demand, retry.second}, "the next IKE_SA_INIT request has no COOKIE");
    else if (given->data != asked->data)
      out.broken({retry.demand, retry.second}, "the COOKIE is not the one that was sent");
    else if (std::get_if<wire::Notify>(&retry.second->outer.payloads.front().body) != given)
      out.broken({retry.demand, retry.second}, "COOKIE is not the first payload");
  }
  return out;
}

std::vector<Payload> without_cookie(const MessageRecord& message) {
  std::vector<Payload> out;
  for (const Payload& payload : message.outer.payloads) {
    const auto* notify = std::get_if<wire::Notify>(&payload.body);
    // RFC 8019 §7.1.2: where a puzzle came with the cookie, its solution goes with it.
    if (payload.type() == wire::PayloadType::PS) continue;
    if (notify == nullptr || notify->type != NotifyType::COOKIE) out.push_back(payload);
  }
  return out;
}

// §2.6: and all other payloads unchanged.
Observations cookie_rest_unchanged(const TraceView& view) {
  Observations out;
  for (const Retry& retry : retries(view, NotifyType::COOKIE)) {
    if (cookie_of(*retry.second) == nullptr) continue;
    out.saw(*retry.second);
    if (retry.first->outer.header.spis.i != retry.second->outer.header.spis.i)
      out.broken({retry.first, retry.second}, "the initiator's SPI changed with the cookie");
    else if (without_cookie(*retry.first) != without_cookie(*retry.second))
      out.broken({retry.first, retry.second}, "payloads besides COOKIE changed");
  }
  return out;
}

std::optional<wire::DhGroup> group_wanted(const MessageRecord& demand) {
  const wire::Notify* notify = wire::find_notify(demand.outer.payloads, NotifyType::INVALID_KE_PAYLOAD);
  if (notify == nullptr || notify->data.size() != 2) return std::nullopt;
  return static_cast<wire::DhGroup>(notify->data[0] << 8 | notify->data[1]);
}

bool offered(const MessageRecord& request, wire::DhGroup group) {
  const auto* sa = wire::find<wire::SecurityAssociation>(request.outer.payloads);
  return sa != nullptr && std::ranges::any_of(sa->proposals, [&](const wire::Proposal& proposal) {
           return std::ranges::any_of(proposal.transforms, [&](const wire::Transform& transform) {
             return transform.type == wire::TransformType::KE && transform.id == static_cast<std::uint16_t>(group);
           });
         });
}

// §1.2: the initiator retries with the corrected Diffie-Hellman group. A group it never offered binds it to nothing.
Observations corrected_group(const TraceView& view) {
  Observations out;
  for (const Retry& retry : retries(view, NotifyType::INVALID_KE_PAYLOAD)) {
    const auto wanted = group_wanted(*retry.demand);
    const auto* ke = wire::find<wire::KeyExchange>(retry.second->outer.payloads);
    if (!wanted || !offered(*retry.first, *wanted) || ke == nullptr) continue;
    out.saw(*retry.second);
    if (ke->group != *wanted)
      out.broken({retry.demand, retry.second},
                 fmt::format("group {} was asked for, KE is in {}", wire::name_or_number(*wanted),
                             wire::name_or_number(ke->group)));
  }
  return out;
}

/// What is offered, whatever the order: §3.4 lets the group of KE move to the front.
std::vector<std::string> offer_of(const MessageRecord& request) {
  std::vector<std::string> out;
  if (const auto* sa = wire::find<wire::SecurityAssociation>(request.outer.payloads))
    for (const wire::Proposal& proposal : sa->proposals)
      for (const wire::Transform& transform : proposal.transforms)
        out.push_back(fmt::format("{}/{}/{}/{}", fmt::underlying(proposal.protocol), fmt::underlying(transform.type),
                                  transform.id, transform.key_length().value_or(0)));
  std::ranges::sort(out);
  return out;
}

// §1.2: the initiator again proposes its full set of acceptable cryptographic suites.
Observations full_proposals(const TraceView& view) {
  Observations out;
  for (const Retry& retry : retries(view, NotifyType::INVALID_KE_PAYLOAD)) {
    const auto wanted = group_wanted(*retry.demand);
    if (!wanted || !offered(*retry.first, *wanted)) continue;
    out.saw(*retry.second);
    if (offer_of(*retry.first) != offer_of(*retry.second))
      out.broken({retry.first, retry.second}, "the retry does not propose what the first request proposed");
  }
  return out;
}

// §2.23: those who support NAT traversal include both notifications in their IKE_SA_INIT packets.
Observations both_nat_detections(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    if (!is_init(message) || wire::find<wire::Nonce>(message.outer.payloads) == nullptr) continue;
    const bool source = wire::find_notify(message.outer.payloads, NotifyType::NAT_DETECTION_SOURCE_IP) != nullptr;
    const bool destination =
        wire::find_notify(message.outer.payloads, NotifyType::NAT_DETECTION_DESTINATION_IP) != nullptr;
    if (!source && !destination) continue;
    out.saw(message);
    if (source != destination)
      out.broken({&message}, fmt::format("NAT_DETECTION_{}_IP stands alone", source ? "SOURCE" : "DESTINATION"));
  }
  return out;
}

/// The SPI that the device chose for an IKE SA, and the peer's.
std::pair<IkeSpi, IkeSpi> own_and_peer(const SeenIkeSa& sa) {
  return sa.original_initiator == Party::Dut ? std::pair(sa.spis.i, sa.spis.r) : std::pair(sa.spis.r, sa.spis.i);
}

/// Two answers of the harness to one and the same IKE_SA_INIT request: the device asked for one IKE SA, not for two.
bool answer_one_request(const TraceView& view, const MessageRecord& a, const MessageRecord& b) {
  const MessageRecord* first = view.request_of(a);
  const MessageRecord* second = view.request_of(b);
  return first && second && first->from == Party::Dut && first->octets == second->octets;
}

// §2.6: each endpoint chooses its SPIs so as to be unique identifiers of an IKE SA.
Observations unique_spis(const TraceView& view) {
  Observations out;
  std::map<IkeSpi, const SeenIkeSa*> chosen;
  std::vector<const SeenIkeSa*> by_age;
  for (const auto& [spis, sa] : view.ike_sas()) by_age.push_back(&sa);
  std::ranges::sort(by_age, {}, &SeenIkeSa::born);
  for (const SeenIkeSa* sa : by_age) {
    const MessageRecord& born = view.message(sa->born);
    out.saw(born);
    const auto [known, is_new] = chosen.emplace(own_and_peer(*sa).first, sa);
    if (is_new) continue;
    const MessageRecord& earlier = view.message(known->second->born);
    if (!answer_one_request(view, earlier, born))
      out.broken({&earlier, &born}, "two IKE SAs with one SPI of the device");
  }
  return out;
}

constexpr std::array kRules{
    Rule{"rfc7296-2.6-cookie-first", cookie_first},
    Rule{"rfc7296-2.6-cookie-rest-unchanged", cookie_rest_unchanged},
    Rule{"rfc7296-1.2-retry-corrected-group", corrected_group},
    Rule{"rfc7296-1.2-retry-full-proposals", full_proposals},
    Rule{"rfc7296-2.23-nat-detection-both", both_nat_detections},
    Rule{"rfc7296-2.6-unique-spis", unique_spis},
};

}  // namespace

std::span<const Rule> ike_sa_init_rules() { return kRules; }

}  // namespace ikevet::reports::rules
