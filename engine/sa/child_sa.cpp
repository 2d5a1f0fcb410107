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

ChildOffer make_offer(const Config& config, ChildSpi inbound, bool with_key_exchange) {
  ChildOffer out;
  out.inbound = inbound;
  const Bytes spi = octets(inbound);
  out.proposals =
      with_key_exchange ? offer(config.child_proposals, spi) : offer(without_key_exchange(config.child_proposals), spi);
  out.tsi = config.local_ts;
  out.tsr = config.remote_ts;
  out.transport_mode = config.transport_mode;
  return out;
}

tl::expected<ChildAgreement, ChildRefusal> read_answer(const ChildOffer& offer,
                                                       const std::vector<wire::Payload>& response) {
  const auto refuse = [](NotifyType error, std::string what) {
    return tl::unexpected(ChildRefusal{error, {}, std::move(what), false});
  };
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
  const auto is_part = [](const auto& answered, const auto& asked) {
    return !answered.empty() && std::ranges::all_of(answered, [&](const auto& ts) { return within(ts, asked); });
  };
  if (!is_part(tsi->selectors, offer.tsi) || !is_part(tsr->selectors, offer.tsr))
    return refuse(NotifyType::TS_UNACCEPTABLE, "the answered Traffic Selectors are no subset of ours");

  const bool transport = wire::find_notify(response, NotifyType::USE_TRANSPORT_MODE) != nullptr;
  // §1.3.1: the responder may accept transport mode or not; it may not bring it up.
  if (transport && !offer.transport_mode)
    return refuse(NotifyType::INVALID_SYNTAX, "USE_TRANSPORT_MODE was not asked for");
  return ChildAgreement{sa->proposals.front(), tsi->selectors, tsr->selectors, transport};
}

tl::expected<ChildAgreement, ChildRefusal> answer_request(const std::vector<wire::Payload>& request,
                                                          const Config& config, bool with_key_exchange, Step& step) {
  const auto refuse = [](NotifyType error, std::string what) {
    return tl::unexpected(ChildRefusal{error, {}, std::move(what), false});
  };
  const auto* sa = wire::find<wire::SecurityAssociation>(request);
  const auto* tsi = wire::find<wire::TSi>(request);
  const auto* tsr = wire::find<wire::TSr>(request);
  if (!sa || !tsi || !tsr) return refuse(NotifyType::INVALID_SYNTAX, "SA, TSi or TSr is missing");

  const auto chosen = with_key_exchange
                          ? choose(sa->proposals, config.child_proposals)
                          : choose(without_key_exchange(sa->proposals), without_key_exchange(config.child_proposals));
  if (!chosen || !child_spi(*chosen)) return refuse(NotifyType::NO_PROPOSAL_CHOSEN, "no proposal fits");

  ChildAgreement agreement;
  agreement.proposal = *chosen;
  agreement.tsi = step.env.decisions.narrow(tsi->selectors, narrow(tsi->selectors, config.remote_ts));
  agreement.tsr = step.env.decisions.narrow(tsr->selectors, narrow(tsr->selectors, config.local_ts));
  if (agreement.tsi.empty() || agreement.tsr.empty())
    return refuse(NotifyType::TS_UNACCEPTABLE, "no Traffic Selector in common");
  agreement.transport_mode =
      config.transport_mode && wire::find_notify(request, NotifyType::USE_TRANSPORT_MODE) != nullptr;
  return agreement;
}

ChildSa install_child(const ChildAgreement& agreement, ChildSpi ours, ChildSpi theirs, bool we_asked,
                      const ChildKeySource& source, const Facts& facts, std::optional<ChildSpi> rekeys, Step& step) {
  ChildSa child;
  child.suite = child_suite(agreement.proposal);
  if (source.g_ir.empty()) child.suite.group = wire::DhGroup::NONE;
  child.inbound = ours;
  child.outbound = theirs;
  child.local_ts = we_asked ? agreement.tsi : agreement.tsr;
  child.remote_ts = we_asked ? agreement.tsr : agreement.tsi;
  child.transport_mode = agreement.transport_mode;

  ChildKeyEntry entry;
  entry.ike = facts.spis;
  entry.suite = child.suite;
  entry.initiator = we_asked ? facts.local : facts.remote;
  entry.responder = we_asked ? facts.remote : facts.local;
  entry.spi_to_initiator = we_asked ? ours : theirs;
  entry.spi_to_responder = we_asked ? theirs : ours;
  entry.keys = keys::derive_child_keys(source.prf, source.sk_d, child.suite, source.g_ir, source.ni, source.nr);
  if (step.env.key_log) step.env.key_log->child_keys(entry);

  step.out.events.push_back(trace::ChildSaEstablished{facts.spis, child.inbound, child.outbound, child.local_ts,
                                                      child.remote_ts, child.transport_mode, rekeys});
  return child;
}

}  // namespace ikevet::sa
