// The readers of the parts of a scenario, one a file.
#pragma once

#include <optional>
#include <string>

#include "scenarios/format/config_overrides.hpp"
#include "scenarios/format/document.hpp"
#include "scenarios/format/mutation.hpp"
#include "scenarios/format/pattern.hpp"
#include "scenarios/format/requirement.hpp"
#include "scenarios/format/scenario.hpp"

namespace ikevet::scenarios {

/// A name of wire's registries, or a number; empty when it is neither (the schema check has said so).
template <class E>
std::optional<E> read_name(const Node& node) {
  if (node.is_string()) return wire::from_name<E>(node.text());
  if (const auto number = node.number()) return static_cast<E>(*number);
  return std::nullopt;
}

/// The members of a message pattern, wherever they stand: in an object of their own or among those of a step.
MessagePattern read_pattern(const Node& node);
Mutation read_mutation(const Node& node, bool protected_by_sk);
/// Complains of a path that leads to no field of any payload.
void check_field_path(const Node& node);
/// The members of `config`, of a scenario or of one end of a target.
ConfigOverrides read_config(const Node& node);
AuthOverrides read_auth_overrides(const Node& node);
EapPeerOverrides read_eap_peer(const Node& node);
EapServerOverrides read_eap_server(const Node& node);
FileReference read_file_reference(const Node& node);
ChildOverrides read_child_overrides(const Node& node);
ConfigurationOverrides read_configuration_overrides(const Node& node);
ExtensionOverrides read_extension_overrides(const Node& node);
FragmentationOverrides read_fragmentation_overrides(const Node& node);
NatOverrides read_nat_overrides(const Node& node);
MobikeOverrides read_mobike_overrides(const Node& node);
LifetimeOverrides read_lifetime_overrides(const Node& node);
std::vector<Step> read_steps(const Node& steps, Role harness);
/// The steps of path_steps.hpp.
Traffic read_traffic(const Node& step);
Move read_move(const Node& step);
Reorder read_reorder(const Node& step);
/// Complain of an unknown algorithm in "aes256-sha256-x25519", an unknown group, and of what is no range of addresses.
void check_proposal(const Node& node);
void check_group(const Node& node);
void check_prefix(const Node& node);
/// Complains of an id that the catalogue does not have.
void check_requirement(const Node& node, const Catalogue& catalogue);

}  // namespace ikevet::scenarios
