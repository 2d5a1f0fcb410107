// MD5-Challenge, RFC 3748 §5.4: CHAP (RFC 1994 §4) in EAP. Derives no key and does not authenticate the authenticator.
#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/crypto/hash.hpp"
#include "engine/eap/methods.hpp"

namespace ikevet::eap {
namespace {

constexpr std::size_t kChallenge = 16;
constexpr std::size_t kDigest = 16;

/// Value-Size, Value, Name: the Type-Data of request and response, RFC 1994 §4.1.
struct ChapValue {
  Bytes value;
  Bytes name;

  static Result<ChapValue> parse(BytesView data) {
    Reader in(data);
    ChapValue out;
    out.value = in.bytes(in.u8("Value-Size"), "Value");
    out.name = in.rest();
    return in.finish(std::move(out));
  }
  Bytes octets() const { return Writer().u8(value.size()).bytes(value).bytes(name).take(); }
};

/// RFC 1994 §4.1: the digest of Identifier, secret and challenge.
Bytes chap_digest(std::uint8_t identifier, BytesView secret, BytesView challenge) {
  return crypto::md5({BytesView(&identifier, 1), secret, challenge});
}

class Md5Peer final : public PeerMethod {
 public:
  explicit Md5Peer(const PeerEnv& env) : config_(env.config) {}

  PeerReply handle(std::uint8_t identifier, BytesView data) override {
    const auto request = ChapValue::parse(data);
    if (!request) return PeerReply::discard("MD5-Challenge: " + request.error().text());
    // RFC 1994 §4.1: a challenge of at least one octet.
    if (request->value.empty()) return PeerReply::discard("MD5-Challenge: Value is empty");
    const ChapValue answer{chap_digest(identifier, password_for(config_, attempt_++), request->value),
                           to_bytes(user_name(config_))};
    return {PeerReply::Verdict::MayFinish, answer.octets()};
  }

 private:
  const PeerConfig& config_;
  std::size_t attempt_{};
};

class Md5Server final : public ServerMethod {
 public:
  explicit Md5Server(const AuthenticatorEnv& env) : env_(env) {}

  Bytes start(std::uint8_t identifier) override {
    identifier_ = identifier;
    challenge_ = env_.random.bytes(kChallenge);
    return ChapValue{challenge_, to_bytes(env_.config.name)}.octets();
  }

  ServerReply handle(std::uint8_t next, BytesView data) override {
    const auto response = ChapValue::parse(data);
    if (!response) return ServerReply::discard("MD5-Challenge: " + response.error().text());
    if (response->value.size() != kDigest) return ServerReply::discard("MD5-Challenge: a Value of 16 octets is wanted");
    // The Name tells which secret is meant (RFC 1994 §4.1); RFC 3748 has no other meaning for it.
    const Bytes& who = response->name.empty() ? env_.identity : response->name;
    const User* user = env_.config.users ? env_.config.users->find(who) : nullptr;
    if (user && !user->disabled && !user->password.empty() &&
        equal_constant_time(response->value, chap_digest(identifier_, user->password.view(), challenge_))) {
      user_ = std::string(who.begin(), who.end());
      return ServerReply::success();
    }
    if (++attempts_ < env_.config.attempts) return ServerReply::request(start(next));
    return ServerReply::failure(user ? "MD5-Challenge: wrong password" : "MD5-Challenge: unknown user");
  }
  std::string user() const override { return user_; }

 private:
  AuthenticatorEnv env_;
  std::uint8_t identifier_{};
  Bytes challenge_;
  int attempts_{};
  std::string user_;
};

}  // namespace

std::unique_ptr<PeerMethod> make_md5_peer(const PeerEnv& env) { return std::make_unique<Md5Peer>(env); }
std::unique_ptr<ServerMethod> make_md5_server(const AuthenticatorEnv& env) { return std::make_unique<Md5Server>(env); }

}  // namespace ikevet::eap
