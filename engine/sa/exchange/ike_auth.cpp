// IKE_AUTH with a pre-shared key and the first Child SA, RFC 7296 §1.2, §2.15, §2.21.2.
#include <algorithm>
#include <iterator>

#include "engine/base/writer.hpp"
#include "engine/keys/auth_octets.hpp"
#include "engine/sa/ike_sa.hpp"

namespace ikevet::sa {

using trace::CloseReason;
using wire::ExchangeType;
using wire::NotifyType;

namespace {

/// §2.15: what one side signs.
Bytes signed_octets(const AuthInputs& auth, const crypto::Prf& prf, bool by_initiator, BytesView id) {
  return by_initiator ? keys::initiator_signed_octets(prf, auth.real_message_i, auth.nr, auth.sk_pi.view(), id)
                      : keys::responder_signed_octets(prf, auth.real_message_r, auth.ni, auth.sk_pr.view(), id);
}

template <class Id>
wire::Payload id_payload(const Identity& identity) {
  Id body;
  body.id_type = identity.type;
  body.data = identity.data;
  return payload(std::move(body));
}

/// Fills in the AUTH payload whose data was left empty, over the identity as it stands in the message by then.
Completion fill_auth(const AuthInputs& auth, const crypto::Prf& prf, bool by_initiator, const Config& config) {
  return [&auth, prf, by_initiator, &config](OutboundMessage& message) {
    auto* proof = wire::find<wire::Authentication>(message.payloads);
    if (!proof || !proof->data.empty()) return;
    Bytes id;
    for (const wire::Payload& candidate : message.payloads)
      if (candidate.type() == (by_initiator ? wire::PayloadType::IDi : wire::PayloadType::IDr))
        id = std::visit([](const auto& body) { return wire::body_octets(body); }, candidate.body);
    proof->data = keys::shared_key_auth(prf, config.psk.view(), signed_octets(auth, prf, by_initiator, id));
  };
}

wire::Payload empty_auth() {
  wire::Authentication body{};
  body.method = wire::AuthMethod::SHARED_KEY_MIC;
  return payload(std::move(body));
}

}  // namespace

std::optional<AuthVerified> verify_auth(const std::vector<wire::Payload>& payloads, const AuthInputs& auth,
                                        const crypto::Prf& prf, bool peer_is_initiator, Step& step) {
  const wire::Identification* id = nullptr;
  if (peer_is_initiator)
    id = wire::find<wire::IDi>(payloads);
  else
    id = wire::find<wire::IDr>(payloads);
  const auto* proof = wire::find<wire::Authentication>(payloads);
  if (!id || !proof) return std::nullopt;
  const Identity peer{id->id_type, id->data};
  const Config& config = step.env.config;
  const Bytes wanted = keys::shared_key_auth(prf, config.psk.view(),
                                             signed_octets(auth, prf, peer_is_initiator, wire::body_octets(*id)));
  const bool verified = (!config.remote_id || *config.remote_id == peer) &&
                        proof->method == wire::AuthMethod::SHARED_KEY_MIC && equal_constant_time(proof->data, wanted);
  if (!step.env.decisions.accept_auth(verified)) return std::nullopt;
  return AuthVerified(peer);
}

// I -> R   HDR, SK {IDi, [N(INITIAL_CONTACT),] [IDr,] AUTH, SAi2, TSi, TSr}

State IkeSa::send_auth_request(Secured secured, AuthInputs auth, Step& step) {
  const Config& config = step.env.config;
  const ChildOffer child = make_offer(config, step.env.registry.new_child_spi(), false);
  OutboundMessage message;
  const MessageId id = secured.next_request;
  secured.next_request = id.next();
  message.header = facts_.header(ExchangeType::IKE_AUTH, id, false);
  message.payloads.push_back(id_payload<wire::IDi>(config.local_id));
  // §2.4: true only while no other IKE SA with this peer is known here.
  const bool first_contact = !config.remote_id || !step.env.registry.has_other_sa_with(*config.remote_id, facts_.spis);
  if (config.announce_initial_contact && first_contact) message.payloads.push_back(notify(NotifyType::INITIAL_CONTACT));
  if (config.remote_id) message.payloads.push_back(id_payload<wire::IDr>(*config.remote_id));
  message.payloads.push_back(empty_auth());
  message.payloads.push_back(child.sa());
  message.payloads.push_back(child.tsi_payload());
  message.payloads.push_back(child.tsr_payload());
  std::ranges::copy(child.notifications(), std::back_inserter(message.payloads));

  Packets request = seal(secured, std::move(message), step, fill_auth(auth, secured.prf, true, config));
  auto pending = PendingRequest::first(id, ExchangeType::IKE_AUTH, std::move(request), config.retransmission, step.now);
  transmit(pending.message, step);
  return AwaitingAuth{std::move(secured), std::move(auth), child, std::move(pending)};
}

// R -> I   HDR, SK {IDr, AUTH, SAr2, TSi, TSr}     or     HDR, SK {N(AUTHENTICATION_FAILED)}

State IkeSa::on_auth_response(AwaitingAuth state, const Incoming& in, Step& step) {
  const auto& payloads = in.inner;
  const auto* proof = wire::find<wire::Authentication>(payloads);
  if (!proof) {
    // §2.21.2: without AUTH the exchange has failed, and with it the IKE SA.
    const wire::Notify* error = wire::find_error(payloads);
    if (error) {
      step.out.events.push_back(
          trace::RequestRefused{facts_.spis, ExchangeType::IKE_AUTH, state.pending.id, error->type});
      close(CloseReason::Refused, "IKE_AUTH was answered with " + wire::name_or_number(error->type), step);
    } else {
      close(CloseReason::Refused, "IKE_AUTH was answered without AUTH payload", step);
    }
    return Closed{};
  }
  auto verified = verify_auth(payloads, state.auth, state.secured.prf, false, step);
  // §2.5: no payload of a response may be critical, so one that we do not know makes the response unreadable.
  const bool unreadable = !in.inner_faults.empty() || unsupported_critical(payloads);
  if (unreadable || !verified) {
    // §2.21.2: the initiator may say so in an INFORMATIONAL exchange of its own; the IKE SA is gone without a Delete.
    const std::string what = unreadable ? "a response that cannot be read" : "AUTH does not verify";
    const NotifyType error = unreadable ? NotifyType::INVALID_SYNTAX : NotifyType::AUTHENTICATION_FAILED;
    step.out.events.push_back(trace::PeerFault{facts_.spis, what, "RFC 7296 §2.21.2", error});
    OutboundMessage message;
    message.header = facts_.header(ExchangeType::INFORMATIONAL, state.secured.next_request, false);
    message.payloads.push_back(notify(error));
    transmit(seal(state.secured, std::move(message), step), step);
    close(CloseReason::RefusedByUs, what, step);
    return Closed{};
  }

  step.out.events.push_back(trace::IkeSaEstablished{facts_.spis, true, verified->peer().text()});
  const auto agreement = read_answer(state.child, payloads);
  const AuthInputs auth = std::move(state.auth);
  Established established(std::move(state.secured), std::move(*verified), step.now);
  if (agreement) {
    const ChildSpi theirs = *child_spi(agreement->proposal);
    established.children.push_back(install_child(
        *agreement, state.child.inbound, theirs, true,
        {established.secured.prf, established.secured.sk_d.view(), {}, auth.ni, auth.nr}, facts_, std::nullopt, step));
    if (agreement->unwanted) {
      established.waiting.push_back(delete_child_exchange(state.child.inbound, CloseReason::RefusedByUs));
      next_exchange(established, step);
    }
    return established;
  }
  const ChildRefusal& refusal = agreement.error();
  if (refusal.by_peer) {
    // §2.21.2: the IKE SA stands without its first Child SA.
    step.out.events.push_back(
        trace::RequestRefused{facts_.spis, ExchangeType::IKE_AUTH, state.pending.id, refusal.error});
    return established;
  }
  // §2.21: a wrong answer is cleaned up by deleting what the peer believes to exist.
  step.out.events.push_back(trace::PeerFault{facts_.spis, refusal.what, "RFC 7296 §2.9", std::nullopt});
  established.waiting.push_back(delete_ike_exchange());
  next_exchange(established, step);
  return established;
}

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

State IkeSa::on_auth_request(HalfOpen state, const Incoming& in, Step& step) {
  const Config& config = step.env.config;
  const MessageId id = in.message.header.message_id;
  const auto refuse = [&](NotifyType type, BytesView data, std::string what, std::string section) {
    step.out.events.push_back(trace::PeerFault{facts_.spis, what, std::move(section), type});
    return refuse_auth(std::move(state), {notify(type, data)}, id, std::move(what), step);
  };
  // §2.21.2: these two come before anything is verified.
  if (const auto type = unsupported_critical(in.inner))
    return refuse(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD, Writer().u8(*type).view(),
                  "critical payload of type " + std::to_string(*type), "RFC 7296 §2.5");
  if (!in.inner_faults.empty())
    return refuse(NotifyType::INVALID_SYNTAX, {}, in.inner_faults.front().text(), "RFC 7296 §2.21.2");
  if (!wire::find<wire::IDi>(in.inner))
    return refuse(NotifyType::INVALID_SYNTAX, {}, "IDi is missing", "RFC 7296 §1.2");

  auto verified = verify_auth(in.inner, state.auth, state.secured.prf, true, step);
  if (!verified) return refuse(NotifyType::AUTHENTICATION_FAILED, {}, "AUTH does not verify", "RFC 7296 §2.21.2");

  if (wire::find_notify(in.inner, NotifyType::INITIAL_CONTACT))
    step.env.registry.supersede(verified->peer(), facts_.spis, step.out);

  const AuthInputs auth = std::move(state.auth);
  OutboundMessage message;
  message.header = facts_.header(ExchangeType::IKE_AUTH, id, true);
  message.payloads.push_back(id_payload<wire::IDr>(config.local_id));
  message.payloads.push_back(empty_auth());

  step.out.events.push_back(trace::IkeSaEstablished{facts_.spis, false, verified->peer().text()});
  Established established(std::move(state.secured), std::move(*verified), step.now);
  auto agreement = answer_request(in.inner, config, false, step);
  if (agreement) {
    const ChildSpi theirs = *child_spi(agreement->proposal);
    const ChildSpi ours = step.env.registry.new_child_spi();
    established.children.push_back(install_child(
        *agreement, ours, theirs, false,
        {established.secured.prf, established.secured.sk_d.view(), {}, auth.ni, auth.nr}, facts_, std::nullopt, step));
    std::ranges::move(answer_payloads(*agreement, ours, config), std::back_inserter(message.payloads));
  } else {
    // §2.21.2: the IKE SA is established all the same.
    message.payloads.push_back(notify(agreement.error().error, agreement.error().data));
    step.out.events.push_back(
        trace::PeerFault{facts_.spis, agreement.error().what, "RFC 7296 §2.21.2", agreement.error().error});
  }
  Secured& secured = established.secured;
  Packets response = seal(secured, std::move(message), step, fill_auth(auth, secured.prf, false, config));
  transmit(response, step);
  secured.theirs.answered(id, std::move(response));
  return established;
}

}  // namespace ikevet::sa
