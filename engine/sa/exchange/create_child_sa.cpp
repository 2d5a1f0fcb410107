// CREATE_CHILD_SA: further Child SAs and the rekeying of Child SAs, RFC 7296 §1.3, §2.8, §2.17.
#include <algorithm>
#include <iterator>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/sa/additional_key_exchanges.hpp"
#include "engine/sa/extension/extras.hpp"
#include "engine/sa/ike_sa.hpp"
#include "engine/sa/proposal.hpp"

namespace ikevet::sa {

using trace::CloseReason;
using wire::ExchangeType;
using wire::NotifyType;

namespace {

constexpr int kMaxStateLosses = 3;  // RFC 9370 §2.2.4: STATE_NOT_FOUND "after several retries" is fatal
constexpr int kMaxGroups = 3;       // INVALID_KE_PAYLOAD may send us round the offered groups, not for ever

/// I -> R   HDR, SK {N(REKEY_SA), SA, Ni, [KEi,] TSi, TSr}
class RekeyChildExchange final : public Exchange {
 public:
  explicit RekeyChildExchange(ChildSpi old_inbound) : old_(old_inbound) {}
  RekeyChildExchange(ChildSpi old_inbound, wire::DhGroup group, int tries, int state_losses)
      : old_(old_inbound), group_(group), tries_(tries), state_losses_(state_losses) {}
  RekeyChildExchange(ChildSpi old_inbound, int state_losses) : old_(old_inbound), state_losses_(state_losses) {}
  ExchangeType type() const override { return ExchangeType::CREATE_CHILD_SA; }

  std::optional<std::vector<wire::Payload>> build(Established& sa, const Facts&, Step& step) override {
    const ChildSa* old = sa.child_by_inbound(old_);
    if (!old || old->deleting) return std::nullopt;
    const Config& config = step.env.config;
    // §2.9.2: a rekeyed Child SA covers what the old one does.
    offer_ = make_offer(config, step.env.registry.new_child_spi(), true, {.rekeyed = old});
    ni_ = step.env.random.bytes(kNonceSize);

    std::vector<wire::Payload> payloads;
    std::ranges::copy(offer_.notifications(), std::back_inserter(payloads));
    payloads.push_back(payload(wire::Notify{old->suite.protocol, octets(old_), NotifyType::REKEY_SA, {}}));
    payloads.push_back(offer_.sa());
    payloads.push_back(payload(wire::Nonce{ni_}));
    if (!group_) group_ = first_group(offer_.proposals);
    if (group_) {
      auto pair = crypto::KeyPair::generate(*group_, step.env.random);
      if (!pair) return std::nullopt;
      payloads.push_back(payload(wire::KeyExchange{*group_, 0, to_bytes(pair->public_value())}));
      pair_ = std::move(*pair);
    }
    payloads.push_back(offer_.tsi_payload());
    payloads.push_back(offer_.tsr_payload());
    return payloads;
  }

