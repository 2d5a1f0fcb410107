// EAP-TTLS, RFC 5281 (version 0), with TLS 1.3 as RFC 9427 has it: a server with a certificate, and in its tunnel a
// user with a password.
#include "engine/crypto/hash.hpp"
#include "engine/eap/layer.hpp"
#include "engine/eap/methods.hpp"
#include "engine/eap/mschapv2_crypto.hpp"
#include "engine/eap/text.hpp"
#include "engine/eap/tls_tunnel.hpp"
#include "engine/eap/ttls_avp.hpp"

namespace ikevet::eap {
namespace {

constexpr std::string_view kLabel = "ttls keying material";     // RFC 5281 §8
constexpr std::string_view kChallengeLabel = "ttls challenge";  // RFC 5281 §11.1
constexpr std::size_t kPapBlock = 16;

/// RFC 5281 §11.1: both sides take challenge and identifier from the tunnel, so that neither can be played again.
struct Implicit {
  Bytes challenge;
  std::uint8_t ident{};

  static Implicit of(const TlsSession& tls) {
    const SecretBytes material = tls.export_key(kChallengeLabel, std::nullopt, mschapv2::kChallenge + 1);
    return {to_bytes(material.view().first(mschapv2::kChallenge)), material.view().back()};
  }
};

Bytes chap_response(const Implicit& implicit, BytesView password) {
  return crypto::md5({BytesView(&implicit.ident, 1), password, implicit.challenge});
}

Bytes octets(const wire::Eap& packet) {
  Writer out;
  packet.serialise(out);
  return out.take();
}

/// The first mandatory AVP that we do not know: RFC 5281 §10.1 has the negotiation fail then.
const Avp* unknown_mandatory(const std::vector<Avp>& avps) {
  const auto found = std::ranges::find_if(avps, [](const Avp& avp) { return avp.mandatory && !avp.known(); });
  return found == avps.end() ? nullptr : &*found;
}

std::shared_ptr<const PeerConfig> inner_peer_config(const PeerConfig& outer) {
  auto out = std::make_shared<PeerConfig>(outer);
  out->identity = user_name(outer);
  out->user.clear();
  out->methods = outer.inner_methods;
  std::erase(out->methods, EapType::TTLS);  // a tunnel in a tunnel proves nothing more
  return out;
}

std::shared_ptr<const AuthenticatorConfig> inner_server_config(const AuthenticatorConfig& outer) {
  auto out = std::make_shared<AuthenticatorConfig>(outer);
  out->methods = outer.inner_methods;
  std::erase(out->methods, EapType::TTLS);
  out->ask_identity = false;
  out->notification.clear();
  return out;
}

class TtlsPeer final : public PeerMethod {
 public:
  explicit TtlsPeer(const PeerEnv& env) : env_(env) {}

  PeerReply handle(std::uint8_t, BytesView data) override {
    if (is_start(data)) {
      if (tunnel_) return PeerReply::discard("TTLS: Start for a second time");
      // RFC 5281 §9.1: the server offers its highest version, the peer answers with the lower one; ours is 0.
      tunnel_.emplace(TlsSession::Role::Client, env_.config.tls, false, env_.now);
      return {verdict_, tunnel_->next()};
    }
    if (!tunnel_) return PeerReply::discard("TTLS: the first request is no Start");
    const auto received = tunnel_->receive(data);
    if (!received) return PeerReply::discard("TTLS: " + received.error().text());
    if (*received) on_message();
    return {verdict_, tunnel_->next(), why_};
  }
  SecretBytes msk() const override { return tls_msk(tunnel_->tls(), kLabel, EapType::TTLS); }
  std::string user() const override { return user_name(env_.config); }

 private:
  void fail(std::string why) {
    verdict_ = PeerReply::Verdict::Failed;
    why_ = std::move(why);
  }

