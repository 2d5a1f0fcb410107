// Mutations carried out: pure functions over a message on its way out.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/sa/tap.hpp"
#include "engine/wire/constants.hpp"
#include "engine/wire/field_tree.hpp"
#include "scenarios/format/mutation.hpp"

namespace ikevet::scenarios {

/// Why an alteration could not be made: "there is no CERT payload; there are SA, KE, Nonce". Empty when it was made;
/// the message is unchanged otherwise. It is the scenario that is wrong then, never the device.
using CannotAlter = std::optional<std::string>;

/// At the layer of values: the header and the list of payloads. A payload whose field was set keeps its type; where its
/// octets no longer parse it travels as wire::Malformed, octet for octet.
CannotAlter alter_values(const MutationAction& action, sa::OutboundMessage& message);

/// At the layer before integrity: the payloads inside SK, of which `first` is the type of the first.
CannotAlter alter_plaintext(const MutationAction& action, wire::PayloadType first, Bytes& plaintext);

/// Names the fields of a finished message.
using Dissector = std::function<wire::FieldNode(BytesView)>;
/// At the layer after integrity: the finished message, which starts with the IKE header. `dissect` is for whoever can
/// name more of it than wire::field_tree.
CannotAlter alter_message(const MutationAction& action, Bytes& message, const Dissector& dissect = {});

}  // namespace ikevet::scenarios