  // R -> I   HDR, SK {SA, Nr, [KEr,] TSi, TSr}
  Outcome process(Established& sa, const Facts& facts, const std::vector<wire::Payload>& response,
                  Step& step) override {
    Outcome outcome;
    if (auto again = other_group(response)) {
      step.out.events.push_back(trace::RequestRepeatedWith{facts.spis, NotifyType::INVALID_KE_PAYLOAD});
      outcome.then.push_back(std::move(again));
      return outcome;
    }
    const auto fail = [&](std::string what, std::string section) {
      step.out.events.push_back(trace::PeerFault{facts.spis, std::move(what), std::move(section), std::nullopt});
      return std::move(outcome);
    };
    const auto agreement = read_answer(offer_, response);
    if (!agreement) {
      const ChildRefusal& refusal = agreement.error();
      if (!refusal.by_peer) return fail(refusal.what, "RFC 7296 §1.3.3");
      // §2.25.1: the peer does not know the old Child SA any more, so it goes here too.
      if (refusal.error == NotifyType::CHILD_SA_NOT_FOUND)
        close_child(sa, facts, old_, CloseReason::DeletedByPeer, step);
      return outcome;
    }
    const auto* nonce = wire::find<wire::Nonce>(response);
    if (!nonce || nonce->data.size() < wire::Nonce::kMinSize || nonce->data.size() > wire::Nonce::kMaxSize)
      return fail("no nonce of 16 to 256 octets", "RFC 7296 §3.9");
    SecretBytes g_ir;
    const crypto::ChildSuite suite = child_suite(agreement->proposal);
    if (suite.group != wire::DhGroup::NONE) {
      const auto* ke = wire::find<wire::KeyExchange>(response);
      if (!ke || !pair_ || ke->group != pair_->group() || suite.group != ke->group)
        return fail("no KE payload of the chosen group", "RFC 7296 §1.3.1");
      auto secret = pair_->derive(ke->data);
      if (!secret) return fail(secret.error().text(), "RFC 6989 §2");
      g_ir = std::move(*secret);
    }
    FollowUp work;
    work.due = to_be_done(suite.additional);
    work.rekeys = old_;
    work.finish = [agreement = *agreement, ours = offer_.inbound, g_ir, ni = ni_, nr = nonce->data, old = old_](
                      Established& now, const Facts& of, BytesView additional, Step& at) {
      now.children.push_back(install_child(agreement, ours, *child_spi(agreement.proposal), true,
                                           {now.secured.prf, now.secured.sk_d.view(), g_ir.view(), ni, nr, additional},
                                           of, old, at));
      // §2.8: whoever began the rekeying deletes the old Child SA.
      std::vector<std::unique_ptr<Exchange>> then;
      then.push_back(delete_child_exchange(old, CloseReason::Rekeyed));
      return then;
    };
    if (work.due.empty()) {
      outcome.then = work.finish(sa, facts, {}, step);
      return outcome;
    }
    // RFC 9370 §2.2.4: the SA is made when all key exchanges are done.
    const wire::Notify* link = wire::find_notify(response, NotifyType::ADDITIONAL_KEY_EXCHANGE);
    if (!link) return fail("no ADDITIONAL_KEY_EXCHANGE, and another key exchange is due", "RFC 9370 §2.2.4");
    work.again = [old = old_, losses = state_losses_ + 1]() -> std::unique_ptr<Exchange> {
      if (losses >= kMaxStateLosses) return nullptr;
      return std::make_unique<RekeyChildExchange>(old, losses);
    };
    outcome.then.push_back(follow_up_exchange(std::move(work), link->data));
    return outcome;
  }

 private:
  /// §1.3: INVALID_KE_PAYLOAD names the group to try instead.
  std::unique_ptr<Exchange> other_group(const std::vector<wire::Payload>& response) const {
    const wire::Notify* wish = wire::find_notify(response, NotifyType::INVALID_KE_PAYLOAD);
    if (!wish || wish->data.size() != 2 || tries_ >= kMaxGroups) return nullptr;
    const auto group = static_cast<wire::DhGroup>(Reader(wish->data).u16("group"));
    if (!offers_group(offer_.proposals, group) || group == group_) return nullptr;
    return std::make_unique<RekeyChildExchange>(old_, group, tries_ + 1, state_losses_);
  }