  void on_message() {
    TlsSession& tls = tunnel_->tls();
    if (tls.state() == TlsSession::State::Failed) return fail(tls.why());
    if (tls.state() != TlsSession::State::Open || verdict_ == PeerReply::Verdict::Failed) return;
    if (!begun_) {
      begun_ = true;
      return begin();
    }
    const Bytes data = tls.take_data();
    const auto avps = parse_avps(data);
    if (!avps) return fail("TTLS: " + avps.error().text());
    if (const Avp* unknown = unknown_mandatory(*avps))
      return fail("TTLS: AVP " + std::to_string(unknown->code) + " is mandatory and unknown");
    if (const auto success = avp_data(*avps, MicrosoftAvp::MS_CHAP2_Success)) return on_mschap_success(*success);
    if (avp_data(*avps, MicrosoftAvp::MS_CHAP_Error)) return fail("TTLS: MSCHAPv2: refused");
    if (const auto eap = avp_data(*avps, AvpCode::EAP_Message)) return on_eap(*eap);
  }

  /// The peer speaks first inside the tunnel, RFC 5281 §11.2.
  void begin() {
    TlsSession& tls = tunnel_->tls();
    const BytesView name = as_bytes(user_name(env_.config));
    const BytesView password = password_for(env_.config, 0);
    const Avp user = Avp::of(AvpCode::User_Name, name);
    switch (env_.config.inner) {
      case TtlsInner::Pap: {
        // §11.2.5: zeros hide the length of the password.
        Bytes padded = to_bytes(password);
        do padded.push_back(0);
        while (padded.size() % kPapBlock != 0);
        if (password.size() % kPapBlock == 0 && !password.empty()) padded.resize(password.size());
        verdict_ = PeerReply::Verdict::MayFinish;
        return tls.write(avp_octets({user, Avp::of(AvpCode::User_Password, padded)}));
      }
      case TtlsInner::Chap: {
        const Implicit implicit = Implicit::of(tls);
        verdict_ = PeerReply::Verdict::MayFinish;
        return tls.write(avp_octets(
            {user, Avp::of(AvpCode::CHAP_Challenge, implicit.challenge),
             Avp::of(AvpCode::CHAP_Password, cat(Bytes{implicit.ident}, chap_response(implicit, password)))}));
      }
      case TtlsInner::MsChapV2:
        return begin_mschap(tls, user, password);
      case TtlsInner::Eap:
        inner_ = make_peer_layer(inner_peer_config(env_.config), env_.random, env_.now);
        // §11.2.1: the first EAP-Message is a Response/Identity that nobody asked for.
        return say({wire::EapCode::Response, 0, EapType::Identity, to_bytes(name)});
    }
  }

  void begin_mschap(TlsSession& tls, const Avp& user, BytesView password) {
    const Implicit implicit = Implicit::of(tls);
    const SecretBytes hash = mschapv2::nt_password_hash(password);
    const Bytes peer_challenge = env_.random.bytes(mschapv2::kChallenge);
    const std::string& name = user_name(env_.config);
    const Bytes response = mschapv2::generate_nt_response(implicit.challenge, peer_challenge, name, hash.view());
    proof_wanted_ =
        mschapv2::generate_authenticator_response(hash.view(), response, peer_challenge, implicit.challenge, name);
    // §11.2.4: Ident, Flags, Peer-Challenge, Reserved, Response.
    const Bytes value = Writer().u8(implicit.ident).u8(0).bytes(peer_challenge).u64(0).bytes(response).take();
    tls.write(avp_octets({user, Avp::of(MicrosoftAvp::MS_CHAP_Challenge, implicit.challenge),
                          Avp::of(MicrosoftAvp::MS_CHAP2_Response, value)}));
  }

  void on_mschap_success(BytesView value) {
    // §11.2.4: Ident and "S=..."; the peer answers with an empty packet.
    if (proof_wanted_.empty() || value.size() < 1 + proof_wanted_.size() ||
        !equal_constant_time(value.subspan(1, proof_wanted_.size()), as_bytes(proof_wanted_)))
      return fail("TTLS: the server does not prove that it knows the password");
    verdict_ = PeerReply::Verdict::MayFinish;
  }

