#include "reports/run_diff.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <tuple>

#include "reports/baseline.hpp"
#include "reports/files.hpp"
#include "reports/json_report.hpp"
#include "reports/json_text.hpp"
#include "reports/plain_text.hpp"
#include "reports/run_info_json.hpp"
#include "reports/summary.hpp"

namespace ikevet::reports {
namespace {

using Kind = Difference::Kind;

constexpr std::array<std::tuple<Kind, std::string_view, std::string_view>, kDifferenceKinds> kKinds{{
    {Kind::NewFail, "new-fail", "New failures"},
    {Kind::Lost, "lost", "Passed before, not shown any more"},
    {Kind::Mended, "mended", "Mended"},
    {Kind::Gained, "gained", "Shown to pass now"},
    {Kind::Changed, "changed", "Otherwise changed"},
    {Kind::New, "new", "New"},
    {Kind::Gone, "gone", "Gone"},
    {Kind::Evidence, "evidence", "The same verdict from other evidence"},
}};

bool good(Status status) { return status == Status::Pass || status == Status::PassLenient; }

Kind kind_of(Status before, Status after) {
  if (after == Status::Fail) return Kind::NewFail;
  if (good(before)) return good(after) ? Kind::Changed : Kind::Lost;
  if (good(after)) return before == Status::Fail ? Kind::Mended : Kind::Gained;
  return Kind::Changed;
}

/// What differs between any two runs, whatever the device does: SPIs and nonces (8 hexadecimal digits or more), and
/// numbers in "frame 4" and "1.25 s".
std::string without_chance(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && std::isxdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    const bool word_before = i > 0 && std::isalpha(static_cast<unsigned char>(text[i - 1])) != 0;
    const bool all_digits = end > i && std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i),
                                                   text.begin() + static_cast<std::ptrdiff_t>(end),
                                                   [](unsigned char c) { return std::isdigit(c) != 0; });
    const bool number_of_frame = all_digits && (out.ends_with("frame ") || out.ends_with("frames "));
    const std::string_view rest = text.substr(end);
    const bool time =
        all_digits &&
        (rest.starts_with(" ms") || rest.starts_with(" s ") || rest == " s" ||
         (rest.starts_with(".") && rest.size() > 1 && std::isdigit(static_cast<unsigned char>(rest[1])) != 0));
    if (!word_before && (end - i >= 8 || number_of_frame || time)) {
      out += '#';
      i = end;
    } else if (end > i) {
      out += text.substr(i, end - i);
      i = end;
    } else {
      out += text[i++];
    }
  }
  return out;
}

const Evidence* first_of(const RequirementVerdict& verdict) {
  return verdict.evidence.empty() ? nullptr : &verdict.evidence.front();
}

std::string said(const RequirementVerdict& verdict) {
  const Evidence* evidence = first_of(verdict);
  if (evidence != nullptr && !evidence->actual.empty()) return evidence->actual;
  return verdict.detail.empty() ? verdict.reason : verdict.detail;
}

std::string said(const ScenarioVerdict& verdict) { return verdict.detail.empty() ? verdict.reason : verdict.detail; }

