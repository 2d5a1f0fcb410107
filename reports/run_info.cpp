// run.json and verdict.json.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/files.hpp"
#include "reports/json_text.hpp"
#include "reports/run_info_json.hpp"
#include "reports/run_record.hpp"

namespace ikevet::reports {
namespace {

constexpr int kRunVersion = 1;

}  // namespace

Json to_json(const RunInfo& info) {
  Json json = Json::object();
  json["ikevet"] = info.ikevet_version;
  json["libraries"] = info.libraries;
  json["target"] = info.target;
  json["target_title"] = info.target_title;
  json["dut_address"] = info.dut_address;
  json["selection"] = info.selection;
  json["seed"] = info.seed;
  json["started"] = info.started;
  json["finished"] = info.finished;
  json["out_dir"] = info.out_dir;
  json["strict"] = info.strict;
  json["partial"] = info.partial;
  return json;
}

std::string to_json_text(const RunInfo& info) {
  Json json = Json::object();
  json["format"] = "ikevet-run";
  json["version"] = kRunVersion;
  json.update(to_json(info));
  json["scenarios"] = info.scenarios;
  json["files"] = Json::array();
  for (const FileDigest& file : info.files) json["files"].push_back({{"path", file.path}, {"sha256", file.sha256}});
  return to_text(json, 2) + "\n";
}

RunInfo run_info_from_json(std::string_view text, const std::string& file) {
  return parse_file(text, file, [](const Json& json) {
    if (json.value("format", std::string()) != "ikevet-run")
      throw FileError("this is not the run.json of a run directory");
    if (json.at("version").get<int>() != kRunVersion)
      throw FileError(
          fmt::format("version {}; this ikevet reads version {}", json.at("version").get<int>(), kRunVersion));
    RunInfo info;
    info.ikevet_version = json.at("ikevet").get<std::string>();
    info.libraries = json.at("libraries").get<std::map<std::string, std::string>>();
    info.target = json.at("target").get<std::string>();
    info.target_title = json.value("target_title", std::string());
    info.dut_address = json.value("dut_address", std::string());
    info.selection = json.at("selection").get<std::vector<std::string>>();
    info.seed = json.at("seed").get<std::uint64_t>();
    info.started = json.value("started", std::string());
    info.finished = json.value("finished", std::string());
    info.out_dir = json.value("out_dir", std::string());
    info.strict = json.value("strict", false);
    info.partial = json.value("partial", false);
    info.scenarios = json.at("scenarios").get<std::vector<std::string>>();
    for (const Json& item : json.at("files"))
      info.files.push_back({item.at("path").get<std::string>(), item.at("sha256").get<std::string>()});
    return info;
  });
}

void write_run_info(const std::filesystem::path& file, const RunInfo& info) { write_file(file, to_json_text(info)); }

RunInfo read_run_info(const std::filesystem::path& file) { return run_info_from_json(read_file(file), file.string()); }

void write_verdict(const std::filesystem::path& file, const ScenarioVerdict& verdict) {
  write_file(file, to_text(to_json(verdict), 2) + "\n");
}

ScenarioVerdict read_verdict(const std::filesystem::path& file) {
  return parse_file(read_file(file), file.string(), [](const Json& json) { return scenario_verdict_from_json(json); });
}

}  // namespace ikevet::reports
