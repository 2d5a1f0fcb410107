// CREATE_CHILD_SA as its initiator: additional Child SAs and the rekeying of Child SAs, RFC 7296 §1.3.1, §1.3.3, §2.8.
#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/sa/additional_key_exchanges.hpp"
#include "engine/sa/exchange/attempt.hpp"
#include "engine/sa/extension/extras.hpp"

namespace ikevet::sa {

using trace::CloseReason;
using wire::ExchangeType;
using wire::NotifyType;

namespace {

/// What the Child SA is to be.
struct Wish {
  std::optional<ChildSpi> rekeys{};               ///< it takes the place of this one: our inbound SPI
  std::vector<wire::TrafficSelector> local_ts{};  ///< of an additional one; empty: as configured
  std::vector<wire::TrafficSelector> remote_ts{};
};

/// I -> R   HDR, SK {[N(REKEY_SA),] SA, Ni, [KEi,] TSi, TSr}
class CreateChildExchange final : public Exchange {
 public:
  explicit CreateChildExchange(Wish wish, Attempt attempt = {}) : wish_(std::move(wish)), attempt_(attempt) {}
  ExchangeType type() const override { return ExchangeType::CREATE_CHILD_SA; }
  Purpose purpose() const override {
    return {wish_.rekeys ? Purpose::What::RekeyChild : Purpose::What::CreateChild, wish_.rekeys};
  }
  void meet(Rival rival) override { rival_ = std::move(rival); }

