// EAP-TLS, RFC 5216, and with TLS 1.3, RFC 9190: certificates on both sides.
#include "engine/eap/methods.hpp"
#include "engine/eap/tls_tunnel.hpp"

namespace ikevet::eap {
namespace {

constexpr std::string_view kLabel = "client EAP encryption";  // RFC 5216 §2.3
constexpr std::uint8_t kCommitment = 0x00;                    // RFC 9190 §2.5: protected indication of success

class TlsPeer final : public PeerMethod {
 public:
  explicit TlsPeer(const PeerEnv& env) : env_(env) {}

  PeerReply handle(std::uint8_t, BytesView data) override {
    if (is_start(data)) {
      if (tunnel_) return PeerReply::discard("EAP-TLS: Start for a second time");
      tunnel_.emplace(TlsSession::Role::Client, env_.config.tls, false, env_.now);
      return {verdict_, tunnel_->next()};
    }
    if (!tunnel_) return PeerReply::discard("EAP-TLS: the first request is no Start");
    const auto received = tunnel_->receive(data);
    if (!received) return PeerReply::discard("EAP-TLS: " + received.error().text());
    if (*received) judge();
    return {verdict_, tunnel_->next(), tunnel_->tls().why()};
  }
  SecretBytes msk() const override { return tls_msk(tunnel_->tls(), kLabel, EapType::TLS); }

 private:
  void judge() {
    TlsSession& tls = tunnel_->tls();
    // RFC 5216 §2.1.3: an alert, ours or the server's, and then only Failure can come.
    if (tls.state() == TlsSession::State::Failed) {
      verdict_ = PeerReply::Verdict::Failed;
    } else if (tls.state() == TlsSession::State::Open) {
      // RFC 9190 §2.1.1: with TLS 1.3 the server may still refuse our certificate, until it has said the octet.
      const Bytes said = tls.take_data();
      if (!tls.is_tls13() || (said.size() == 1 && said[0] == kCommitment)) verdict_ = PeerReply::Verdict::MayFinish;
    }
  }

  PeerEnv env_;
  std::optional<TlsTunnel> tunnel_;
  PeerReply::Verdict verdict_ = PeerReply::Verdict::Continue;
};

class TlsServer final : public ServerMethod {
 public:
  explicit TlsServer(const AuthenticatorEnv& env) : tunnel_(TlsSession::Role::Server, env.config.tls, true, env.now) {}

  Bytes start(std::uint8_t) override { return {TlsFraming::kStart}; }

  ServerReply handle(std::uint8_t, BytesView data) override {
    const auto received = tunnel_.receive(data);
    if (!received) return ServerReply::failure("EAP-TLS: " + received.error().text());
    if (!*received) return ServerReply::request(tunnel_.next());
    TlsSession& tls = tunnel_.tls();
    if (tls.state() == TlsSession::State::Failed) {
      // RFC 5216 §2.1.3: the alert travels first, and is answered, so that the peer knows why.
      if (tunnel_.has_output()) return ServerReply::request(tunnel_.next());
      return ServerReply::failure(tls.why());
    }
    if (tls.state() == TlsSession::State::Open && tls.is_tls13() && !committed_) {
      committed_ = true;
      tls.write(BytesView(&kCommitment, 1));
    }
    if (tunnel_.has_output()) return ServerReply::request(tunnel_.next());
    if (tls.state() == TlsSession::State::Open) return ServerReply::success();
    return ServerReply::failure("EAP-TLS: the peer does not go on with the handshake");
  }
  SecretBytes msk() const override { return tls_msk(tunnel_.tls(), kLabel, EapType::TLS); }
  std::string user() const override { return tunnel_.tls().peer_name(); }

 private:
  TlsTunnel tunnel_;
  bool committed_ = false;
};

}  // namespace

std::unique_ptr<PeerMethod> make_tls_peer(const PeerEnv& env) { return std::make_unique<TlsPeer>(env); }
std::unique_ptr<ServerMethod> make_tls_server(const AuthenticatorEnv& env) { return std::make_unique<TlsServer>(env); }

}  // namespace ikevet::eap
