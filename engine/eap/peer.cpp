// The peer's side of RFC 3748 below the methods; the shape of its state machine is that of RFC 4137 §4.
#include <algorithm>

#include "engine/eap/expanded.hpp"
#include "engine/eap/layer.hpp"
#include "engine/eap/methods.hpp"
#include "engine/eap/text.hpp"

namespace ikevet::eap {
namespace {

using wire::Eap;
using wire::EapCode;

constexpr std::uint32_t kNakType = 3;

class Peer final : public Layer {
 public:
  Peer(std::shared_ptr<const PeerConfig> config, RandomSource& random, Instant now)
      : config_(std::move(config)), env_{*config_, random, now} {}

  Step start() override { return {}; }
  bool may_finish() const override { return verdict_ == PeerReply::Verdict::MayFinish; }

  Step handle(const Eap& packet) override {
    if (status_ != Status::Running) return {status_, {}, {}, "the conversation is over", false};
    switch (packet.code) {
      case EapCode::Request:
        return on_request(packet);
      case EapCode::Success:
        return on_success(packet);
      case EapCode::Failure:
        return on_failure(packet);
      default:
        // RFC 3748 §4: other codes are silently discarded; a Response is for the authenticator (§4.1).
        return discard("code " + std::to_string(static_cast<int>(packet.code)) + " is not for a peer");
    }
  }

 private:
  static Step discard(std::string why) { return {Status::Running, {}, {}, std::move(why), false}; }

  Step answer(const Eap& request, EapType type, Bytes data) {
    answered_ = Eap{EapCode::Response, request.identifier, type, std::move(data)};
    return {Status::Running, answered_, {}, {}, false};
  }

  Step on_request(const Eap& request) {
    // RFC 3748 §4.1: a Request that was answered before is answered by the same Response.
    if (answered_ && answered_->identifier == request.identifier) return {Status::Running, answered_, {}, {}, false};
    if (!request.type) return discard("a Request without Type");
    if (*request.type == EapType::Notification) return answer(request, EapType::Notification, {});  // §5.2
    if (*request.type == EapType::Nak) return discard("Nak is no Request (RFC 3748 §5.3)");
    if (*request.type == EapType::Identity) {
      // §2.1: once a method has begun, no other type may follow.
      if (method_) return discard("Request/Identity after the method has begun");
      return answer(request, EapType::Identity, to_bytes(config_->identity));
    }
    if (*request.type != EapType::Expanded) return on_method(request, *request.type, request.data, false);

    const auto expanded = Expanded::parse(request.data);
    if (!expanded) return discard("Expanded Type: " + expanded.error().text());
    if (!expanded->is_legacy()) return nak(request, true);
    return on_method(request, static_cast<EapType>(expanded->type), expanded->data, true);
  }

  Step on_method(const Eap& request, EapType type, BytesView data, bool expanded) {
    if (!method_) {
      const bool allowed = std::ranges::find(config_->methods, type) != config_->methods.end();
      if (allowed) method_ = make_peer_method(type, env_);
      if (!method_) return nak(request, expanded);
      type_ = type;
    } else if (type != type_) {
      return discard("a Request of another type after the method has begun (RFC 3748 §2.1)");
    }
    PeerReply reply = method_->handle(request.identifier, data);
    if (reply.verdict == PeerReply::Verdict::Discard) return discard(std::move(reply.why));
    verdict_ = reply.verdict;
    if (!reply.why.empty()) why_ = std::move(reply.why);
    if (!expanded) return answer(request, type, std::move(reply.data));
    return answer(request, EapType::Expanded,
                  Expanded{0, static_cast<std::uint32_t>(type), std::move(reply.data)}.octets());
  }

  /// RFC 3748 §5.3.1, §5.3.2: what we would rather do; a zero when there is nothing.
  Step nak(const Eap& request, bool expanded) {
    if (method_) return discard("a Request of another type after the method has begun (RFC 3748 §2.1)");
    std::vector<EapType> wanted;
    std::ranges::copy_if(config_->methods, std::back_inserter(wanted), implemented);
    if (wanted.empty()) wanted.push_back(EapType{});
    why_ = "no method of ours was asked for";
    Writer out;
    if (!expanded) {
      for (const EapType type : wanted) out.u8(type);
      return answer(request, EapType::Nak, out.take());
    }
    for (const EapType type : wanted)
      out.u8(EapType::Expanded).bytes(Expanded{0, static_cast<std::uint32_t>(type), {}}.octets());
    return answer(request, EapType::Expanded, Expanded{0, kNakType, out.take()}.octets());
  }

  /// RFC 3748 §4.2: the Identifier of Success and Failure is that of the Response before.
  bool matches(const Eap& packet) const { return answered_ && answered_->identifier == packet.identifier; }

  Step on_success(const Eap& packet) {
    if (!matches(packet)) return discard("Success with an Identifier that was not answered");
    // §4.2: a Success before the method allows it is silently discarded.
    if (!method_ || verdict_ != PeerReply::Verdict::MayFinish)
      return discard("Success before the method has ended" + (why_.empty() ? std::string() : ": " + why_));
    status_ = Status::Success;
    Proof proof;
    proof.method = type_;
    proof.identity = to_bytes(method_->user().empty() ? config_->identity : method_->user());
    proof.msk = method_->msk();
    proof.mutual = mutual(type_);
    return {Status::Success, {}, std::move(proof), {}, false};
  }

  Step on_failure(const Eap& packet) {
    if (!matches(packet)) return discard("Failure with an Identifier that was not answered");
    status_ = Status::Failure;
    return {Status::Failure, {}, {}, why_.empty() ? "EAP Failure" : "EAP Failure: " + why_, true};
  }

  std::shared_ptr<const PeerConfig> config_;
  PeerEnv env_;
  Status status_ = Status::Running;
  std::optional<Eap> answered_;  ///< our last Response
  std::unique_ptr<PeerMethod> method_;
  EapType type_{};
  PeerReply::Verdict verdict_ = PeerReply::Verdict::Continue;
  std::string why_;  ///< what the method, or the authenticator in it, found wrong
};

}  // namespace

std::unique_ptr<Layer> make_peer_layer(std::shared_ptr<const PeerConfig> config, RandomSource& random, Instant now) {
  return std::make_unique<Peer>(std::move(config), random, now);
}

}  // namespace ikevet::eap