/// What a verdict rests on, as text that two runs of the same device have in common.
std::vector<std::string> grounds(const RequirementVerdict& verdict) {
  std::vector<std::string> out{verdict.reason};
  for (const Evidence& evidence : verdict.evidence)
    out.push_back(fmt::format("{}|{}|{}|{}", evidence.scenario, evidence.step ? static_cast<long>(*evidence.step) : -1,
                              without_chance(evidence.expected), without_chance(evidence.actual)));
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<std::string> grounds(const ScenarioVerdict& verdict) {
  return {verdict.reason, without_chance(verdict.detail)};
}

bool touched(const RequirementVerdict& verdict) {
  const Place place = place_of(verdict);
  return place != Place::NotRun && place != Place::NotTestable;
}

void show(Difference& out, bool after, const RequirementVerdict& verdict) {
  (after ? out.after : out.before) = name(verdict.status);
  (after ? out.said_after : out.said_before) = said(verdict);
  if (const Evidence* evidence = first_of(verdict)) {
    (after ? out.frames_after : out.frames_before) = evidence->frames;
    (after ? out.scenario_after : out.scenario_before) = evidence->scenario;
  }
}

void show(Difference& out, bool after, const ScenarioVerdict& verdict) {
  (after ? out.after : out.before) = name(verdict.status);
  (after ? out.said_after : out.said_before) = said(verdict);
  (after ? out.scenario_after : out.scenario_before) = verdict.scenario;
}

class Comparer {
 public:
  Comparer(RunDiff& out, const scenarios::Catalogue& catalogue) : out_(out), catalogue_(catalogue) {}

  template <class Verdict>
  void compare(const std::map<std::string, const Verdict*>& before, const std::map<std::string, const Verdict*>& after,
               bool is_scenario) {
    for (const auto& [id, now] : after) {
      const auto was = before.find(id);
      add(id, was == before.end() ? nullptr : was->second, now, is_scenario);
    }
    for (const auto& [id, was] : before)
      if (!after.contains(id)) add<Verdict>(id, was, nullptr, is_scenario);
  }

 private:
  template <class Verdict>
  void add(const std::string& id, const Verdict* was, const Verdict* now, bool is_scenario) {
    Difference difference;
    difference.is_scenario = is_scenario;
    difference.id = id;
    if (was != nullptr) show(difference, false, *was);
    if (now != nullptr) show(difference, true, *now);
    if (was == nullptr || now == nullptr) {
      difference.kind = was == nullptr ? Kind::New : Kind::Gone;
    } else if (was->status != now->status) {
      difference.kind = kind_of(was->status, now->status);
    } else if (out_.before.has_evidence && out_.after.has_evidence && grounds(*was) != grounds(*now)) {
      difference.kind = Kind::Evidence;
    } else {
      ++out_.same;
      return;
    }
    if (const auto found = catalogue_.find(id); !is_scenario && found != catalogue_.end())
      difference.citation = fmt::format("{}, {}", found->second.citation(), scenarios::name(found->second.level));
    out_.differences.push_back(std::move(difference));
  }

  RunDiff& out_;
  const scenarios::Catalogue& catalogue_;
};

std::map<std::string, const ScenarioVerdict*> scenarios_of(const Verdicts& verdicts) {
  std::map<std::string, const ScenarioVerdict*> out;
  for (const ScenarioVerdict& scenario : verdicts.scenarios) out.emplace(scenario.scenario, &scenario);
  return out;
}

std::map<std::string, const RequirementVerdict*> requirements_of(const Verdicts& verdicts) {
  std::map<std::string, const RequirementVerdict*> out;
  for (const auto& [id, verdict] : verdicts.requirements)
    if (touched(verdict)) out.emplace(id, &verdict);
  return out;
}

void condition(std::vector<std::string>& out, std::string_view what, const std::string& before,
               const std::string& after) {
  if (before != after && !before.empty() && !after.empty())
    out.push_back(fmt::format("{}: {} -> {}", what, before, after));
}

std::vector<std::string> conditions(const DiffSide& before, const DiffSide& after) {
  std::vector<std::string> out;
  const RunInfo &a = before.info, &b = after.info;
  condition(out, "ikevet", a.ikevet_version, b.ikevet_version);
  condition(out, "target", a.target, b.target);
  condition(out, "device", a.target_title, b.target_title);
  condition(out, "address", a.dut_address, b.dut_address);
  if (!before.has_evidence || !after.has_evidence) return out;
  condition(out, "seed", std::to_string(a.seed), std::to_string(b.seed));
  condition(out, "selection", fmt::format("\"{}\"", fmt::join(a.selection, " ")),
            fmt::format("\"{}\"", fmt::join(b.selection, " ")));
  condition(out, "SHOULD counts", a.strict ? "yes" : "no", b.strict ? "yes" : "no");
  for (const DiffSide* side : {&before, &after})
    if (side->verdicts.partial) out.push_back(fmt::format("{} is partial: the run was interrupted", side->label));
  return out;
}

}  // namespace

std::string_view name(Kind kind) { return std::get<1>(kKinds[static_cast<std::size_t>(kind)]); }
std::string_view title(Kind kind) { return std::get<2>(kKinds[static_cast<std::size_t>(kind)]); }

std::size_t RunDiff::count(Kind kind) const {
  return static_cast<std::size_t>(std::ranges::count(differences, kind, &Difference::kind));
}

bool RunDiff::verdicts_differ() const {
  return std::ranges::any_of(differences, [](const Difference& d) { return d.kind != Kind::Evidence; });
}

bool RunDiff::worse() const {
  return std::ranges::any_of(differences, [](const Difference& d) {
    return d.kind == Kind::NewFail || d.kind == Kind::Lost || d.kind == Kind::Gone ||
           (d.kind == Kind::New && d.after == name(Status::Fail));
  });
}

RunDiff diff(DiffSide before, DiffSide after, const scenarios::Catalogue& catalogue) {
  RunDiff out;
  out.before = std::move(before);
  out.after = std::move(after);
  out.conditions = conditions(out.before, out.after);
  Comparer comparer(out, catalogue);
  comparer.compare(scenarios_of(out.before.verdicts), scenarios_of(out.after.verdicts), true);
  comparer.compare(requirements_of(out.before.verdicts), requirements_of(out.after.verdicts), false);
  std::ranges::stable_sort(out.differences, [](const Difference& a, const Difference& b) {
    return std::tuple(a.kind, !a.is_scenario) < std::tuple(b.kind, !b.is_scenario);
  });
  return out;
}

