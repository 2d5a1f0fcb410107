// CREATE_CHILD_SA that rekeys the IKE SA, RFC 7296 §1.3.2, §2.18; and when both sides do so at once, §2.8.2, §2.25.2.
#include <algorithm>
#include <utility>

#include "engine/base/writer.hpp"
#include "engine/sa/additional_key_exchanges.hpp"
#include "engine/sa/exchange/attempt.hpp"
#include "engine/sa/extension/extras.hpp"

namespace ikevet::sa {

using trace::CloseReason;
using wire::ExchangeType;
using wire::NotifyType;

namespace {

Bytes octets(IkeSpi spi) { return Writer().u64(spi.value).take(); }

/// §3.3.1: the SPI of an IKE SA proposal has eight octets; zero names no IKE SA.
std::optional<IkeSpi> ike_spi(const wire::Proposal& proposal) {
  if (proposal.spi.size() != 8) return std::nullopt;
  const IkeSpi spi{Reader(proposal.spi).u64("SPI")};
  return spi.is_zero() ? std::nullopt : std::optional(spi);
}

bool is_sound(const wire::Nonce* nonce) {
  return nonce && nonce->data.size() >= wire::Nonce::kMinSize && nonce->data.size() <= wire::Nonce::kMaxSize;
}

/// How long the peer may take to delete what it should: beyond all its retransmissions, if it waits like us.
Duration patience(const Retransmission& policy) {
  PendingRequest request;
  request.wait = policy.first;
  Duration out = policy.first;
  while (request.repeat(policy, {})) out += request.wait;
  return 2 * out;
}

Succession& succession_of(Established& sa) {
  if (!sa.succession) sa.succession = std::make_unique<Succession>();
  return *sa.succession;
}

/// What a new IKE SA is made from.
struct NewIkeSa {
  crypto::IkeSuite suite;
  IkeSpis spis;
  bool we_asked{};  ///< we are the initiator of the exchange and so the original initiator of the new IKE SA, §2.18
  Bytes ni;
  Bytes nr;
  SecretBytes g_ir;
};

/// §2.18. False when the algorithms cannot be keyed.
bool make_ike_sa(const NewIkeSa& plan, const Established& old, const Facts& old_facts, BytesView additional,
                 Step& step) {
  const SecretBytes seed =
      keys::skeyseed_rekey(old.secured.prf, old.secured.sk_d.view(), plan.g_ir.view(), plan.ni, plan.nr, additional);
  Facts facts = old_facts;
  facts.spis = plan.spis;
  facts.began_series = old_facts.client();
  facts.original_initiator = plan.we_asked;
  if (step.env.key_log) step.env.key_log->shared_secret(plan.g_ir.view());
  auto keyed = make_keys_from(seed, plan.suite, plan.ni, plan.nr, facts, step);
  if (!keyed) return false;
  // §2.18: "message counters" begin at 0 again, and with them the window (§2.3).
  keyed->secured.next_request = MessageId{0};
  keyed->secured.theirs = ResponseWindow(MessageId{0});
  keyed->secured.fragmentation = old.secured.fragmentation;
  keyed->secured.threshold = old.secured.threshold;
  Established made(std::move(keyed->secured), old.proof, step.now);
  made.expiry = Expiry::of(step.env.config.rekey.ike, step.now, step.env.random);
  // Until it takes over.
  Succession& waits = succession_of(made);
  waits.predecessor = old_facts.spis;
  waits.overdue = step.now + patience(step.env.config.retransmission);
  step.out.events.push_back(trace::IkeSaKeyed{plan.spis, plan.we_asked});
  step.env.registry.add_successor(std::move(facts), std::move(made));
  return true;
}

/// I -> R   HDR, SK {SA, Ni, KEi}
class RekeyIkeExchange final : public Exchange {
 public:
  explicit RekeyIkeExchange(Attempt attempt) : attempt_(attempt) {}
  ExchangeType type() const override { return ExchangeType::CREATE_CHILD_SA; }
  Purpose purpose() const override { return {Purpose::What::RekeyIke}; }

