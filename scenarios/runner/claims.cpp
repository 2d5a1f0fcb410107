#include "scenarios/runner/claims.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ikevet::scenarios {
namespace {

using trace::MessageRecord;
using trace::Party;
using wire::ExchangeType;
using wire::NotifyType;

/// A capability that a pair of notifications agrees on.
struct Agreement {
  std::string_view capability;
  ExchangeType exchange;
  std::optional<NotifyType> asked;  ///< in the harness's request; empty: the device says it of its own accord
  NotifyType answered;              ///< in the device's response
};
constexpr std::array kAgreements{
    Agreement{"nat-traversal", ExchangeType::IKE_SA_INIT, NotifyType::NAT_DETECTION_SOURCE_IP,
              NotifyType::NAT_DETECTION_SOURCE_IP},  // RFC 7296 §2.23
    Agreement{"fragmentation", ExchangeType::IKE_SA_INIT, NotifyType::IKEV2_FRAGMENTATION_SUPPORTED,
              NotifyType::IKEV2_FRAGMENTATION_SUPPORTED},  // RFC 7383 §2.3
    Agreement{"signature-authentication", ExchangeType::IKE_SA_INIT, NotifyType::SIGNATURE_HASH_ALGORITHMS,
              NotifyType::SIGNATURE_HASH_ALGORITHMS},  // RFC 7427 §4
    Agreement{"childless", ExchangeType::IKE_SA_INIT, std::nullopt,
              NotifyType::CHILDLESS_IKEV2_SUPPORTED},  // RFC 6023 §3: in the response, unasked
    Agreement{"intermediate", ExchangeType::IKE_SA_INIT, NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED,
              NotifyType::INTERMEDIATE_EXCHANGE_SUPPORTED},                                 // RFC 9242 §3.1
    Agreement{"ppk", ExchangeType::IKE_SA_INIT, NotifyType::USE_PPK, NotifyType::USE_PPK},  // RFC 8784 §3
    Agreement{"mobike", ExchangeType::IKE_AUTH, NotifyType::MOBIKE_SUPPORTED,
              NotifyType::MOBIKE_SUPPORTED},  // RFC 4555 §3.1
    Agreement{"transport-mode", ExchangeType::IKE_AUTH, NotifyType::USE_TRANSPORT_MODE,
              NotifyType::USE_TRANSPORT_MODE},  // RFC 7296 §1.3.1
    Agreement{"ipcomp", ExchangeType::IKE_AUTH, NotifyType::IPCOMP_SUPPORTED,
              NotifyType::IPCOMP_SUPPORTED},  // RFC 7296 §2.22
    Agreement{"session-resumption", ExchangeType::IKE_AUTH, NotifyType::TICKET_REQUEST,
              NotifyType::TICKET_LT_OPAQUE},  // RFC 5723 §4.1
    Agreement{"crash-detection", ExchangeType::IKE_AUTH, std::nullopt,
              NotifyType::QUICK_CRASH_DETECTION},  // RFC 6290 §4.2: in the response, unasked
};

bool has(const MessageRecord& message, NotifyType type) {
  return std::ranges::any_of(message.payloads(), [&](const wire::Payload& payload) {
    const auto* notify = std::get_if<wire::Notify>(&payload.body);
    return notify != nullptr && notify->type == type;
  });
}

template <class T>
bool has(const MessageRecord& message) {
  return wire::find<T>(message.payloads()) != nullptr;
}

/// The exchange was carried through: the device chose an SA, and in IKE_AUTH proved itself too.
bool whole_answer(const MessageRecord& response) {
  if (!has<wire::SecurityAssociation>(response)) return false;
  return response.outer.header.exchange != ExchangeType::IKE_AUTH || has<wire::Authentication>(response);
}

void add(std::vector<ClaimEvidence>& out, const Agreement& agreed, const MessageRecord& request,
         const MessageRecord& response, const std::string& scenario) {
  if (response.outer.header.exchange != agreed.exchange) return;
  if (agreed.asked && !has(request, *agreed.asked)) return;
  const bool accepted = has(response, agreed.answered);
  const std::string asked = agreed.asked ? fmt::format("N({})", wire::name_or_number(*agreed.asked))
                                         : fmt::format("an {} request", wire::name_or_number(agreed.exchange));
  out.push_back({agreed.capability, accepted,
                 fmt::format("{} was answered {} N({})", asked, accepted ? "with" : "without",
                             wire::name_or_number(agreed.answered)),
                 scenario, response.frame});
}

/// RFC 7296 §2.19: an internal address was asked for.
void add_configuration(std::vector<ClaimEvidence>& out, const MessageRecord& request, const MessageRecord& response,
                       const std::string& scenario) {
  if (response.outer.header.exchange != ExchangeType::IKE_AUTH || !has<wire::Configuration>(request)) return;
  // OpenIKED answers with an empty one where it has no addresses to give.
  const auto* reply = wire::find<wire::Configuration>(response.payloads());
  const bool accepted = reply != nullptr && (reply->find(wire::CfgAttribute::INTERNAL_IP4_ADDRESS) != nullptr ||
                                             reply->find(wire::CfgAttribute::INTERNAL_IP6_ADDRESS) != nullptr);
  out.push_back(
      {"configuration-payload", accepted,
       fmt::format("a Configuration payload was answered {} an internal address", accepted ? "with" : "without"),
       scenario, response.frame});
}

/// RFC 9370 §2.2.1: additional key exchanges were among what was offered.
void add_key_exchanges(std::vector<ClaimEvidence>& out, const MessageRecord& request, const MessageRecord& response,
                       const std::string& scenario) {
  const auto additional = [](const MessageRecord& message) {
    const auto* sa = wire::find<wire::SecurityAssociation>(message.payloads());
    return sa != nullptr && std::ranges::any_of(sa->proposals, [](const wire::Proposal& proposal) {
             return std::ranges::any_of(proposal.transforms, [](const wire::Transform& transform) {
               return transform.type >= wire::TransformType::ADDKE1 && transform.type <= wire::TransformType::ADDKE7 &&
                      transform.id != 0;
             });
           });
  };
  if (response.outer.header.exchange != ExchangeType::IKE_SA_INIT || !additional(request)) return;
  const bool accepted = additional(response);
  out.push_back({"multiple-key-exchanges", accepted,
                 fmt::format("additional key exchanges were {}", accepted ? "chosen" : "not chosen"), scenario,
                 response.frame});
}

}  // namespace

