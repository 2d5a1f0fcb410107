#include "engine/eap/provider.hpp"

#include "engine/base/datagram.hpp"
#include "engine/eap/layer.hpp"
#include "engine/eap/methods.hpp"
#include "engine/eap/text.hpp"

namespace ikevet::eap {
namespace {

/// Packets that RFC 3748 discards before the authenticator gives up: it repeats its request instead of being silent.
constexpr int kMostDiscarded = 4;

Bytes octets(const std::optional<wire::Eap>& packet) {
  if (!packet) return {};
  Writer out;
  packet->serialise(out);
  return out.take();
}

/// A layer in a place where each packet needs an answer.
class Spoken final : public Conversation {
 public:
  Spoken(std::unique_ptr<Layer> layer, bool authenticator) : layer_(std::move(layer)), authenticator_(authenticator) {}

  Outcome handle(BytesView packet) override {
    if (authenticator_ && !begun_) {
      begun_ = true;
      return said(layer_->start());
    }
    const auto parsed = wire::Eap::parse(Reader(packet));
    if (!parsed) return not_understood("EAP: " + parsed.error().text());
    return said(layer_->handle(*parsed));
  }

 private:
  Outcome said(Step step) {
    switch (step.status) {
      case Status::Success: {
        Success out;
        out.packet = octets(step.send);
        if (!step.proof->msk.empty()) out.msk = std::move(step.proof->msk);
        out.identity = printable(step.proof->identity);
        out.mutual = step.proof->mutual;
        return out;
      }
      case Status::Failure:
        return Failure{std::move(step.why), step.by_other_side, octets(step.send)};
      case Status::Running:
        break;
    }
    if (!step.send) return not_understood(std::move(step.why));
    last_ = *step.send;
    return Reply{octets(step.send)};
  }

  /// What RFC 3748 has silently discarded. The authenticator asks again, as it would when its timer runs out; a peer
  /// without an answer has nothing to put into IKE_AUTH.
  Outcome not_understood(std::string why) {
    if (!authenticator_) return Failure{std::move(why), false, {}};
    if (last_ && ++discarded_ <= kMostDiscarded) return Reply{octets(last_)};
    return Failure{std::move(why), false,
                   octets(wire::Eap{wire::EapCode::Failure, last_ ? last_->identifier : std::uint8_t{}, {}, {}})};
  }

  std::unique_ptr<Layer> layer_;
  bool authenticator_;
  bool begun_ = false;
  int discarded_{};
  std::optional<wire::Eap> last_;
};

class FromConfig final : public Provider {
 public:
  FromConfig(std::shared_ptr<const PeerConfig> peer, std::shared_ptr<const AuthenticatorConfig> authenticator)
      : peer_(std::move(peer)), authenticator_(std::move(authenticator)) {}

  std::unique_ptr<Conversation> peer(const wire::Identification& identity, const Surroundings& at) const override {
    if (!peer_) return nullptr;
    auto config = peer_;
    if (config->identity.empty()) {
      auto named = std::make_shared<PeerConfig>(*peer_);
      named->identity = name_in(identity);
      config = std::move(named);
    }
    return std::make_unique<Spoken>(make_peer_layer(std::move(config), at.random, at.now), false);
  }

  std::unique_ptr<Conversation> authenticator(const wire::Identification& identity,
                                              const Surroundings& at) const override {
    if (!authenticator_) return nullptr;
    auto config = authenticator_;
    if (at.alone) {
      auto safe = std::make_shared<AuthenticatorConfig>(*config);
      std::erase_if(safe->methods, [](wire::EapType type) { return !mutual(type); });
      if (safe->methods.empty()) return nullptr;
      config = std::move(safe);
    }
    return std::make_unique<Spoken>(
        make_authenticator_layer(std::move(config), at.random, at.now, as_bytes(name_in(identity))), true);
  }

 private:
  std::shared_ptr<const PeerConfig> peer_;
  std::shared_ptr<const AuthenticatorConfig> authenticator_;
};

}  // namespace

std::string name_in(const wire::Identification& id) {
  if (id.id_type == wire::IdType::ID_IPV4_ADDR || id.id_type == wire::IdType::ID_IPV6_ADDR)
    if (const auto address = IpAddress::from_octets(id.data)) return address->text();
  return std::string(text_of(id.data));
}

std::shared_ptr<const Provider> make_provider(std::shared_ptr<const PeerConfig> peer,
                                              std::shared_ptr<const AuthenticatorConfig> authenticator) {
  return std::make_shared<FromConfig>(std::move(peer), std::move(authenticator));
}

}  // namespace ikevet::eap
