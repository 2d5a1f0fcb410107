// The users, passwords and certificates behind EAP in IKE_AUTH.
#pragma once

#include <memory>

#include "engine/eap/config.hpp"
#include "engine/eap/method.hpp"

namespace ikevet::eap {

/// Either may be empty: that role is not played then. An empty PeerConfig::identity stands for the name in IDi.
std::shared_ptr<const Provider> make_provider(std::shared_ptr<const PeerConfig> peer,
                                              std::shared_ptr<const AuthenticatorConfig> authenticator);

/// The name in an identification payload, RFC 7296 §3.5: what stands there, or an address in the usual notation.
std::string name_in(const wire::Identification&);

}  // namespace ikevet::eap