namespace {

constexpr int kDiffVersion = 1;

/// A baseline has statuses alone.
DiffSide from_baseline(const Baseline& baseline, const std::string& file) {
  DiffSide out;
  out.label = file;
  out.info.target = baseline.target;
  out.has_evidence = false;
  for (const auto& [id, status] : baseline.scenarios) {
    out.verdicts.scenarios.emplace_back();
    out.verdicts.scenarios.back().scenario = id;
    out.verdicts.scenarios.back().status = status;
  }
  for (const auto& [id, status] : baseline.requirements) out.verdicts.requirements[id] = {id, status, {}, {}, {}};
  return out;
}

Json side_json(const DiffSide& side) {
  Json json = Json::object();
  json["run"] = side.label;
  json["ikevet"] = side.info.ikevet_version;
  json["target"] = side.info.target;
  json["target_title"] = side.info.target_title;
  json["started"] = side.info.started;
  json["seed"] = side.info.seed;
  json["partial"] = side.verdicts.partial;
  return json;
}

Json end_json(const std::string& status, const std::string& said, const std::string& scenario,
              const std::vector<std::size_t>& frames) {
  Json json = Json::object();
  json["status"] = status;
  if (!said.empty()) json["seen"] = said;
  if (!scenario.empty()) json["scenario"] = scenario;
  if (!frames.empty()) json["frames"] = frames;
  return json;
}

Json difference_json(const Difference& d) {
  Json json = Json::object();
  json["kind"] = name(d.kind);
  json[d.is_scenario ? "scenario" : "requirement"] = d.id;
  if (!d.citation.empty()) json["citation"] = d.citation;
  if (!d.before.empty()) json["before"] = end_json(d.before, d.said_before, d.scenario_before, d.frames_before);
  if (!d.after.empty()) json["after"] = end_json(d.after, d.said_after, d.scenario_after, d.frames_after);
  return json;
}

std::string or_dash(const std::string& text) { return text.empty() ? "–" : text; }

std::string row(const Difference& d) {
  const std::string seen = d.kind == Kind::Evidence
                               ? fmt::format("{} → {}", or_dash(d.said_before), or_dash(d.said_after))
                           : d.after.empty() ? d.said_before
                                             : d.said_after;
  return fmt::format("| {}{} | {} → {} | {} |\n", markdown_text(d.id),
                     d.citation.empty() ? "" : markdown_text(fmt::format(" ({})", d.citation)), or_dash(d.before),
                     or_dash(d.after), markdown_text(seen));
}

std::string table(const RunDiff& diff, Kind kind) {
  std::string out = "| scenario or requirement | verdict | seen |\n|---|---|---|\n";
  for (const Difference& d : diff.differences)
    if (d.kind == kind) out += row(d);
  return out + "\n";
}

}  // namespace

DiffSide diff_side_from_json(std::string_view text, const std::string& file) {
  const bool report = parse_file(text, file, [](const Json& json) {
    return json.is_object() && json.value("format", std::string()) == "ikevet-report";
  });
  if (!report) return from_baseline(baseline_from_json(text, file), file);
  return parse_file(text, file, [&](const Json& json) {
    DiffSide out;
    out.label = file;
    out.verdicts = verdicts_from_json(json);
    const Json& run = json.at("run");
    out.info.ikevet_version = run.at("ikevet").get<std::string>();
    out.info.target = run.at("target").get<std::string>();
    out.info.target_title = run.value("target_title", std::string());
    out.info.dut_address = run.value("dut_address", std::string());
    out.info.selection = run.at("selection").get<std::vector<std::string>>();
    out.info.seed = run.at("seed").get<std::uint64_t>();
    out.info.started = run.value("started", std::string());
    out.info.strict = run.at("strict").get<bool>();
    out.info.partial = run.at("partial").get<bool>();
    return out;
  });
}

std::string diff_json(const RunDiff& diff) {
  Json json = Json::object();
  json["format"] = "ikevet-diff";
  json["version"] = kDiffVersion;
  json["before"] = side_json(diff.before);
  json["after"] = side_json(diff.after);
  json["conditions"] = diff.conditions;
  json["verdicts_differ"] = diff.verdicts_differ();
  json["worse"] = diff.worse();
  json["counts"] = Json::object();
  for (std::size_t i = 0; i < kDifferenceKinds; ++i)
    json["counts"][std::string(name(static_cast<Kind>(i)))] = diff.count(static_cast<Kind>(i));
  json["counts"]["same"] = diff.same;
  json["differences"] = Json::array();
  for (const Difference& d : diff.differences) json["differences"].push_back(difference_json(d));
  return to_text(json, 1) + "\n";
}

std::string diff_markdown(const RunDiff& diff) {
  std::string out =
      fmt::format("# {} against {}\n\n", markdown_text(diff.after.label), markdown_text(diff.before.label));
  if (!diff.verdicts_differ()) out += "**No verdict differs.**\n\n";
  for (const std::string& condition : diff.conditions) out += fmt::format("- {}\n", markdown_text(condition));
  if (!diff.conditions.empty()) out += "\n";
  for (std::size_t i = 0; i < kDifferenceKinds; ++i) {
    const Kind kind = static_cast<Kind>(i);
    const std::size_t count = diff.count(kind);
    if (count == 0) continue;
    if (kind == Kind::Evidence) {
      out +=
          fmt::format("<details><summary>{} ({})</summary>\n\n{}</details>\n\n", title(kind), count, table(diff, kind));
    } else {
      out += fmt::format("## {} ({})\n\n{}", title(kind), count, table(diff, kind));
    }
  }
  return out + fmt::format("{} the same.\n", diff.same);
}

}  // namespace ikevet::reports
