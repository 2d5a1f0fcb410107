#include "reports/html_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "reports/plain_text.hpp"
#include "reports/reasons.hpp"
#include "reports/summary.hpp"

namespace ikevet::reports {
namespace {

using Json = nlohmann::ordered_json;
using Numbers = std::map<std::string, std::size_t, std::less<>>;

std::string_view tone(Place place) {
  switch (place) {
    case Place::Passed:
      return "good";
    case Place::Failed:
      return "bad";
    case Place::Waived:
      return "waive";
    case Place::Unstable:
    case Place::Inconclusive:
      return "warn";
    case Place::Unsupported:
      return "note";
    case Place::NotRun:
      return "off";
    case Place::NotTestable:
      return "none";
  }
  return "off";
}

constexpr std::array kPlaces{Place::Passed,       Place::Failed,      Place::Waived, Place::Unstable,
                             Place::Inconclusive, Place::Unsupported, Place::NotRun, Place::NotTestable};

Json run_json(const RunInfo& info) {
  Json out = Json::object();
  out["device"] = plain_text(info.target_title.empty() ? info.target : info.target_title);
  out["target"] = plain_text(info.target);
  out["address"] = plain_text(info.dut_address);
  out["started"] = plain_text(info.started);
  out["finished"] = plain_text(info.finished);
  out["seed"] = std::to_string(info.seed);  // more digits than a JavaScript number has
  out["ikevet"] = plain_text(info.ikevet_version);
  out["libraries"] = Json::array();
  for (const auto& [library, version] : info.libraries)
    out["libraries"].push_back(Json::array({plain_text(library), plain_text(version)}));
  out["selection"] = plain_text(fmt::format("{}", fmt::join(info.selection, " ")));
  out["strict"] = info.strict;
  out["partial"] = info.partial;
  out["folder"] = plain_text(info.out_dir);
  return out;
}

Json short_verdict(const RequirementVerdict& verdict, const Numbers& numbers) {
  std::set<std::size_t> frames;
  for (const Evidence& evidence : verdict.evidence) frames.insert(evidence.frames.begin(), evidence.frames.end());
  return Json::array({numbers.find(verdict.requirement)->second, static_cast<int>(verdict.status), frames});
}

/// Hundreds of scenarios are watched by the same rules: their lists are kept once.
class RuleSets {
 public:
  std::size_t number(const std::vector<std::size_t>& rules) {
    const auto [place, is_new] = index_.try_emplace(rules, sets_.size());
    if (is_new) sets_.push_back(rules);
    return place->second;
  }
  Json take() { return std::move(sets_); }

 private:
  std::map<std::vector<std::size_t>, std::size_t> index_;
  Json sets_ = Json::array();
};

class Index {
 public:
  explicit Index(const RunReport& report) : report_(report), numbers_(requirement_numbers(report)) {
    for (const PlayedScenario& played : report.played) {
      titles_.emplace(played.scenario.id, &played.scenario);
      runs_.emplace(played.scenario.id, &played.run);
    }
    for (const scenarios::Scenario& other : report.others) titles_.emplace(other.id, &other);
    for (std::size_t i = 0; i < report.verdicts.scenarios.size(); ++i)
      order_.emplace(report.verdicts.scenarios[i].scenario, i);
  }

  Json scenario(const ScenarioVerdict& verdict) {
    const auto source = titles_.find(verdict.scenario);
    const scenarios::Scenario* scenario = source == titles_.end() ? nullptr : source->second;
    const auto played = runs_.find(verdict.scenario);
    const scenarios::ScenarioRun* run = played == runs_.end() ? nullptr : played->second;
    Json tags = Json::array(), covered = Json::array(), broken = Json::array();
    if (scenario != nullptr)
      for (const std::string& tag : scenario->tags) tags.push_back(plain_text(tag));
    for (const RequirementVerdict& one : verdict.requirements)
      if (numbers_.contains(one.requirement)) covered.push_back(short_verdict(one, numbers_));
    std::vector<std::size_t> held;
    for (const RequirementVerdict& one : verdict.rules) {
      if (!numbers_.contains(one.requirement)) continue;
      if (one.status == Status::Pass)
        held.push_back(numbers_.find(one.requirement)->second);
      else
        broken.push_back(short_verdict(one, numbers_));
    }
    return Json::array(
        {plain_text(verdict.scenario), scenario == nullptr ? "" : plain_text(scenario->title),
         static_cast<int>(verdict.status), std::min(verdict.seconds, 1e9), std::move(tags), plain_text(verdict.reason),
         plain_text(verdict.detail),
         plain_text(rerun_line(report_.info, verdict.scenario, run == nullptr ? report_.info.seed : run->seed)),
         std::move(covered), std::move(broken), rule_sets_.number(held),
         run == nullptr ? 0 : run->trace.packets.size()});
  }

