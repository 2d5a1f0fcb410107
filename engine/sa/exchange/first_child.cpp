#include "engine/sa/exchange/first_child.hpp"

#include <algorithm>
#include <iterator>

#include "engine/sa/extension/extras.hpp"

namespace ikevet::sa {

using trace::CloseReason;
using wire::ExchangeType;
using wire::NotifyType;

bool goes_childless(const Config& config, bool supported) {
  return supported && config.extensions.childless >= Childless::Prefer;
}

bool asks_no_child(const std::vector<wire::Payload>& request) {
  return !wire::find<wire::SecurityAssociation>(request) && !wire::find<wire::TSi>(request) &&
         !wire::find<wire::TSr>(request);
}

// I -> R   [CP(CFG_REQUEST),] SAi2, TSi, TSr

std::vector<wire::Payload> first_child_request(const ChildOffer& offer, const Config& config) {
  std::vector<wire::Payload> out;
  // RFC 7296 §2.19: "the CP payload MUST be inserted before the SA payload".
  if (auto cp = configuration_request(config.configuration)) out.push_back(std::move(*cp));
  if (offer.childless) return out;
  out.push_back(offer.sa());
  out.push_back(offer.tsi_payload());
  out.push_back(offer.tsr_payload());
  std::ranges::move(offer.notifications(), std::back_inserter(out));
  return out;
}

// R -> I   [CP(CFG_REPLY),] SAr2, TSi, TSr     or     N(error)

std::vector<wire::Payload> answer_first_child(Established& sa, const Facts& facts,
                                              const std::vector<wire::Payload>& request, BytesView ni, BytesView nr,
                                              Step& step) {
  const Config& config = step.env.config;
  std::vector<wire::Payload> out;
  // RFC 6023 §5: nothing was asked for, and that is in order where we announced it; CP goes on its own.
  const bool childless = asks_no_child(request) && config.extensions.childless != Childless::Never;
  AssignedConfiguration& assigned = sa.extra().configuration;
  ConfigurationAnswer configured =
      answer_configuration(request, config.configuration, step.env.registry.addresses(), assigned, true);
  const auto add_cp = [&] {
    if (!configured.cp) return;
    const auto& attributes = std::get<wire::Configuration>(configured.cp->body).attributes;
    step.out.events.push_back(trace::ExtensionUsed{facts.spis, "configuration", "gave " + text(attributes)});
    out.push_back(std::move(*configured.cp));
  };
  if (childless) {
    add_cp();
    return out;
  }
  auto agreement = configured.child_failure
                       ? tl::expected<ChildAgreement, ChildRefusal>(tl::unexpected(ChildRefusal{
                             *configured.child_failure, {}, "the configuration request cannot be met", false}))
                       : answer_request(request, config, false, step, assigned.scope());
  if (!agreement) {
    // RFC 7296 §2.21.2: the IKE SA is established all the same. The addresses went with the Child SA.
    assigned.given.clear();
    out.push_back(notify(agreement.error().error, agreement.error().data));
    step.out.events.push_back(
        trace::PeerFault{facts.spis, agreement.error().what, "RFC 7296 §2.21.2", agreement.error().error});
    return out;
  }
  add_cp();
  const ChildSpi theirs = *child_spi(agreement->proposal);
  const ChildSpi ours = step.env.registry.new_child_spi();
  sa.children.push_back(install_child(*agreement, ours, theirs, false,
                                      {sa.secured.prf, sa.secured.sk_d.view(), {}, ni, nr}, facts, std::nullopt, step));
  std::ranges::move(answer_payloads(*agreement, ours, config), std::back_inserter(out));
  return out;
}

namespace {

void take_configuration(Established& sa, const Facts& facts, const std::vector<wire::Payload>& response, Step& step) {
  const auto* reply = wire::find<wire::Configuration>(response);
  if (!reply) return;
  const ConfigurationOptions& options = step.env.config.configuration;
  if (options.request.empty()) {
    // RFC 7296 §2.19: "MUST NOT send a CFG_REPLY without having first received a CP(CFG_REQUEST)".
    step.out.events.push_back(
        trace::PeerFault{facts.spis, "a CP payload that nobody asked for", "RFC 7296 §2.19", std::nullopt});
    return;
  }
  auto read = read_configuration_reply(*reply, {wire::CfgType::CFG_REQUEST, {}, options.request});
  for (const std::string& ignored : read.ignored)
    step.out.events.push_back(trace::PeerFault{facts.spis, "CP ignored: " + ignored, "RFC 7296 §3.15.1", std::nullopt});
  step.out.events.push_back(trace::ExtensionUsed{facts.spis, "configuration", "got " + text(read.attributes)});
  sa.extra().configuration.received = std::move(read.attributes);
}

}  // namespace

void finish_first_child(Established& sa, const Facts& facts, const ChildOffer& offer,
                        const std::vector<wire::Payload>& response, BytesView ni, BytesView nr, MessageId request,
                        Step& step) {
  if (offer.childless) return take_configuration(sa, facts, response, step);
  const auto agreement = read_answer(offer, response);
  if (!agreement) {
    const ChildRefusal& refusal = agreement.error();
    if (refusal.by_peer) {
      // §2.21.2: the IKE SA stands without its first Child SA.
      step.out.events.push_back(trace::RequestRefused{facts.spis, ExchangeType::IKE_AUTH, request, refusal.error});
      return;
    }
    // §2.21: a wrong answer is cleaned up by deleting what the peer believes to exist.
    step.out.events.push_back(trace::PeerFault{facts.spis, refusal.what, "RFC 7296 §2.9", std::nullopt});
    sa.waiting.push_back(delete_ike_exchange());
    return;
  }
  take_configuration(sa, facts, response, step);
  sa.children.push_back(install_child(*agreement, offer.inbound, *child_spi(agreement->proposal), true,
                                      {sa.secured.prf, sa.secured.sk_d.view(), {}, ni, nr}, facts, std::nullopt, step));
  if (!agreement->unwanted) return;
  step.out.events.push_back(trace::PeerFault{facts.spis, *agreement->unwanted, "RFC 7296 §1.3.1", std::nullopt});
  sa.waiting.push_back(delete_child_exchange(offer.inbound, CloseReason::RefusedByUs));
}

}  // namespace ikevet::sa
