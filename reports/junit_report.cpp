#include "reports/junit_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>
#include <sstream>

#include "reports/plain_text.hpp"
#include "reports/reasons.hpp"
#include "reports/summary.hpp"

namespace ikevet::reports {
namespace {

void set(pugi::xml_node node, const char* attribute, const std::string& value) {
  node.append_attribute(attribute).set_value(plain_text(value).c_str());
}

void put_text(pugi::xml_node node, const std::string& text) {
  node.append_child(pugi::node_pcdata).set_value(plain_text(text).c_str());
}

void property(pugi::xml_node properties, const std::string& name, const std::string& value) {
  pugi::xml_node node = properties.append_child("property");
  set(node, "name", name);
  set(node, "value", value);
}

std::string citation_line(const RunReport& report, std::string_view requirement) {
  const auto found = report.catalogue.find(requirement);
  if (found == report.catalogue.end()) return std::string(requirement);
  return fmt::format("{} {}: {}", found->second.citation(), scenarios::name(found->second.level),
                     found->second.paraphrase);
}

std::string frames_text(const std::vector<std::size_t>& frames) {
  return frames.empty() ? std::string("none") : fmt::format("{}", fmt::join(frames, ", "));
}

std::string evidence_text(const RunReport& report, const RequirementVerdict& verdict) {
  std::string out = fmt::format("{}\n{}\n", verdict.requirement, citation_line(report, verdict.requirement));
  if (verdict.status == Status::Waived) out += fmt::format("waived:   {}\n", verdict.detail);
  for (const Evidence& evidence : verdict.evidence) {
    out += fmt::format("\nscenario: {}\nframes:   {}\n", evidence.scenario, frames_text(evidence.frames));
    if (!evidence.expected.empty()) out += fmt::format("expected: {}\n", evidence.expected);
    if (!evidence.actual.empty()) out += fmt::format("actual:   {}\n", evidence.actual);
    const scenarios::ScenarioRun* run = find_run(report, evidence.scenario);
    out +=
        "again:    " + rerun_line(report.info, evidence.scenario, run == nullptr ? report.info.seed : run->seed) + "\n";
  }
  return out;
}

struct Counts {
  std::size_t tests{}, failures{}, errors{}, skipped{};
  double seconds{};
};

/// Adds the element that a status asks for; none for a pass.
void add_outcome(pugi::xml_node testcase, Status status, const std::string& type, const std::string& message,
                 const std::string& text, Counts& counts) {
  const char* element = nullptr;
  switch (status) {
    case Status::Pass:
    case Status::PassLenient:
      return;
    case Status::Fail:
      element = "failure";
      ++counts.failures;
      break;
    case Status::Error:
      element = "error";
      ++counts.errors;
      break;
    case Status::Inconclusive:
    case Status::Unsupported:
    case Status::NotApplicable:
    case Status::Waived:
    case Status::Unstable:
      element = "skipped";
      ++counts.skipped;
      break;
  }
  pugi::xml_node node = testcase.append_child(element);
  set(node, "type", type);
  set(node, "message", message);
  if (!text.empty()) put_text(node, text);
}

std::string type_of(Status status, const std::string& reason) {
  return reason.empty() ? std::string(name(status)) : fmt::format("{}: {}", name(status), reason);
}

pugi::xml_node testcase(pugi::xml_node suite, const std::string& classname, const std::string& name, double seconds,
                        Counts& counts) {
  pugi::xml_node node = suite.append_child("testcase");
  set(node, "name", name);
  set(node, "classname", classname);
  set(node, "time", fmt::format("{:.3f}", seconds));
  ++counts.tests;
  counts.seconds += seconds;
  return node;
}

/// "rfc7296/2.05-forward-compatibility/x" -> class "rfc7296.2_05-forward-compatibility", name "x": a dot parts
/// packages.
std::pair<std::string, std::string> class_and_name(const std::string& id) {
  const std::size_t slash = id.rfind('/');
  if (slash == std::string::npos) return {"scenarios", id};
  std::string folder = id.substr(0, slash);
  std::ranges::replace(folder, '.', '_');
  std::ranges::replace(folder, '/', '.');
  return {folder, id.substr(slash + 1)};
}

/// Who answers for a waived scenario: its own detail says so where the whole scenario is waived, else a requirement's.
std::string waived_because(const ScenarioVerdict& verdict) {
  for (const RequirementVerdict& requirement : verdict.requirements)
    if (requirement.status == Status::Waived) return requirement.detail;
  return verdict.detail;
}

void add_scenario(pugi::xml_node suite, const RunReport& report, const ScenarioVerdict& verdict, Counts& counts) {
  const auto [classname, name] = class_and_name(verdict.scenario);
  pugi::xml_node node = testcase(suite, classname, name, verdict.seconds, counts);
  std::string text;
  for (const RequirementVerdict& requirement : verdict.requirements)
    if (requirement.status == verdict.status) text += evidence_text(report, requirement) + "\n";
  std::string message = verdict.detail.empty() ? std::string(reasons::explain(verdict.reason)) : verdict.detail;
  if (verdict.status == Status::Waived) message = waived_because(verdict);
  add_outcome(node, verdict.status, type_of(verdict.status, verdict.reason), message, text, counts);
  if (verdict.status == Status::PassLenient && !message.empty()) put_text(node.append_child("system-out"), message);
}

void add_requirement(pugi::xml_node suite, const RunReport& report, const RequirementVerdict& verdict, Counts& counts) {
  const auto found = report.catalogue.find(verdict.requirement);
  const std::string classname =
      found == report.catalogue.end() ? "requirements" : fmt::format("requirements.rfc{}", found->second.rfc);
  pugi::xml_node node = testcase(suite, classname, verdict.requirement, 0, counts);
  // A SHOULD that was not followed is no failure unless the run is strict.
  const bool counts_as_failed =
      verdict.status != Status::Fail || required(report.catalogue, verdict.requirement, report.info.strict);
  const Status shown = counts_as_failed ? verdict.status : Status::Unsupported;
  const std::string type =
      counts_as_failed ? type_of(verdict.status, verdict.reason) : std::string(reasons::kRecommendation);
  const std::string message = verdict.detail.empty() ? std::string(reasons::explain(verdict.reason)) : verdict.detail;
  add_outcome(node, shown, type, message, evidence_text(report, verdict), counts);
}

void finish(pugi::xml_node suite, const Counts& counts) {
  set(suite, "tests", std::to_string(counts.tests));
  set(suite, "failures", std::to_string(counts.failures));
  set(suite, "errors", std::to_string(counts.errors));
  set(suite, "skipped", std::to_string(counts.skipped));
  set(suite, "time", fmt::format("{:.3f}", counts.seconds));
}

pugi::xml_node add_suite(pugi::xml_node root, const RunReport& report, const std::string& name) {
  pugi::xml_node suite = root.append_child("testsuite");
  set(suite, "name", name);
  if (!report.info.started.empty()) set(suite, "timestamp", report.info.started);
  return suite;
}

bool touched(const RequirementVerdict& verdict) {
  const Place place = place_of(verdict);
  return place != Place::NotRun && place != Place::NotTestable;
}

Counts scenario_suite(pugi::xml_node root, const RunReport& report, const std::vector<WaiverAccount>& waivers) {
  pugi::xml_node suite = add_suite(root, report, "ikevet scenarios");
  pugi::xml_node properties = suite.append_child("properties");
  property(properties, "ikevet", report.info.ikevet_version);
  property(properties, "target", report.info.target);
  property(properties, "seed", std::to_string(report.info.seed));
  property(properties, "partial", report.verdicts.partial ? "true" : "false");
  for (const WaiverAccount& account : waivers)
    property(properties, fmt::format("waiver: {}", name(account.state)),
             fmt::format("{} ({})", account.text(), account.waiver.reason));
  Counts counts;
  for (const ScenarioVerdict& verdict : report.verdicts.scenarios) add_scenario(suite, report, verdict, counts);
  finish(suite, counts);
  return counts;
}

Counts requirement_suite(pugi::xml_node root, const RunReport& report) {
  pugi::xml_node suite = add_suite(root, report, "ikevet requirements");
  pugi::xml_node properties = suite.append_child("properties");
  for (const auto& [id, verdict] : report.verdicts.requirements)
    if (touched(verdict)) property(properties, id, citation_line(report, id));
  Counts counts;
  for (const auto& [id, verdict] : report.verdicts.requirements)
    if (touched(verdict)) add_requirement(suite, report, verdict, counts);
  finish(suite, counts);
  return counts;
}

}  // namespace

std::string junit_report(const RunReport& report, const std::vector<WaiverAccount>& waivers) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node root = document.append_child("testsuites");
  set(root, "name", "ikevet " + report.info.target);
  const Counts scenarios = scenario_suite(root, report, waivers);
  const Counts requirements = requirement_suite(root, report);
  set(root, "tests", std::to_string(scenarios.tests + requirements.tests));
  set(root, "failures", std::to_string(scenarios.failures + requirements.failures));
  set(root, "errors", std::to_string(scenarios.errors + requirements.errors));
  set(root, "time", fmt::format("{:.3f}", scenarios.seconds));
  std::ostringstream out;
  document.save(out, " ");
  return std::move(out).str();
}

}  // namespace ikevet::reports
