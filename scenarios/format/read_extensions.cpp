#include "scenarios/format/reading.hpp"

namespace ikevet::scenarios {
namespace {

std::optional<std::vector<std::string>> list(const Node& node, std::string_view member) {
  return node.has(member) ? std::optional(node[member].texts()) : std::nullopt;
}
std::optional<std::string> text(const Node& node, std::string_view member) {
  return node[member].is_string() ? std::optional(node[member].text()) : std::nullopt;
}

}  // namespace

ChildOverrides read_child_overrides(const Node& node) {
  ChildOverrides out;
  out.transport_mode = node["transport_mode"].flag();
  out.require_transport_mode = node["require_transport_mode"].flag();
  out.single_pair = node["single_pair"].flag();
  out.refuse_tfc_padding = node["refuse_tfc_padding"].flag();
  out.tfc_multiple = node["tfc_multiple"].number();
  out.non_first_fragments = node["non_first_fragments"].flag();
  out.ipcomp = list(node, "ipcomp");
  out.trigger_packet = list(node, "trigger_packet");
  for (const Node& selector : node["trigger_packet"].items()) check_prefix(selector);
  return out;
}

ConfigurationOverrides read_configuration_overrides(const Node& node) {
  ConfigurationOverrides out;
  out.request = list(node, "request");
  out.pool = list(node, "pool");
  out.reply = list(node, "reply");
  out.required = node["required"].flag();
  return out;
}

ExtensionOverrides read_extension_overrides(const Node& node) {
  ExtensionOverrides out;
  out.childless = text(node, "childless");
  out.redirect_follow = node["redirect_follow"].flag();
  out.redirect_to = text(node, "redirect_to");
  out.redirect_in = text(node, "redirect_in");
  out.resumption_request = node["resumption_request"].flag();
  out.resumption_issue = node["resumption_issue"].flag();
  out.crash_detection_take = node["crash_detection_take"].flag();
  out.crash_detection_secret = text(node, "crash_detection_secret");
  out.message_id_sync = node["message_id_sync"].flag();
  out.puzzle_in_init = node["puzzle_in_init"].number();
  out.puzzle_in_auth = node["puzzle_in_auth"].number();
  out.puzzle_solve = node["puzzle_solve"].flag();
  out.window_size = node["window_size"].number();
  out.invalid_ike_spi = node["invalid_ike_spi"].number();
  return out;
}

LifetimeOverrides read_lifetime_overrides(const Node& node) {
  LifetimeOverrides out;
  out.ike_rekey = node["ike_rekey"].duration();
  out.ike_end = node["ike_end"].duration();
  out.child_rekey = node["child_rekey"].duration();
  out.child_end = node["child_end"].duration();
  out.ike_messages = node["ike_messages"].number();
  out.child_sa_limit = node["child_sa_limit"].number();
  return out;
}

}  // namespace ikevet::scenarios
