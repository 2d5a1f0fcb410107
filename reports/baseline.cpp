#include "reports/baseline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/files.hpp"
#include "reports/json_report.hpp"
#include "reports/json_text.hpp"
#include "reports/summary.hpp"
#include "reports/verdict_json.hpp"

namespace ikevet::reports {
namespace {

constexpr int kBaselineVersion = 1;

bool good(Status status) { return status == Status::Pass || status == Status::PassLenient; }

bool touched(const RequirementVerdict& verdict) {
  const Place place = place_of(verdict);
  return place != Place::NotRun && place != Place::NotTestable;
}

Json statuses(const std::map<std::string, Status>& map) {
  Json json = Json::object();
  for (const auto& [id, status] : map) json[id] = name(status);
  return json;
}

std::map<std::string, Status> statuses_from(const Json& json) {
  std::map<std::string, Status> out;
  for (const auto& [id, text] : json.items()) {
    const auto status = status_from_name(text.get<std::string>());
    if (!status) throw FileError("unknown status \"" + text.get<std::string>() + "\" of " + id);
    out.emplace(id, *status);
  }
  return out;
}

Change::Kind kind_of(Status before, Status after) {
  if (good(before) && !good(after)) return Change::Kind::Regression;
  if (!good(before) && good(after)) return Change::Kind::UnexpectedPass;
  return Change::Kind::Changed;
}

void compare_maps(const std::map<std::string, Status>& expected, const std::map<std::string, Status>& actual,
                  bool is_scenario, bool whole_run, std::vector<Change>& out) {
  for (const auto& [id, after] : actual) {
    const auto before = expected.find(id);
    if (before == expected.end())
      out.push_back({Change::Kind::New, id, is_scenario, {}, std::string(name(after))});
    else if (before->second != after)
      out.push_back({kind_of(before->second, after), id, is_scenario, std::string(name(before->second)),
                     std::string(name(after))});
  }
  if (!whole_run) return;
  for (const auto& [id, before] : expected)
    if (!actual.contains(id)) out.push_back({Change::Kind::Missing, id, is_scenario, std::string(name(before)), {}});
}

}  // namespace

Baseline baseline_of(const Verdicts& verdicts, std::string target) {
  Baseline out;
  out.target = std::move(target);
  for (const ScenarioVerdict& scenario : verdicts.scenarios) out.scenarios.emplace(scenario.scenario, scenario.status);
  for (const auto& [id, verdict] : verdicts.requirements)
    if (touched(verdict)) out.requirements.emplace(id, verdict.status);
  return out;
}

std::string to_json_text(const Baseline& baseline) {
  Json json = Json::object();
  json["format"] = "ikevet-baseline";
  json["version"] = kBaselineVersion;
  json["target"] = baseline.target;
  json["scenarios"] = statuses(baseline.scenarios);
  json["requirements"] = statuses(baseline.requirements);
  return to_text(json, 2) + "\n";
}

Baseline baseline_from_json(std::string_view text, const std::string& file) {
  return parse_file(text, file, [](const Json& json) -> Baseline {
    const std::string format = json.value("format", std::string());
    if (format == "ikevet-report")
      return baseline_of(verdicts_from_json(json), json.at("run").at("target").get<std::string>());
    if (format != "ikevet-baseline") throw FileError("this is neither a baseline nor a report.json");
    const int version = json.at("version").get<int>();
    if (version != kBaselineVersion)
      throw FileError(
          fmt::format("version {} of the baseline; this ikevet reads version {}", version, kBaselineVersion));
    return {json.at("target").get<std::string>(), statuses_from(json.at("scenarios")),
            statuses_from(json.at("requirements"))};
  });
}

void write_baseline(const std::filesystem::path& file, const Baseline& baseline) {
  write_file(file, to_json_text(baseline));
}

Baseline read_baseline(const std::filesystem::path& file) { return baseline_from_json(read_file(file), file.string()); }

std::string_view name(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::Regression:
      return "regression";
    case Change::Kind::UnexpectedPass:
      return "unexpected pass";
    case Change::Kind::Changed:
      return "changed";
    case Change::Kind::New:
      return "new";
    case Change::Kind::Missing:
      return "missing";
  }
  return "unknown";
}

std::string Change::text() const {
  return fmt::format("{}: {} {}: {} -> {}", name(kind), is_scenario ? "scenario" : "requirement", id,
                     before.empty() ? "nothing" : before, after.empty() ? "nothing" : after);
}

std::vector<Change> compare(const Baseline& expected, const Verdicts& actual, bool whole_run) {
  const Baseline now = baseline_of(actual, expected.target);
  std::vector<Change> out;
  compare_maps(expected.scenarios, now.scenarios, true, whole_run, out);
  compare_maps(expected.requirements, now.requirements, false, whole_run, out);
  std::ranges::stable_sort(out, {}, &Change::kind);
  return out;
}

}  // namespace ikevet::reports
