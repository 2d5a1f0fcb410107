#include "reports/verdict_json.hpp"

#include "reports/files.hpp"

namespace ikevet::reports {
namespace {

/// Members that say nothing are left out, so that a passing scenario takes few lines.
void put(Json& json, const char* member, const std::string& text) {
  if (!text.empty()) json[member] = text;
}

std::string text_of(const Json& json, const char* member) {
  const auto found = json.find(member);
  return found == json.end() ? std::string() : found->get<std::string>();
}

Status status_of(const Json& json) {
  const std::string text = json.at("status").get<std::string>();
  const auto status = status_from_name(text);
  if (!status) throw FileError("unknown status \"" + text + "\"");
  return *status;
}

Json list(const std::vector<RequirementVerdict>& verdicts) {
  Json out = Json::array();
  for (const RequirementVerdict& verdict : verdicts) out.push_back(to_json(verdict));
  return out;
}

std::vector<RequirementVerdict> list_from(const Json& json, const char* member) {
  std::vector<RequirementVerdict> out;
  if (const auto found = json.find(member); found != json.end())
    for (const Json& item : *found) out.push_back(requirement_verdict_from_json(item));
  return out;
}

}  // namespace

Json to_json(const Evidence& evidence) {
  Json json = Json::object();
  json["scenario"] = evidence.scenario;
  if (evidence.step) json["step"] = *evidence.step;
  json["frames"] = evidence.frames;
  put(json, "expected", evidence.expected);
  put(json, "actual", evidence.actual);
  return json;
}

Json to_json(const RequirementVerdict& verdict) {
  Json json = Json::object();
  json["requirement"] = verdict.requirement;
  json["status"] = name(verdict.status);
  put(json, "reason", verdict.reason);
  put(json, "detail", verdict.detail);
  if (!verdict.evidence.empty()) {
    json["evidence"] = Json::array();
    for (const Evidence& evidence : verdict.evidence) json["evidence"].push_back(to_json(evidence));
  }
  return json;
}

Json to_json(const ScenarioVerdict& verdict) {
  Json json = Json::object();
  json["scenario"] = verdict.scenario;
  json["status"] = name(verdict.status);
  put(json, "reason", verdict.reason);
  put(json, "detail", verdict.detail);
  json["seconds"] = verdict.seconds;
  json["requirements"] = list(verdict.requirements);
  json["rules"] = list(verdict.rules);
  return json;
}

Evidence evidence_from_json(const Json& json) {
  Evidence out;
  out.scenario = json.at("scenario").get<std::string>();
  if (const auto step = json.find("step"); step != json.end()) out.step = step->get<std::size_t>();
  out.frames = json.at("frames").get<std::vector<std::size_t>>();
  out.expected = text_of(json, "expected");
  out.actual = text_of(json, "actual");
  return out;
}

RequirementVerdict requirement_verdict_from_json(const Json& json) {
  RequirementVerdict out;
  out.requirement = json.at("requirement").get<std::string>();
  out.status = status_of(json);
  out.reason = text_of(json, "reason");
  out.detail = text_of(json, "detail");
  if (const auto evidence = json.find("evidence"); evidence != json.end())
    for (const Json& item : *evidence) out.evidence.push_back(evidence_from_json(item));
  return out;
}

ScenarioVerdict scenario_verdict_from_json(const Json& json) {
  ScenarioVerdict out;
  out.scenario = json.at("scenario").get<std::string>();
  out.status = status_of(json);
  out.reason = text_of(json, "reason");
  out.detail = text_of(json, "detail");
  out.seconds = json.value("seconds", 0.0);
  out.requirements = list_from(json, "requirements");
  out.rules = list_from(json, "rules");
  return out;
}

}  // namespace ikevet::reports