  std::optional<std::vector<wire::Payload>> build(Established& sa, const Facts&, Step& step) override {
    if (!sa.in_charge()) return std::nullopt;  // and the IKE SA that this would be for is gone
    const Config& config = step.env.config;
    ChildScope scope;
    const ChildSa* old = nullptr;
    if (wish_.rekeys) {
      old = sa.child_by_inbound(*wish_.rekeys);
      if (!old || old->deleting || old->replaced != ChildSa::Replaced::No) return std::nullopt;
      scope.rekeyed = old;  // §2.9.2: a rekeyed Child SA covers what the old one does
    } else {
      if (sa.extras) scope = sa.extras->configuration.scope();
      if (!wish_.local_ts.empty()) scope.local = wish_.local_ts;
      if (!wish_.remote_ts.empty()) scope.remote = wish_.remote_ts;
    }
    offer_ = make_offer(config, step.env.registry.new_child_spi(), true, scope);
    ni_ = step.env.random.bytes(step.env.config.nonce_size);

    std::vector<wire::Payload> payloads;
    std::ranges::copy(offer_.notifications(), std::back_inserter(payloads));
    if (old)
      payloads.push_back(payload(wire::Notify{old->suite.protocol, octets(old->inbound), NotifyType::REKEY_SA, {}}));
    payloads.push_back(offer_.sa());
    payloads.push_back(payload(wire::Nonce{ni_}));
    if (!attempt_.group) attempt_.group = first_group(offer_.proposals);
    if (attempt_.group) {
      auto pair = crypto::KeyPair::generate(*attempt_.group, step.env.random);
      if (!pair) return std::nullopt;
      payloads.push_back(payload(wire::KeyExchange{*attempt_.group, 0, to_bytes(pair->public_value())}));
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
    if (const auto next = attempt_.with_other_group(response, offer_.proposals)) {
      step.out.events.push_back(trace::RequestRepeatedWith{facts.spis, NotifyType::INVALID_KE_PAYLOAD});
      outcome.then.push_back(again(*next));
      return outcome;
    }
    const auto fail = [&](std::string what, std::string section) {
      step.out.events.push_back(trace::PeerFault{facts.spis, std::move(what), std::move(section), std::nullopt});
      // §2.21: the peer holds a Child SA that we cannot have; it is told so by the SPI that we offered.
      outcome.then.push_back(informational_exchange(
          {payload(wire::Delete::child_sas(offer_.proposals.front().protocol, std::span(&offer_.inbound, 1)))}));
      return std::move(outcome);
    };
    auto agreement = read_answer(offer_, response);
    if (!agreement) {
      if (!agreement.error().by_peer) return fail(agreement.error().what, "RFC 7296 §1.3.3");
      refused(agreement.error().error, sa, facts, outcome, step);
      return outcome;
    }
    const auto* nonce = wire::find<wire::Nonce>(response);
    if (!nonce || nonce->data.size() < wire::Nonce::kMinSize || nonce->data.size() > wire::Nonce::kMaxSize)
      return fail("no nonce of 16 to 256 octets", "RFC 7296 §3.9");
    const crypto::ChildSuite suite = child_suite(agreement->proposal);
    Plan plan{std::move(*agreement), offer_.inbound, wish_.rekeys, {}, ni_, nonce->data};
    if (suite.group != wire::DhGroup::NONE) {
      const auto* ke = wire::find<wire::KeyExchange>(response);
      if (!ke || !pair_ || ke->group != pair_->group() || suite.group != ke->group)
        return fail("no KE payload of the chosen group", "RFC 7296 §1.3.1");
      auto secret = pair_->derive(ke->data);
      if (!secret) return fail(secret.error().text(), "RFC 6989 §2");
      plan.g_ir = std::move(*secret);
    }
    const bool redundant = loses(sa, plan.nr);
    FollowUp work;
    work.due = to_be_done(suite.additional);
    if (work.due.empty()) {
      outcome.then = finish(plan, redundant, sa, facts, {}, step);
      return outcome;
    }
    // RFC 9370 §2.2.4: nothing is made yet, so nothing has to be deleted: the one whose exchange lost stops here.
    if (redundant) return outcome;
    const wire::Notify* link = wire::find_notify(response, NotifyType::ADDITIONAL_KEY_EXCHANGE);
    if (!link) return fail("no ADDITIONAL_KEY_EXCHANGE, and another key exchange is due", "RFC 9370 §2.2.4");
    work.purpose = purpose();
    work.finish = [plan = std::move(plan)](Established& now, const Facts& of, BytesView additional, Step& at) {
      return finish(plan, false, now, of, additional, at);
    };
    work.again = [wish = wish_, attempt = attempt_]() -> std::unique_ptr<Exchange> {
      const auto next = attempt.after_state_loss();
      return next ? std::make_unique<CreateChildExchange>(wish, *next) : nullptr;
    };
    outcome.then.push_back(follow_up_exchange(std::move(work), link->data));
    return outcome;
  }

 private:
  /// What the Child SA is made from.
  struct Plan {
    ChildAgreement agreement;
    ChildSpi inbound;
    std::optional<ChildSpi> rekeys;
    SecretBytes g_ir;
    Bytes ni;
    Bytes nr;
  };

  std::unique_ptr<Exchange> again(Attempt attempt) const {
    auto next = std::make_unique<CreateChildExchange>(wish_, attempt);
    next->rival_ = rival_;
    return next;
  }

  /// §2.8.1. A Child SA of the peer's that is gone again leaves ours as the only one.
  bool loses(Established& sa, BytesView nr) const {
    return rival_ && (!rival_->child || sa.child_by_inbound(*rival_->child)) && is_redundant(ni_, nr, *rival_);
  }

  void refused(NotifyType error, Established& sa, const Facts& facts, Outcome& outcome, Step& step) {
    // §2.8.1: the peer was done before it heard of our request, and what it made takes the place of the old one.
    if (rival_) return replaced_by_peer(sa, wish_.rekeys);
    if (error == NotifyType::TEMPORARY_FAILURE) {
      try_later(outcome, attempt_, [this](Attempt next) { return again(next); }, step);
    } else if (error == NotifyType::CHILD_SA_NOT_FOUND && wish_.rekeys) {
      // §2.25: "SHOULD silently delete the Child SA ... and send a request to create a new Child SA from scratch".
      const ChildSa* old = sa.child_by_inbound(*wish_.rekeys);
      if (!old || old->deleting) return;
      Wish anew{std::nullopt, old->local_ts, old->remote_ts};
      close_child(sa, facts, *wish_.rekeys, CloseReason::DeletedByPeer, step);
      outcome.then.push_back(std::make_unique<CreateChildExchange>(std::move(anew)));
    }
  }

  static void replaced_by_peer(Established& sa, std::optional<ChildSpi> child) {
    if (ChildSa* old = child ? sa.child_by_inbound(*child) : nullptr) old->replaced = ChildSa::Replaced::ByPeer;
  }

  static std::vector<std::unique_ptr<Exchange>> finish(const Plan& plan, bool redundant, Established& sa,
                                                       const Facts& facts, BytesView additional, Step& step) {
    std::vector<std::unique_ptr<Exchange>> then;
    const ChildSpi outbound = *child_spi(plan.agreement.proposal);
    sa.children.push_back(
        install_child(plan.agreement, plan.inbound, outbound, true,
                      {sa.secured.prf, sa.secured.sk_d.view(), plan.g_ir.view(), plan.ni, plan.nr, additional}, facts,
                      plan.rekeys, step));
    // The peer's deletion has overtaken its answer: it has both closed and forgotten this Child SA.
    const bool stillborn = std::ranges::find(sa.stillborn, outbound) != sa.stillborn.end();
    if (stillborn) close_child(sa, facts, plan.inbound, CloseReason::DeletedByPeer, step);
    if (stillborn && (redundant || !plan.rekeys)) {
      if (redundant) replaced_by_peer(sa, plan.rekeys);
    } else if (redundant) {
      // §2.8.1: "the SA created with the lowest of the four nonces ... SHOULD be closed by the endpoint that created
      // it".
      sa.children.back().replaced = ChildSa::Replaced::ByUs;
      replaced_by_peer(sa, plan.rekeys);
      then.push_back(delete_child_exchange(plan.inbound, CloseReason::Redundant));
    } else if (plan.rekeys) {
      // §2.8: whoever began the rekeying that counts deletes the old Child SA.
      if (ChildSa* old = sa.child_by_inbound(*plan.rekeys)) old->replaced = ChildSa::Replaced::ByUs;
      then.push_back(delete_child_exchange(*plan.rekeys, CloseReason::Rekeyed));
    } else if (plan.agreement.unwanted) {
      step.out.events.push_back(
          trace::PeerFault{facts.spis, *plan.agreement.unwanted, "RFC 7296 §1.3.1", std::nullopt});
      then.push_back(delete_child_exchange(plan.inbound, CloseReason::RefusedByUs));
    }
    return then;
  }

  Wish wish_;
  Attempt attempt_;
  ChildOffer offer_;
  Bytes ni_;
  std::optional<crypto::KeyPair> pair_;
  std::optional<Rival> rival_;
};

}  // namespace

std::unique_ptr<Exchange> rekey_child_exchange(ChildSpi inbound) {
  return std::make_unique<CreateChildExchange>(Wish{.rekeys = inbound});
}
std::unique_ptr<Exchange> create_child_exchange(std::vector<wire::TrafficSelector> local_ts,
                                                std::vector<wire::TrafficSelector> remote_ts) {
  return std::make_unique<CreateChildExchange>(Wish{std::nullopt, std::move(local_ts), std::move(remote_ts)});
}

}  // namespace ikevet::sa
