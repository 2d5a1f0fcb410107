// IKE_INTERMEDIATE exchanges between IKE_SA_INIT and IKE_AUTH, RFC 9242, and the additional key exchanges that they
// carry, RFC 9370 §2.2.2.
#include "engine/base/writer.hpp"
#include "engine/keys/auth_octets.hpp"
#include "engine/sa/additional_key_exchanges.hpp"
#include "engine/sa/ike_sa.hpp"

namespace ikevet::sa {

using trace::CloseReason;
using wire::ExchangeType;
using wire::NotifyType;

namespace {

/// RFC 9242 §5: the number of exchanges is capped. Seven can carry key exchanges, and a few more may carry nothing that
/// we understand.
constexpr int kMaxIntermediates = 16;

/// A | P, RFC 9242 §3.3.2: the message with its inner payloads in the place of what SK holds on the wire, and with
/// lengths that count no Initialization Vector, padding or ICV. A message of fragments counts as if it came whole.
Bytes content(const wire::IkeHeader& header, std::span<const wire::Payload> outer, wire::Payload sk) {
  wire::Message whole;
  whole.header = header;
  whole.payloads.assign(outer.begin(), outer.end());
  whole.payloads.push_back(std::move(sk));
  return whole.octets();
}

Bytes content_of(const Incoming& in) {
  const auto& payloads = in.message.payloads;
  wire::Payload sk = payloads.back();
  const auto* fragment = std::get_if<wire::EncryptedFragment>(&sk.body);
  const auto* whole = std::get_if<wire::Encrypted>(&sk.body);
  const wire::PayloadType first = fragment ? fragment->first_inner : whole->first_inner;
  sk.body = wire::Encrypted{first, in.plaintext};
  return content(in.message.header, std::span(payloads).first(payloads.size() - 1), std::move(sk));
}

/// Our own message as it stands behind the layer of values, to which AUTH belongs too.
Completion remember_content(Bytes& out) {
  return [&out](OutboundMessage& message) {
    out =
        content(message.header, message.clear,
                payload(wire::Encrypted{wire::first_type(message.payloads), wire::serialise_chain(message.payloads)}));
  };
}

/// RFC 9242 §3.3.2, with the keys that are in force when the exchange begins.
void authenticate(Intermediates& progress, AuthInputs& auth, const crypto::Prf& prf, bool from_initiator,
                  BytesView content) {
  Bytes& value = from_initiator ? progress.int_auth_i : progress.int_auth_r;
  value = keys::int_auth(prf, (from_initiator ? auth.sk_pi : auth.sk_pr).view(), value, content);
  // IKE_AUTH_MID follows once it is known.
  auth.int_auth = cat(progress.int_auth_i, progress.int_auth_r);
}

/// SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr) and all keys from it, RFC 9370 §2.2.2.
void update_keys(Secured& secured, AuthInputs& auth, BytesView sk_n, const Facts& facts, Step& step) {
  const SecretBytes seed = keys::skeyseed_additional(secured.prf, secured.sk_d.view(), sk_n, auth.ni, auth.nr);
  keys::SaKeys keys = keys::derive_sa_keys(secured.suite, seed.view(), auth.ni, auth.nr, facts.spis);
  if (step.env.key_log) step.env.key_log->ike_keys(facts.spis, secured.suite, keys);
  auto from_i = keys::SkCipher::create(secured.suite, std::move(keys.ei), std::move(keys.ai));
  auto from_r = keys::SkCipher::create(secured.suite, std::move(keys.er), std::move(keys.ar));
  // The suite made keys once already.
  if (!from_i || !from_r) throw std::logic_error("no keys for a suite that had some");
  const bool initiator = facts.original_initiator;
  // Only the responder is asked again for what it has answered.
  if (!initiator) secured.superseded = std::make_unique<keys::SkCipher>(std::move(secured.inbound));
  secured.sk_d = std::move(keys.d);
  secured.outbound = std::move(initiator ? *from_i : *from_r);
  secured.inbound = std::move(initiator ? *from_r : *from_i);
  auth.sk_pi = std::move(keys.pi);
  auth.sk_pr = std::move(keys.pr);
}

}  // namespace

bool wants_intermediate(const Config& config) {
  return config.intermediate.announce || config.intermediate.empty_exchanges > 0 ||
         has_additional(config.ike_proposals);
}

// I -> R   HDR, SK {KEi(n)}

State IkeSa::next_intermediate(AwaitingIntermediate state, Step& step) {
  Intermediates& progress = state.progress;
  const bool empty = progress.empty_left > 0;
  if (!empty && progress.due.empty()) return send_auth_request(std::move(state.secured), std::move(state.auth), step);

  // RFC 9242 §3.2: Message IDs go on from IKE_SA_INIT.
  const MessageId id = state.secured.next_request;
  state.secured.next_request = id.next();
  OutboundMessage message;
  message.header = facts_.header(ExchangeType::IKE_INTERMEDIATE, id, false);
  state.ours.reset();
  if (empty) {
    --progress.empty_left;
  } else {
    auto pair = crypto::KeyPair::generate(progress.due.front(), step.env.random);
    // Only what config.ike_proposals offers can be due: the user's mistake.
    if (!pair) throw std::invalid_argument(pair.error().why);
    message.payloads.push_back(payload(wire::KeyExchange{pair->group(), 0, to_bytes(pair->public_value())}));
    state.ours = std::move(*pair);
  }
  Bytes sent;
  Packets packets = seal(state.secured, std::move(message), step, remember_content(sent));
  authenticate(progress, state.auth, state.secured.prf, true, sent);
  state.pending = PendingRequest::first(id, ExchangeType::IKE_INTERMEDIATE, std::move(packets),
                                        step.env.config.retransmission, step.now);
  transmit(state.pending.message, step);
  return state;
}

// R -> I   HDR, SK {KEr(n)}

State IkeSa::on_intermediate_response(AwaitingIntermediate state, const Incoming& in, Step& step) {
  const auto& payloads = in.inner;
  const auto fail = [&](std::string what, std::string section, CloseReason reason = CloseReason::RefusedByUs) -> State {
    if (reason == CloseReason::RefusedByUs)
      step.out.events.push_back(trace::PeerFault{facts_.spis, what, std::move(section), std::nullopt});
    close(reason, std::move(what), step);
    return Closed{};
  };
  // RFC 9242 §3.4: errors are dealt with as in the other exchanges before the peers are authenticated.
  if (unsupported_critical(payloads) || !in.inner_faults.empty())
    return fail("a response that cannot be read", "RFC 7296 §2.21");
  if (const wire::Notify* error = wire::find_error(payloads)) {
    step.out.events.push_back(
        trace::RequestRefused{facts_.spis, ExchangeType::IKE_INTERMEDIATE, state.pending.id, error->type});
    return fail("IKE_INTERMEDIATE was answered with " + wire::name_or_number(error->type), {}, CloseReason::Refused);
  }
  authenticate(state.progress, state.auth, state.secured.prf, false, content_of(in));
  if (state.ours) {
    const auto* ke = wire::find<wire::KeyExchange>(payloads);
    // RFC 9370 §2.2.2: the Key Exchange Method "MUST match the n-th negotiated additional key exchange".
    if (!ke || ke->group != state.ours->group())
      return fail("no KE payload of the additional key exchange that is due", "RFC 9370 §2.2.2");
    const auto sk_n = state.ours->derive(ke->data);
    if (!sk_n) return fail(sk_n.error().text(), "RFC 6989 §2");
    update_keys(state.secured, state.auth, sk_n->view(), facts_, step);
    state.progress.due.erase(state.progress.due.begin());
  }
  return next_intermediate(std::move(state), step);
}

State IkeSa::on_intermediate_request(HalfOpen state, const Incoming& in, Step& step) {
  const MessageId id = in.message.header.message_id;
  Intermediates& progress = state.intermediate;
  std::vector<wire::Payload> answer;
  std::optional<SecretBytes> sk_n;
  std::optional<std::string> refused;
  const auto refuse = [&](NotifyType type, BytesView data, std::string what, std::string section) {
    step.out.events.push_back(trace::PeerFault{facts_.spis, what, std::move(section), type});
    answer = {notify(type, data)};
    refused = std::move(what);
  };

  // RFC 9242 §3.4: as in IKE_AUTH, RFC 7296 §2.21.2.
  const auto* ke = wire::find<wire::KeyExchange>(in.inner);
  if (const auto type = unsupported_critical(in.inner)) {
    refuse(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD, Writer().u8(*type).view(),
           "critical payload of type " + std::to_string(*type), "RFC 7296 §2.5");
  } else if (!in.inner_faults.empty()) {
    refuse(NotifyType::INVALID_SYNTAX, {}, in.inner_faults.front().text(), "RFC 7296 §2.21.2");
  } else if (++progress.exchanges > kMaxIntermediates) {
    refuse(NotifyType::INVALID_SYNTAX, {}, "IKE_INTERMEDIATE comes to no end", "RFC 9242 §5");
  } else if (ke && (progress.due.empty() || ke->group != progress.due.front())) {
    refuse(NotifyType::INVALID_SYNTAX, {}, "KE payload of another additional key exchange than is due",
           "RFC 9370 §2.2.2");
  } else if (ke) {
    auto ours = crypto::respond(ke->group, ke->data, step.env.random);
    if (!ours) {
      refuse(NotifyType::INVALID_SYNTAX, {}, ours.error().text(), "RFC 6989 §2");
    } else {
      answer.push_back(payload(wire::KeyExchange{ke->group, 0, std::move(ours->public_value)}));
      sk_n = std::move(ours->shared);
    }
  }

  OutboundMessage message;
  message.header = facts_.header(ExchangeType::IKE_INTERMEDIATE, id, true);
  message.payloads = std::move(answer);
  Bytes sent;
  Packets response = seal(state.secured, std::move(message), step, remember_content(sent));
  transmit(response, step);
  state.secured.theirs.answered(id, std::move(response));
  const Instant until = step.now + step.env.config.half_open_lifetime;
  if (refused) {
    close(CloseReason::RefusedByUs, std::move(*refused), step);
    return Lingering{std::move(state.secured), until};
  }
  authenticate(progress, state.auth, state.secured.prf, true, content_of(in));
  authenticate(progress, state.auth, state.secured.prf, false, sent);
  if (sk_n) {
    update_keys(state.secured, state.auth, sk_n->view(), facts_, step);
    progress.due.erase(progress.due.begin());
  }
  state.expires = until;
  return state;
}

}  // namespace ikevet::sa
