// Generic Token Card, RFC 3748 §5.6: a text is shown, what the user types comes back in the clear. For use inside TTLS;
// in IKEv2 it is protected by SK only against those who are not the responder.
#include "engine/eap/methods.hpp"

namespace ikevet::eap {
namespace {

class GtcPeer final : public PeerMethod {
 public:
  explicit GtcPeer(const PeerEnv& env) : config_(env.config) {}

  PeerReply handle(std::uint8_t, BytesView data) override {
    // RFC 3748 §5.6: the Request contains a displayable message.
    if (data.empty()) return PeerReply::discard("GTC: the message to be shown is empty");
    return {PeerReply::Verdict::MayFinish, to_bytes(password_for(config_, attempt_++))};
  }

 private:
  const PeerConfig& config_;
  std::size_t attempt_{};
};

class GtcServer final : public ServerMethod {
 public:
  explicit GtcServer(const AuthenticatorEnv& env) : env_(env) {}

  Bytes start(std::uint8_t) override { return to_bytes(as_bytes("Password")); }

  ServerReply handle(std::uint8_t, BytesView data) override {
    const User* user = env_.config.users ? env_.config.users->find(env_.identity) : nullptr;
    if (user && !user->disabled && !user->password.empty() && equal_constant_time(data, user->password.view()))
      return ServerReply::success();
    if (++attempts_ < env_.config.attempts) return ServerReply::request(start({}));
    return ServerReply::failure(user ? "GTC: wrong password" : "GTC: unknown user");
  }

 private:
  AuthenticatorEnv env_;
  int attempts_{};
};

}  // namespace

std::unique_ptr<PeerMethod> make_gtc_peer(const PeerEnv& env) { return std::make_unique<GtcPeer>(env); }
std::unique_ptr<ServerMethod> make_gtc_server(const AuthenticatorEnv& env) { return std::make_unique<GtcServer>(env); }

}  // namespace ikevet::eap
