// IKE_SESSION_RESUME, RFC 5723 §4.3: in place of IKE_SA_INIT, for an IKE SA that was lost.
#include "engine/base/writer.hpp"
#include "engine/sa/ike_sa.hpp"
#include "engine/sa/nat.hpp"

namespace ikevet::sa {

using wire::ExchangeType;
using wire::NotifyType;

namespace {

constexpr MessageId kResumeId{0};  // as IKE_SA_INIT, §4.3.2
constexpr int kMaxRepetitions = 6;
constexpr std::size_t kMaxCookieSize = 64;

bool sound_nonce(const wire::Nonce* nonce) {
  return nonce && nonce->data.size() >= wire::Nonce::kMinSize && nonce->data.size() <= wire::Nonce::kMaxSize;
}

/// SKEYSEED = prf(SK_d_old, "Resumption" | Ni | Nr), §5.1.
std::optional<KeyedSa> make_resumed_keys(const ResumableSa& old, BytesView ni, BytesView nr, const Facts& facts,
                                         Step& step) {
  const auto prf = crypto::Prf::find(old.suite.prf);
  if (!prf) return std::nullopt;
  const SecretBytes seed = prf->compute(old.sk_d.view(), {as_bytes("Resumption"), ni, nr});
  return make_keys_from(seed, old.suite, ni, nr, facts, step);
}

}  // namespace

// I -> R   HDR, [N(COOKIE),] Ni, N(TICKET_OPAQUE)

IkeSa::IkeSa(const Resume& command, Ticket ticket, IkeSpi ours, Step& step)
    : facts_{{ours, {}}, true, command.local, command.remote, false}, state_(Closed{}) {
  AwaitingResume state{std::move(ticket), step.env.random.bytes(step.env.config.nonce_size), {}, 0, {}};
  state.pending = PendingRequest::first(kResumeId, ExchangeType::IKE_SESSION_RESUME, compose_resume(state, step),
                                        step.env.config.retransmission, step.now);
  transmit(state.pending.message, step);
  state_ = std::move(state);
}

Bytes IkeSa::compose_resume(const AwaitingResume& state, Step& step) const {
  OutboundMessage message;
  message.header = facts_.header(ExchangeType::IKE_SESSION_RESUME, kResumeId, false);
  if (!state.cookie.empty()) message.payloads.push_back(notify(NotifyType::COOKIE, state.cookie));
  message.payloads.push_back(payload(wire::Nonce{state.ni}));
  message.payloads.push_back(notify(NotifyType::TICKET_OPAQUE, state.ticket.opaque));
  // §4.3.2: "The client's NAT traversal status SHOULD be determined anew".
  if (step.env.config.nat.supported)
    append_nat_detection(message.payloads, facts_.spis, facts_.local, facts_.remote, step.env.config.nat);
  return compose(std::move(message), step.env.tap);
}

// R -> I   HDR, Nr     or     HDR, N(COOKIE)     or     HDR, N(TICKET_NACK)

State IkeSa::on_resume_response(AwaitingResume state, const Incoming& in, Step& step) {
  const auto& payloads = in.message.payloads;
  const auto ignore = [&](std::string why, std::string section) -> State {
    discard(in, std::move(why), std::move(section), step);
    return std::move(state);
  };
  if (!in.message.faults.empty()) return ignore("malformed: " + in.message.faults.front().text(), "RFC 7296 §2.21");
  if (unsupported_critical(payloads)) return ignore("a critical payload of unknown type", "RFC 7296 §2.5");
  const auto* nonce = wire::find<wire::Nonce>(payloads);
  if (const wire::Notify* cookie = wire::find_notify(payloads, NotifyType::COOKIE); cookie && !nonce) {
    if (cookie->data.empty() || cookie->data.size() > kMaxCookieSize || ++state.repetitions > kMaxRepetitions)
      return ignore("a cookie that is not to be used", "RFC 7296 §2.6");
    state.cookie = cookie->data;
    state.pending = PendingRequest::first(kResumeId, ExchangeType::IKE_SESSION_RESUME, compose_resume(state, step),
                                          step.env.config.retransmission, step.now);
    step.out.events.push_back(trace::RequestRepeatedWith{facts_.spis, NotifyType::COOKIE});
    transmit(state.pending.message, step);
    return state;
  }
  if (wire::find_notify(payloads, NotifyType::TICKET_NACK)) {
    // §4.3.2: "the initiator should re-initiate a regular IKE exchange".
    step.out.events.push_back(
        trace::ExtensionUsed{facts_.spis, "session-resumption", "the ticket was refused; IKE_SA_INIT follows"});
    step.env.registry.initiate_next({facts_.local, facts_.remote});
    close(trace::CloseReason::Refused, "TICKET_NACK", step);
    return Closed{};
  }
  if (const wire::Notify* error = wire::find_error(payloads)) {
    // RFC 7296 §2.21.1: nobody vouches for it.
    step.out.events.push_back(
        trace::RequestRefused{facts_.spis, ExchangeType::IKE_SESSION_RESUME, kResumeId, error->type});
    return state;
  }
  if (!sound_nonce(nonce)) return ignore("no nonce of 16 to 256 octets", "RFC 7296 §3.9");
  if (in.message.header.spis.r.is_zero()) return ignore("responder's SPI is zero", "RFC 5723 §4.3.2");

  facts_.spis.r = in.message.header.spis.r;
  auto keyed = make_resumed_keys(state.ticket.sa, state.ni, nonce->data, facts_, step);
  if (!keyed) return ignore("the algorithms of the ticket cannot be keyed", "RFC 5723 §5.1");
  step.out.events.push_back(trace::IkeSaKeyed{facts_.spis, true});
  note_nat(in, step);
  AuthInputs auth{state.pending.message.front(),
                  to_bytes(in.octets),
                  std::move(state.ni),
                  nonce->data,
                  std::move(keyed->sk_pi),
                  std::move(keyed->sk_pr),
                  {}};
  auth.resumed = std::make_shared<const ResumableSa>(std::move(state.ticket.sa));
  return send_auth_request(std::move(keyed->secured), std::move(auth), step);
}

SaInitAnswer answer_session_resume(const Incoming& in, IkeSpi spi_r, Step& step) {
  const Config& config = step.env.config;
  const auto& payloads = in.message.payloads;
  const auto refuse = [&](NotifyType type, BytesView data, std::string what, std::string section) {
    step.out.events.push_back(trace::PeerFault{in.message.header.spis, std::move(what), std::move(section), type});
    return SaInitAnswer{clear_notify_answer(in, type, data, step), std::nullopt, {}};
  };
  if (const auto type = unsupported_critical(payloads))
    return refuse(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD, Writer().u8(*type).view(),
                  "critical payload of type " + std::to_string(*type), "RFC 7296 §2.5");
  if (!in.message.faults.empty())
    return refuse(NotifyType::INVALID_SYNTAX, {}, in.message.faults.front().text(), "RFC 7296 §3.10.1");
  const auto* nonce = wire::find<wire::Nonce>(payloads);
  const wire::Notify* ticket = wire::find_notify(payloads, NotifyType::TICKET_OPAQUE);
  if (!sound_nonce(nonce) || !ticket)
    return refuse(NotifyType::INVALID_SYNTAX, {}, "TICKET_OPAQUE or a nonce of 16 to 256 octets is missing",
                  "RFC 5723 §4.3.2");
  auto old = step.env.registry.tickets().open(ticket->data, step.now);
  // §4.3.2: "an unprotected N(TICKET_NACK) notification, if it rejects the ticket for any reason".
  if (!config.extensions.resumption.issue || !old)
    return refuse(NotifyType::TICKET_NACK, {}, "ticket " + (old ? "of no use here" : old.error()), "RFC 5723 §4.3.2");

  SaInitAnswer answer;
  answer.facts = Facts{{in.message.header.spis.i, spi_r}, false, in.datagram->destination, in.datagram->source, false};
  const Bytes nr = step.env.random.bytes(step.env.config.nonce_size);
  auto keyed = make_resumed_keys(*old, nonce->data, nr, answer.facts, step);
  if (!keyed) return refuse(NotifyType::TICKET_NACK, {}, "the algorithms cannot be keyed", "RFC 5723 §5.1");
  OutboundMessage message;
  message.header = answer.facts.header(ExchangeType::IKE_SESSION_RESUME, kResumeId, true);
  message.payloads.push_back(payload(wire::Nonce{nr}));
  answer_nat_detection(message.payloads, in, answer.facts, step);
  answer.response = compose(std::move(message), step.env.tap);
  step.out.events.push_back(trace::IkeSaKeyed{answer.facts.spis, false});
  AuthInputs auth{to_bytes(in.octets),     answer.response,         nonce->data, nr,
                  std::move(keyed->sk_pi), std::move(keyed->sk_pr), {}};
  auth.resumed = std::make_shared<const ResumableSa>(std::move(*old));
  answer.sa = HalfOpen{std::move(keyed->secured), std::move(auth), to_bytes(in.octets), answer.response,
                       step.now + config.half_open_lifetime};
  answer.sa->ticket = ticket->data;
  return answer;
}

}  // namespace ikevet::sa
