// IKE_AUTH as the original initiator, RFC 7296 §1.2, §2.15, §2.16, §2.21.2; RFC 4739; RFC 5998.
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
using Phase = AwaitingAuth::Phase;

namespace {

/// Errors that end no more than the attempt at a Child SA, §2.21.2.
bool concerns_child_alone(NotifyType error) {
  switch (error) {
    case NotifyType::NO_PROPOSAL_CHOSEN:
    case NotifyType::SINGLE_PAIR_REQUIRED:
    case NotifyType::NO_ADDITIONAL_SAS:
    case NotifyType::INTERNAL_ADDRESS_FAILURE:
    case NotifyType::FAILED_CP_REQUIRED:
    case NotifyType::TS_UNACCEPTABLE:
      return true;
    default:
      return false;
  }
}

/// RFC 4739 §2.1: both have to support it. The responder says so in its IKE_SA_INIT response.
bool another_auth_possible(const AwaitingAuth& state, const Config& config) {
  return state.progress.our_round + 1 < config.credentials.local.size() &&
         wire::find_notify(peer_sa_init(state.auth, false), NotifyType::MULTIPLE_AUTH_SUPPORTED);
}

}  // namespace

// I -> R   HDR, SK {IDi, [N(INITIAL_CONTACT),] [IDr,] [AUTH,] SAi2, TSi, TSr}

State IkeSa::send_auth_request(Secured secured, AuthInputs auth, Step& step) {
  const bool childless_possible =
      wire::find_notify(peer_sa_init(auth, false), NotifyType::CHILDLESS_IKEV2_SUPPORTED) != nullptr;
  if (step.env.config.extensions.childless == Childless::Force && !childless_possible && !auth.resumed) {
    close(CloseReason::RefusedByUs, "the responder does not do without a Child SA (RFC 6023 §3)", step);
    return Closed{};
  }
  const Config& config = step.env.config;
  const auto give_up = [&](std::string why, std::string section) -> State {
    step.out.events.push_back(trace::PeerFault{facts_.spis, why, std::move(section), std::nullopt});
    close(CloseReason::RefusedByUs, std::move(why), step);
    return Closed{};
  };
  if (!auth.resumed) {
    // RFC 8784 §3: "the initiator MUST abort the exchange".
    if (!config.credentials.ppks.empty() && config.credentials.ppk_mandatory && !ppk_agreed(auth, config))
      return give_up("the responder does not use PPKs, which are mandatory", "RFC 8784 §3");
    for (const LocalAuth& local : config.credentials.local)
      if (const auto why = why_no_proof(local, auth, true, config)) return give_up(*why, "RFC 7427 §3");
  }
  ChildOffer child;
  if (goes_childless(step.env.config, childless_possible))
    child.childless = true;
  else
    child = make_offer(step.env.config, step.env.registry.new_child_spi(), false);
  // RFC 9242 §3.3.2: IntAuth ends with the Message ID of the first IKE_AUTH request.
  if (!auth.int_auth.empty()) append(auth.int_auth, Writer().u32(secured.next_request.value).view());
  return begin_our_auth({std::move(secured), std::move(auth), std::move(child), {}, Phase::Identity, {}}, step);
}

