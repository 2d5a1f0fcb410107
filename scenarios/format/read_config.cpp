#include "scenarios/format/reading.hpp"

namespace ikevet::scenarios {

ConfigOverrides read_config(const Node& node) {
  ConfigOverrides out;
  const auto list = [&](std::string_view member) {
    return node.has(member) ? std::optional(node[member].texts()) : std::nullopt;
  };
  const auto text = [&](std::string_view member) {
    return node[member].is_string() ? std::optional(node[member].text()) : std::nullopt;
  };
  out.ike_proposals = list("ike_proposals");
  out.child_proposals = list("child_proposals");
  out.psk = text("psk");
  out.demand_cookie = node["demand_cookie"].flag();
  out.ke_group = text("ke_group");
  out.nonce_size = node["nonce_size"].number();
  out.local_ts = list("local_ts");
  out.remote_ts = list("remote_ts");
  out.local_id = text("local_id");
  out.auth = read_auth_overrides(node["auth"]);
  out.child = read_child_overrides(node["child"]);
  out.configuration = read_configuration_overrides(node["configuration"]);
  out.extensions = read_extension_overrides(node["extensions"]);
  out.fragmentation = read_fragmentation_overrides(node["fragmentation"]);
  out.nat = read_nat_overrides(node["nat"]);
  out.mobike = read_mobike_overrides(node["mobike"]);
  out.lifetimes = read_lifetime_overrides(node["lifetimes"]);
  for (const char* member : {"ike_proposals", "child_proposals"})
    for (const Node& proposal : node[member].items()) check_proposal(proposal);
  for (const char* member : {"local_ts", "remote_ts"})
    for (const Node& range : node[member].items()) check_prefix(range);
  check_group(node["ke_group"]);
  return out;
}

}  // namespace ikevet::scenarios
