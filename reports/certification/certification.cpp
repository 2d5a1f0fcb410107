#include "reports/certification/certification.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "reports/json_text.hpp"
#include "reports/plain_text.hpp"
#include "reports/run_info_json.hpp"
#include "reports/summary.hpp"
#include "reports/verdict_json.hpp"

namespace ikevet::reports {
namespace {

constexpr std::size_t kScenariosNamed = 3;

/// The scenarios of the suite by the requirement that they cover.
using Covers = std::map<std::string, std::vector<std::string>, std::less<>>;

Covers covers_of(std::span<const scenarios::Scenario> suite) {
  Covers out;
  for (const scenarios::Scenario& scenario : suite)
    for (const std::string& id : scenario.covers) out[id].push_back(scenario.id);
  return out;
}

/// One of each scenario: the first tells.
std::vector<Evidence> one_each(const std::vector<Evidence>& all) {
  std::vector<Evidence> out;
  for (const Evidence& evidence : all)
    if (std::ranges::find(out, evidence.scenario, &Evidence::scenario) == out.end()) out.push_back(evidence);
  return out;
}

ElementRequirement requirement_of(const RunReport& report, const Covers& covers, const std::string& id) {
  ElementRequirement out;
  out.id = id;
  const auto source = report.catalogue.find(id);
  if (source != report.catalogue.end()) {
    out.citation = fmt::format("{}, {}", source->second.citation(), scenarios::name(source->second.level));
    out.why_not = source->second.why_not;
  }
  Place place = Place::NotRun;
  if (const auto verdict = report.verdicts.requirements.find(id); verdict != report.verdicts.requirements.end()) {
    place = place_of(verdict->second);
    out.evidence = one_each(verdict->second.evidence);
  }
  out.place = name(place);
  if (const auto by = covers.find(id); by != covers.end())
    for (const std::string& scenario : by->second) {
      const bool played = std::ranges::find(out.evidence, scenario, &Evidence::scenario) != out.evidence.end();
      if (!played && out.scenarios.size() < kScenariosNamed) out.scenarios.push_back(scenario);
    }
  return out;
}

void count(ElementResult& out, std::string_view place) {
  if (place == name(Place::Passed)) {
    ++out.passed;
  } else if (place == name(Place::Failed)) {
    ++out.failed;
  } else if (place == name(Place::Waived)) {
    ++out.waived;
  } else if (place == name(Place::NotTestable)) {
    ++out.hidden;
  } else {
    ++out.open;
  }
}

ElementState state_of(const ElementResult& result) {
  if (result.failed != 0) return ElementState::Failed;
  if (result.waived != 0) return ElementState::Waived;
  if (result.passed != 0) return result.open == 0 ? ElementState::Shown : ElementState::Partly;
  return result.open == 0 ? ElementState::ByHand : ElementState::Open;
}

}  // namespace

std::string_view name(ElementState state) {
  constexpr std::array<std::string_view, kElementStates> kNames{"failed", "waived", "partly",
                                                                "shown",  "open",   "by-hand"};
  return kNames.at(static_cast<std::size_t>(state));
}

std::size_t CertificationResult::count(ElementState state) const {
  return static_cast<std::size_t>(std::ranges::count(elements, state, &ElementResult::state));
}

std::vector<CertificationResult> certify(const RunReport& report, std::span<const scenarios::CertificationMap> maps,
                                         std::span<const scenarios::Scenario> suite) {
  const Covers covers = covers_of(suite);
  std::vector<CertificationResult> out;
  for (const scenarios::CertificationMap& map : maps) {
    CertificationResult result{&map, {}};
    for (const scenarios::CertificationElement& element : map.elements) {
      ElementResult one;
      one.element = &element;
      for (const std::string& id : element.requirements) {
        one.requirements.push_back(requirement_of(report, covers, id));
        count(one, one.requirements.back().place);
      }
      one.state = state_of(one);
      result.elements.push_back(std::move(one));
    }
    out.push_back(std::move(result));
  }
  return out;
}

namespace {

constexpr int kCertificationVersion = 1;

Json requirement_json(const ElementRequirement& requirement) {
  Json json = Json::object();
  json["requirement"] = requirement.id;
  if (!requirement.citation.empty()) json["citation"] = requirement.citation;
  json["result"] = requirement.place;
  if (!requirement.evidence.empty()) {
    json["shown_by"] = Json::array();
    for (const Evidence& evidence : requirement.evidence)
      json["shown_by"].push_back({{"scenario", evidence.scenario}, {"frames", evidence.frames}});
  }
  if (!requirement.scenarios.empty()) json["other_scenarios"] = requirement.scenarios;
  if (!requirement.why_not.empty()) json["why_not"] = requirement.why_not;
  return json;
}

Json element_json(const ElementResult& result) {
  const scenarios::CertificationElement& element = *result.element;
  Json json = Json::object();
  json["element"] = element.id;
  json["title"] = element.title;
  json["state"] = name(result.state);
  json["counts"] = {{"passed", result.passed},
                    {"failed", result.failed},
                    {"waived", result.waived},
                    {"open", result.open},
                    {"not_testable", result.hidden}};
  if (!element.by_hand.empty()) json["by_hand"] = element.by_hand;
  if (!element.unverified.empty()) json["unverified"] = element.unverified;
  json["requirements"] = Json::array();
  for (const ElementRequirement& requirement : result.requirements)
    json["requirements"].push_back(requirement_json(requirement));
  return json;
}

Json scheme_json(const CertificationResult& result) {
  const scenarios::CertificationMap& map = *result.map;
  Json json = Json::object();
  json["id"] = map.id;
  json["title"] = map.title;
  json["document"] = map.document;
  json["edition"] = map.edition;
  json["verified"] = map.verified;
  json["left_out"] = map.left_out;
  json["counts"] = Json::object();
  for (std::size_t i = 0; i < kElementStates; ++i)
    json["counts"][std::string(name(static_cast<ElementState>(i)))] = result.count(static_cast<ElementState>(i));
  json["elements"] = Json::array();
  for (const ElementResult& element : result.elements) json["elements"].push_back(element_json(element));
  return json;
}

std::string md(std::string_view text) { return markdown_text(text); }

std::string overview(const std::vector<CertificationResult>& results) {
  std::string out =
      "| scheme | elements | shown | partly | failed | waived | open | by hand |\n|---|---|---|---|---|---|---|---|\n";
  for (const CertificationResult& result : results)
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", md(result.map->title), result.elements.size(),
                       result.count(ElementState::Shown), result.count(ElementState::Partly),
                       result.count(ElementState::Failed), result.count(ElementState::Waived),
                       result.count(ElementState::Open), result.count(ElementState::ByHand));
  return out + "\n";
}

/// "scenario (frames 4, 5)".
std::string shown_by(const Evidence& evidence) {
  if (evidence.frames.empty()) return evidence.scenario;
  return fmt::format("{} (frame{} {})", evidence.scenario, evidence.frames.size() == 1 ? "" : "s",
                     fmt::join(evidence.frames, ", "));
}

/// For the table: what failed, else what shows the most.
std::string best_evidence(const ElementResult& result) {
  const ElementRequirement* best = nullptr;
  for (const ElementRequirement& requirement : result.requirements) {
    if (requirement.evidence.empty()) continue;
    if (best == nullptr || (requirement.place == "failed" && best->place != "failed")) best = &requirement;
  }
  return best == nullptr ? std::string() : fmt::format("{}: {}", best->id, shown_by(best->evidence.front()));
}

std::string element_table(const CertificationResult& result) {
  std::string out =
      "| element | about | state | passed | failed | waived | not shown | hidden | for example |\n"
      "|---|---|---|---|---|---|---|---|---|\n";
  for (const ElementResult& one : result.elements)
    out += fmt::format("| {}{} | {} | {} | {} | {} | {} | {} | {} | {} |\n", md(one.element->id),
                       one.element->unverified.empty() ? "" : " \\*", md(one.element->title), name(one.state),
                       one.passed, one.failed, one.waived, one.open, one.hidden, md(best_evidence(one)));
  return out + "\n";
}

std::string failures_text(const CertificationResult& result) {
  std::string out;
  for (const ElementResult& one : result.elements) {
    if (one.state != ElementState::Failed && one.state != ElementState::Waived) continue;
    for (const ElementRequirement& requirement : one.requirements) {
      if (requirement.place != "failed" && requirement.place != "waived") continue;
      std::vector<std::string> places;
      for (const Evidence& evidence : requirement.evidence) places.push_back(shown_by(evidence));
      out += fmt::format("- {}: {} ({}), {}: {}\n", md(one.element->id), md(requirement.id), md(requirement.citation),
                         requirement.place, md(fmt::format("{}", fmt::join(places, "; "))));
    }
  }
  return out.empty() ? out : "### Broken\n\n" + out + "\n";
}

std::string by_hand_text(const CertificationResult& result) {
  std::string out;
  for (const ElementResult& one : result.elements) {
    if (!one.element->by_hand.empty()) out += fmt::format("- {}: {}\n", md(one.element->id), md(one.element->by_hand));
    if (one.hidden != 0)
      out += fmt::format("- {}: {} requirement{} cannot be seen from outside; certification.json says why\n",
                         md(one.element->id), one.hidden, one.hidden == 1 ? "" : "s");
  }
  return out.empty() ? out : "### By hand\n\n" + out + "\n";
}

std::string scheme_section(const CertificationResult& result) {
  const scenarios::CertificationMap& map = *result.map;
  std::string out = fmt::format("## {}\n\n{}. Edition: {}. Taken from: {}.\n\n", md(map.title), md(map.document),
                                md(map.edition), md(map.verified));
  for (const std::string& left : map.left_out) out += fmt::format("- not in here: {}\n", md(left));
  out += "\n" + element_table(result);
  const bool starred =
      std::ranges::any_of(result.elements, [](const ElementResult& one) { return !one.element->unverified.empty(); });
  if (starred) out += "\\* its number was not read in the document itself.\n\n";
  return out + failures_text(result) + by_hand_text(result);
}

}  // namespace

std::string certification_summary(const std::vector<CertificationResult>& results) {
  return "## Certification\n\n" + overview(results);
}

std::string certification_json(const RunReport& report, const std::vector<CertificationResult>& results) {
  Json json = Json::object();
  json["format"] = "ikevet-certification";
  json["version"] = kCertificationVersion;
  json["run"] = to_json(report.info);
  json["schemes"] = Json::array();
  for (const CertificationResult& result : results) json["schemes"].push_back(scheme_json(result));
  return to_text(json, 1) + "\n";
}

std::string certification_markdown(const RunReport& report, const std::vector<CertificationResult>& results) {
  const RunInfo& info = report.info;
  std::string out = fmt::format("# What the run shows of {} for certification\n\n",
                                md(info.target_title.empty() ? info.target : info.target_title));
  out +=
      "A run is evidence for an evaluator, and no certificate. \"Shown\" means that every requirement behind an "
      "element "
      "that can be seen from outside passed in this run.\n\n";
  out += overview(results);
  for (const CertificationResult& result : results) out += scheme_section(result);
  return out;
}

}  // namespace ikevet::reports