/// The message that begins an authentication of ours: the first one also asks for the Child SA.
State IkeSa::begin_our_auth(AwaitingAuth state, Step& step) {
  const Config& config = step.env.config;
  // RFC 5723 §4.3.3: after IKE_SESSION_RESUME the identities are those of the ticket, and SK_pi stands for the secret.
  const ResumableSa* resumed = state.auth.resumed.get();
  static const LocalAuth kAsSharedKey{};
  const LocalAuth& local = resumed ? kAsSharedKey : our_auth(config, state.progress);
  const bool first = state.progress.our_round == 0;
  std::vector<wire::Payload> payloads;
  payloads.push_back(id_payload<wire::IDi>(resumed ? resumed->idi : our_identity(config, state.progress)));
  std::vector<wire::Payload> proof;
  if (local.kind != AuthKind::Eap)
    append_proof(proof, local, state.auth, true, peer_sa_init(state.auth, false), config);
  // §1.2: IDi, [CERT,] [CERTREQ,] [IDr,] AUTH
  if (!proof.empty()) std::move(proof.begin(), proof.end() - 1, std::back_inserter(payloads));
  if (first) {
    // §2.4: true only while no other IKE SA with this peer is known here.
    const bool first_contact =
        !config.remote_id || !step.env.registry.has_other_sa_with(*config.remote_id, facts_.spis);
    if (config.announce_initial_contact && first_contact) payloads.push_back(notify(NotifyType::INITIAL_CONTACT));
    if (!resumed) std::ranges::move(certificate_requests(config), std::back_inserter(payloads));
    if (resumed)
      payloads.push_back(id_payload<wire::IDr>(resumed->idr));
    else if (config.remote_id)
      payloads.push_back(id_payload<wire::IDr>(*config.remote_id));
  }
  // §2.16: who leaves out AUTH asks for EAP.
  if (local.kind != AuthKind::Eap) {
    payloads.push_back(std::move(proof.back()));
    state.progress.we_have_more = !resumed && another_auth_possible(state, config);
    append_ppk(payloads, state.auth, state.secured, config);
  }
  if (first) {
    append_to_auth_request(payloads, config, facts_);
    std::ranges::move(first_child_request(state.child, config), std::back_inserter(payloads));
    if (local.kind == AuthKind::Eap && config.credentials.eap_only)
      payloads.push_back(notify(NotifyType::EAP_ONLY_AUTHENTICATION));
    if (wants_multiple_auth(config)) payloads.push_back(notify(NotifyType::MULTIPLE_AUTH_SUPPORTED));
  }
  if (local.kind != AuthKind::Eap && state.progress.we_have_more)
    payloads.push_back(notify(NotifyType::ANOTHER_AUTH_FOLLOWS));
  if (first) append_mobility(payloads, true, config);
  return ask_auth(std::move(state), Phase::Identity, std::move(payloads), step);
}

State IkeSa::ask_auth(AwaitingAuth state, Phase phase, std::vector<wire::Payload> payloads, Step& step) {
  const Config& config = step.env.config;
  if (++state.progress.exchanges > kMaxAuthExchanges)
    return fail_auth(std::move(state), NotifyType::AUTHENTICATION_FAILED, "IKE_AUTH comes to no end", "RFC 7296 §2.16",
                     step);
  // §2.2: each further pair of messages has the next Message ID.
  const MessageId id = state.secured.next_request;
  state.secured.next_request = id.next();
  OutboundMessage message;
  message.header = facts_.header(ExchangeType::IKE_AUTH, id, false);
  message.payloads = std::move(payloads);
  // RFC 8019 §7.2.2: outside SK, where the responder can check it before anything else.
  if (state.progress.exchanges == 1 && !state.auth.puzzle_solution.empty())
    message.clear.push_back(puzzle_solution(state.auth.puzzle_solution));
  Packets octets = seal(state.secured, std::move(message), step,
                        complete_auth(state.auth, state.secured.prf, true, state.progress, step.env));
  state.pending = PendingRequest::first(id, ExchangeType::IKE_AUTH, std::move(octets), config.retransmission, step.now);
  state.phase = phase;
  transmit(state.pending.message, step);
  return state;
}

State IkeSa::fail_auth(AwaitingAuth state, NotifyType error, std::string what, std::string section, Step& step) {
  // §2.21.2: the initiator may say so in an INFORMATIONAL exchange of its own; the IKE SA is gone without a Delete.
  step.out.events.push_back(trace::PeerFault{facts_.spis, what, std::move(section), error});
  OutboundMessage message;
  message.header = facts_.header(ExchangeType::INFORMATIONAL, state.secured.next_request, false);
  message.payloads.push_back(notify(error));
  transmit(seal(state.secured, std::move(message), step), step);
  close(CloseReason::RefusedByUs, std::move(what), step);
  return Closed{};
}

// R -> I   HDR, SK {IDr, AUTH, SAr2, TSi, TSr}     or     HDR, SK {N(AUTHENTICATION_FAILED)}
// R -> I   HDR, SK {IDr, [AUTH,] EAP}     or     HDR, SK {EAP}     or     HDR, SK {AUTH, SAr2, TSi, TSr}

