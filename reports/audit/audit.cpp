#include "reports/audit/audit.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "reports/json_text.hpp"
#include "reports/plain_text.hpp"
#include "reports/run_info_json.hpp"

namespace ikevet::reports {
using scenarios::AuditBaseline;
using scenarios::AuditGrade;
using scenarios::AuditKind;
using scenarios::AuditRule;
using Result = AuditFinding::Result;

namespace {

bool is_for(const AuditRule& rule, const AlgorithmKey& key) {
  const bool protocol =
      rule.protocols.empty() || std::ranges::find(rule.protocols, key.protocol) != rule.protocols.end();
  return protocol && rule.kind == key.kind;
}

bool names(const AuditRule& rule, const AlgorithmKey& key) {
  if (rule.algorithms.empty() || std::ranges::find(rule.algorithms, key.id) == rule.algorithms.end()) return false;
  return rule.key_lengths.empty() || std::ranges::find(rule.key_lengths, key.key_bits) != rule.key_lengths.end();
}

/// The rule that names the algorithm, else the one for every other of its kind; null when the baseline has neither.
const AuditRule* rule_for(const AuditBaseline& baseline, const AlgorithmKey& key) {
  const AuditRule* other = nullptr;
  for (const AuditRule& rule : baseline.rules) {
    if (!is_for(rule, key)) continue;
    if (names(rule, key)) return &rule;
    if (rule.algorithms.empty()) other = &rule;
  }
  return other;
}

Result result_of(AuditGrade grade) {
  switch (grade) {
    case AuditGrade::Required:
    case AuditGrade::Recommended:
    case AuditGrade::Allowed:
      return Result::Fine;
    case AuditGrade::Discouraged:
      return Result::Warning;
    case AuditGrade::Forbidden:
      return Result::Failure;
  }
  return Result::Unlisted;
}

std::string subject_of(const AlgorithmKey& key) {
  if (key.kind == AuditKind::Protocol) return key.text();
  return fmt::format("{} {}", wire::name_or_number(key.protocol), key.text());
}

AuditFinding finding_on(const AuditBaseline& baseline, const AlgorithmKey& key, const AlgorithmSeen& seen,
                        const std::string& year) {
  AuditFinding out;
  out.subject = subject_of(key);
  for (std::size_t i = 0; i < kUses; ++i)
    if (seen.uses[i].count != 0) {
      out.uses.push_back(static_cast<Use>(i));
      out.where = seen.uses[i];  // the strongest use stands for all
    }
  const AuditRule* rule = rule_for(baseline, key);
  if (rule == nullptr) {
    out.result = Result::Unlisted;
    out.says = "not listed";
    out.clause = baseline.document;
    return out;
  }
  out.result = result_of(rule->grade);
  out.says = rule->says;
  out.clause = fmt::format("{} {}", baseline.document, rule->clause);
  out.note = rule->note;
  if (!rule->until.empty() && !year.empty() && rule->until < year && out.result == Result::Fine) {
    out.result = Result::Warning;
    out.note = fmt::format("{}{}only until {}", rule->note, rule->note.empty() ? "" : "; ", rule->until);
  }
  return out;
}

/// One for each algorithm that the baseline requires and the run does not show.
void add_not_shown(BaselineAudit& out, const AuditBaseline& baseline, const AlgorithmsSeen& seen) {
  for (const AuditRule& rule : baseline.rules) {
    if (rule.grade != AuditGrade::Required) continue;
    for (const std::uint16_t id : rule.algorithms) {
      const bool shown = std::ranges::any_of(seen, [&](const auto& entry) {
        return entry.first.id == id && is_for(rule, entry.first) && names(rule, entry.first);
      });
      if (shown) continue;
      AuditFinding finding;
      finding.result = Result::NotShown;
      finding.subject = scenarios::audit_name(rule.kind, id);
      if (!rule.protocols.empty())
        finding.subject = fmt::format("{} {}", wire::name_or_number(rule.protocols.front()), finding.subject);
      if (!rule.key_lengths.empty()) finding.subject += fmt::format(" {}", fmt::join(rule.key_lengths, ", "));
      finding.says = rule.says;
      finding.clause = fmt::format("{} {}", baseline.document, rule.clause);
      finding.note = "not seen in this run";
      out.findings.push_back(std::move(finding));
    }
  }
}

void add_behaviour(BaselineAudit& out, const AuditBaseline& baseline, const std::vector<BehaviourCheck>& checks) {
  for (const scenarios::AuditBehaviour& rule : baseline.behaviour) {
    const auto check = std::ranges::find(checks, rule.check, &BehaviourCheck::id);
    if (check == checks.end()) continue;
    AuditFinding finding;
    finding.subject = check->title;
    finding.says = rule.says;
    finding.clause = fmt::format("{} {}", baseline.document, rule.clause);
    finding.note = check->says;
    finding.where = check->where;
    finding.result = check->status == CheckStatus::NotSeen ? Result::NotShown
                     : check->status == CheckStatus::Fine  ? Result::Fine
                                                           : result_of(rule.grade);
    out.findings.push_back(std::move(finding));
  }
}

}  // namespace

std::string_view name(Result result) {
  constexpr std::array<std::string_view, 5> kNames{"failure", "warning", "fine", "unlisted", "not-shown"};
  return kNames.at(static_cast<std::size_t>(result));
}

std::size_t BaselineAudit::count(Result result) const {
  return static_cast<std::size_t>(std::ranges::count(findings, result, &AuditFinding::result));
}

Audit audit(const RunReport& report, std::span<const AuditBaseline> baselines) {
  Audit out;
  out.algorithms = algorithms_seen(report);
  out.behaviour = behaviour_of(report);
  const std::string year = report.info.started.substr(0, 4);
  for (const AuditBaseline& baseline : baselines) {
    BaselineAudit one{&baseline, {}};
    for (const auto& entry : out.algorithms) {
      // What a document about IKE does not speak of at all is no gap of it: ESP, AH, hash algorithms.
      const bool spoken_of =
          std::ranges::any_of(baseline.rules, [&](const AuditRule& rule) { return is_for(rule, entry.first); });
      if (spoken_of) one.findings.push_back(finding_on(baseline, entry.first, entry.second, year));
    }
    add_behaviour(one, baseline, out.behaviour);
    add_not_shown(one, baseline, out.algorithms);
    std::ranges::stable_sort(one.findings, {}, &AuditFinding::result);
    out.baselines.push_back(std::move(one));
  }
  return out;
}

namespace {

constexpr int kAuditVersion = 1;

Json places_json(const Sightings& where) {
  Json out = Json::array();
  for (const Sightings::Place& place : where.places)
    out.push_back({{"scenario", place.scenario}, {"frames", place.frames}});
  return out;
}

Json algorithm_json(const AlgorithmKey& key, const AlgorithmSeen& seen) {
  Json json = Json::object();
  json["protocol"] = wire::name_or_number(key.protocol);
  json["kind"] = scenarios::name(key.kind);
  json["id"] = key.id;
  json["algorithm"] = scenarios::audit_name(key.kind, key.id);
  if (key.key_bits != 0) json["key_length"] = key.key_bits;
  for (std::size_t i = 0; i < kUses; ++i)
    if (seen.uses[i].count != 0)
      json[std::string(name(static_cast<Use>(i)))] = {{"count", seen.uses[i].count},
                                                      {"places", places_json(seen.uses[i])}};
  return json;
}

Json check_json(const BehaviourCheck& check) {
  Json json = Json::object();
  json["check"] = check.id;
  json["title"] = check.title;
  json["status"] = name(check.status);
  json["seen"] = check.says;
  json["source"] = check.source;
  json["places"] = places_json(check.where);
  return json;
}

Json finding_json(const AuditFinding& finding) {
  Json json = Json::object();
  json["result"] = name(finding.result);
  json["subject"] = finding.subject;
  json["says"] = finding.says;
  json["clause"] = finding.clause;
  if (!finding.note.empty()) json["note"] = finding.note;
  json["uses"] = Json::array();
  for (const Use use : finding.uses) json["uses"].push_back(name(use));
  json["places"] = places_json(finding.where);
  return json;
}

Json baseline_json(const BaselineAudit& audit) {
  Json json = Json::object();
  json["id"] = audit.baseline->id;
  json["title"] = audit.baseline->title;
  json["document"] = audit.baseline->document;
  json["edition"] = audit.baseline->edition;
  json["verified"] = audit.baseline->verified;
  json["left_out"] = audit.baseline->left_out;
  json["counts"] = Json::object();
  for (int i = 0; i <= static_cast<int>(Result::NotShown); ++i)
    json["counts"][std::string(name(static_cast<Result>(i)))] = audit.count(static_cast<Result>(i));
  json["findings"] = Json::array();
  for (const AuditFinding& finding : audit.findings) json["findings"].push_back(finding_json(finding));
  return json;
}

std::string md(std::string_view text) { return markdown_text(text); }

std::string places_text(const Sightings& where) {
  std::vector<std::string> parts;
  for (const Sightings::Place& place : where.places)
    parts.push_back(place.frames.empty() ? place.scenario
                                         : fmt::format("{} ({})", place.scenario, fmt::join(place.frames, ", ")));
  if (where.count > where.places.size() && !parts.empty()) parts.emplace_back("…");
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string uses_text(const std::vector<Use>& uses) {
  std::vector<std::string_view> names;
  for (const Use use : uses) names.push_back(name(use));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string overview(const Audit& audit) {
  std::string out =
      "| baseline | edition | failures | warnings | fine | not listed | required, not shown "
      "|\n|---|---|---|---|---|---|---|\n";
  for (const BaselineAudit& one : audit.baselines)
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", md(one.baseline->document), md(one.baseline->edition),
                       one.count(Result::Failure), one.count(Result::Warning), one.count(Result::Fine),
                       one.count(Result::Unlisted), one.count(Result::NotShown));
  return out + "\n";
}

std::string algorithm_table(const Audit& audit) {
  std::string out =
      "## What was seen\n\n| SA | algorithm | offered | accepted | negotiated | for example "
      "|\n|---|---|---|---|---|---|\n";
  for (const auto& [key, seen] : audit.algorithms) {
    if (key.kind == scenarios::AuditKind::Protocol) continue;
    const Sightings* example = &seen.of(Use::Offered);
    for (const Sightings& use : seen.uses)
      if (use.count != 0) example = &use;
    out += fmt::format("| {} | {} | {} | {} | {} | {} |\n", wire::name_or_number(key.protocol), md(key.text()),
                       seen.of(Use::Offered).count, seen.of(Use::Accepted).count, seen.of(Use::Negotiated).count,
                       md(places_text(*example)));
  }
  return out + "\n";
}

std::string behaviour_table(const Audit& audit) {
  std::string out = "## Use of keys\n\n| check | result | seen | source | where |\n|---|---|---|---|---|\n";
  for (const BehaviourCheck& check : audit.behaviour)
    out += fmt::format("| {} | {} | {} | {} | {} |\n", md(check.title), name(check.status), md(check.says),
                       md(check.source), md(places_text(check.where)));
  return out + "\n";
}

std::string baseline_section(const BaselineAudit& audit) {
  const scenarios::AuditBaseline& baseline = *audit.baseline;
  std::string out = fmt::format("## {}: {}\n\nEdition: {}. Taken from: {}.\n\n", md(baseline.document),
                                md(baseline.title), md(baseline.edition), md(baseline.verified));
  for (const std::string& left : baseline.left_out) out += fmt::format("- not in here: {}\n", md(left));
  out += "\n| result | what | seen as | the document says | clause | note | where |\n|---|---|---|---|---|---|---|\n";
  for (const AuditFinding& finding : audit.findings)
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", name(finding.result), md(finding.subject),
                       uses_text(finding.uses), md(finding.says), md(finding.clause), md(finding.note),
                       md(places_text(finding.where)));
  return out + "\n";
}

}  // namespace

std::string audit_summary(const Audit& audit) {
  std::string out =
      "## Algorithms and use of keys\n\n" + overview(audit) + "| check | result | seen |\n|---|---|---|\n";
  for (const BehaviourCheck& check : audit.behaviour)
    out += fmt::format("| {} | {} | {} |\n", md(check.title), name(check.status), md(check.says));
  return out + "\n";
}

std::string audit_json(const RunReport& report, const Audit& audit) {
  Json json = Json::object();
  json["format"] = "ikevet-audit";
  json["version"] = kAuditVersion;
  json["run"] = to_json(report.info);
  json["algorithms"] = Json::array();
  for (const auto& [key, seen] : audit.algorithms) json["algorithms"].push_back(algorithm_json(key, seen));
  json["behaviour"] = Json::array();
  for (const BehaviourCheck& check : audit.behaviour) json["behaviour"].push_back(check_json(check));
  json["baselines"] = Json::array();
  for (const BaselineAudit& one : audit.baselines) json["baselines"].push_back(baseline_json(one));
  return to_text(json, 1) + "\n";
}

std::string audit_markdown(const RunReport& report, const Audit& audit) {
  const RunInfo& info = report.info;
  std::string out = fmt::format("# Algorithms and use of keys of {}\n\n",
                                md(info.target_title.empty() ? info.target : info.target_title));
  out += overview(audit) + behaviour_table(audit) + algorithm_table(audit);
  for (const BaselineAudit& one : audit.baselines) out += baseline_section(one);
  return out;
}

}  // namespace ikevet::reports
