// What a responder chooses and what a KE payload fits, RFC 7296 §1.2, §1.3, §2.7, §3.3 and §3.4.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "engine/wire/describe.hpp"
#include "reports/rules/families.hpp"

namespace ikevet::reports::rules {
namespace {

using trace::MessageRecord;
using wire::DhGroup;
using wire::Proposal;
using wire::SecurityAssociation;
using wire::Transform;
using wire::TransformType;

/// A response of the device that accepts an offer, with what was offered.
struct Acceptance {
  const MessageRecord* request;
  const MessageRecord* response;
  const SecurityAssociation* offered;
  const SecurityAssociation* chosen;
};

std::vector<Acceptance> acceptances(const TraceView& view) {
  std::vector<Acceptance> out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& response = view.message(index);
    if (!response.is_response() || !TraceView::readable(response)) continue;
    const MessageRecord* request = view.request_of(response);
    if (request == nullptr || !TraceView::readable(*request)) continue;
    const auto* offered = wire::find<SecurityAssociation>(request->payloads());
    const auto* chosen = wire::find<SecurityAssociation>(response.payloads());
    if (offered != nullptr && chosen != nullptr) out.push_back({request, &response, offered, chosen});
  }
  return out;
}

const Proposal* offered_for(const Acceptance& a) {
  if (a.chosen->proposals.empty()) return nullptr;
  const auto found = std::ranges::find(a.offered->proposals, a.chosen->proposals.front().number, &Proposal::number);
  return found == a.offered->proposals.end() ? nullptr : &*found;
}

// §2.7: the responder accepts a single proposal or rejects them all.
Observations single_proposal(const TraceView& view) {
  Observations out;
  for (const Acceptance& a : acceptances(view)) {
    out.saw(*a.response);
    if (a.chosen->proposals.size() != 1)
      out.broken({a.request, a.response}, fmt::format("{} proposals in the answer", a.chosen->proposals.size()));
  }
  return out;
}

// §3.3.1: the number in the answer matches the number of the proposal that was accepted.
Observations proposal_number(const TraceView& view) {
  Observations out;
  for (const Acceptance& a : acceptances(view)) {
    if (a.chosen->proposals.empty()) continue;
    out.saw(*a.response);
    if (offered_for(a) == nullptr)
      out.broken({a.request, a.response},
                 fmt::format("proposal number {} was not offered", a.chosen->proposals.front().number));
  }
  return out;
}

// §2.7: if a proposal is accepted, the SA response contains the same protocol.
Observations same_protocol(const TraceView& view) {
  Observations out;
  for (const Acceptance& a : acceptances(view)) {
    const Proposal* offered = offered_for(a);
    if (offered == nullptr) continue;
    out.saw(*a.response);
    const Proposal& chosen = a.chosen->proposals.front();
    if (chosen.protocol != offered->protocol)
      out.broken({a.request, a.response}, fmt::format("{} offered, {} chosen", wire::name_or_number(offered->protocol),
                                                      wire::name_or_number(chosen.protocol)));
  }
  return out;
}

/// NONE as INTEG or KE and "no" as ESN mean the same as no transform of the type (§3.3.2, §3.3.3).
bool may_be_left_out(const Proposal& offered, TransformType type) {
  if (type != TransformType::INTEG && type != TransformType::KE) return false;
  return std::ranges::any_of(offered.transforms, [&](const Transform& t) { return t.type == type && t.id == 0; });
}

// §2.7: exactly one transform of each type that the proposal includes. A type the device does not know makes the
// proposal unacceptable (§3.3.6), so that leaving it out is no way either.
Observations one_of_each_type(const TraceView& view) {
  Observations out;
  for (const Acceptance& a : acceptances(view)) {
    const Proposal* offered = offered_for(a);
    if (offered == nullptr) continue;
    out.saw(*a.response);
    std::map<TransformType, int> count;
    for (const Transform& transform : offered->transforms) count.emplace(transform.type, 0);
    for (const Transform& transform : a.chosen->proposals.front().transforms) ++count[transform.type];
    for (const auto& [type, times] : count)
      if (times > 1 || (times == 0 && !may_be_left_out(*offered, type)))
        out.broken({a.request, a.response},
                   fmt::format("{} transforms of type {} in the answer", times, wire::name_or_number(type)));
  }
  return out;
}

bool same_transform(const Transform& a, const Transform& b) {
  return a.type == b.type && a.id == b.id && std::ranges::is_permutation(a.attributes, b.attributes);
}

// §2.7, §3.3.6: the chosen transforms are among those of the proposal, their attributes unmodified.
Observations subset_of_offer(const TraceView& view) {
  Observations out;
  for (const Acceptance& a : acceptances(view)) {
    const Proposal* offered = offered_for(a);
    if (offered == nullptr) continue;
    out.saw(*a.response);
    for (const Transform& chosen : a.chosen->proposals.front().transforms) {
      const bool none = chosen.id == 0 && (chosen.type == TransformType::INTEG || chosen.type == TransformType::KE);
      const bool found =
          std::ranges::any_of(offered->transforms, [&](const Transform& t) { return same_transform(t, chosen); });
      if (!found && !none) out.broken({a.request, a.response}, wire::describe(chosen) + " was not offered so");
    }
  }
  return out;
}

bool names_group(const SecurityAssociation& sa, DhGroup group) {
  return std::ranges::any_of(sa.proposals, [&](const Proposal& proposal) {
    return std::ranges::any_of(proposal.transforms, [&](const Transform& transform) {
      return transform.type == TransformType::KE && transform.id == static_cast<std::uint16_t>(group);
    });
  });
}

// §3.4: the group of the KE payload is one that a proposal of the same message names; without one there is no KE.
Observations ke_group_in_proposal(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    const auto* ke = wire::find<wire::KeyExchange>(message.payloads());
    const auto* sa = wire::find<SecurityAssociation>(message.payloads());
    if (ke == nullptr || sa == nullptr) continue;
    out.saw(message);
    if (!names_group(*sa, ke->group))
      out.broken({&message},
                 "KE is in group " + wire::name_or_number(ke->group) + ", which no proposal beside it names");
  }
  return out;
}