State IkeSa::on_auth_response(AwaitingAuth state, const Incoming& in, Step& step) {
  const Config& config = step.env.config;
  const auto& payloads = in.inner;
  AuthProgress& progress = state.progress;
  const auto* proof = wire::find<wire::Authentication>(payloads);
  const auto* eap = wire::find<wire::Eap>(payloads);
  const wire::Notify* error = wire::find_error(payloads);
  // RFC 4739 §2.4: once the responder is done, its last message has no AUTH.
  const bool responder_done = progress.proof && !progress.peer_has_more && !progress.eap_success;

  if (!proof && !eap && (error ? !responder_done || !concerns_child_alone(error->type) : !responder_done)) {
    // §2.21.2: without AUTH the exchange has failed, and with it the IKE SA.
    if (error) {
      step.out.events.push_back(
          trace::RequestRefused{facts_.spis, ExchangeType::IKE_AUTH, state.pending.id, error->type});
      close(CloseReason::Refused, "IKE_AUTH was answered with " + wire::name_or_number(error->type), step);
    } else {
      close(CloseReason::Refused, "IKE_AUTH was answered without AUTH payload", step);
    }
    return Closed{};
  }
  // §2.5: no payload of a response may be critical, so one that we do not know makes the response unreadable.
  if (!in.inner_faults.empty() || unsupported_critical(payloads))
    return fail_auth(std::move(state), NotifyType::INVALID_SYNTAX, "a response that cannot be read", "RFC 7296 §2.21.2",
                     step);

  if (const auto* idr = wire::find<wire::IDr>(payloads)) progress.peer_id = *idr;
  if (proof) {
    if (progress.peer_has_more) ++progress.peer_round;
    if (state.auth.ppk && !state.auth.ppk_settled) {
      // RFC 8784 §3: without PPK_IDENTITY the responder goes on without the PPK.
      state.auth.ppk_settled = true;
      if (!wire::find_notify(payloads, NotifyType::PPK_IDENTITY)) {
        if (config.credentials.ppk_mandatory)
          return fail_auth(std::move(state), NotifyType::AUTHENTICATION_FAILED, "the responder does not use the PPK",
                           "RFC 8784 §3", step);
        state.auth.ppk.reset();
      }
    }
    auto verified = ProofCheck(state.auth, state.secured.prf, false, progress, step).check(payloads);
    if (!verified)
      return fail_auth(std::move(state), NotifyType::AUTHENTICATION_FAILED, "AUTH does not verify: " + verified.error(),
                       "RFC 7296 §2.21.2", step);
    progress.proof = std::move(*verified);
    progress.peer_has_more = wire::find_notify(payloads, NotifyType::ANOTHER_AUTH_FOLLOWS) != nullptr;
  }

  const AuthKind ours = state.auth.resumed ? AuthKind::SharedKey : our_auth(config, progress).kind;
  if (state.phase == Phase::Eap || (state.phase == Phase::Identity && ours == AuthKind::Eap)) {
    if (eap) return on_eap_request(std::move(state), *eap, step);
    return fail_auth(std::move(state), NotifyType::AUTHENTICATION_FAILED, "the responder leaves out EAP",
                     "RFC 7296 §2.16", step);
  }
  if (progress.eap_success) {
    // §2.16: AUTH with the key of EAP goes both ways.
    if (!proof)
      return fail_auth(std::move(state), NotifyType::AUTHENTICATION_FAILED, "no AUTH after EAP", "RFC 7296 §2.16",
                       step);
    progress.eap_success.reset();
  }
  // Our authentication has been accepted.
  if (progress.we_have_more) {
    ++progress.our_round;
    progress.we_have_more = false;
    return begin_our_auth(std::move(state), step);
  }
  // RFC 4739 §2.5: a request without payloads lets the responder go on.
  if (progress.peer_has_more) return ask_auth(std::move(state), Phase::Listening, {}, step);
  return finish_auth(std::move(state), payloads, step);
}

namespace {

/// RFC 5998 §4: a method has to be mutual, to make a key and to resist guessing. Methods that are not known here are
/// judged by what they have done in the end.
bool is_unsafe_alone(wire::EapType type) {
  return type == wire::EapType::MD5_Challenge || type == wire::EapType::OTP || type == wire::EapType::GTC ||
         type == wire::EapType::MSCHAPv2;
}

}  // namespace

