#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <set>

#include "scenarios/format/nearest.hpp"
#include "scenarios/format/reading.hpp"
#include "scenarios/format/relative_number.hpp"

namespace ikevet::scenarios {
namespace {

constexpr std::array kActions{"append",       "append_notify", "remove",        "double", "replace",
                              "set_critical", "set_reserved",  "move",          "set",    "flip",
                              "resize",       "truncate",      "append_octets", "raw"};

std::size_t index_or_zero(const Node& node) { return static_cast<std::size_t>(node.number().value_or(0)); }

PayloadSelector read_selector(const Node& node) {
  PayloadSelector out;
  out.type = read_name<wire::PayloadType>(node["payload"]);
  out.notify = read_name<wire::NotifyType>(node["notify"]);
  out.index = index_or_zero(node["index"]);
  if (node.has("payload") == node.has("notify"))
    node.complain("names its payload not just once", "give `payload` or `notify`");
  if (out.notify) out.type = wire::PayloadType::Notify;
  return out;
}

SetField read_set(const Node& node) {
  SetField out{node["field"].text(), {}, {}};
  check_field_path(node["field"]);
  if (const auto number = node["value"].number())
    out.number = *number;
  else if (const auto difference = parse_difference(node["value"].text()))
    return change_by(out.path, *difference);
  else
    out.value = node["value"].octets().value_or(Bytes());
  return out;
}

std::string path_or_message(const Node& node) {
  if (!node.has("field")) return "";
  check_field_path(node["field"]);
  return node["field"].text();
}

MutationAction read_action(const std::string& name, const Node& node) {
  if (name == "append") {
    AppendPayload out;
    out.type = static_cast<std::uint8_t>(read_name<wire::PayloadType>(node["type"]).value_or(wire::PayloadType::None));
    out.critical = node["critical"].flag().value_or(false);
    out.body = node["body"].octets().value_or(Bytes());
    if (const auto at = node["at"].number()) out.at = static_cast<std::size_t>(*at);
    return out;
  }
  if (name == "append_notify")
    return AppendNotify{read_name<wire::NotifyType>(node["notify"]).value_or(wire::NotifyType{}),
                        node["data"].octets().value_or(Bytes())};
  if (name == "remove") return RemovePayload{read_selector(node)};
  if (name == "double") return DoublePayload{read_selector(node)};
  if (name == "replace") return ReplacePayload{read_selector(node), node["body"].octets().value_or(Bytes())};
  if (name == "set_critical") return SetCritical{read_selector(node), node["critical"].flag().value_or(true)};
  if (name == "set_reserved")
    return SetPayloadReserved{read_selector(node), static_cast<std::uint8_t>(node["bits"].number().value_or(0x7f))};
  if (name == "move") return MovePayload{read_selector(node), index_or_zero(node["to"])};
  if (name == "set") return read_set(node);
  if (name == "flip") return FlipBits{path_or_message(node), node["mask"].octets().value_or(Bytes())};
  if (name == "resize") return ResizeField{path_or_message(node), index_or_zero(node["size"])};
  if (name == "truncate") return Truncate{index_or_zero(node)};
  if (name == "append_octets") return AppendOctets{node.octets().value_or(Bytes())};
  return RawMessage{node.octets().value_or(Bytes())};
}

std::optional<Layer> read_layer(const Node& node) {
  for (const Layer layer : {Layer::Values, Layer::BeforeIntegrity, Layer::AfterIntegrity})
    if (node.text() == name(layer)) return layer;
  return std::nullopt;
}

}  // namespace

Mutation read_mutation(const Node& node, bool protected_by_sk) {
  std::vector<std::string> found;
  for (const char* action : kActions)
    if (node.has(action)) found.emplace_back(action);
  if (found.size() != 1) {
    node.complain(
        found.empty() ? "alters nothing" : fmt::format("alters in {} ways: {}", found.size(), fmt::join(found, ", ")),
        "one alteration an object; several stand one after the other in the list");
    return {};
  }
  Mutation out;
  out.action = read_action(found.front(), node[found.front()]);
  out.layer = read_layer(node["layer"]).value_or(natural_layer(out.action, protected_by_sk));
  if (const std::string why = impossible(out, protected_by_sk); !why.empty())
    node[node.has("layer") ? "layer" : found.front()].complain(why, "see the layers in docs/writing-scenarios.md");
  return out;
}

}  // namespace ikevet::scenarios
