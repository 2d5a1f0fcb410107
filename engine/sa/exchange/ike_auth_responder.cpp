// IKE_AUTH as the original responder, RFC 7296 §1.2, §2.15, §2.16, §2.21.2; RFC 4739; RFC 5998.
#include <algorithm>
#include <iterator>

#include "engine/base/writer.hpp"
#include "engine/sa/exchange/first_child.hpp"
#include "engine/sa/exchange/ike_auth_parts.hpp"
#include "engine/sa/extension/extras.hpp"
#include "engine/sa/extension/negotiation.hpp"

namespace ikevet::sa {

using trace::CloseReason;
using wire::ExchangeType;
using wire::NotifyType;
using Expects = HalfOpen::Expects;

namespace {

/// IDr, AUTH: the next authentication of ours, RFC 4739 §2.1.
void append_our_auth(AuthProgress& progress, const AuthInputs& auth, const std::vector<wire::Payload>& request,
                     const Config& config, std::vector<wire::Payload>& to) {
  if (auth.resumed) {
    // RFC 5723 §4.3.3: the identity of the ticket, no CERT, AUTH with SK_pr.
    to.push_back(id_payload<wire::IDr>(auth.resumed->idr));
    return append_proof(to, LocalAuth{}, auth, false, request, config);
  }
  if (progress.we_have_more) ++progress.our_round;
  progress.we_have_more = false;
  to.push_back(id_payload<wire::IDr>(our_identity(config, progress)));
  if (!progress.eap_alone) append_proof(to, our_auth(config, progress), auth, false, request, config);
}

Identity progress_identity(const wire::Identification& id) { return {id.id_type, id.data}; }

}  // namespace

State IkeSa::refuse_auth(HalfOpen state, std::vector<wire::Payload> payloads, MessageId id, std::string why,
                         Step& step) {
  OutboundMessage message;
  message.header = facts_.header(ExchangeType::IKE_AUTH, id, true);
  message.payloads = std::move(payloads);
  Packets response = seal(state.secured, std::move(message), step);
  transmit(response, step);
  state.secured.theirs.answered(id, std::move(response));
  close(CloseReason::RefusedByUs, std::move(why), step);
  return Lingering{std::move(state.secured), step.now + step.env.config.half_open_lifetime};
}

State IkeSa::refuse_auth(HalfOpen state, NotifyType type, BytesView data, std::string what, std::string section,
                         MessageId id, Step& step) {
  step.out.events.push_back(trace::PeerFault{facts_.spis, what, std::move(section), type});
  return refuse_auth(std::move(state), {notify(type, data)}, id, std::move(what), step);
}

/// An answer after which the initiator has to go on.
State IkeSa::answer_auth(HalfOpen state, Expects next, std::vector<wire::Payload> payloads, MessageId id, Step& step) {
  const Config& config = step.env.config;
  OutboundMessage message;
  message.header = facts_.header(ExchangeType::IKE_AUTH, id, true);
  message.payloads = std::move(payloads);
  Packets response = seal(state.secured, std::move(message), step,
                          complete_auth(state.auth, state.secured.prf, false, state.progress, step.env));
  transmit(response, step);
  state.secured.theirs.answered(id, std::move(response));
  state.expects = next;
  state.expires = step.now + config.half_open_lifetime;
  return state;
}

State IkeSa::on_auth_request(HalfOpen state, const Incoming& in, Step& step) {
  const MessageId id = in.message.header.message_id;
  const auto refuse = [&](NotifyType type, BytesView data, std::string what, std::string section) {
    return refuse_auth(std::move(state), type, data, std::move(what), std::move(section), id, step);
  };
  // §2.21.2: these two come before anything is verified.
  if (const auto type = unsupported_critical(in.inner))
    return refuse(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD, Writer().u8(*type).view(),
                  "critical payload of type " + std::to_string(*type), "RFC 7296 §2.5");
  if (!in.inner_faults.empty())
    return refuse(NotifyType::INVALID_SYNTAX, {}, in.inner_faults.front().text(), "RFC 7296 §2.21.2");
  if (++state.progress.exchanges > kMaxAuthExchanges)
    return refuse(NotifyType::AUTHENTICATION_FAILED, {}, "IKE_AUTH comes to no end", "RFC 7296 §2.16");
  if (state.progress.exchanges == 1) {
    state.first_request = in.inner;
    // §1.2: SA, TSi and TSr come together, or none of them to a responder that goes without (RFC 6023 §3). As
    // INVALID_SYNTAX ends the IKE SA (§2.21.2), it is said before anybody is authenticated.
    const bool asks_child = wire::find<wire::SecurityAssociation>(in.inner) && wire::find<wire::TSi>(in.inner) &&
                            wire::find<wire::TSr>(in.inner);
    const bool may_go_without = step.env.config.extensions.childless != Childless::Never && asks_no_child(in.inner);
    if (!asks_child && !may_go_without)
      return refuse(NotifyType::INVALID_SYNTAX, {}, "SA, TSi or TSr is missing", "RFC 7296 §1.2");
    if (violates_no_nats(in.inner, in.datagram->source, in.datagram->destination))
      return refuse(NotifyType::UNEXPECTED_NAT_DETECTED, {}, "NO_NATS_ALLOWED names other addresses", "RFC 4555 §3.9");
    // RFC 9242 §3.3.2: IntAuth ends with the Message ID of the first IKE_AUTH request.
    if (!state.auth.int_auth.empty()) append(state.auth.int_auth, Writer().u32(id.value).view());
    if (!state.auth.resumed)
      for (const LocalAuth& local : step.env.config.credentials.local)
        if (const auto why = why_no_proof(local, state.auth, false, step.env.config))
          return refuse(NotifyType::AUTHENTICATION_FAILED, {}, *why, "RFC 7427 §3");
  }

  switch (state.expects) {
    case Expects::Identity:
      return begin_peer_auth(std::move(state), in, step);
    case Expects::Eap:
      if (const auto* eap = wire::find<wire::Eap>(in.inner))
        return on_eap_response(std::move(state), wire::body_octets(*eap), {}, id, step);
      return refuse(NotifyType::AUTHENTICATION_FAILED, {}, "EAP is missing", "RFC 7296 §2.16");
    case Expects::AfterEap:
      if (!wire::find<wire::Authentication>(in.inner))
        return refuse(NotifyType::AUTHENTICATION_FAILED, {}, "no AUTH after EAP", "RFC 7296 §2.16");
      return peer_authenticated(std::move(state), in, step);
    case Expects::Anything:
      break;
  }
  // RFC 4739 §2.5: the initiator is done and gives us the word.
  return finish_auth(std::move(state), {}, id, step);
}

// I -> R   HDR, SK {IDi, [N(INITIAL_CONTACT),] [IDr,] [AUTH,] SAi2, TSi, TSr}

State IkeSa::begin_peer_auth(HalfOpen state, const Incoming& in, Step& step) {
  const Config& config = step.env.config;
  const MessageId id = in.message.header.message_id;
  AuthProgress& progress = state.progress;
  const auto* idi = wire::find<wire::IDi>(in.inner);
  if (!idi)
    return refuse_auth(std::move(state), NotifyType::INVALID_SYNTAX, {}, "IDi is missing", "RFC 7296 §1.2", id, step);
  progress.peer_id = *idi;
  if (wire::find<wire::Authentication>(in.inner)) return peer_authenticated(std::move(state), in, step);

  // §2.16: without AUTH the initiator asks for EAP.
  // RFC 5998 §3: who wants EAP alone gets neither CERT nor AUTH now, and methods that can stand alone.
  if (progress.our_id.empty())
    progress.eap_alone =
        config.credentials.eap_only && wire::find_notify(in.inner, NotifyType::EAP_ONLY_AUTHENTICATION);
  const auto begin_eap = [&] {
    if (allows(peer_auth(config, progress), AuthKind::Eap) && config.credentials.eap)
      progress.eap = config.credentials.eap->authenticator(*idi, {step.env.random, step.now, progress.eap_alone});
  };
  begin_eap();
  if (!progress.eap && progress.eap_alone) {
    // "does not wish to use it": with a method that cannot stand alone we prove ourselves at once.
    progress.eap_alone = false;
    begin_eap();
  }
  if (!progress.eap)
    return refuse_auth(std::move(state), NotifyType::AUTHENTICATION_FAILED, {}, "EAP is asked for and not allowed",
                       "RFC 7296 §2.16", id, step);
  std::vector<wire::Payload> answer;
  // §2.15: our own identity and AUTH go along with the first EAP request.
  if (progress.we_have_more || progress.our_id.empty())
    append_our_auth(progress, state.auth, state.first_request, config, answer);
  return on_eap_response(std::move(state), {}, std::move(answer), id, step);
}

/// §2.21.2: an initiator that is not content with what we have sent so far says so in an INFORMATIONAL exchange;
/// nothing else has business there before the IKE SA stands.
State IkeSa::on_early_informational(HalfOpen state, const Incoming& in, Step& step) {
  const MessageId id = in.message.header.message_id;
  OutboundMessage message;
  message.header = facts_.header(ExchangeType::INFORMATIONAL, id, true);
  Packets response = seal(state.secured, std::move(message), step);
  transmit(response, step);
  state.secured.theirs.answered(id, std::move(response));
  if (const wire::Notify* error = wire::find_error(in.inner)) {
    close(CloseReason::Refused, "the initiator ends IKE_AUTH with " + wire::name_or_number(error->type), step);
    return Lingering{std::move(state.secured), step.now + step.env.config.half_open_lifetime};
  }
  return state;
}

// I -> R   HDR, SK {EAP}        R -> I   HDR, SK {EAP}

State IkeSa::on_eap_response(HalfOpen state, BytesView packet, std::vector<wire::Payload> answer, MessageId id,
                             Step& step) {
  AuthProgress& progress = state.progress;
  eap::Outcome outcome = progress.eap->handle(packet);
  const Bytes& octets = std::visit([](const auto& end) -> const Bytes& { return end.packet; }, outcome);
  auto body = wire::Eap::parse(Reader(octets));
  if (!body) throw std::logic_error("an EAP method gave no EAP packet: " + body.error().text());
  answer.push_back(payload(std::move(*body)));
  if (std::holds_alternative<eap::Reply>(outcome))
    return answer_auth(std::move(state), Expects::Eap, std::move(answer), id, step);
  progress.eap.reset();
  std::string why;
  if (auto* success = std::get_if<eap::Success>(&outcome)) {
    // RFC 5998 §3: the responder has to see to this as well.
    if (!progress.eap_alone || (success->mutual && success->msk)) {
      progress.eap_success = std::move(*success);
      return answer_auth(std::move(state), Expects::AfterEap, std::move(answer), id, step);
    }
    return refuse_auth(std::move(state), NotifyType::AUTHENTICATION_FAILED, {},
                       "the EAP method does not authenticate the responder", "RFC 5998 §3", id, step);
  }
  // §2.16: EAP Failure ends the exchange and the IKE SA.
  why = "EAP failed: " + std::get<eap::Failure>(outcome).reason;
  step.out.events.push_back(trace::PeerFault{facts_.spis, why, "RFC 7296 §2.16", std::nullopt});
  return refuse_auth(std::move(state), std::move(answer), id, std::move(why), step);
}

/// The request holds an AUTH payload: of an authentication without EAP, or of one that EAP has decided.
State IkeSa::peer_authenticated(HalfOpen state, const Incoming& in, Step& step) {
  const MessageId id = in.message.header.message_id;
  AuthProgress& progress = state.progress;
  std::vector<wire::Payload> payloads = in.inner;
  if (auto settled = settle_ppk(payloads, state.auth, state.secured, step.env.config); !settled)
    return refuse_auth(std::move(state), NotifyType::AUTHENTICATION_FAILED, {}, std::move(settled.error()),
                       "RFC 8784 §3", id, step);
  auto verified = ProofCheck(state.auth, state.secured.prf, true, progress, step).check(payloads);
  if (!verified)
    return refuse_auth(std::move(state), NotifyType::AUTHENTICATION_FAILED, {},
                       "AUTH does not verify: " + verified.error(), "RFC 7296 §2.21.2", id, step);
  progress.proof = std::move(*verified);
  progress.peer_has_more = wire::find_notify(in.inner, NotifyType::ANOTHER_AUTH_FOLLOWS) != nullptr;
  const std::size_t wanted = step.env.config.credentials.remote.size();
  if (!progress.peer_has_more && progress.peer_round + 1 < wanted)
    return refuse_auth(std::move(state), NotifyType::AUTHENTICATION_FAILED, {}, "another authentication is missing",
                       "RFC 4739 §2.1", id, step);
  if (progress.peer_has_more && progress.peer_round + 1 >= wanted)
    return refuse_auth(std::move(state), NotifyType::AUTHENTICATION_FAILED, {}, "one authentication too many",
                       "RFC 4739 §2.1", id, step);
  ++progress.peer_round;

  std::vector<wire::Payload> answer;
  if (progress.eap_success) answer.push_back(unfinished_eap_auth());
  return finish_auth(std::move(state), std::move(answer), id, step);
}

// R -> I   HDR, SK {IDr, AUTH, SAr2, TSi, TSr}     or, when more is to come,     HDR, SK {IDr, AUTH}

/// The initiator has passed an authentication, or was silent for us: our own, and the Child SA when nothing is left.
State IkeSa::finish_auth(HalfOpen state, std::vector<wire::Payload> answer, MessageId id, Step& step) {
  const Config& config = step.env.config;
  AuthProgress& progress = state.progress;
  const auto& request = state.first_request;

  // §2.15: IDr and AUTH, unless they went out with the first EAP request.
  if (progress.we_have_more || progress.our_id.empty()) append_our_auth(progress, state.auth, request, config, answer);
  // RFC 4739 §2.1: in any message of ours with AUTH, once the initiator has said that it knows this.
  progress.we_have_more = progress.our_round + 1 < config.credentials.local.size() &&
                          wire::find<wire::Authentication>(answer) &&
                          wire::find_notify(request, NotifyType::MULTIPLE_AUTH_SUPPORTED);
  if (progress.we_have_more) answer.push_back(notify(NotifyType::ANOTHER_AUTH_FOLLOWS));
  if (state.auth.ppk && !state.auth.ppk_settled) answer.push_back(notify(NotifyType::PPK_IDENTITY));
  state.auth.ppk_settled = true;
  if (progress.peer_has_more || progress.we_have_more) {
    const Expects next = progress.peer_has_more ? Expects::Identity : Expects::Anything;
    auto waiting = answer_auth(std::move(state), next, std::move(answer), id, step);
    waiting.get_if<HalfOpen>()->progress.eap_success.reset();
    return waiting;
  }

  if (wire::find_notify(request, NotifyType::INITIAL_CONTACT))
    step.env.registry.supersede(progress.proof->peer(), facts_.spis, step.out);
  OutboundMessage message;
  message.header = facts_.header(ExchangeType::IKE_AUTH, id, true);
  message.payloads = std::move(answer);
  step.out.events.push_back(trace::IkeSaEstablished{facts_.spis, false, progress.proof->text()});
  note_mobility(request, step);
  const AuthInputs auth = std::move(state.auth);
  if (auth.ppk) state.secured.sk_d = auth.ppk->sk_d;
  Established established(std::move(state.secured), std::move(*progress.proof), step.now);
  established.expiry = Expiry::of(step.env.config.rekey.ike, step.now, step.env.random);
  learn_from_sa_init_request(established, peer_sa_init(auth, true));
  learn_from_auth_request(established, request, config);
  if (!state.ticket.empty()) step.env.registry.tickets().used(state.ticket);
  append_to_auth_response(message.payloads, request, established, facts_, progress_identity(*progress.peer_id),
                          auth.resumed ? auth.resumed->idr : our_identity(config, progress), step);
  append_auth_lifetime(message.payloads, established, config, step.now);
  const auto* elsewhere = redirect_target(config, RedirectOptions::When::Auth,
                                          established.extras && established.extras->peer_follows_redirects);
  if (elsewhere) {
    // RFC 5685 §6: both AUTH payloads are in order, and no Child SA comes with them.
    step.out.events.push_back(trace::ExtensionUsed{facts_.spis, "redirect", "client sent to " + elsewhere->text()});
    message.payloads.push_back(notify(NotifyType::REDIRECT, redirect_data(*elsewhere)));
  } else {
    std::ranges::move(answer_first_child(established, facts_, request, auth.ni, auth.nr, step),
                      std::back_inserter(message.payloads));
  }
  append_mobility(message.payloads, false, config);
  Secured& secured = established.secured;
  Packets response =
      seal(secured, std::move(message), step, complete_auth(auth, secured.prf, false, progress, step.env));
  transmit(response, step);
  secured.theirs.answered(id, std::move(response));
  return established;
}

}  // namespace ikevet::sa