  std::optional<std::vector<wire::Payload>> build(Established& sa, const Facts&, Step& step) override {
    if (!sa.in_charge()) return std::nullopt;
    const Config& config = step.env.config;
    ours_ = step.env.registry.new_ike_spi();
    offered_ = offer(config.ike_proposals, octets(ours_));
    ni_ = step.env.random.bytes(step.env.config.nonce_size);
    // What the two sides have agreed on once will do again.
    if (!attempt_.group && offers_group(offered_, sa.secured.suite.group)) attempt_.group = sa.secured.suite.group;
    if (!attempt_.group) attempt_.group = first_group(offered_);
    if (!attempt_.group) return std::nullopt;
    auto pair = crypto::KeyPair::generate(*attempt_.group, step.env.random);
    if (!pair) return std::nullopt;
    pair_ = std::move(*pair);
    return std::vector<wire::Payload>{payload(wire::SecurityAssociation{offered_}), payload(wire::Nonce{ni_}),
                                      payload(wire::KeyExchange{*attempt_.group, 0, to_bytes(pair_->public_value())})};
  }

  // R -> I   HDR, SK {SA, Nr, KEr}
  Outcome process(Established& sa, const Facts& facts, const std::vector<wire::Payload>& response,
                  Step& step) override {
    Outcome outcome;
    if (const wire::Notify* error = wire::find_error(response)) {
      refused(*error, response, sa, facts, outcome, step);
      return outcome;
    }
    const auto fail = [&](std::string what, std::string section) {
      step.out.events.push_back(trace::PeerFault{facts.spis, std::move(what), std::move(section), std::nullopt});
      // The peer has an IKE SA that we cannot have, and may have given it the Child SAs: nothing is left but to begin
      // anew (§2.21).
      outcome.then.push_back(delete_ike_exchange());
      return std::move(outcome);
    };
    const auto* answer = wire::find<wire::SecurityAssociation>(response);
    const auto* nonce = wire::find<wire::Nonce>(response);
    const auto* ke = wire::find<wire::KeyExchange>(response);
    if (!answer || !ke) return fail("SA or KE is missing", "RFC 7296 §1.3.2");
    if (!is_sound(nonce)) return fail("no nonce of 16 to 256 octets", "RFC 7296 §3.9");
    if (auto why = not_chosen_from(answer->proposals, offered_)) return fail(std::move(*why), "RFC 7296 §2.7");
    const auto theirs = ike_spi(answer->proposals.front());
    if (!theirs) return fail("the SPI of the chosen proposal has not eight octets, or is zero", "RFC 7296 §3.3.1");
    NewIkeSa plan{ike_suite(answer->proposals.front()), {ours_, *theirs}, true, ni_, nonce->data, {}};
    if (plan.suite.group != ke->group || ke->group != pair_->group())
      return fail("no KE payload of the chosen group", "RFC 7296 §1.3.2");
    auto secret = pair_->derive(ke->data);
    if (!secret) return fail(secret.error().text(), "RFC 6989 §2");
    plan.g_ir = std::move(*secret);
    if (crypto::why_unsupported(plan.suite)) return fail("the chosen algorithms cannot be keyed", "RFC 7296 §2.14");

    const bool redundant = loses(sa, plan);
    const std::vector<wire::DhGroup> due = to_be_done(plan.suite.additional);
    if (due.empty()) {
      outcome.then = finish(plan, redundant, sa, facts, {}, step);
      return outcome;
    }
    // RFC 9370 §2.2.4: there is nothing to delete yet, so the one whose exchange lost stops here.
    if (redundant) {
      yield(sa, facts, step);
      return outcome;
    }
    const wire::Notify* link = wire::find_notify(response, NotifyType::ADDITIONAL_KEY_EXCHANGE);
    if (!link) return fail("no ADDITIONAL_KEY_EXCHANGE, and another key exchange is due", "RFC 9370 §2.2.4");
    FollowUp work;
    work.due = due;
    work.purpose = purpose();
    work.finish = [plan](Established& now, const Facts& of, BytesView additional, Step& at) {
      return finish(plan, now.replaced(), now, of, additional, at);
    };
    work.again = [attempt = attempt_]() -> std::unique_ptr<Exchange> {
      const auto next = attempt.after_state_loss();
      return next ? std::make_unique<RekeyIkeExchange>(*next) : nullptr;
    };
    outcome.then.push_back(follow_up_exchange(std::move(work), link->data));
    return outcome;
  }

