// INFORMATIONAL: deletion, liveness, notifications.  RFC 7296 §1.4.
#include <algorithm>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/sa/extension/extras.hpp"
#include "engine/sa/ike_sa.hpp"

namespace ikevet::sa {

using trace::CloseReason;
using wire::ExchangeType;

namespace {

wire::Payload delete_payload(const ChildSa& child) {
  return payload(wire::Delete::child_sas(child.suite.protocol, std::span(&child.inbound, 1)));
}

/// §1.4.1: we close our inbound half and name it; the peer answers with the other half.
class DeleteChildExchange final : public Exchange {
 public:
  DeleteChildExchange(ChildSpi inbound, CloseReason reason) : inbound_(inbound), reason_(reason) {}
  ExchangeType type() const override { return ExchangeType::INFORMATIONAL; }
  Purpose purpose() const override { return {Purpose::What::DeleteChild, inbound_}; }

  std::optional<std::vector<wire::Payload>> build(Established& sa, const Facts&, Step&) override {
    ChildSa* child = sa.child_by_inbound(inbound_);
    if (!child) return std::nullopt;
    child->deleting = true;
    return std::vector<wire::Payload>{delete_payload(*child)};
  }
  Outcome process(Established& sa, const Facts& facts, const std::vector<wire::Payload>&, Step& step) override {
    close_child(sa, facts, inbound_, reason_, step);
    return {};
  }

 private:
  ChildSpi inbound_;
  CloseReason reason_;
};

class DeleteIkeExchange final : public Exchange {
 public:
  explicit DeleteIkeExchange(CloseReason reason) : reason_(reason) {}
  ExchangeType type() const override { return ExchangeType::INFORMATIONAL; }
  Purpose purpose() const override { return {Purpose::What::DeleteIke}; }
  std::optional<std::vector<wire::Payload>> build(Established&, const Facts&, Step&) override {
    return std::vector<wire::Payload>{payload(wire::Delete::ike_sa())};
  }
  Outcome process(Established&, const Facts&, const std::vector<wire::Payload>&, Step&) override {
    return {reason_, {}};
  }

 private:
  CloseReason reason_;
};

/// Without payloads it asks whether the peer is alive (§2.4).
class InformationalExchange final : public Exchange {
 public:
  explicit InformationalExchange(std::vector<wire::Payload> payloads) : payloads_(std::move(payloads)) {}
  ExchangeType type() const override { return ExchangeType::INFORMATIONAL; }
  std::optional<std::vector<wire::Payload>> build(Established&, const Facts&, Step&) override { return payloads_; }
  Outcome process(Established& sa, const Facts& facts, const std::vector<wire::Payload>& response,
                  Step& step) override {
    learn_window_size(sa, response, step.env.config);
    // §2.20: what a CFG_REQUEST of ours was answered with.
    const auto* asked = wire::find<wire::Configuration>(payloads_);
    const auto* reply = wire::find<wire::Configuration>(response);
    if (asked && reply) {
      const auto read = read_configuration_reply(*reply, *asked);
      step.out.events.push_back(trace::ExtensionUsed{facts.spis, "configuration", "got " + text(read.attributes)});
    }
    return {};
  }