  Json requirement(const RequirementVerdict& verdict) {
    const auto found = report_.catalogue.find(verdict.requirement);
    Json out = Json::array({plain_text(verdict.requirement)});
    if (found == report_.catalogue.end()) {
      for (int i = 0; i < 4; ++i) out.push_back("");
    } else {
      const scenarios::Requirement& known = found->second;
      out.push_back(plain_text(known.citation()));
      out.push_back(scenarios::name(known.level));
      out.push_back(scenarios::name(known.binds));
      out.push_back(plain_text(known.paraphrase));
    }
    out.push_back(static_cast<int>(place_of(verdict)));
    out.push_back(static_cast<int>(verdict.status));
    out.push_back(found == report_.catalogue.end() ? "" : scenarios::name(found->second.testability));
    out.push_back(plain_text(verdict.reason));
    out.push_back(plain_text(verdict.detail));
    return out;
  }

  Json failure(const Failure& failure) const {
    Json seen = Json::array();
    for (const Failure::Seen& one : failure.seen) {
      const auto number = order_.find(one.scenario);
      seen.push_back(Json::array({number == order_.end() ? Json(-1) : Json(number->second), plain_text(one.step),
                                  plain_text(one.expected), plain_text(one.actual), one.frames}));
    }
    const auto number = numbers_.find(failure.requirement);
    return Json::array({number == numbers_.end() ? Json(plain_text(failure.requirement)) : Json(number->second),
                        failure.required, std::move(seen)});
  }

  Json all() {
    Json out = Json::object();
    out["run"] = run_json(report_.info);
    out["run"]["partial"] = report_.verdicts.partial;
    out["headline"] = plain_text(headline(report_));
    out["exit_code"] = exit_code(report_.verdicts, report_.catalogue, report_.info.strict);
    out["statuses"] = Json::array();
    for (std::size_t i = 0; i < kStatusCount; ++i)
      out["statuses"].push_back(Json::array({name(static_cast<Status>(i)), reports::tone(static_cast<Status>(i))}));
    out["places"] = Json::array();
    for (const Place place : kPlaces)
      out["places"].push_back(
          Json::array({place == Place::NotTestable ? "not observable" : name(place), tone(place)}));
    out["scenarios"] = Json::array();
    std::set<std::string> reasons;
    for (const ScenarioVerdict& verdict : report_.verdicts.scenarios) {
      out["scenarios"].push_back(scenario(verdict));
      reasons.insert(verdict.reason);
    }
    out["rule_sets"] = rule_sets_.take();
    out["requirements"] = Json::array();
    for (const auto& [id, verdict] : report_.verdicts.requirements) {
      out["requirements"].push_back(requirement(verdict));
      reasons.insert(verdict.reason);
    }
    out["failures"] = Json::array();
    for (const Failure& one : failures(report_)) out["failures"].push_back(failure(one));
    out["advice"] = Json::object();
    for (const std::string& reason : reasons)
      if (const std::string_view sentence = reasons::explain(reason); !sentence.empty())
        out["advice"][plain_text(reason)] = sentence;
    return out;
  }

 private:
  const RunReport& report_;
  Numbers numbers_, order_;
  std::map<std::string, const scenarios::Scenario*, std::less<>> titles_;
  std::map<std::string, const scenarios::ScenarioRun*, std::less<>> runs_;
  RuleSets rule_sets_;
};

}  // namespace

std::string_view tone(Status status) {
  switch (status) {
    case Status::Pass:
      return "good";
    case Status::PassLenient:
      return "note";
    case Status::Fail:
    case Status::Error:
      return "bad";
    case Status::Inconclusive:
    case Status::Unstable:
      return "warn";
    case Status::Waived:
      return "waive";
    case Status::Unsupported:
    case Status::NotApplicable:
      return "off";
  }
  return "off";
}

std::map<std::string, std::size_t, std::less<>> requirement_numbers(const RunReport& report) {
  std::map<std::string, std::size_t, std::less<>> out;
  for (const auto& [id, verdict] : report.verdicts.requirements) out.emplace(id, out.size());
  return out;
}

Json html_index(const RunReport& report) { return Index(report).all(); }

Json html_files(const RunReport& report) {
  Json out = Json::array();
  for (const FileDigest& file : report.info.files)
    out.push_back(Json::array({plain_text(file.path), plain_text(file.sha256)}));
  return out;
}

}  // namespace ikevet::reports
