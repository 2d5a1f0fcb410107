// The target file that a probe writes.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "scenarios/runner/probe_question.hpp"

namespace ikevet::scenarios {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr Duration kLeastAnswerTime = std::chrono::seconds(1);
/// An answer may take this many times what the slowest took.
constexpr int kAnswerMargin = 4;
constexpr std::size_t kMostProposals = 4;

std::string seconds(Duration duration) {
  return fmt::format("{:g}s", std::ceil(std::chrono::duration<double>(duration).count() * 10) / 10);
}

/// A proposal for each of the ciphers that the device took first, with what it took first beside them.
Json ike_proposals(const ProbedTransforms& ike) {
  Json out = Json::array();
  if (ike.prf.empty() || ike.groups.empty()) return out;
  for (const std::string& cipher : ike.encr) {
    if (out.size() == kMostProposals || (!is_combined_mode(cipher) && ike.integ.empty())) continue;
    out.push_back(cipher + (is_combined_mode(cipher) ? "" : "-" + ike.integ.front()) + "-" + ike.prf.front() + "-" +
                  ike.groups.front());
  }
  return out;
}

Json child_proposals(const ProbedTransforms& child) {
  Json out = Json::array();
  for (const std::string& cipher : child.encr) {
    if (out.size() == kMostProposals || (!is_combined_mode(cipher) && child.integ.empty())) continue;
    out.push_back(cipher + (is_combined_mode(cipher) ? "" : "-" + child.integ.front()));
  }
  return out;
}

/// What names a file beside the target's own file names it from anywhere.
void make_paths_absolute(Json& value, const fs::path& folder) {
  if (value.is_structured())
    for (Json& member : value) make_paths_absolute(member, folder);
  if (!value.is_string()) return;
  const fs::path path(value.get<std::string>());
  std::error_code error;
  if (!path.empty() && path.is_relative() && fs::is_regular_file(folder / path, error))
    value = fs::absolute(folder / path).lexically_normal().string();
}

void fill_in_lab(Json& triggers, const fs::path& folder) {
  for (Json& trigger : triggers)
    if (trigger.contains("command"))
      for (Json& argument : trigger["command"]) {
        std::string text = argument.get<std::string>();
        if (const std::size_t at = text.find("{lab}"); at != std::string::npos)
          argument = text.replace(at, 5, fs::absolute(folder / "lab").lexically_normal().string());
      }
}

/// The target as its file has it; made up where there is none.
Json base_of(const Target& target) {
  if (!target.file.empty()) {
    std::ifstream in(target.file, std::ios::binary);
    Json out = Json::parse(in, nullptr, false);
    if (out.is_object()) {
      const fs::path folder = fs::path(target.file).parent_path();
      out.erase("$schema");
      for (const char* part : {"dut", "harness", "credentials"})
        if (out.contains(part)) make_paths_absolute(out[part], folder);
      if (out.contains("triggers")) fill_in_lab(out["triggers"], folder);
      return out;
    }
  }
  const auto end = [](const IpAddress& address, const std::string& identity, const std::vector<std::string>& ts) {
    return Json{{"address", address.text()}, {"identity", identity}, {"ts", ts}};
  };
  Json out{{"name", target.name},
           {"title", target.title},
           {"kind", name(target.kind)},
           {"dut", end(target.dut_address, target.dut_identity, target.dut_ts)},
           {"harness", end(target.harness_address, target.harness_identity, target.harness_ts)}};
  if (!target.network_namespace.empty()) out["namespace"] = target.network_namespace;
  const auto ports = [](Json& party, std::uint16_t ike, std::uint16_t nat_t) {
    if (ike != kIkePort) party["ike_port"] = ike;
    if (nat_t != kNatTPort) party["nat_t_port"] = nat_t;
  };
  ports(out["dut"], target.dut_ike_port, target.dut_nat_t_port);
  ports(out["harness"], target.harness_ike_port, target.harness_nat_t_port);
  out["harness"]["ike_proposals"] = target.ike_proposals;
  out["harness"]["child_proposals"] = target.child_proposals;
  return out;
}

Json capabilities_of(const Target& target, const ProbeReport& report) {
  Json out = Json::array();
  for (const Capability& capability : kCapabilities) {
    const auto in = [&](const std::vector<std::string>& list) {
      return std::ranges::find(list, capability.name) != list.end();
    };
    if (in(report.capabilities) || (in(target.capabilities) && !in(report.refused))) out.push_back(capability.name);
  }
  return out;
}

}  // namespace

std::string target_draft(const Target& target, const ProbeReport& report, const std::string& name) {
  Json out = base_of(target);
  out["name"] = name;
  if (const Json found = ike_proposals(report.ike); !found.empty()) out["harness"]["ike_proposals"] = found;
  if (const Json found = child_proposals(report.child); !found.empty()) out["harness"]["child_proposals"] = found;
  out["capabilities"] = capabilities_of(target, report);
  Json timing = out.value("timing", Json::object());
  if (report.answered) timing["answer"] = seconds(std::max(kLeastAnswerTime, kAnswerMargin * report.slowest_answer));
  if (!report.gaps.empty()) {
    Duration sum = 2 * report.gaps.back();
    for (const Duration gap : report.gaps) sum += gap;
    timing["give_up"] = seconds(sum);
  }
  if (!timing.empty()) out["timing"] = timing;
  return out.dump(2) + "\n";
}

}  // namespace ikevet::scenarios