 private:
  std::vector<wire::Payload> payloads_;
};

}  // namespace

std::unique_ptr<Exchange> delete_child_exchange(ChildSpi inbound, CloseReason reason) {
  return std::make_unique<DeleteChildExchange>(inbound, reason);
}
std::unique_ptr<Exchange> delete_ike_exchange(CloseReason reason) {
  return std::make_unique<DeleteIkeExchange>(reason);
}
std::unique_ptr<Exchange> informational_exchange(std::vector<wire::Payload> payloads) {
  return std::make_unique<InformationalExchange>(std::move(payloads));
}

void close_child(Established& sa, const Facts& facts, ChildSpi inbound, CloseReason reason, Step& step) {
  const auto child = std::ranges::find(sa.children, inbound, &ChildSa::inbound);
  if (child == sa.children.end()) {
    IkeSa* const heir = sa.replaced() ? step.env.registry.find(*sa.succession->successor) : nullptr;
    if (Established* const next = heir ? heir->established() : nullptr)
      close_child(*next, heir->facts(), inbound, reason, step);
    return;
  }
  step.out.events.push_back(trace::ChildSaClosed{facts.spis, child->inbound, child->outbound, reason});
  sa.children.erase(child);
}

namespace {

/// What else a request may hold: CP (§2.20), REDIRECT (RFC 5685 §5), a new token (RFC 6290 §4.4).
void answer_extensions(Established& sa, const Facts& facts, const std::vector<wire::Payload>& request, Answer& answer,
                       Step& step) {
  const Config& config = step.env.config;
  if (wire::find<wire::Configuration>(request)) {
    auto configured = answer_configuration(request, config.configuration, step.env.registry.addresses(),
                                           sa.extra().configuration, false);
    if (configured.cp) answer.payloads.push_back(std::move(*configured.cp));
  }
  if (config.extensions.crash_detection.take && wire::find_notify(request, wire::NotifyType::QUICK_CRASH_DETECTION))
    sa.extra().peer_tokens.learn(request);
  const wire::Notify* redirect = wire::find_notify(request, wire::NotifyType::REDIRECT);
  // RFC 5685 §5: gateways redirect, and the client deletes the old IKE SA once it has answered.
  if (redirect && facts.client() && follow_redirect(*redirect, sa, facts, step))
    sa.waiting.push_back(delete_ike_exchange());
}

}  // namespace

namespace {

/// For so long the peer may not have heard that a Child SA exists which we use already.
constexpr Duration kYoung = std::chrono::seconds(10);

/// §1.5: the peer gets ESP packets for which it has no Child SA. What comes in an IKE SA is more than a hint.
void learn_invalid_spi(Established& sa, const Facts& facts, const std::vector<wire::Payload>& request, Step& step) {
  const wire::Notify* notify = wire::find_notify(request, wire::NotifyType::INVALID_SPI);
  if (!notify || notify->data.size() != 4) return;
  const ChildSa* child = sa.child_by_outbound(ChildSpi{Reader(notify->data).u32("SPI")});
  if (!child || child->deleting || child->replaced != ChildSa::Replaced::No || child->since + kYoung > step.now) return;
  step.out.events.push_back(
      trace::ExtensionUsed{facts.spis, "invalid-spi", "the peer has no Child SA for the SPI that we send to"});
  sa.waiting.push_back(delete_child_exchange(child->inbound, CloseReason::DeletedByPeer));
}

}  // namespace

Answer answer_informational(Established& sa, const Facts& facts, const std::vector<wire::Payload>& request,
                            Step& step) {
  Answer answer;
  std::vector<ChildSpi> ours;
  wire::ProtocolId protocol{};
  for (const wire::Delete* deletion : wire::find_all<wire::Delete>(request)) {
    // §1.4.1: deleting the IKE SA closes all its Child SAs, and the answer is empty.
    if (deletion->protocol == wire::ProtocolId::IKE) return {{}, settle_before_deletion(sa, facts, step)};
    for (const ChildSpi spi : deletion->child_spis()) {
      // The SPI is the one the sender receives under: what we send under.
      ChildSa* child = sa.child_by_outbound(spi);
      if (!child) {
        if (sa.makes_child() && sa.stillborn.size() < kMaxStillborn) sa.stillborn.push_back(spi);
        continue;
      }
      protocol = child->suite.protocol;
      // §1.4.1: where both deletions meet, the answer leaves out what we have asked to delete ourselves.
      if (!child->deleting) ours.push_back(child->inbound);
      close_child(sa, facts, child->inbound, CloseReason::DeletedByPeer, step);
    }
  }
  answer_extensions(sa, facts, request, answer, step);
  learn_window_size(sa, request, step.env.config);
  learn_invalid_spi(sa, facts, request, step);
  learn_auth_lifetime(sa, facts, request, step);
  if (!ours.empty()) answer.payloads.push_back(payload(wire::Delete::child_sas(protocol, ours)));
  // §2.21.2: in the INFORMATIONAL exchange right after IKE_AUTH the initiator may turn us down.
  if (wire::find_notify(request, wire::NotifyType::AUTHENTICATION_FAILED) ||
      wire::find_notify(request, wire::NotifyType::INVALID_SYNTAX))
    answer.close = CloseReason::Refused;
  return answer;
}

}  // namespace ikevet::sa