  void on_eap(BytesView packet) {
    const auto parsed = wire::Eap::parse(Reader(packet));
    if (!parsed || !inner_) return fail("TTLS: an EAP-Message that cannot be read");
    const Step step = inner_->handle(*parsed);
    if (step.status == Status::Failure) return fail("TTLS: " + step.why);
    if (step.status == Status::Success || inner_->may_finish()) verdict_ = PeerReply::Verdict::MayFinish;
    if (step.send) return say(*step.send);
    if (step.status == Status::Running) fail("TTLS: " + step.why);
  }

  void say(const wire::Eap& packet) {
    tunnel_->tls().write(avp_octets({Avp::of(AvpCode::EAP_Message, octets(packet))}));
  }

  PeerEnv env_;
  std::optional<TlsTunnel> tunnel_;
  PeerReply::Verdict verdict_ = PeerReply::Verdict::Continue;
  std::string why_;
  bool begun_ = false;
  std::string proof_wanted_;  ///< MSCHAPv2
  std::unique_ptr<Layer> inner_;
};

class TtlsServer final : public ServerMethod {
 public:
  explicit TtlsServer(const AuthenticatorEnv& env)
      : env_(env), tunnel_(TlsSession::Role::Server, env.config.tls, env.config.ttls_client_certificate, env.now) {}

  Bytes start(std::uint8_t) override { return {TlsFraming::kStart}; }  // version 0

  ServerReply handle(std::uint8_t, BytesView data) override {
    const auto received = tunnel_.receive(data);
    if (!received) return ServerReply::failure("TTLS: " + received.error().text());
    if (!*received) return ServerReply::request(tunnel_.next());
    TlsSession& tls = tunnel_.tls();
    if (tls.state() == TlsSession::State::Failed) {
      if (tunnel_.has_output()) return ServerReply::request(tunnel_.next());
      return ServerReply::failure(tls.why());
    }
    if (tls.state() == TlsSession::State::Open) {
      if (proved_) return ServerReply::success();
      if (const Bytes said = tls.take_data(); !said.empty()) return on_data(said);
      // TLS 1.2: our Finished is still to be sent, and the peer speaks after it.
      if (!tunnel_.has_output()) return ServerReply::failure("TTLS: the peer says nothing inside the tunnel");
    }
    if (!tunnel_.has_output()) return ServerReply::failure("TTLS: the peer does not go on with the handshake");
    return ServerReply::request(tunnel_.next());
  }
  SecretBytes msk() const override { return tls_msk(tunnel_.tls(), kLabel, EapType::TTLS); }
  std::string user() const override { return user_; }

 private:
  ServerReply on_data(BytesView data) {
    const auto avps = parse_avps(data);
    if (!avps) return ServerReply::failure("TTLS: " + avps.error().text());
    if (const Avp* unknown = unknown_mandatory(*avps))
      return ServerReply::failure("TTLS: AVP " + std::to_string(unknown->code) + " is mandatory and unknown");
    if (const auto eap = avp_data(*avps, AvpCode::EAP_Message)) return on_eap(*eap);
    user_ = std::string(text_of(avp_data(*avps, AvpCode::User_Name).value_or(Bytes())));
    const User* user = env_.config.users ? env_.config.users->find(as_bytes(user_)) : nullptr;
    if (!user || user->disabled || user->password.empty())
      return ServerReply::failure("TTLS: unknown user " + printable(std::string_view(user_)));
    if (const auto pap = avp_data(*avps, AvpCode::User_Password)) return on_pap(*user, *pap);
    if (const auto chap = avp_data(*avps, AvpCode::CHAP_Password)) return on_chap(*user, *avps, *chap);
    if (const auto mschap = avp_data(*avps, MicrosoftAvp::MS_CHAP2_Response)) return on_mschap(*user, *avps, *mschap);
    return ServerReply::failure("TTLS: no way of authentication that we know");
  }

  static ServerReply on_pap(const User& user, BytesView password) {
    while (!password.empty() && password.back() == 0) password = password.first(password.size() - 1);
    if (equal_constant_time(password, user.password.view())) return ServerReply::success();
    return ServerReply::failure("TTLS: PAP: wrong password");
  }

