// AUTH payloads, made and checked: RFC 7296 §2.15, §2.16; RFC 7619.
#include <algorithm>
#include <iterator>

#include "engine/keys/auth_octets.hpp"
#include "engine/sa/exchange/ike_auth_parts.hpp"

namespace ikevet::sa {

using wire::AuthMethod;

namespace {

/// RFC 8784 §3: with a PPK, what it makes of SK_pi and SK_pr stands in their place.
const SecretBytes& sk_p(const AuthInputs& auth, bool of_initiator) {
  if (auth.ppk) return of_initiator ? auth.ppk->sk_pi : auth.ppk->sk_pr;
  return of_initiator ? auth.sk_pi : auth.sk_pr;
}

/// §2.15: what one side signs; RFC 9242 §3.3.2 adds IntAuth.
Bytes signed_octets(const AuthInputs& auth, const crypto::Prf& prf, bool by_initiator, BytesView id) {
  const BytesView key = sk_p(auth, by_initiator).view();
  Bytes out = by_initiator ? keys::initiator_signed_octets(prf, auth.real_message_i, auth.nr, key, id)
                           : keys::responder_signed_octets(prf, auth.real_message_r, auth.ni, key, id);
  append(out, auth.int_auth);
  return out;
}

/// The key shared with a peer; as initiator the peer is who we expect, until it has said who it is.
const SecretBytes& shared_secret(const Config& config, const Identity& peer) {
  const auto& table = config.credentials.shared_secrets;
  const auto entry = std::ranges::find(table, peer, &SharedSecret::peer);
  return entry == table.end() ? config.psk : entry->secret;
}

Identity identity(const wire::Identification& id) { return {id.id_type, id.data}; }

/// The key that stands in place of a pre-shared one after EAP: the MSK, or SK_p where the method makes none (§2.16).
BytesView eap_key(const eap::Success& success, const AuthInputs& auth, bool by_initiator) {
  return success.msk ? success.msk->view() : sk_p(auth, by_initiator).view();
}

/// AUTH of one of our own messages.
Bytes make_auth(const wire::Authentication& unfinished, const AuthInputs& auth, const crypto::Prf& prf,
                bool by_initiator, const AuthProgress& progress, Environment& env) {
  const Config& config = env.config;
  const Bytes octets = signed_octets(auth, prf, by_initiator, progress.our_id);
  // RFC 5723 §4.3.3: AUTH = prf(SK_px, <message octets>).
  if (auth.resumed) return to_bytes(prf.compute(sk_p(auth, by_initiator).view(), {octets}).view());
  if (unfinished.method == AuthMethod::NULL_AUTHENTICATION)
    // RFC 7619 §2.1: as with a shared key, which is SK_pi or SK_pr.
    return keys::shared_key_auth(prf, sk_p(auth, by_initiator).view(), octets);
  if (progress.eap_success)
    return keys::shared_key_auth(prf, eap_key(*progress.eap_success, auth, by_initiator), octets);
  if (unfinished.method != AuthMethod::SHARED_KEY_MIC)
    return sign_auth(our_auth(config, progress).key, unfinished, auth, by_initiator, octets, env);
  const Identity peer = progress.peer_id ? identity(*progress.peer_id) : config.remote_id.value_or(Identity{});
  return keys::shared_key_auth(prf, shared_secret(config, peer).view(), octets);
}

std::string quoted_methods(const RemoteAuth& remote) {
  std::string out;
  for (const AuthKind kind : remote.kinds) out += (out.empty() ? "" : " or ") + std::string(name(kind));
  return out;
}

}  // namespace

bool wants_multiple_auth(const Config& config) {
  return config.credentials.local.size() > 1 || config.credentials.remote.size() > 1;
}

std::vector<wire::Payload> peer_sa_init(const AuthInputs& auth, bool of_initiator) {
  auto message = wire::Message::parse(of_initiator ? auth.real_message_i : auth.real_message_r);
  return message ? std::move(message->payloads) : std::vector<wire::Payload>{};
}

const LocalAuth& our_auth(const Config& config, const AuthProgress& progress) {
  return config.credentials.local.at(progress.our_round);
}

const Identity& our_identity(const Config& config, const AuthProgress& progress) {
  const LocalAuth& local = our_auth(config, progress);
  return local.id ? *local.id : config.local_id;
}

const RemoteAuth& peer_auth(const Config& config, const AuthProgress& progress) {
  // A peer that authenticates more often than it has to is held to what the last time asks for.
  return config.credentials.remote.at(std::min(progress.peer_round, config.credentials.remote.size() - 1));
}

bool allows(const RemoteAuth& remote, AuthKind kind) {
  return std::ranges::find(remote.kinds, kind) != remote.kinds.end();
}

void append_proof(std::vector<wire::Payload>& to, const LocalAuth& local, const AuthInputs& auth, bool by_initiator,
                  const std::vector<wire::Payload>& asked, const Config& config) {
  wire::Authentication body{};
  body.method = AuthMethod::SHARED_KEY_MIC;
  if (local.kind == AuthKind::Null) body.method = AuthMethod::NULL_AUTHENTICATION;
  if (local.kind == AuthKind::PublicKey) {
    std::ranges::move(certificates(local.key, asked), std::back_inserter(to));
    body.method = signature_method(local.key, auth, by_initiator, config);
  }
  to.push_back(payload(std::move(body)));
}

wire::Payload unfinished_eap_auth() {
  wire::Authentication body{};
  body.method = AuthMethod::SHARED_KEY_MIC;
  return payload(std::move(body));
}

Completion complete_auth(const AuthInputs& auth, const crypto::Prf& prf, bool by_initiator, AuthProgress& progress,
                         Environment& env) {
  return [&auth, &prf, by_initiator, &progress, &env](OutboundMessage& message) {
    for (const wire::Payload& candidate : message.payloads)
      if (candidate.type() == (by_initiator ? wire::PayloadType::IDi : wire::PayloadType::IDr)) {
        // The initiator may name the responder in IDr: that one is not ours.
        progress.our_id = std::visit([](const auto& body) { return wire::body_octets(body); }, candidate.body);
        break;
      }
    auto* proof = wire::find<wire::Authentication>(message.payloads);
    if (!proof) return;
    for (wire::Payload& candidate : message.payloads) {
      auto* other = std::get_if<wire::Notify>(&candidate.body);
      if (!other || other->type != wire::NotifyType::NO_PPK_AUTH || !other->data.empty() || !auth.ppk) continue;
      // RFC 8784 §3: what AUTH would be without the PPK.
      const AuthInputs without{auth.real_message_i, auth.real_message_r, auth.ni,      auth.nr,
                               auth.sk_pi,          auth.sk_pr,          auth.int_auth};
      other->data = make_auth(*proof, without, prf, by_initiator, progress, env);
    }
    if (proof->data.empty()) proof->data = make_auth(*proof, auth, prf, by_initiator, progress, env);
  };
}

std::optional<std::string> ProofCheck::why_not(const wire::Authentication& proof, const Identity& peer,
                                               const std::vector<wire::Payload>& payloads) const {
  if (auth_.resumed) {
    // RFC 5723 §4.3.3: the identity is that of the ticket.
    const Identity& expected = peer_is_initiator_ ? auth_.resumed->idi : auth_.resumed->idr;
    if (expected != peer) return "the peer is " + peer.text() + ", the ticket is for " + expected.text();
    const Bytes covered = signed_octets(auth_, prf_, peer_is_initiator_, wire::body_octets(*progress_.peer_id));
    const SecretBytes wanted = prf_.compute(sk_p(auth_, peer_is_initiator_).view(), {covered});
    if (proof.method == AuthMethod::SHARED_KEY_MIC && equal_constant_time(proof.data, wanted.view()))
      return std::nullopt;
    return "its data are not those of the resumed IKE SA";
  }
  const Config& config = step_.env.config;
  const RemoteAuth& remote = peer_auth(config, progress_);
  const auto& expected = remote.id ? remote.id : config.remote_id;
  // RFC 7619 §2.2: ID_NULL names nobody; where NULL authentication is accepted there is nobody in particular to expect.
  const bool nobody = peer.type == wire::IdType::ID_NULL && proof.method == AuthMethod::NULL_AUTHENTICATION &&
                      allows(remote, AuthKind::Null);
  if (expected && *expected != peer && !nobody)
    return "the peer is " + peer.text() + ", expected is " + expected->text();

  const Bytes octets = signed_octets(auth_, prf_, peer_is_initiator_, wire::body_octets(*progress_.peer_id));
  const auto wrong_unless_equal = [&](BytesView key) -> std::optional<std::string> {
    if (equal_constant_time(proof.data, keys::shared_key_auth(prf_, key, octets))) return std::nullopt;
    return "its data are not those of " + peer.text();
  };
  if (progress_.eap_success) {
    if (proof.method != AuthMethod::SHARED_KEY_MIC)
      return "method " + wire::name_or_number(proof.method) + " after EAP";  // §2.16: syntax for shared secrets
    return wrong_unless_equal(eap_key(*progress_.eap_success, auth_, peer_is_initiator_));
  }
  const auto refused = [&] {
    return "method " + wire::name_or_number(proof.method) + ", accepted is " + quoted_methods(remote);
  };
  if (proof.method == AuthMethod::SHARED_KEY_MIC) {
    if (!allows(remote, AuthKind::SharedKey)) return refused();
    return wrong_unless_equal(shared_secret(config, peer).view());
  }
  if (proof.method == AuthMethod::NULL_AUTHENTICATION) {
    if (!allows(remote, AuthKind::Null)) return refused();
    return wrong_unless_equal(sk_p(auth_, peer_is_initiator_).view());  // RFC 7619 §2.1
  }
  if (!allows(remote, AuthKind::PublicKey)) return refused();
  return why_not_signature(proof, peer, payloads, octets, auth_, peer_is_initiator_, step_);
}

Result<AuthVerified, std::string> ProofCheck::check(const std::vector<wire::Payload>& payloads) const {
  const auto* proof = wire::find<wire::Authentication>(payloads);
  if (!proof || !progress_.peer_id) return tl::unexpected(std::string("AUTH or identity is missing"));
  const Identity peer = identity(*progress_.peer_id);
  const auto why = why_not(*proof, peer, payloads);
  if (!step_.env.decisions.accept_auth(!why)) return tl::unexpected(why.value_or("refused by decision"));
  return AuthVerified(peer, progress_.eap_success ? progress_.eap_success->identity : std::string());
}

}  // namespace ikevet::sa