// §1.2, §1.3, §3.4: a responder that selects another group than that of KEi answers INVALID_KE_PAYLOAD and nothing
// else.
Observations ke_group_of_request(const TraceView& view) {
  Observations out;
  for (const Acceptance& a : acceptances(view)) {
    const auto* kei = wire::find<wire::KeyExchange>(a.request->payloads());
    const auto* ker = wire::find<wire::KeyExchange>(a.response->payloads());
    if (kei == nullptr || ker == nullptr) continue;
    out.saw(*a.response);
    if (kei->group != ker->group)
      out.broken({a.request, a.response},
                 fmt::format("KEi in group {} is answered by KEr in group {}", wire::name_or_number(kei->group),
                             wire::name_or_number(ker->group)));
  }
  return out;
}

// §1.2, §1.3: INVALID_KE_PAYLOAD names the group that the responder selected, thus one that was offered, and not the
// one that the initiator used.
Observations invalid_ke_names_offered_group(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& response = view.message(index);
    const MessageRecord* request = response.is_response() ? view.request_of(response) : nullptr;
    if (request == nullptr) continue;
    const auto* notify = wire::find_notify(response.payloads(), wire::NotifyType::INVALID_KE_PAYLOAD);
    const auto* offered = wire::find<SecurityAssociation>(request->payloads());
    const auto* kei = wire::find<wire::KeyExchange>(request->payloads());
    if (notify == nullptr || notify->data.size() != 2 || offered == nullptr || kei == nullptr) continue;
    out.saw(response);
    const auto group = static_cast<DhGroup>(notify->data[0] << 8 | notify->data[1]);
    if (!names_group(*offered, group))
      out.broken({request, &response}, "it names group " + wire::name_or_number(group) + ", which was not offered");
  }
  return out;
}

// RFC 4303 §2.1: zero never is the SPI of an ESP packet, so nobody can ask to receive under it.
Observations child_spi_nonzero(const TraceView& view) {
  Observations out;
  for (const std::size_t index : view.fresh()) {
    const MessageRecord& message = view.message(index);
    const auto* sa = wire::find<SecurityAssociation>(message.payloads());
    if (sa == nullptr) continue;
    for (const Proposal& proposal : sa->proposals) {
      if (proposal.protocol != wire::ProtocolId::ESP || proposal.spi.empty()) continue;
      out.saw(message);
      if (std::ranges::all_of(proposal.spi, [](std::uint8_t octet) { return octet == 0; }))
        out.broken({&message}, fmt::format("the SPI of proposal {} is zero", proposal.number));
    }
  }
  return out;
}

constexpr std::array kRules{
    Rule{"rfc7296-2.7-single-proposal", single_proposal},
    Rule{"rfc7296-3.3.1-accepted-proposal-number", proposal_number},
    Rule{"rfc7296-2.7-same-protocol", same_protocol},
    Rule{"rfc7296-2.7-one-transform-per-type", one_of_each_type},
    Rule{"rfc7296-3.3.6-subset-unmodified", subset_of_offer},
    Rule{"rfc7296-3.4-ke-group-in-proposal", ke_group_in_proposal},
    Rule{"rfc7296-1.3-ke-group-of-request", ke_group_of_request},
    Rule{"rfc7296-1.2-invalid-ke-group-offered", invalid_ke_names_offered_group},
    Rule{"rfc4303-2.1-spi-nonzero", child_spi_nonzero},
};

}  // namespace

std::span<const Rule> negotiation_rules() { return kRules; }

}  // namespace ikevet::reports::rules
