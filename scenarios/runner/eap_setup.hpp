// From `eap_peer` and `eap_server` of a `config` to whom an engine asks about EAP.
#pragma once

#include <memory>
#include <optional>

#include "engine/eap/provider.hpp"
#include "scenarios/format/eap_overrides.hpp"

namespace ikevet::scenarios {

/// Null when there is neither. Throws SetupError.
std::shared_ptr<const eap::Provider> make_eap(const std::optional<EapPeerOverrides>& peer,
                                              const std::optional<EapServerOverrides>& server);

}  // namespace ikevet::scenarios
