#include "reports/json_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/embedded.hpp"
#include "reports/files.hpp"
#include "reports/json_text.hpp"
#include "reports/run_info_json.hpp"
#include "reports/summary.hpp"

namespace ikevet::reports {
namespace {

constexpr int kReportVersion = 1;

Json summary(const RunReport& report) {
  const Tally scenarios = tally(report.verdicts.scenarios);
  const Denominator d = denominator(report.verdicts);
  Json json = Json::object();
  json["headline"] = headline(report);
  json["exit_code"] = exit_code(report.verdicts, report.catalogue, report.info.strict);
  json["partial"] = report.verdicts.partial;
  json["scenarios"] = Json::object();
  for (std::size_t i = 0; i < kStatusCount; ++i)
    json["scenarios"][std::string(name(static_cast<Status>(i)))] = scenarios[i];
  json["requirements"] = {{"total", d.total},
                          {"tested", d.tested},
                          {"passed", d.passed},
                          {"failed", d.failed},
                          {"waived", d.waived},
                          {"unstable", d.unstable},
                          {"inconclusive", d.inconclusive},
                          {"unsupported", d.unsupported},
                          {"not_run", d.not_run},
                          {"not_testable", d.not_testable}};
  return json;
}

Json scenario(const RunReport& report, const ScenarioVerdict& verdict) {
  Json json = to_json(verdict);
  if (const scenarios::Scenario* source = find_scenario(report, verdict.scenario)) {
    json["title"] = source->title;
    if (!source->control.empty()) json["control"] = source->control;
  }
  json["rerun"] = [&] {
    const scenarios::ScenarioRun* run = find_run(report, verdict.scenario);
    return rerun_line(report.info, verdict.scenario, run == nullptr ? report.info.seed : run->seed);
  }();
  return json;
}

Json requirement(const RunReport& report, const RequirementVerdict& verdict) {
  Json json = to_json(verdict);
  const auto found = report.catalogue.find(verdict.requirement);
  if (found == report.catalogue.end()) return json;
  const scenarios::Requirement& source = found->second;
  json["citation"] = source.citation();
  json["level"] = scenarios::name(source.level);
  json["binds"] = scenarios::name(source.binds);
  json["testability"] = scenarios::name(source.testability);
  json["paraphrase"] = source.paraphrase;
  return json;
}

Json report_json(const RunReport& report) {
  Json json = Json::object();
  json["format"] = "ikevet-report";
  json["version"] = kReportVersion;
  json["run"] = to_json(report.info);
  json["summary"] = summary(report);
  json["scenarios"] = Json::array();
  for (const ScenarioVerdict& verdict : report.verdicts.scenarios)
    json["scenarios"].push_back(scenario(report, verdict));
  json["requirements"] = Json::array();
  for (const auto& [id, verdict] : report.verdicts.requirements)
    json["requirements"].push_back(requirement(report, verdict));
  return json;
}

Json account_json(const WaiverAccount& account) {
  const scenarios::Waiver& waiver = account.waiver;
  Json json = Json::object();
  json["source"] = name(account.source);
  if (!waiver.scenario.empty()) json["scenario"] = waiver.scenario;
  if (!waiver.requirement.empty()) json["requirement"] = waiver.requirement;
  json["reason"] = waiver.reason;
  json["owner"] = waiver.owner;
  if (!waiver.expires.empty()) json["expires"] = waiver.expires;
  json["state"] = name(account.state);
  json["covered"] = Json::array();
  for (const WaiverAccount::Covered& covered : account.covered) {
    Json item = Json::object();
    item["scenario"] = covered.scenario;
    if (!covered.requirement.empty()) item["requirement"] = covered.requirement;
    json["covered"].push_back(std::move(item));
  }
  return json;
}

}  // namespace

std::string json_report(const RunReport& report) { return to_text(report_json(report), 1) + "\n"; }

std::string json_report(const RunReport& report, const std::vector<WaiverAccount>& waivers) {
  Json json = report_json(report);
  json["waivers"] = Json::array();
  for (const WaiverAccount& account : waivers) json["waivers"].push_back(account_json(account));
  return to_text(json, 1) + "\n";
}

Verdicts verdicts_from_json(const Json& json) {
  if (json.value("format", std::string()) != "ikevet-report") throw FileError("this is not a report.json");
  const int version = json.at("version").get<int>();
  if (version != kReportVersion)
    throw FileError(fmt::format("version {} of the report; this ikevet reads version {}", version, kReportVersion));
  Verdicts out;
  out.partial = json.at("summary").at("partial").get<bool>();
  for (const Json& item : json.at("scenarios")) out.scenarios.push_back(scenario_verdict_from_json(item));
  for (const Json& item : json.at("requirements")) {
    RequirementVerdict verdict = requirement_verdict_from_json(item);
    std::string id = verdict.requirement;
    out.requirements.emplace(std::move(id), std::move(verdict));
  }
  return out;
}

Verdicts verdicts_from_report(std::string_view text, const std::string& file) {
  return parse_file(text, file, verdicts_from_json);
}

Verdicts read_report(const std::filesystem::path& file) { return verdicts_from_report(read_file(file), file.string()); }

std::string_view report_schema() { return embedded::kReportSchema; }
std::string_view event_schema() { return embedded::kEventSchema; }

}  // namespace ikevet::reports