 private:
  void refused(const wire::Notify& error, const std::vector<wire::Payload>& response, Established& sa,
               const Facts& facts, Outcome& outcome, Step& step) {
    if (const auto next = attempt_.with_other_group(response, offered_)) {
      step.out.events.push_back(trace::RequestRepeatedWith{facts.spis, NotifyType::INVALID_KE_PAYLOAD});
      outcome.then.push_back(std::make_unique<RekeyIkeExchange>(*next));
      return;
    }
    // §2.8.2: the peer was done with its rekeying before it heard of ours.
    if (sa.succession && (sa.succession->rival || sa.replaced())) return yield(sa, facts, step);
    if (error.type == NotifyType::TEMPORARY_FAILURE)
      try_later(outcome, attempt_, [](Attempt next) { return std::make_unique<RekeyIkeExchange>(next); }, step);
  }

  /// The peer's exchange is the one that counts.
  static void yield(Established& sa, const Facts& facts, Step& step) {
    const auto made = sa.succession ? sa.succession->rival_made : std::nullopt;
    if (made && !sa.replaced()) hand_over(sa, facts, *made, false, step);
  }

  static bool loses(const Established& sa, const NewIkeSa& plan) {
    if (!sa.succession) return false;
    // The peer has already used its own as the successor.
    if (sa.succession->successor) return true;
    const auto& rival = sa.succession->rival;
    return rival && is_redundant(plan.ni, plan.nr, *rival);
  }

  /// Both sides have the new IKE SA.
  static std::vector<std::unique_ptr<Exchange>> finish(const NewIkeSa& plan, bool redundant, Established& sa,
                                                       const Facts& facts, BytesView additional, Step& step) {
    std::vector<std::unique_ptr<Exchange>> then;
    if (!make_ike_sa(plan, sa, facts, additional, step)) {
      then.push_back(delete_ike_exchange());
      return then;
    }
    if (redundant) {
      // §2.8.2: "The new IKE SA containing the lowest nonce SHOULD be deleted by the node that created it".
      step.env.registry.delete_next(plan.spis, CloseReason::Redundant);
      yield(sa, facts, step);
      return then;
    }
    hand_over(sa, facts, plan.spis, true, step);
    // §2.8: whoever began the rekeying that counts deletes the old IKE SA.
    then.push_back(delete_ike_exchange(CloseReason::Rekeyed));
    return then;
  }

