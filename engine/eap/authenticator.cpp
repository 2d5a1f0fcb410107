// The authenticator's side of RFC 3748 below the methods, with the server in the same place (RFC 4137 §5).
#include <algorithm>

#include "engine/eap/layer.hpp"
#include "engine/eap/methods.hpp"
#include "engine/eap/text.hpp"

namespace ikevet::eap {
namespace {

using wire::Eap;
using wire::EapCode;

class Authenticator final : public Layer {
 public:
  Authenticator(std::shared_ptr<const AuthenticatorConfig> config, RandomSource& random, Instant now,
                BytesView identity)
      : config_(std::move(config)),
        env_{*config_, random, now, to_bytes(identity)},
        untried_(config_->methods),
        identifier_(random.bytes(1)[0]) {}  // RFC 3748 §4.1 leaves the first one free

  Step start() override {
    if (started_) return discard("the conversation has begun");
    started_ = true;
    if (config_->ask_identity) return request(EapType::Identity, {});
    return greet();
  }

  Step handle(const Eap& packet) override {
    if (status_ != Status::Running) return {status_, {}, {}, "the conversation is over", false};
    if (!started_) return discard("nothing was asked yet");
    // RFC 3748 §4.1: Responses that answer no Request of ours, and those to earlier ones, are silently discarded.
    if (packet.code != EapCode::Response)
      return discard("code " + std::to_string(static_cast<int>(packet.code)) + " is not for an authenticator");
    if (packet.identifier != identifier_)
      return discard("Identifier " + std::to_string(packet.identifier) + ", but " + std::to_string(identifier_) +
                     " was asked");
    if (!packet.type) return discard("a Response without Type");
    if (*packet.type == asked_) {
      if (asked_ == EapType::Identity) {
        env_.identity = packet.data;
        return greet();
      }
      if (asked_ == EapType::Notification) return next_method();
      return on_method(packet.data);
    }
    if (*packet.type == EapType::Nak) return on_nak(packet.data);
    return discard("a Response of type " + std::to_string(static_cast<int>(*packet.type)) + " to a Request of type " +
                   std::to_string(static_cast<int>(asked_)));
  }

 private:
  static Step discard(std::string why) { return {Status::Running, {}, {}, std::move(why), false}; }

  /// RFC 3748 §4.1: a new Identifier for every new Request.
  std::uint8_t next_identifier() const { return static_cast<std::uint8_t>(identifier_ + 1); }

  Step request(EapType type, Bytes data) {
    identifier_ = next_identifier();
    asked_ = type;
    return {Status::Running, Eap{EapCode::Request, identifier_, type, std::move(data)}, {}, {}, false};
  }

  Step greet() {
    if (config_->notification.empty()) return next_method();
    return request(EapType::Notification, to_bytes(config_->notification));
  }

  /// The first method that was not refused.
  Step next_method() {
    while (!untried_.empty()) {
      const EapType type = untried_.front();
      untried_.erase(untried_.begin());
      method_ = make_server_method(type, env_);
      if (!method_) continue;
      Bytes data = method_->start(next_identifier());
      return request(type, std::move(data));
    }
    return fail("no method that both sides want");
  }

  Step on_nak(BytesView wanted) {
    // RFC 3748 §2.1: a Nak after the method has begun, or in reply to Identity or Notification, is unexpected.
    if (!method_ || begun_) return discard("an unexpected Nak");
    // §5.3.1: what the peer does not want will not be asked; a zero means that there is nothing.
    std::erase_if(untried_, [&](EapType type) {
      return std::ranges::find(wanted, static_cast<std::uint8_t>(type)) == wanted.end();
    });
    method_.reset();
    return next_method();
  }

  Step on_method(BytesView data) {
    ServerReply reply = method_->handle(next_identifier(), data);
    switch (reply.verdict) {
      case ServerReply::Verdict::Discard:
        return discard(std::move(reply.why));
      case ServerReply::Verdict::Request:
        begun_ = true;
        return request(asked_, std::move(reply.data));
      case ServerReply::Verdict::Failure:
        return fail(std::move(reply.why));
      case ServerReply::Verdict::Success:
        break;
    }
    status_ = Status::Success;
    Proof proof;
    proof.method = asked_;
    proof.identity = method_->user().empty() ? env_.identity : to_bytes(method_->user());
    proof.msk = method_->msk();
    proof.mutual = mutual(asked_);
    // §4.2: Success bears the Identifier of the Response that it answers.
    return {Status::Success, Eap{EapCode::Success, identifier_, {}, {}}, std::move(proof), {}, false};
  }

  Step fail(std::string why) {
    status_ = Status::Failure;
    return {Status::Failure, Eap{EapCode::Failure, identifier_, {}, {}}, {}, std::move(why), false};
  }

  std::shared_ptr<const AuthenticatorConfig> config_;
  AuthenticatorEnv env_;
  std::vector<EapType> untried_;
  std::uint8_t identifier_;
  EapType asked_{};
  bool started_ = false;
  bool begun_ = false;  ///< the peer has taken part in the method
  std::unique_ptr<ServerMethod> method_;
  Status status_ = Status::Running;
};

}  // namespace

std::unique_ptr<Layer> make_authenticator_layer(std::shared_ptr<const AuthenticatorConfig> config, RandomSource& random,
                                                Instant now, BytesView identity) {
  return std::make_unique<Authenticator>(std::move(config), random, now, identity);
}

}  // namespace ikevet::eap
