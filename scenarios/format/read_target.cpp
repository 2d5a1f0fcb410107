#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenarios/format/device_calls.hpp"
#include "scenarios/format/loading.hpp"
#include "scenarios/format/reading.hpp"
#include "scenarios/format/target_claims.hpp"

namespace ikevet::scenarios {
namespace {

IpAddress read_address(const Node& node) {
  if (!node.is_string()) return {};
  if (const auto address = IpAddress::parse(node.text())) return *address;
  node.complain(fmt::format("\"{}\" is not an IP address", node.text()),
                "wanted: an address such as \"192.0.2.1\" or \"2001:db8::1\"; names are not looked up");
  return {};
}

void check_values(const Node& end) {
  for (const Node& range : end["ts"].items()) check_prefix(range);
  for (const char* member : {"ike_proposals", "child_proposals"})
    for (const Node& proposal : end[member].items()) check_proposal(proposal);
}

std::uint16_t port(const Node& node, std::uint16_t otherwise) {
  return static_cast<std::uint16_t>(node.number().value_or(otherwise));
}

std::string line_from(const Node& node, const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  if (!in) {
    node.complain(fmt::format("the key file {} cannot be read", file.string()), "check path and permissions");
    return "";
  }
  std::string key = all.str();
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  if (key.empty()) node.complain(fmt::format("the key file {} is empty", file.string()), "put the key into it");
  return key;
}

std::string read_psk(const Node& node, const std::filesystem::path& target_file) {
  if (node.has("psk")) return node["psk"].text();
  if (const Node from = node["psk_file"]; from.is_string()) {
    const std::filesystem::path file(from.text());
    return line_from(from, file.is_absolute() ? file : target_file.parent_path() / file);
  }
  if (const Node from = node["psk_env"]; from.is_string()) {
    const char* value = std::getenv(from.text().c_str());
    if (value != nullptr && *value != '\0') return value;
    from.complain(fmt::format("the environment variable {} is not set", from.text()), "set it to the pre-shared key");
  }
  return "";
}

void read_triggers(const Node& node, Target& out) {
  for (const std::string& called : node.member_names()) {
    const Node from = node[called];
    TargetTrigger trigger;
    trigger.command = from["command"].texts();
    if (const auto timeout = from["timeout"].duration()) trigger.timeout = *timeout;
    trigger.background = from["background"].flag().value_or(false);
    out.triggers.emplace(called, std::move(trigger));
  }
}

void read_deviations(const Node& node, const Catalogue& catalogue, Target& out) {
  for (const Node& from : node.items()) {
    if (!catalogue.empty()) check_requirement(from["requirement"], catalogue);
    out.known_deviations.push_back(
        {from["requirement"].text(), from["reason"].text(), from["owner"].text(), from["expires"].text()});
  }
}

}  // namespace

Target read_target(Document& document, const Catalogue& catalogue, bool with_credentials) {
  const Node root(document);
  Target out;
  out.file = document.file();
  out.name = root["name"].text();
  out.title = root["title"].text();
  for (const TargetKind kind : {TargetKind::Embedded, TargetKind::Loopback, TargetKind::Live})
    if (root["kind"].text() == name(kind)) out.kind = kind;
  out.network_namespace = root["namespace"].text();

  const Node dut = root["dut"], harness = root["harness"];
  out.dut_address = read_address(dut["address"]);
  out.harness_address = read_address(harness["address"]);
  if (out.dut_address.is_v4() != out.harness_address.is_v4())
    harness["address"].complain("one end has an IPv4 address and the other an IPv6 address", "use one family");
  for (const Node& other : dut["other_addresses"].items()) out.dut_other_addresses.push_back(read_address(other));
  for (const Node& other : harness["other_addresses"].items())
    out.harness_other_addresses.push_back(read_address(other));
  out.dut_ike_port = port(dut["ike_port"], kIkePort);
  out.dut_nat_t_port = port(dut["nat_t_port"], kNatTPort);
  out.harness_ike_port = port(harness["ike_port"], kIkePort);
  out.harness_nat_t_port = port(harness["nat_t_port"], kNatTPort);
  out.dut_identity = dut["identity"].text();
  out.harness_identity = harness["identity"].text();
  out.dut_ts = dut["ts"].texts();
  out.harness_ts = harness["ts"].texts();
  for (const Node& end : {dut, harness}) check_values(end);
  out.ike_proposals = harness["ike_proposals"].texts();
  out.child_proposals = harness["child_proposals"].texts();
  out.dut_ike_proposals = dut["ike_proposals"].texts();
  out.dut_child_proposals = dut["child_proposals"].texts();
  out.harness_config = read_config(harness["config"]);
  out.dut_config = read_config(dut["config"]);
  if (out.kind == TargetKind::Live)
    for (const char* member : {"ike_proposals", "child_proposals", "config"})
      if (dut.has(member))
        dut[member].complain("a live device has its own configuration", "put what the harness offers under `harness`");

  if (with_credentials) out.psk = read_psk(root["credentials"], std::filesystem::path(out.file));
  out.capabilities = root["capabilities"].texts();
  read_triggers(root["triggers"], out);
  read_device_calls(root, out.kind == TargetKind::Live);  // for what is wrong with them
  read_deviations(root["known_deviations"], catalogue, out);
  if (const auto answer = root["timing"]["answer"].duration()) out.answer_time = *answer;
  if (const auto give_up = root["timing"]["give_up"].duration()) out.give_up_time = *give_up;
  out.concurrency = static_cast<unsigned>(root["concurrency"].number().value_or(1));
  for (const Contradiction& wrong : contradictions(out)) {
    const std::vector<Node> claims = root["capabilities"].items();
    const auto claim = std::ranges::find(claims, wrong.capability, [](const Node& node) { return node.text(); });
    (claim == claims.end() ? root["capabilities"] : *claim).complain(wrong.what, wrong.remedy);
  }
  return out;
}

}  // namespace ikevet::scenarios
