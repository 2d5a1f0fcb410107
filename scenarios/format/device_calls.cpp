#include "scenarios/format/device_calls.hpp"

#include <filesystem>

#include "scenarios/format/document.hpp"
#include "scenarios/format/reading.hpp"

namespace ikevet::scenarios {
namespace {

SshCommand read_ssh(const Node& node) {
  SshCommand out;
  out.host = node["host"].text();
  out.user = node["user"].text();
  out.port = static_cast<std::uint16_t>(node["port"].number().value_or(out.port));
  out.identity_file = node["identity_file"].text();
  out.command = node["command"].texts();
  return out;
}

HttpCall read_http(const Node& node) {
  HttpCall out;
  if (node.has("method")) out.method = node["method"].text();
  out.url = node["url"].text();
  for (const std::string& called : node["headers"].member_names()) out.headers[called] = node["headers"][called].text();
  out.body = node["body"].text();
  out.insecure = node["insecure"].flag().value_or(false);
  return out;
}

DeviceCall read_trigger(const Node& node, bool needed) {
  DeviceCall out;
  out.command = node["command"].texts();
  if (node.has("ssh")) out.ssh = read_ssh(node["ssh"]);
  if (node.has("http")) out.http = read_http(node["http"]);
  if (node.has("packet"))
    out.packet = TunnelPacket{node["packet"]["udp"].flag().value_or(false),
                              static_cast<int>(node["packet"]["count"].number().value_or(1))};
  out.prompt = node["prompt"].text();
  if (const auto timeout = node["timeout"].duration())
    out.timeout = *timeout;
  else if (!out.prompt.empty())
    out.timeout = std::chrono::minutes(5);  // a person
  out.background = node["background"].flag().value_or(false);
  if (out.kinds() == 0 && needed)
    node.complain("nothing says how to make the device do this", "add \"command\" (or ssh, http, packet, prompt)");
  if (out.kinds() > 1)
    node.complain("several ways to make the device do this", "leave one of command, ssh, http, packet and prompt");
  return out;
}

/// Readiness and the sign of life are asked for outside of any scenario: there is no tunnel, and nobody to wait for.
std::optional<DeviceCall> read_question(const Node& node) {
  if (node.member_names().empty()) return std::nullopt;
  DeviceCall out = read_trigger(node, true);
  if (out.packet || !out.prompt.empty())
    node.complain("neither a packet nor a prompt can tell this", "use command, ssh or http");
  return out;
}

}  // namespace

DeviceCalls read_device_calls(const Node& root, bool live) {
  DeviceCalls out;
  const Node triggers = root["triggers"];
  for (const std::string& called : triggers.member_names())
    out.triggers.emplace(called, read_trigger(triggers[called], live));
  out.ready = read_question(root["ready"]);
  out.life = read_question(root["life"]);
  if (const auto ready = root["timing"]["ready"].duration()) out.ready_time = *ready;
  return out;
}

DeviceCalls device_calls(const Target& target) {
  std::error_code error;
  DeviceCalls out;
  if (std::filesystem::is_regular_file(target.file, error)) {
    std::vector<Problem> problems;
    Document document(target.file, "target", problems);
    if (document.ok()) out = read_device_calls(Node(document), target.kind == TargetKind::Live);
    throw_if_any(std::move(problems));
    return out;
  }
  for (const auto& [called, trigger] : target.triggers) {
    DeviceCall& call = out.triggers[called];
    call.command = trigger.command;
    call.timeout = trigger.timeout;
    call.background = trigger.background;
  }
  return out;
}

}  // namespace ikevet::scenarios