  ServerReply on_chap(const User& user, const std::vector<Avp>& avps, BytesView value) const {
    const Implicit implicit = Implicit::of(tunnel_.tls());
    // RFC 5281 §11.2.2: challenge and identifier have to be those of the tunnel.
    if (avp_data(avps, AvpCode::CHAP_Challenge) != implicit.challenge || value.empty() || value[0] != implicit.ident)
      return ServerReply::failure("TTLS: CHAP: the challenge is not that of the tunnel");
    if (equal_constant_time(value.subspan(1), chap_response(implicit, user.password.view())))
      return ServerReply::success();
    return ServerReply::failure("TTLS: CHAP: wrong password");
  }

  ServerReply on_mschap(const User& user, const std::vector<Avp>& avps, BytesView value) {
    const Implicit implicit = Implicit::of(tunnel_.tls());
    Reader in(value);
    const auto ident = in.u8("Ident");
    in.u8("Flags");
    const Bytes peer_challenge = in.bytes(mschapv2::kChallenge, "Peer-Challenge");
    in.u64("Reserved");
    const Bytes response = in.bytes(mschapv2::kNtResponse, "Response");
    if (const auto read = in.finish(true); !read) return ServerReply::failure("TTLS: MSCHAPv2: " + read.error().text());
    if (avp_data(avps, MicrosoftAvp::MS_CHAP_Challenge) != implicit.challenge || ident != implicit.ident)
      return ServerReply::failure("TTLS: MSCHAPv2: the challenge is not that of the tunnel");
    const SecretBytes hash = mschapv2::nt_password_hash(user.password.view());
    if (!equal_constant_time(response,
                             mschapv2::generate_nt_response(implicit.challenge, peer_challenge, user_, hash.view())))
      return ServerReply::failure("TTLS: MSCHAPv2: wrong password");
    proved_ = true;  // once the peer has acknowledged our own proof
    const std::string proof =
        mschapv2::generate_authenticator_response(hash.view(), response, peer_challenge, implicit.challenge, user_);
    return say(Avp::of(MicrosoftAvp::MS_CHAP2_Success, cat(Bytes{implicit.ident}, as_bytes(proof))));
  }

  ServerReply on_eap(BytesView packet) {
    const auto parsed = wire::Eap::parse(Reader(packet));
    if (!parsed) return ServerReply::failure("TTLS: EAP-Message: " + parsed.error().text());
    Step step;
    if (!inner_) {
      if (parsed->code != wire::EapCode::Response || parsed->type != EapType::Identity)
        return ServerReply::failure("TTLS: the first EAP-Message is no Response/Identity (RFC 5281 §11.2.1)");
      inner_ = make_authenticator_layer(inner_server_config(env_.config), env_.random, env_.now, parsed->data);
      step = inner_->start();
    } else {
      step = inner_->handle(*parsed);
    }
    if (step.status == Status::Failure) return ServerReply::failure("TTLS: " + step.why);
    if (step.status == Status::Success) {
      user_ = std::string(text_of(step.proof->identity));
      return ServerReply::success();
    }
    if (!step.send) return ServerReply::failure("TTLS: " + step.why);
    return say(Avp::of(AvpCode::EAP_Message, octets(*step.send)));
  }

  ServerReply say(const Avp& avp) {
    tunnel_.tls().write(avp_octets({avp}));
    return ServerReply::request(tunnel_.next());
  }

  AuthenticatorEnv env_;
  TlsTunnel tunnel_;
  bool proved_ = false;
  std::string user_;
  std::unique_ptr<Layer> inner_;
};

}  // namespace

std::unique_ptr<PeerMethod> make_ttls_peer(const PeerEnv& env) { return std::make_unique<TtlsPeer>(env); }
std::unique_ptr<ServerMethod> make_ttls_server(const AuthenticatorEnv& env) {
  return std::make_unique<TtlsServer>(env);
}

}  // namespace ikevet::eap