std::vector<ClaimEvidence> claim_evidence(const trace::Trace& trace, const std::string& scenario) {
  std::vector<ClaimEvidence> out;
  for (const MessageRecord& response : trace.messages) {
    if (response.from != Party::Dut || !response.is_response() || !response.request || response.repeats) continue;
    const MessageRecord& request = trace.messages[*response.request];
    if (!whole_answer(response)) continue;
    for (const Agreement& agreed : kAgreements) add(out, agreed, request, response, scenario);
    add_configuration(out, request, response, scenario);
    add_key_exchanges(out, request, response, scenario);
  }
  return out;
}

std::string ClaimFinding::text() const {
  return fmt::format("{} is {}: {} ({}, frame {})", capability,
                     claimed ? "claimed, but refused" : "accepted, but not claimed", evidence.how, evidence.scenario,
                     evidence.frame);
}

std::vector<ClaimFinding> compare_claims(const std::vector<std::string>& claimed,
                                         const std::vector<ClaimEvidence>& evidence) {
  std::vector<ClaimFinding> out;
  for (const Capability& capability : kCapabilities) {
    const auto of = [&](bool accepted) {
      return std::ranges::find_if(evidence, [&](const ClaimEvidence& one) {
        return one.capability == capability.name && one.accepted == accepted;
      });
    };
    const bool is_claimed = std::ranges::find(claimed, capability.name) != claimed.end();
    const auto taken = of(true), left_out = of(false);
    if (is_claimed && taken == evidence.end() && left_out != evidence.end())
      out.push_back({std::string(capability.name), true, *left_out});
    if (!is_claimed && taken != evidence.end()) out.push_back({std::string(capability.name), false, *taken});
  }
  return out;
}

}  // namespace ikevet::scenarios