State IkeSa::on_eap_request(AwaitingAuth state, const wire::Eap& request, Step& step) {
  const Config& config = step.env.config;
  AuthProgress& progress = state.progress;
  const auto fail = [&](std::string what, std::string section) {
    return fail_auth(std::move(state), NotifyType::AUTHENTICATION_FAILED, std::move(what), std::move(section), step);
  };
  if (!progress.eap) {
    // §2.16: EAP goes along with a signature of the responder, unless RFC 5998 was asked for.
    if (!progress.proof) {
      if (!config.credentials.eap_only || !progress.peer_id)
        return fail("EAP begins without AUTH of the responder", "RFC 7296 §2.16");
      progress.eap_alone = true;
    }
    wire::IDi us;
    us.id_type = our_identity(config, progress).type;
    us.data = our_identity(config, progress).data;
    if (config.credentials.eap) progress.eap = config.credentials.eap->peer(us, {step.env.random, step.now});
    if (!progress.eap)
      throw std::invalid_argument("EAP is configured, but no user for " + our_identity(config, progress).text());
  }
  // RFC 5998 §3: "the initiator MUST verify that the proposed EAP method is allowed by this specification, and MUST
  // abort the protocol immediately otherwise."
  if (progress.eap_alone && request.type && is_unsafe_alone(*request.type))
    return fail(wire::name_or_number(*request.type) + " is offered where EAP stands alone", "RFC 5998 §3");
  const Bytes packet = wire::body_octets(request);
  eap::Outcome outcome = progress.eap->handle(packet);
  if (auto* reply = std::get_if<eap::Reply>(&outcome)) {
    auto body = wire::Eap::parse(Reader(reply->packet));
    if (!body) throw std::logic_error("an EAP method gave no EAP packet: " + body.error().text());
    return ask_auth(std::move(state), Phase::Eap, {payload(std::move(*body))}, step);
  }
  progress.eap.reset();
  if (auto* failure = std::get_if<eap::Failure>(&outcome)) {
    if (!failure->by_other_side) return fail("EAP failed: " + failure->reason, "RFC 3748 §4.2");
    // §2.16: the responder has ended the exchange.
    step.out.events.push_back(trace::RequestRefused{facts_.spis, ExchangeType::IKE_AUTH, state.pending.id,
                                                    NotifyType::AUTHENTICATION_FAILED});
    close(CloseReason::Refused, "EAP Failure: " + failure->reason, step);
    return Closed{};
  }
  auto& success = std::get<eap::Success>(outcome);
  // RFC 5998 §3: the method has to be mutual and to make a key.
  if (progress.eap_alone && !(success.mutual && success.msk))
    return fail("the EAP method does not authenticate the responder", "RFC 5998 §3");
  progress.eap_success = std::move(success);
  std::vector<wire::Payload> payloads{unfinished_eap_auth()};
  append_ppk(payloads, state.auth, state.secured, config);
  progress.we_have_more = another_auth_possible(state, config);
  if (progress.we_have_more) payloads.push_back(notify(NotifyType::ANOTHER_AUTH_FOLLOWS));
  return ask_auth(std::move(state), Phase::AfterEap, std::move(payloads), step);
}

State IkeSa::finish_auth(AwaitingAuth state, const std::vector<wire::Payload>& payloads, Step& step) {
  if (state.progress.peer_round + 1 < step.env.config.credentials.remote.size())
    return fail_auth(std::move(state), NotifyType::AUTHENTICATION_FAILED,
                     "another authentication of the responder is missing", "RFC 4739 §2.1", step);
  step.out.events.push_back(trace::IkeSaEstablished{facts_.spis, true, state.progress.proof->text()});
  note_mobility(payloads, step);
  const AuthInputs auth = std::move(state.auth);
  if (auth.ppk) state.secured.sk_d = auth.ppk->sk_d;
  Established established(std::move(state.secured), std::move(*state.progress.proof), step.now);
  established.expiry = Expiry::of(step.env.config.rekey.ike, step.now, step.env.random);
  const wire::Identification& idr = *state.progress.peer_id;
  const Identity& idi = auth.resumed ? auth.resumed->idi : our_identity(step.env.config, state.progress);
  learn_from_auth_response(established, facts_, payloads, idi, {idr.id_type, idr.data}, step);
  if (trail_) established.extra().trail = trail_;
  learn_auth_lifetime(established, facts_, payloads, step);
  // RFC 4478 §2: "The initiator SHOULD delete the old IKE SA within a reasonable time of the new Auth exchange."
  if (replaces_) step.env.registry.delete_next(*replaces_);
  const wire::Notify* redirect = wire::find_notify(payloads, NotifyType::REDIRECT);
  if (redirect && !wire::find<wire::SecurityAssociation>(payloads)) {
    // RFC 5685 §6: the gateway is authenticated, so the IKE SA is valid and is to be deleted.
    follow_redirect(*redirect, established, facts_, step);
    established.waiting.push_back(delete_ike_exchange());
  } else {
    finish_first_child(established, facts_, state.child, payloads, auth.ni, auth.nr, state.pending.id, step);
  }
  next_exchange(established, step);
  return established;
}

}  // namespace ikevet::sa
