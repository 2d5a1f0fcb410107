// One-Time Password, RFC 3748 §5.5, with the passwords of RFC 2289 or those of a list.
#include "engine/eap/methods.hpp"
#include "engine/eap/otp_hash.hpp"
#include "engine/eap/otp_words.hpp"
#include "engine/eap/text.hpp"

namespace ikevet::eap {
namespace {

class OtpPeer final : public PeerMethod {
 public:
  explicit OtpPeer(const PeerEnv& env) : config_(env.config) {}

  PeerReply handle(std::uint8_t, BytesView data) override {
    if (data.empty()) return PeerReply::discard("OTP: the challenge is empty");
    if (!config_.one_time_list.empty()) {
      const std::size_t last = config_.one_time_list.size() - 1;
      return {PeerReply::Verdict::MayFinish, to_bytes(config_.one_time_list[std::min(said_++, last)])};
    }
    const auto challenge = OtpChallenge::find(text_of(data));
    if (!challenge) return PeerReply::discard("OTP: no challenge of RFC 2289 in \"" + printable(text_of(data)) + "\"");
    const Bytes password = otp_compute(*challenge, text_of(password_for(config_, said_++)));
    const std::string answer = config_.otp_words ? otp_to_words(password) : "hex:" + to_hex(password);
    return {PeerReply::Verdict::MayFinish, to_bytes(answer)};
  }

 private:
  const PeerConfig& config_;
  std::size_t said_{};
};

class OtpServer final : public ServerMethod {
 public:
  explicit OtpServer(const AuthenticatorEnv& env) : env_(env) {}

  Bytes start(std::uint8_t) override {
    if (const User* user = find()) {
      if (user->otp && user->otp->sequence > 0)
        return to_bytes(OtpChallenge{user->otp->hash, user->otp->sequence - 1, user->otp->seed}.text());
      if (!user->one_time_list.empty()) return to_bytes(as_bytes("One-time password"));
    }
    // Nobody learns whether there is such a user: a challenge like any other, which has no answer.
    return to_bytes(OtpChallenge{OtpHash::Md5, 97, "nobody" + to_hex(env_.random.bytes(2))}.text());
  }

  ServerReply handle(std::uint8_t, BytesView data) override {
    User* user = find();
    if (user && accept(*user, text_of(data))) return ServerReply::success();
    if (++attempts_ < env_.config.attempts) return ServerReply::request(start({}));
    return ServerReply::failure(user ? "OTP: wrong one-time password" : "OTP: unknown user");
  }

 private:
  User* find() const { return env_.config.users ? env_.config.users->find(env_.identity) : nullptr; }

  static bool accept(User& user, std::string_view answer) {
    if (user.disabled) return false;
    if (user.otp && user.otp->sequence > 0) {
      // RFC 2289 §7: one more step leads to the password that was accepted last; what was accepted takes its place.
      const auto said = otp_read(answer);
      if (!said || !equal_constant_time(otp_fold(user.otp->hash, *said), user.otp->last)) return false;
      user.otp->last = *said;
      --user.otp->sequence;
      return true;
    }
    if (user.one_time_list.empty() || !equal_constant_time(as_bytes(answer), as_bytes(user.one_time_list.front())))
      return false;
    user.one_time_list.erase(user.one_time_list.begin());
    return true;
  }

  AuthenticatorEnv env_;
  int attempts_{};
};

}  // namespace

OtpAccount OtpAccount::from_pass_phrase(OtpHash hash, std::string_view pass_phrase, std::string_view seed,
                                        std::uint32_t sequence) {
  return {hash, sequence + 1, std::string(seed), otp_compute({hash, sequence + 1, std::string(seed)}, pass_phrase)};
}

std::unique_ptr<PeerMethod> make_otp_peer(const PeerEnv& env) { return std::make_unique<OtpPeer>(env); }
std::unique_ptr<ServerMethod> make_otp_server(const AuthenticatorEnv& env) { return std::make_unique<OtpServer>(env); }

}  // namespace ikevet::eap
