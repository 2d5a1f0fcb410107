#include "engine/sa/child_sa.hpp"

#include <algorithm>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/sa/ike_sa.hpp"
#include "engine/sa/message_io.hpp"
#include "engine/sa/narrowing.hpp"
#include "engine/sa/proposal.hpp"

namespace ikevet::sa {

using wire::NotifyType;

std::optional<ChildSpi> child_spi(const wire::Proposal& proposal) {
  if (proposal.spi.size() != 4) return std::nullopt;
  return ChildSpi{Reader(proposal.spi).u32("SPI")};
}

Bytes octets(ChildSpi spi) { return Writer().u32(spi.value).take(); }

wire::Payload ChildOffer::sa() const { return payload(wire::SecurityAssociation{proposals}); }

wire::Payload ChildOffer::tsi_payload() const {
  wire::TSi body;
  body.selectors = tsi;
  return payload(std::move(body));
}

wire::Payload ChildOffer::tsr_payload() const {
  wire::TSr body;
  body.selectors = tsr;
  return payload(std::move(body));
}

std::uint16_t cpi_for(ChildSpi inbound) {
  constexpr std::uint32_t kFirst = 256, kLast = 61439;
  return static_cast<std::uint16_t>(kFirst + inbound.value % (kLast - kFirst + 1));
}

namespace {

/// N(IPCOMP_SUPPORTED), §3.10.1: CPI, transform, attributes of the transform (none of ours has any).
wire::Payload ipcomp_notify(wire::IpcompTransform transform, ChildSpi inbound) {
  return notify(NotifyType::IPCOMP_SUPPORTED, Writer().u16(cpi_for(inbound)).u8(transform).view());
}

struct IpcompOffer {
  std::uint16_t cpi{};
  wire::IpcompTransform transform{};
};

/// Those that can be read: too short a notification says nothing.
std::vector<IpcompOffer> ipcomp_offers(const std::vector<wire::Payload>& payloads) {
  std::vector<IpcompOffer> out;
  for (const wire::Notify* candidate : wire::notifies(payloads)) {
    if (candidate->type != NotifyType::IPCOMP_SUPPORTED) continue;
    Reader in(candidate->data);
    IpcompOffer one;
    one.cpi = in.u16("CPI");
    one.transform = in.u8<wire::IpcompTransform>("Transform ID");
    if (in.ok()) out.push_back(one);
  }
  return out;
}

bool says(const std::vector<wire::Payload>& payloads, NotifyType type) {
  return wire::find_notify(payloads, type) != nullptr;
}

/// What we may send and accept in this IKE SA.
std::vector<TsPolicy> policies_of(const Config& config, const ChildScope& scope) {
  std::vector<TsPolicy> out{{config.local_ts, config.remote_ts}};
  std::ranges::copy(config.child.more_policies, std::back_inserter(out));
  for (TsPolicy& policy : out) {
    if (!scope.local.empty()) policy.local = scope.local;
    if (!scope.remote.empty()) policy.remote = scope.remote;
  }
  return out;
}

tl::unexpected<ChildRefusal> refuse(NotifyType error, std::string what) {
  return tl::unexpected(ChildRefusal{error, {}, std::move(what), false});
}

}  // namespace

std::vector<wire::Payload> ChildOffer::notifications() const {
  std::vector<wire::Payload> out;
  // §2.22: one notification for each algorithm, all with the one CPI of ours.
  for (const wire::IpcompTransform transform : options.ipcomp) out.push_back(ipcomp_notify(transform, inbound));
  if (transport_mode) out.push_back(notify(NotifyType::USE_TRANSPORT_MODE));
  if (options.refuse_tfc_padding) out.push_back(notify(NotifyType::ESP_TFC_PADDING_NOT_SUPPORTED));
  if (options.non_first_fragments) out.push_back(notify(NotifyType::NON_FIRST_FRAGMENTS_ALSO));
  return out;
}

ChildOffer make_offer(const Config& config, ChildSpi inbound, bool with_key_exchange, const ChildScope& scope) {
  ChildOffer out;
  out.inbound = inbound;
  const Bytes spi = octets(inbound);
  out.proposals =
      with_key_exchange ? offer(config.child_proposals, spi) : offer(without_key_exchange(config.child_proposals), spi);
  out.options = config.child;
  if (scope.rekeyed) {
    // §2.9.2: what the old one covers, and no selectors of a packet.
    out.tsi = scope.rekeyed->local_ts;
    out.tsr = scope.rekeyed->remote_ts;
    out.transport_mode = scope.rekeyed->manner.transport_mode;
    return out;
  }
  const auto add = [](std::vector<wire::TrafficSelector>& to, const std::vector<wire::TrafficSelector>& more) {
    for (const wire::TrafficSelector& ts : more)
      if (std::ranges::find(to, ts) == to.end()) to.push_back(ts);
  };
  // §2.9: the addresses of the packet first, then everything that may go with it.
  if (config.child.trigger_packet) {
    add(out.tsi, {config.child.trigger_packet->local});
    add(out.tsr, {config.child.trigger_packet->remote});
  }
  add(out.tsi, scope.local.empty() ? config.local_ts : scope.local);
  add(out.tsr, scope.remote.empty() ? config.remote_ts : scope.remote);
  out.transport_mode = config.transport_mode;
  return out;
}

tl::expected<ChildAgreement, ChildRefusal> read_answer(const ChildOffer& offer,
                                                       const std::vector<wire::Payload>& response) {
  if (const wire::Notify* error = wire::find_error(response))
    return tl::unexpected(ChildRefusal{error->type, error->data, "the peer refused it", true});

  const auto* sa = wire::find<wire::SecurityAssociation>(response);
  const auto* tsi = wire::find<wire::TSi>(response);
  const auto* tsr = wire::find<wire::TSr>(response);
  if (!sa || !tsi || !tsr) return refuse(NotifyType::INVALID_SYNTAX, "SA, TSi or TSr is missing");
  if (auto why = not_chosen_from(sa->proposals, offer.proposals)) return refuse(NotifyType::NO_PROPOSAL_CHOSEN, *why);
  if (!child_spi(sa->proposals.front()))
    return refuse(NotifyType::INVALID_SYNTAX, "the SPI of the chosen proposal has not four octets");

  // RFC 7296 §2.9: the responder may narrow, never widen.
  if (tsi->selectors.empty() || tsr->selectors.empty() || !covered(tsi->selectors, offer.tsi) ||
      !covered(tsr->selectors, offer.tsr))
    return refuse(NotifyType::TS_UNACCEPTABLE, "the answered Traffic Selectors are no subset of ours");

  ChildAgreement out;
  out.proposal = sa->proposals.front();
  out.tsi = tsi->selectors;
  out.tsr = tsr->selectors;
  out.additional_ts_possible = says(response, NotifyType::ADDITIONAL_TS_POSSIBLE);
  out.manner.transport_mode = says(response, NotifyType::USE_TRANSPORT_MODE);
  // §1.3.1: the responder may accept transport mode or not; it may not bring it up.
  if (out.manner.transport_mode && !offer.transport_mode)
    return refuse(NotifyType::INVALID_SYNTAX, "USE_TRANSPORT_MODE was not asked for");
  // §1.3.1: whoever cannot do with tunnel mode deletes the Child SA.
  if (offer.options.require_transport_mode && !out.manner.transport_mode)
    out.unwanted = "tunnel mode instead of transport mode";
  out.manner.peer_refuses_tfc_padding = says(response, NotifyType::ESP_TFC_PADDING_NOT_SUPPORTED);
  out.manner.non_first_fragments =
      offer.options.non_first_fragments && says(response, NotifyType::NON_FIRST_FRAGMENTS_ALSO);

  const auto ipcomp = ipcomp_offers(response);
  // §2.22: the responder takes one of the algorithms offered, or says nothing.
  if (ipcomp.size() > 1) return refuse(NotifyType::INVALID_SYNTAX, "several IPCOMP_SUPPORTED in an answer");
  if (!ipcomp.empty()) {
    if (std::ranges::find(offer.options.ipcomp, ipcomp.front().transform) == offer.options.ipcomp.end())
      return refuse(NotifyType::INVALID_SYNTAX, "IPCOMP_SUPPORTED with an algorithm that was not offered");
    out.manner.ipcomp = IpcompAgreement{ipcomp.front().transform, cpi_for(offer.inbound), ipcomp.front().cpi};
  }
  return out;
}

tl::expected<ChildAgreement, ChildRefusal> answer_request(const std::vector<wire::Payload>& request,
                                                          const Config& config, bool with_key_exchange, Step& step,
                                                          const ChildScope& scope) {
  const auto* sa = wire::find<wire::SecurityAssociation>(request);
  const auto* tsi = wire::find<wire::TSi>(request);
  const auto* tsr = wire::find<wire::TSr>(request);
  if (!sa || !tsi || !tsr) return refuse(NotifyType::INVALID_SYNTAX, "SA, TSi or TSr is missing");

  const auto chosen = with_key_exchange
                          ? choose(sa->proposals, config.child_proposals)
                          : choose(without_key_exchange(sa->proposals), without_key_exchange(config.child_proposals));
  if (!chosen || !child_spi(*chosen)) return refuse(NotifyType::NO_PROPOSAL_CHOSEN, "no proposal fits");

  // §2.9.2: the scope of the Child SA that is replaced is not narrowed further, so it stands in front of the policy.
  std::vector<TsPolicy> policies = policies_of(config, scope);
  if (scope.rekeyed) {
    const auto holds_old = [&](const TsPolicy& policy) {
      return covered(scope.rekeyed->local_ts, policy.local) && covered(scope.rekeyed->remote_ts, policy.remote);
    };
    const auto entry = std::ranges::find_if(policies, holds_old);
    policies = {entry != policies.end() ? *entry : TsPolicy{scope.rekeyed->local_ts, scope.rekeyed->remote_ts}};
  }
  Narrowed narrowed = narrow_pair(tsi->selectors, tsr->selectors, policies, config.child.single_pair && !scope.rekeyed);
  if (narrowed.single_pair_required)
    return refuse(NotifyType::SINGLE_PAIR_REQUIRED, "each pair of addresses wants a Child SA of its own");

  ChildAgreement agreement;
  agreement.proposal = *chosen;
  agreement.tsi = step.env.decisions.narrow(tsi->selectors, std::move(narrowed.tsi));
  agreement.tsr = step.env.decisions.narrow(tsr->selectors, std::move(narrowed.tsr));
  agreement.additional_ts_possible = narrowed.additional_possible;
  if (agreement.tsi.empty() || agreement.tsr.empty())
    return refuse(NotifyType::TS_UNACCEPTABLE, "no Traffic Selector in common");
  ChildManner& manner = agreement.manner;
  manner.transport_mode = config.transport_mode && says(request, NotifyType::USE_TRANSPORT_MODE);
  manner.peer_refuses_tfc_padding = says(request, NotifyType::ESP_TFC_PADDING_NOT_SUPPORTED);
  manner.non_first_fragments = config.child.non_first_fragments && says(request, NotifyType::NON_FIRST_FRAGMENTS_ALSO);
  const auto offers = ipcomp_offers(request);
  for (const wire::IpcompTransform ours : config.child.ipcomp) {
    const auto match = std::ranges::find(offers, ours, &IpcompOffer::transform);
    if (match == offers.end()) continue;
    manner.ipcomp = IpcompAgreement{ours, 0, match->cpi};  // our CPI comes with our SPI
    break;
  }
  return agreement;
}

std::vector<wire::Payload> answer_payloads(const ChildAgreement& agreement, ChildSpi ours, const Config& config,
                                           std::vector<wire::Payload> between) {
  ChildOffer answer;
  answer.inbound = ours;
  answer.proposals = {agreement.proposal};
  answer.proposals.front().spi = octets(ours);
  answer.tsi = agreement.tsi;
  answer.tsr = agreement.tsr;
  answer.transport_mode = agreement.manner.transport_mode;
  answer.options.refuse_tfc_padding = config.child.refuse_tfc_padding;
  answer.options.non_first_fragments = agreement.manner.non_first_fragments;
  if (agreement.manner.ipcomp) answer.options.ipcomp = {agreement.manner.ipcomp->transform};

  std::vector<wire::Payload> out;
  out.push_back(answer.sa());
  std::ranges::move(between, std::back_inserter(out));
  out.push_back(answer.tsi_payload());
  out.push_back(answer.tsr_payload());
  std::ranges::move(answer.notifications(), std::back_inserter(out));
  if (agreement.additional_ts_possible) out.push_back(notify(NotifyType::ADDITIONAL_TS_POSSIBLE));
  return out;
}

ChildSa install_child(const ChildAgreement& agreement, ChildSpi ours, ChildSpi theirs, bool we_asked,
                      const ChildKeySource& source, const Facts& facts, std::optional<ChildSpi> rekeys, Step& step) {
  ChildSa child;
  child.suite = child_suite(agreement.proposal);
  if (source.g_ir.empty()) child.suite.group = wire::DhGroup::NONE;
  if (source.additional.empty()) child.suite.additional = {};
  child.inbound = ours;
  child.outbound = theirs;
  child.local_ts = we_asked ? agreement.tsi : agreement.tsr;
  child.remote_ts = we_asked ? agreement.tsr : agreement.tsi;
  child.manner = agreement.manner;
  if (child.manner.ipcomp) child.manner.ipcomp->inbound_cpi = cpi_for(ours);
  child.since = step.now;
  child.expiry = Expiry::of(step.env.config.rekey.child, step.now, step.env.random);

  ChildKeyEntry entry;
  entry.ike = facts.spis;
  entry.suite = child.suite;
  entry.initiator = we_asked ? facts.local : facts.remote;
  entry.responder = we_asked ? facts.remote : facts.local;
  entry.spi_to_initiator = we_asked ? ours : theirs;
  entry.spi_to_responder = we_asked ? theirs : ours;
  entry.keys = keys::derive_child_keys(source.prf, source.sk_d, child.suite, source.g_ir, source.ni, source.nr,
                                       source.additional);
  if (step.env.key_log) step.env.key_log->child_keys(entry);

  step.out.events.push_back(trace::ChildSaEstablished{facts.spis, child.inbound, child.outbound, child.local_ts,
                                                      child.remote_ts, child.manner.transport_mode, rekeys});
  return child;
}

}  // namespace ikevet::sa
