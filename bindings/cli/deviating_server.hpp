// A deviating peer on real sockets: `serve --deviation` and `connect --deviation`.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "bindings/cli/live_peer.hpp"
#include "scenarios/format/deviation.hpp"
#include "scenarios/format/target.hpp"

namespace ikevet::cli {

/// The deviation with this id, which has to be one of a peer in that role ("initiator", "responder"). Throws
/// FormatError, and UserError for the other role.
scenarios::Deviation deviation_for(const std::string& id, const std::string& role);

/// Plays until `over` holds. As initiator it begins at once. Throws TransportError, SetupError.
void play_deviating(const scenarios::Deviation& deviation, const scenarios::Target& target, PeerSetup setup,
                    bool initiate, Watcher& watcher, const std::function<bool()>& over);

}  // namespace ikevet::cli
