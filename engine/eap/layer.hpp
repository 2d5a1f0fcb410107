// EAP below the methods, RFC 3748 §2 to §5.3: Identity, Notification, Nak, identifiers, Success and Failure.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/base/clock.hpp"
#include "engine/base/random.hpp"
#include "engine/eap/config.hpp"
#include "engine/wire/eap.hpp"

namespace ikevet::eap {

/// What a conversation that went well has proved.
struct Proof {
  wire::EapType method{};
  Bytes identity;       ///< whom the method authenticated: the name inside TTLS or MSCHAPv2, else that of Identity
  SecretBytes msk;      ///< 64 octets, RFC 3748 §7.10; empty for methods that derive no key
  bool mutual = false;  ///< the authenticator has proved itself, too
};

enum class Status {
  Running,  ///< `send` waits to be answered; or, without `send`, the packet was passed over and `why` says why
  Success,
  Failure,
};

/// What a layer says to one packet.
struct Step {
  Status status = Status::Running;
  std::optional<wire::Eap> send{};  ///< also with Success and Failure, on the side of the authenticator
  std::optional<Proof> proof{};     ///< with Success
  std::string why{};                ///< Failure, and packets that RFC 3748 has silently discarded
  bool by_other_side = false;       ///< Failure: the authenticator said so
};

/// One side of EAP that may stay silent, as RFC 3748 wants it for what it discards. Conversation (method.hpp), which
/// may not, stands above it; EAP inside TTLS uses it as it is.
class Layer {
 public:
  virtual ~Layer() = default;
  /// The authenticator's first request. A peer has nothing to say before it is asked.
  virtual Step start() = 0;
  virtual Step handle(const wire::Eap& packet) = 0;
  /// A peer whose method is content with a Success. TTLS asks, where the inner conversation ends without one.
  virtual bool may_finish() const { return false; }
};

std::unique_ptr<Layer> make_peer_layer(std::shared_ptr<const PeerConfig>, RandomSource&, Instant now);
/// `identity`: the peer's name as the lower layer knows it; AuthenticatorConfig::ask_identity asks for another.
std::unique_ptr<Layer> make_authenticator_layer(std::shared_ptr<const AuthenticatorConfig>, RandomSource&, Instant now,
                                                BytesView identity);

}  // namespace ikevet::eap
