#include "engine/sa/ike_sa.hpp"

#include <algorithm>

#include "engine/base/writer.hpp"
#include "engine/sa/extension/extras.hpp"

namespace ikevet::sa {

using trace::CloseReason;
using wire::ExchangeType;
using wire::NotifyType;

namespace {

/// How long answers of an IKE SA that is over are kept for retransmitted requests. Beyond the patience of ordinary
/// peers there is nothing to gain.
constexpr Duration kLinger = std::chrono::seconds(30);

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace

wire::IkeHeader Facts::header(ExchangeType exchange, MessageId id, bool response) const {
  wire::IkeHeader header;
  header.spis = spis;
  header.exchange = exchange;
  header.message_id = id;
  header.flags =
      static_cast<std::uint8_t>((original_initiator ? wire::kFlagInitiator : 0) | (response ? wire::kFlagResponse : 0));
  return header;
}

Established::Established(Secured s, AuthVerified p, Instant now)
    : secured(std::move(s)), proof(std::move(p)), last_heard(now) {}
Established::Established(Established&&) noexcept = default;
Established& Established::operator=(Established&&) noexcept = default;
Established::~Established() = default;

Extras& Established::extra() {
  if (!extras) extras = std::make_unique<Extras>();
  return *extras;
}

ChildSa* Established::child_by_inbound(ChildSpi spi) {
  const auto found = std::ranges::find(children, spi, &ChildSa::inbound);
  return found == children.end() ? nullptr : &*found;
}
ChildSa* Established::child_by_outbound(ChildSpi spi) {
  const auto found = std::ranges::find(children, spi, &ChildSa::outbound);
  return found == children.end() ? nullptr : &*found;
}

namespace {

bool has_purpose(const Exchange& exchange, Purpose::What what, std::optional<ChildSpi> child) {
  const Purpose purpose = exchange.purpose();
  return purpose.what == what && (!child || purpose.child == child);
}

}  // namespace

bool Established::does(Purpose::What what, std::optional<ChildSpi> child) const {
  return std::ranges::any_of(outstanding,
                             [&](const Outstanding& one) { return has_purpose(*one.exchange, what, child); });
}
bool Established::any_exchange(const std::function<bool(const Purpose&)>& condition) const {
  return std::ranges::any_of(outstanding, [&](const Outstanding& one) { return condition(one.exchange->purpose()); }) ||
         std::ranges::any_of(waiting, [&](const auto& exchange) { return condition(exchange->purpose()); });
}
bool Established::intends(Purpose::What what, std::optional<ChildSpi> child) const {
  return does(what, child) ||
         std::ranges::any_of(waiting, [&](const auto& exchange) { return has_purpose(*exchange, what, child); });
}

Datagram make_datagram(const Endpoint& from, const Endpoint& to, BytesView message, const Config& config) {
  static constexpr std::array<std::uint8_t, kNonEspMarkerSize> kMarker{};
  Datagram out{from, to, {}};
  // RFC 7296 §3.1: on port 4500 four zero octets tell IKE from ESP.
  if (from.port == config.nat_t_port) append(out.payload, kMarker);
  append(out.payload, message);
  return out;
}

Secured* IkeSa::secured() {
  return state_.visit(Overloaded{
      [](AwaitingSaInit&) -> Secured* { return nullptr; }, [](AwaitingResume&) -> Secured* { return nullptr; },
      [](Closed&) -> Secured* { return nullptr; }, [](auto& state) -> Secured* { return &state.secured; }});
}

void IkeSa::transmit(const Packets& message, Step& step) {
  last_sent_ = step.now;
  for (const Bytes& packet : message)
    step.out.datagrams.push_back(make_datagram(facts_.local, facts_.remote, packet, step.env.config));
}

void IkeSa::reply(const Packets& message, const Datagram& to, Step& step) {
  last_sent_ = step.now;
  // §2.11: an answer goes back to where its request came from, from where it arrived.
  for (const Bytes& packet : message)
    step.out.datagrams.push_back(make_datagram(to.destination, to.source, packet, step.env.config));
}

void IkeSa::discard(const Incoming& in, std::string why, std::string section, Step& step) const {
  step.out.events.push_back(trace::Discarded{in.datagram->source, std::move(why), std::move(section)});
}

void IkeSa::close(CloseReason reason, std::string detail, Step& step) {
  if (auto* sa = established())
    for (const ChildSa& child : sa->children)
      step.out.events.push_back(trace::ChildSaClosed{facts_.spis, child.inbound, child.outbound, reason});
  step.out.events.push_back(trace::IkeSaClosed{facts_.spis, reason, std::move(detail)});
}

void IkeSa::abandon(CloseReason reason, std::string detail, Step& step) {
  if (closed()) return;
  if (!state_.is<Lingering>()) close(reason, std::move(detail), step);
  state_ = Closed{};
}

void IkeSa::linger(Secured secured, Step& step) { state_ = Lingering{std::move(secured), step.now + kLinger}; }

BytesView IkeSa::sa_init_request() const {
  const auto* state = state_.get_if<HalfOpen>();
  return state ? BytesView(state->request) : BytesView{};
}

void IkeSa::repeat_sa_init_response(Step& step) {
  const auto* state = state_.get_if<HalfOpen>();
  if (!state) return;
  // The initiator has gone on: what repeats its first message now is old, or somebody else.
  if (state->secured.theirs.due() != MessageId{1}) return;
  step.out.events.push_back(trace::ResponseRepeated{facts_.spis, MessageId{0}});
  transmit(state->response, step);
}

bool IkeSa::repeat_answer(const Secured& secured, const Incoming& in, Step& step) {
  const wire::IkeHeader& header = in.message.header;
  if (header.is_response() || secured.theirs.place(header.message_id) != ResponseWindow::Place::Repeated) return false;
  step.out.events.push_back(trace::ResponseRepeated{facts_.spis, header.message_id});
  reply(secured.theirs.answer_to(header.message_id), *in.datagram, step);
  return true;
}

bool IkeSa::close_by_token(const Incoming& in, Step& step) {
  const Established* sa = established();
  if (!sa || !sa->extras || in.message.header.is_from_original_initiator() == facts_.original_initiator) return false;
  const auto& payloads = in.message.payloads;
  // RFC 6290 §4.5: N(INVALID_IKE_SPI), N(QCD_TOKEN)+ in clear; from wherever it comes.
  if (!wire::find_notify(payloads, NotifyType::QUICK_CRASH_DETECTION) || wire::find<wire::Encrypted>(payloads))
    return false;
  if (!sa->extras->peer_tokens.verify(payloads)) return false;
  step.out.events.push_back(
      trace::ExtensionUsed{facts_.spis, "quick-crash-detection", "the peer's token says that it lost the IKE SA"});
  // "MUST silently delete the IKE SA ... and all dependent child SAs."
  abandon(CloseReason::PeerDead, "QUICK_CRASH_DETECTION", step);
  return true;
}

bool IkeSa::take_hint(const Incoming& in, Step& step) {
  Established* sa = established();
  const auto& payloads = in.message.payloads;
  if (!sa || !wire::find_notify(payloads, NotifyType::INVALID_IKE_SPI) || wire::find<wire::Encrypted>(payloads))
    return false;
  discard(in, "INVALID_IKE_SPI in clear is a hint and no more", "RFC 7296 §1.5", step);
  // §2.4: anybody may have sent it. What was heard lately from the peer itself counts for more, and a request that is
  // open asks already.
  if (sa->in_charge() && sa->outstanding.empty() && sa->last_heard + step.env.config.strays.hint_interval <= step.now)
    begin(liveness_exchange(facts_), step);
  return true;
}

bool IkeSa::shows_solution(const HalfOpen& state, const Incoming& in) {
  if (!state.puzzle || state.progress.exchanges != 0) return true;
  // RFC 8019 §7.2 has the solution in IKE_AUTH; it says nothing of the exchanges that may come before (RFC 9242).
  if (in.message.header.exchange == ExchangeType::IKE_INTERMEDIATE) return true;
  // RFC 7383 §2.5.3: it stands in the first fragment, without which the message is never complete.
  if (const auto* fragment = wire::find<wire::EncryptedFragment>(in.message.payloads);
      fragment && fragment->fragment_number > 1)
    return true;
  // RFC 8019 §7.2.3: S is Nr | SPIr, and the solution stands outside SK.
  const Bytes* solution = find_puzzle_solution(in.message.payloads);
  const Bytes s = cat(state.auth.nr, Writer().u64(facts_.spis.r.value).view());
  return solution && solved_bits(*state.puzzle, s, *solution).value_or(0) >= state.puzzle->difficulty;
}

void IkeSa::handle(Incoming& in, Step& step) {
  const wire::IkeHeader& header = in.message.header;
  if (auto* state = state_.get_if<AwaitingSaInit>()) {
    if (header.exchange != ExchangeType::IKE_SA_INIT || !header.is_response() || header.message_id != MessageId{0})
      return discard(in, "not the answer to IKE_SA_INIT", "RFC 7296 §2.2", step);
    state_ = on_sa_init_response(std::move(*state), in, step);
    return;
  }
  if (auto* state = state_.get_if<AwaitingResume>()) {
    if (header.exchange != ExchangeType::IKE_SESSION_RESUME || !header.is_response() ||
        header.message_id != MessageId{0})
      return discard(in, "not the answer to IKE_SESSION_RESUME", "RFC 5723 §4.3.2", step);
    state_ = on_resume_response(std::move(*state), in, step);
    return;
  }
  Secured* const secured = this->secured();
  if (!secured) return;
  if (close_by_token(in, step) || take_hint(in, step)) return;
  if (const auto* half_open = state_.get_if<HalfOpen>(); half_open && !shows_solution(*half_open, in))
    return discard(in, "no solution to the puzzle", "RFC 8019 §7.2.4", step);

  if (wire::find<wire::EncryptedFragment>(in.message.payloads)) {
    if (!take_fragment(*secured, in, step)) return;
  } else if (const auto opened = open(in, secured->inbound_for(header)); !opened) {
    if (opened.error() == wire::OpenFailure::BadIntegrity && !step.env.decisions.discard_bad_integrity()) return;
    // §2.21.4 and §3.14: what is not protected, or not by the peer, changes nothing.
    return discard(in, wire::text(opened.error()), "RFC 7296 §3.14", step);
  } else {
    secured->fragments.forget(header.is_response(), header.message_id);  // the message came whole
  }
  if (header.is_from_original_initiator() == facts_.original_initiator)
    return discard(in, "the I flag says that we sent it ourselves", "RFC 7296 §3.1", step);

  if (auto* asked = state_.get_if<AwaitingIntermediate>()) {
    // RFC 9242 §3.2: "Implementations MUST verify that Message IDs ... actually follow this rule".
    if (header.exchange != ExchangeType::IKE_INTERMEDIATE || !header.is_response() ||
        header.message_id != asked->pending.id)
      return discard(in, "not the answer to IKE_INTERMEDIATE", "RFC 9242 §3.2", step);
    state_ = on_intermediate_response(std::move(*asked), in, step);
  } else if (auto* waiting = state_.get_if<AwaitingAuth>()) {
    if (header.exchange != ExchangeType::IKE_AUTH || !header.is_response() || header.message_id != waiting->pending.id)
      return discard(in, "not the answer to IKE_AUTH", "RFC 7296 §2.2", step);
    state_ = on_auth_response(std::move(*waiting), in, step);
  } else if (auto* half_open = state_.get_if<HalfOpen>()) {
    // §2.1: each round is answered again when its answer was lost.
    if (repeat_answer(half_open->secured, in, step)) return;
    const bool informational = header.exchange == ExchangeType::INFORMATIONAL;
    // RFC 9242 §3.2: all of them come before IKE_AUTH, and RFC 9370 §2.2.1: all key exchanges do.
    const Intermediates& extra = half_open->intermediate;
    const bool intermediate =
        header.exchange == ExchangeType::IKE_INTERMEDIATE && extra.agreed && half_open->progress.exchanges == 0;
    const bool auth = header.exchange == ExchangeType::IKE_AUTH && extra.due.empty();
    if ((!auth && !informational && !intermediate) || header.is_response() ||
        header.message_id != half_open->secured.theirs.due())
      return discard(in, "not the request that is due", "RFC 7296 §2.2", step);
    // §2.23: the initiator may have moved to port 4500; from here on this is where it is.
    facts_.remote = in.datagram->source;
    facts_.local = in.datagram->destination;
    half_open->secured.superseded.reset();
    if (intermediate)
      state_ = on_intermediate_request(std::move(*half_open), in, step);
    else if (informational)
      state_ = on_early_informational(std::move(*half_open), in, step);
    else
      state_ = on_auth_request(std::move(*half_open), in, step);
  } else if (auto* over = state_.get_if<Lingering>()) {
    if (!repeat_answer(over->secured, in, step)) discard(in, "the IKE SA is closed", "RFC 7296 §2.4", step);
  } else if (auto* sa = established()) {
    on_protected(*sa, in, step);
  }
}

void IkeSa::on_protected(Established& sa, Incoming& in, Step& step) {
  sa.last_heard = step.now;
  if (in.message.header.is_response())
    on_response(sa, in, step);
  else
    on_request(sa, in, step);
  if (Established* left = established()) end_spent(*left, step);
}

void IkeSa::on_request(Established& sa, const Incoming& in, Step& step) {
  const wire::IkeHeader& header = in.message.header;
  const MessageId id = header.message_id;
  if (answer_synchronisation(sa, in, step)) return;
  if (repeat_answer(sa.secured, in, step)) return;
  // Of a window of several requests, any may be the next one.
  const bool due = sa.secured.theirs.place(id) == ResponseWindow::Place::Due;
  if (!step.env.decisions.accept_message_id(id, due ? id : sa.secured.theirs.due()))
    return discard(
        in, "Message ID " + std::to_string(id.value) + ", " + std::to_string(sa.secured.theirs.due().value) + " is due",
        "RFC 7296 §2.3", step);
  follow_peer(sa, *in.datagram, step);
  settle_by_use(sa, facts_, in.inner, step);

  Answer answer;
  const auto refuse = [&](NotifyType type, BytesView data, std::string what, std::string section) {
    step.out.events.push_back(trace::PeerFault{facts_.spis, std::move(what), std::move(section), type});
    answer.payloads.push_back(notify(type, data));
  };
  if (const auto type = unsupported_critical(in.inner)) {
    refuse(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD, Writer().u8(*type).view(),
           "critical payload of type " + std::to_string(*type), "RFC 7296 §2.5");
  } else if (!in.inner_faults.empty()) {
    // §2.21.3: fatal for both sides.
    refuse(NotifyType::INVALID_SYNTAX, {}, in.inner_faults.front().text(), "RFC 7296 §2.21.3");
    answer.close = CloseReason::RefusedByUs;
  } else if (header.exchange == ExchangeType::INFORMATIONAL) {
    answer = answer_informational(sa, facts_, in.inner, step);
    if (facts_.mobility && !answer.close) answer_mobike(in, answer, step);
  } else if (header.exchange == ExchangeType::CREATE_CHILD_SA) {
    answer = answer_create_child_sa(sa, facts_, in.inner, step);
  } else if (header.exchange == ExchangeType::IKE_FOLLOWUP_KE) {
    answer = answer_ike_followup_ke(sa, facts_, in.inner, step);
  } else {
    // §2.21.3: every request with an error gets an answer; this one says that the exchange makes no sense here.
    refuse(NotifyType::INVALID_SYNTAX, {}, wire::name_or_number(header.exchange) + " in an established IKE SA",
           "RFC 7296 §2.21.3");
    answer.close = CloseReason::RefusedByUs;
  }

  OutboundMessage message;
  message.header = facts_.header(header.exchange, id, true);
  message.payloads = std::move(answer.payloads);
  Packets response = seal(sa.secured, std::move(message), step);
  reply(response, *in.datagram, step);
  sa.secured.theirs.answered(id, std::move(response));
  if (answer.close) {
    close(*answer.close, {}, step);
    return linger(std::move(sa.secured), step);
  }
  if (facts_.mobility) return after_mobike(sa, in, step);
  next_exchange(sa, step);  // what the request gave rise to, e.g. a deletion after REDIRECT
}

void IkeSa::on_response(Established& sa, const Incoming& in, Step& step) {
  const wire::IkeHeader& header = in.message.header;
  const auto asked = std::ranges::find_if(sa.outstanding, [&](const Outstanding& one) {
    return one.request.id == header.message_id && one.request.exchange == header.exchange;
  });
  if (asked == sa.outstanding.end() || !asked->exchange->accepts(in.inner))
    return discard(in, "an answer to nothing that is open", "RFC 7296 §2.2", step);
  follow_peer(sa, *in.datagram, step);
  if (facts_.mobility) facts_.mobility->tried.clear();
  const auto [exchange, request] = std::move(*asked);
  sa.outstanding.erase(asked);

  // §2.5, §2.21: a response that cannot be understood shows that the two sides are no longer of one mind.
  if (unsupported_critical(in.inner) || !in.inner_faults.empty()) {
    step.out.events.push_back(
        trace::PeerFault{facts_.spis, "a response that cannot be read", "RFC 7296 §2.21", std::nullopt});
    sa.waiting.push_front(delete_ike_exchange());
    return next_exchange(sa, step);
  }
  if (const wire::Notify* error = wire::find_error(in.inner)) {
    step.out.events.push_back(trace::RequestRefused{facts_.spis, request.exchange, request.id, error->type});
    // §2.21.3: INVALID_SYNTAX is fatal for both sides.
    if (error->type == NotifyType::INVALID_SYNTAX && exchange->purpose().what != Purpose::What::DeleteIke) {
      close(CloseReason::Refused, "the peer answered INVALID_SYNTAX", step);
      return linger(std::move(sa.secured), step);
    }
  } else {
    step.out.events.push_back(trace::RequestAnswered{facts_.spis, request.exchange, request.id});
  }
  Exchange::Outcome outcome = exchange->process(sa, facts_, in.inner, step);
  if (!sa.makes_child()) sa.stillborn.clear();
  if (outcome.path) apply(sa, *outcome.path, step);
  for (auto next = outcome.then.rbegin(); next != outcome.then.rend(); ++next) sa.waiting.push_front(std::move(*next));
  if (outcome.later) {
    // §2.8: what concerns the Child SAs concerns the IKE SA that has them now.
    IkeSa* const heir = sa.replaced() ? step.env.registry.find(*sa.succession->successor) : nullptr;
    Established* const next = heir ? heir->established() : nullptr;
    (next ? *next : sa).later.push_back(std::move(*outcome.later));
    if (next) step.env.registry.resume_next(heir->facts().spis);
  }
  if (outcome.close) {
    close(*outcome.close, {}, step);
    return linger(std::move(sa.secured), step);
  }
  next_exchange(sa, step);
}

void IkeSa::resume(Step& step) {
  if (Established* sa = established()) next_exchange(*sa, step);
}

void IkeSa::begin(std::unique_ptr<Exchange> exchange, Step& step) {
  Established& sa = *established();
  sa.waiting.push_back(std::move(exchange));
  next_exchange(sa, step);
}

void IkeSa::retract() {
  Established& sa = *established();
  sa.waiting.clear();
  sa.later.clear();
  if (!sa.outstanding.empty() && !sa.outstanding.front().exchange->outside_the_window())
    sa.secured.next_request = sa.outstanding.front().request.id;
  sa.outstanding.clear();
}

namespace {

/// What changes the IKE SA itself, or goes on with a series, has no company.
bool goes_alone(const Purpose& purpose) {
  using What = Purpose::What;
  return purpose.what == What::RekeyIke || purpose.what == What::DeleteIke || purpose.what == What::ChangePath ||
         purpose.what == What::Synchronise || purpose.follow_up;
}

/// May this one go out while others wait for their answers?
bool may_overlap(const Exchange& next, const Established& sa) {
  if (sa.outstanding.empty()) return true;
  // §2.3: "it MUST wait until it has received responses to all requests up through request X-N".
  if (sa.secured.next_request.value - sa.outstanding.front().request.id.value >= sa.peer_window) return false;
  const Purpose purpose = next.purpose();
  return !goes_alone(purpose) && std::ranges::none_of(sa.outstanding, [&](const Outstanding& one) {
    const Purpose other = one.exchange->purpose();
    return goes_alone(other) || (purpose.child && other.child == purpose.child);
  });
}

}  // namespace

void IkeSa::next_exchange(Established& sa, Step& step) {
  while (!sa.waiting.empty() && may_overlap(*sa.waiting.front(), sa)) {
    std::unique_ptr<Exchange> exchange = std::move(sa.waiting.front());
    sa.waiting.pop_front();
    auto payloads = exchange->build(sa, facts_, step);
    if (!payloads) continue;
    const MessageId id = exchange->outside_the_window() ? MessageId{0} : sa.secured.next_request;
    if (!exchange->outside_the_window()) sa.secured.next_request = id.next();
    OutboundMessage message;
    message.header = facts_.header(exchange->type(), id, false);
    message.payloads = std::move(*payloads);
    PendingRequest request = PendingRequest::first(id, exchange->type(), seal(sa.secured, std::move(message), step),
                                                   step.env.config.retransmission, step.now);
    sa.outstanding.push_back({std::move(exchange), std::move(request)});
    transmit(sa.outstanding.back().request.message, step);
  }
}

void IkeSa::give_up(ExchangeType exchange, const PendingRequest& pending, Step& step) {
  step.out.events.push_back(trace::RequestTimedOut{facts_.spis, exchange, pending.id, pending.attempts});
  // §2.4: all Child SAs fall with the IKE SA, without a message to a peer that does not hear.
  close(CloseReason::PeerDead, wire::name_or_number(exchange) + " was never answered", step);
  state_ = Closed{};
}

void IkeSa::tick(Step& step) {
  if (Secured* secured = this->secured()) secured->fragments.expire(step.now);
  keep_alive(step);
  const auto retransmit = [&](PendingRequest& pending) {
    if (pending.due > step.now) return;
    if (Secured* secured = this->secured(); secured && retry_smaller(*secured, pending, step))
      return transmit(pending.message, step);
    if (Established* sa = established(); sa && try_other_path(*sa, pending, step)) return;
    if (!pending.repeat(step.env.config.retransmission, step.now)) {
      const PendingRequest last = pending;  // the state that holds it is about to go
      return give_up(last.exchange, last, step);
    }
    step.out.events.push_back(trace::Retransmitted{facts_.spis, pending.exchange, pending.id, pending.attempts});
    transmit(pending.message, step);
  };
  if (auto* init = state_.get_if<AwaitingSaInit>()) {
    retransmit(init->pending);
  } else if (auto* resume = state_.get_if<AwaitingResume>()) {
    retransmit(resume->pending);
  } else if (auto* intermediate = state_.get_if<AwaitingIntermediate>()) {
    retransmit(intermediate->pending);
  } else if (auto* auth = state_.get_if<AwaitingAuth>()) {
    retransmit(auth->pending);
  } else if (auto* half_open = state_.get_if<HalfOpen>()) {
    if (half_open->expires > step.now) return;
    close(CloseReason::HalfOpenExpired, "IKE_AUTH never came", step);
    state_ = Closed{};
  } else if (auto* over = state_.get_if<Lingering>()) {
    if (over->until <= step.now) state_ = Closed{};
  } else if (auto* sa = established()) {
    expire_follow_ups(*sa, step.now);
    if (sa->succession && sa->succession->overdue && *sa->succession->overdue <= step.now)
      return end_overdue(*sa, step);
    for (Delayed& delayed : sa->later)
      if (delayed.due <= step.now) sa->waiting.push_back(std::move(delayed.exchange));
    if (std::erase_if(sa->later, [](const Delayed& delayed) { return !delayed.exchange; }) > 0)
      next_exchange(*sa, step);
    if (sa->extras && sa->extras->authentication_ends && *sa->extras->authentication_ends <= step.now)
      end_authentication(*sa, step);
    end_spent(*sa, step);
    const auto& liveness = step.env.config.liveness_after;
    // One that was given up takes the IKE SA with it.
    for (std::size_t n = 0; established() && n < sa->outstanding.size(); ++n) retransmit(sa->outstanding[n].request);
    if (!established()) return;
    if (sa->outstanding.empty() && liveness && sa->in_charge() && sa->last_heard + *liveness <= step.now) {
      begin(liveness_exchange(facts_), step);
    }
  }
}

std::optional<Instant> IkeSa::wake_at(const Config& config) const {
  auto wake = state_.visit(
      Overloaded{[](const AwaitingSaInit& s) -> std::optional<Instant> { return s.pending.due; },
                 [](const AwaitingResume& s) -> std::optional<Instant> { return s.pending.due; },
                 [](const AwaitingIntermediate& s) -> std::optional<Instant> { return s.pending.due; },
                 [](const AwaitingAuth& s) -> std::optional<Instant> { return s.pending.due; },
                 [](const HalfOpen& s) -> std::optional<Instant> { return s.expires; },
                 [](const Lingering& s) -> std::optional<Instant> { return s.until; },
                 [](const Closed&) -> std::optional<Instant> { return std::nullopt; },
                 [&](const Established& s) -> std::optional<Instant> {
                   std::optional<Instant> out;
                   for (const Outstanding& one : s.outstanding)
                     out = std::min(one.request.due, out.value_or(one.request.due));
                   if (s.outstanding.empty() && config.liveness_after && s.in_charge())
                     out = s.last_heard + *config.liveness_after;
                   if (s.extras && s.extras->authentication_ends)
                     out = std::min(*s.extras->authentication_ends, out.value_or(*s.extras->authentication_ends));
                   for (const AwaitedFollowUp& awaited : s.follow_ups)
                     out = std::min(awaited.expires, out.value_or(awaited.expires));
                   if (s.in_charge()) {
                     s.expiry.bring_forward(out);
                     for (const ChildSa& child : s.children) child.expiry.bring_forward(out);
                   }
                   for (const Delayed& delayed : s.later) out = std::min(delayed.due, out.value_or(delayed.due));
                   if (s.succession && s.succession->overdue)
                     out = std::min(*s.succession->overdue, out.value_or(*s.succession->overdue));
                   return out;
                 }});
  if (const auto keepalive = keepalive_due(config); keepalive && (!wake || *keepalive < *wake)) wake = keepalive;
  const Secured* secured = this->secured();
  if (const auto fragments = secured ? secured->fragments.wake_at() : std::nullopt;
      fragments && (!wake || *fragments < *wake))
    wake = fragments;
  return wake;
}

std::optional<IkeSaView> IkeSa::view() const {
  if (closed() || state_.is<Lingering>()) return std::nullopt;
  IkeSaView out;
  out.spis = facts_.spis;
  out.we_are_original_initiator = facts_.original_initiator;
  out.local = facts_.local;
  out.remote = facts_.remote;
  out.local_behind_nat = facts_.local_behind_nat;
  out.peer_behind_nat = facts_.peer_behind_nat;
  out.mobike = facts_.mobility != nullptr;
  if (out.mobike) out.peer_addresses = facts_.mobility->peer_addresses;
  out.stage = half_open() ? IkeSaView::Stage::HalfOpen : IkeSaView::Stage::Authenticating;
  state_.visit(Overloaded{[](const AwaitingSaInit&) {}, [](const AwaitingResume&) {}, [](const Closed&) {},
                          [&](const auto& state) {
                            out.suite = state.secured.suite;
                            out.next_request = state.secured.next_request;
                            out.next_peer_request = state.secured.theirs.due();
                          }});
  if (const Established* sa = established()) {
    out.stage = IkeSaView::Stage::Established;
    if (sa->extras) {
      out.internal_addresses = sa->extras->configuration.addresses();
      out.configuration = sa->extras->configuration.received;
    }
    for (const ChildSa& child : sa->children)
      out.children.push_back(
          {child.inbound, child.outbound, child.local_ts, child.remote_ts, child.suite, child.manner});
  }
  return out;
}

}  // namespace ikevet::sa