  ChildSpi old_;
  ChildOffer offer_;
  Bytes ni_;
  std::optional<wire::DhGroup> group_;
  std::optional<crypto::KeyPair> pair_;
  int tries_ = 1;
  int state_losses_ = 0;
};

Answer refuse(const Facts& facts, NotifyType type, BytesView data, std::string what, std::string section, Step& step) {
  step.out.events.push_back(trace::PeerFault{facts.spis, std::move(what), std::move(section), type});
  return {{notify(type, data)}, std::nullopt};
}

}  // namespace

std::unique_ptr<Exchange> rekey_child_exchange(ChildSpi inbound) {
  return std::make_unique<RekeyChildExchange>(inbound);
}

Answer answer_create_child_sa(Established& sa, const Facts& facts, const std::vector<wire::Payload>& request,
                              Step& step) {
  const Config& config = step.env.config;
  // §2.25.2: an IKE SA that is being deleted takes no new Child SA.
  if (sa.deleting_ike_sa())
    return refuse(facts, NotifyType::TEMPORARY_FAILURE, {}, "the IKE SA is being deleted", "RFC 7296 §2.25.2", step);
  const auto* offered = wire::find<wire::SecurityAssociation>(request);
  const auto* nonce = wire::find<wire::Nonce>(request);
  if (!offered || !nonce || nonce->data.size() < wire::Nonce::kMinSize || nonce->data.size() > wire::Nonce::kMaxSize)
    return refuse(facts, NotifyType::INVALID_SYNTAX, {}, "SA or a nonce of 16 to 256 octets is missing",
                  "RFC 7296 §1.3", step);
  if (!offered->proposals.empty() && offered->proposals.front().protocol == wire::ProtocolId::IKE)
    return refuse(facts, NotifyType::NO_ADDITIONAL_SAS, {}, "rekeying of IKE SAs is refused", "RFC 7296 §4", step);

  ChildScope scope = sa.extras ? sa.extras->configuration.scope() : ChildScope{};
  std::optional<ChildSpi> rekeyed;
  if (const wire::Notify* rekey = wire::find_notify(request, NotifyType::REKEY_SA)) {
    // §1.3.3: the SPI is the one the sender receives under.
    ChildSa* old = rekey->spi.size() == 4 ? sa.child_by_outbound(ChildSpi{Reader(rekey->spi).u32("SPI")}) : nullptr;
    // §2.25: the error carries the protocol and SPI of the Child SA that is not there.
    if (!old) {
      step.out.events.push_back(trace::PeerFault{facts.spis, "REKEY_SA names no Child SA of ours", "RFC 7296 §2.25",
                                                 NotifyType::CHILD_SA_NOT_FOUND});
      return {{payload(wire::Notify{rekey->protocol, rekey->spi, NotifyType::CHILD_SA_NOT_FOUND, {}})}, std::nullopt};
    }
    // §2.25.1: a Child SA that we are closing is not rekeyed.
    if (old->deleting)
      return refuse(facts, NotifyType::TEMPORARY_FAILURE, {}, "that Child SA is being deleted", "RFC 7296 §2.25.1",
                    step);
    // RFC 9370 §2.2.4: "a TEMPORARY_FAILURE notification MUST be sent" while our own rekeying goes on.
    if (is_rekeying_with_follow_ups(sa, old->inbound))
      return refuse(facts, NotifyType::TEMPORARY_FAILURE, {}, "that Child SA is being rekeyed by us", "RFC 9370 §2.2.4",
                    step);
    rekeyed = old->inbound;
    scope.rekeyed = old;
  }

  auto agreement = answer_request(request, config, true, step, scope);
  if (!agreement)
    return refuse(facts, agreement.error().error, agreement.error().data, agreement.error().what, "RFC 7296 §1.3",
                  step);
  const crypto::ChildSuite suite = child_suite(agreement->proposal);
  SecretBytes g_ir;
  std::optional<wire::Payload> ke_payload;
  if (suite.group != wire::DhGroup::NONE) {
    const auto* ke = wire::find<wire::KeyExchange>(request);
    if (!ke || ke->group != suite.group)
      return refuse(facts, NotifyType::INVALID_KE_PAYLOAD, Writer().u16(suite.group).view(),
                    "no KE payload of the chosen group", "RFC 7296 §1.3.1", step);
    auto ours = crypto::respond(suite.group, ke->data, step.env.random);
    if (!ours && crypto::is_unknown_group(ours.error()))
      return refuse(facts, NotifyType::NO_PROPOSAL_CHOSEN, {}, ours.error().why, "RFC 7296 §2.7", step);
    if (!ours) return refuse(facts, NotifyType::INVALID_SYNTAX, {}, ours.error().text(), "RFC 6989 §2", step);
    g_ir = std::move(ours->shared);
    ke_payload = payload(wire::KeyExchange{suite.group, 0, std::move(ours->public_value)});
  }

  const Bytes nr = step.env.random.bytes(kNonceSize);
  const ChildSpi theirs = *child_spi(agreement->proposal);
  const ChildSpi ours = step.env.registry.new_child_spi();
  FollowUp work;
  work.due = to_be_done(suite.additional);
  work.finish = [agreement = *agreement, ours, theirs, g_ir = std::move(g_ir), ni = nonce->data, nr, rekeyed](
                    Established& now, const Facts& of, BytesView additional, Step& at) {
    now.children.push_back(install_child(agreement, ours, theirs, false,
                                         {now.secured.prf, now.secured.sk_d.view(), g_ir.view(), ni, nr, additional},
                                         of, rekeyed, at));
    return std::vector<std::unique_ptr<Exchange>>();
  };
  std::vector<wire::Payload> between{payload(wire::Nonce{nr})};
  if (ke_payload) between.push_back(std::move(*ke_payload));
  if (work.due.empty()) {
    work.finish(sa, facts, {}, step);
    return {answer_payloads(*agreement, ours, config, std::move(between)), std::nullopt};
  }
  // RFC 9370 §2.2.4: the SA is made when all key exchanges are done; the link leads to the next one.
  auto link = await_follow_up(sa, std::move(work), step);
  if (!link)
    return refuse(facts, NotifyType::TEMPORARY_FAILURE, {}, "too many unfinished CREATE_CHILD_SA exchanges",
                  "RFC 9370 §2.2.4", step);
  Answer answer{answer_payloads(*agreement, ours, config, std::move(between)), std::nullopt};
  answer.payloads.push_back(std::move(*link));
  return answer;
}

}  // namespace ikevet::sa