  Attempt attempt_;
  IkeSpi ours_;
  std::vector<wire::Proposal> offered_;
  Bytes ni_;
  std::optional<crypto::KeyPair> pair_;
};

Answer refuse(const Facts& facts, NotifyType type, BytesView data, std::string what, std::string section, Step& step) {
  step.out.events.push_back(trace::PeerFault{facts.spis, std::move(what), std::move(section), type});
  return {{notify(type, data)}, std::nullopt};
}

/// What keeps us from rekeying now and will be over soon, with its section; empty when nothing does.
std::optional<std::pair<std::string, std::string>> busy(const Established& sa) {
  using What = Purpose::What;
  const auto because = [](const char* what, const char* section) {
    return std::pair<std::string, std::string>(what, section);
  };
  if (sa.deleting_ike_sa()) return because("the IKE SA is being deleted", "RFC 7296 §2.25.2");
  if (sa.replaced()) return because("the IKE SA has been rekeyed", "RFC 7296 §2.8.2");
  if (sa.succession && sa.succession->rival) return because("it is being rekeyed already", "RFC 7296 §2.25.2");
  if (sa.does(What::CreateChild) || sa.does(What::RekeyChild) || sa.does(What::DeleteChild))
    return because("a Child SA is being created, rekeyed or deleted", "RFC 7296 §2.25.1");
  if (!sa.follow_ups.empty()) return because("IKE_FOLLOWUP_KE is due", "RFC 9370 §2.2.4");
  if (sa.any_exchange([](const Purpose& purpose) { return purpose.follow_up; }))
    return because("our own key exchanges go on", "RFC 9370 §2.2.4");
  // The answer would still be about the old IKE SA when the Child SAs belong to the new one.
  if (sa.does(What::ChangePath)) return because("the addresses are being updated", "RFC 4555 §3.5");
  return std::nullopt;
}

}  // namespace

std::unique_ptr<Exchange> rekey_ike_exchange() { return std::make_unique<RekeyIkeExchange>(Attempt{}); }

Answer answer_rekey_ike(Established& sa, const Facts& facts, const std::vector<wire::Payload>& request, Step& step) {
  const Config& config = step.env.config;
  if (auto why = busy(sa))
    return refuse(facts, NotifyType::TEMPORARY_FAILURE, {}, std::move(why->first), std::move(why->second), step);
  const auto* offered = wire::find<wire::SecurityAssociation>(request);
  const auto* nonce = wire::find<wire::Nonce>(request);
  const auto* ke = wire::find<wire::KeyExchange>(request);
  if (!ke) return refuse(facts, NotifyType::INVALID_SYNTAX, {}, "KE is missing", "RFC 7296 §1.3.2", step);
  const auto chosen = choose(offered->proposals, config.ike_proposals);
  const auto theirs = chosen ? ike_spi(*chosen) : std::nullopt;
  if (!theirs) return refuse(facts, NotifyType::NO_PROPOSAL_CHOSEN, {}, "no proposal fits", "RFC 7296 §2.7", step);
  NewIkeSa plan;
  plan.suite = ike_suite(*chosen);
  if (crypto::why_unsupported(plan.suite))
    return refuse(facts, NotifyType::NO_PROPOSAL_CHOSEN, {}, "the algorithms cannot be keyed", "RFC 7296 §2.14", step);
  if (ke->group != plan.suite.group)
    return refuse(facts, NotifyType::INVALID_KE_PAYLOAD, Writer().u16(plan.suite.group).view(),
                  "no KE payload of the chosen group", "RFC 7296 §1.3.2", step);
  auto ours = crypto::respond(plan.suite.group, ke->data, step.env.random);
  if (!ours && crypto::is_unknown_group(ours.error()))
    return refuse(facts, NotifyType::NO_PROPOSAL_CHOSEN, {}, ours.error().why, "RFC 7296 §2.7", step);
  if (!ours) return refuse(facts, NotifyType::INVALID_SYNTAX, {}, ours.error().text(), "RFC 6989 §2", step);
  plan.g_ir = std::move(ours->shared);
  plan.ni = nonce->data;
  plan.nr = step.env.random.bytes(step.env.config.nonce_size);
  plan.spis = {*theirs, step.env.registry.new_ike_spi()};

  Answer answer;
  wire::Proposal proposal = *chosen;
  proposal.spi = octets(plan.spis.r);
  answer.payloads = {payload(wire::SecurityAssociation{{std::move(proposal)}}), payload(wire::Nonce{plan.nr}),
                     payload(wire::KeyExchange{plan.suite.group, 0, std::move(ours->public_value)})};
  // §2.25.2: while our own rekeying is under way the nonces decide, once its answer is there.
  const bool collision = sa.does(Purpose::What::RekeyIke);
  if (collision) succession_of(sa).rival = Rival{to_bytes(lower_nonce(plan.ni, plan.nr))};
  const auto finish = [plan](Established& now, const Facts& of, BytesView additional, Step& at) {
    std::vector<std::unique_ptr<Exchange>> none;
    if (now.replaced() || !make_ike_sa(plan, now, of, additional, at)) return none;
    if (now.does(Purpose::What::RekeyIke))
      succession_of(now).rival_made = plan.spis;
    else
      hand_over(now, of, plan.spis, false, at);
    return none;
  };
  const std::vector<wire::DhGroup> due = to_be_done(plan.suite.additional);
  if (due.empty()) {
    finish(sa, facts, {}, step);
    return answer;
  }
  FollowUp work;
  work.due = due;
  work.purpose = {Purpose::What::RekeyIke};
  work.finish = finish;
  if (auto link = await_follow_up(sa, std::move(work), step)) {
    answer.payloads.push_back(std::move(*link));
    return answer;
  }
  return refuse(facts, NotifyType::TEMPORARY_FAILURE, {}, "too many unfinished CREATE_CHILD_SA exchanges",
                "RFC 9370 §2.2.4", step);
}

void hand_over(Established& old, const Facts& facts, IkeSpis successor, bool by_us, Step& step) {
  IkeSa* const found = step.env.registry.find(successor);
  Established* const next = found ? found->established() : nullptr;
  if (!next) return;
  // §2.8: "the new IKE SA ... inherits all of the original IKE SA's Child SAs".
  next->children = std::exchange(old.children, {});
  for (std::unique_ptr<Exchange>& exchange : std::exchange(old.waiting, {}))
    if (exchange->purpose().what != Purpose::What::RekeyIke) next->waiting.push_back(std::move(exchange));
  for (Delayed& delayed : std::exchange(old.later, {}))
    if (delayed.exchange->purpose().what != Purpose::What::RekeyIke) next->later.push_back(std::move(delayed));
  next->extras = std::move(old.extras);
  if (next->extras) next->extras->last_sync = {};  // it was about the Message IDs of the old one
  begin_with_window(*next, step.env.config);
  // Its Message IDs begin anew, so "the newest" of before is no measure (RFC 4555 §3.5).
  if (facts.mobility) facts.mobility->newest_update.reset();
  next->succession.reset();
  found->inherit_path(facts);
  Succession& behind = succession_of(old);
  behind.successor = successor;
  behind.rival_made.reset();
  behind.overdue = step.now + patience(step.env.config.retransmission);
  step.out.events.push_back(trace::IkeSaRekeyed{facts.spis, successor, by_us});
  step.env.registry.resume_next(successor);
}

CloseReason settle_before_deletion(Established& sa, const Facts& facts, Step& step) {
  if (!sa.succession) return CloseReason::DeletedByPeer;
  // §2.8.2: "it knows that the other peer did not detect the simultaneous rekey, and the first peer can forget its own
  // rekey attempt" - or the nonces told it that its own counts.
  if (sa.succession->rival_made && !sa.replaced()) hand_over(sa, facts, *sa.succession->rival_made, false, step);
  if (sa.replaced()) return CloseReason::Rekeyed;
  return sa.succession->predecessor ? CloseReason::Redundant : CloseReason::DeletedByPeer;
}

void settle_by_use(Established& sa, const Facts& facts, const std::vector<wire::Payload>& request, Step& step) {
  if (!sa.succession || !sa.succession->predecessor) return;
  for (const wire::Delete* deletion : wire::find_all<wire::Delete>(request))
    if (deletion->protocol == wire::ProtocolId::IKE) return;
  IkeSa* const found = step.env.registry.find(*sa.succession->predecessor);
  Established* const old = found ? found->established() : nullptr;
  // Only what the peer made itself: with one of ours it cannot know better than the nonces.
  if (old && !old->replaced() && old->succession && old->succession->rival_made == facts.spis)
    hand_over(*old, found->facts(), facts.spis, false, step);
}

void IkeSa::end_overdue(Established& sa, Step& step) {
  sa.succession->overdue.reset();
  if (sa.replaced()) {
    // The peer knows this IKE SA, for it was its own exchange that rekeyed it: we close it in its place.
    if (!sa.deleting_ike_sa()) begin(delete_ike_exchange(CloseReason::Rekeyed), step);
    return;
  }
  // The peer may never have learnt that this one exists: there is nobody to tell.
  abandon(CloseReason::Redundant, "the peer did not delete it", step);
}

}  // namespace ikevet::sa
