#include "reports/html_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <kainjow/mustache.hpp>
#include <map>
#include <set>

#include "engine/wire/describe.hpp"
#include "reports/embedded.hpp"
#include "reports/ladder.hpp"
#include "reports/message_html.hpp"
#include "reports/plain_text.hpp"
#include "reports/reasons.hpp"
#include "reports/summary.hpp"

namespace ikevet::reports {

namespace mustache = kainjow::mustache;
using mustache::data;

namespace {

/// The template escapes what stands in {{...}}; control characters and broken UTF-8 go here.
data text(std::string_view value) { return data(plain_text(value)); }
/// Text for a section that is shown only when there is something to show.
data optional_text(std::string_view value) { return value.empty() ? data(false) : text(value); }
data list() { return data(data::type::list); }

/// The CSS class that gives a status its colour.
std::string_view css(Status status) {
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

std::string_view css(Place place) {
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

std::string frames_text(const std::vector<std::size_t>& frames) {
  if (frames.empty()) return {};
  return fmt::format("{} {}", frames.size() == 1 ? "frame" : "frames", fmt::join(frames, ", "));
}

data pair(std::string_view label, std::string_view value) {
  data out;
  out.set("label", text(label));
  out.set("value", text(value));
  return out;
}

constexpr std::array kPlaces{Place::Passed,       Place::Failed,      Place::Waived, Place::Unstable,
                             Place::Inconclusive, Place::Unsupported, Place::NotRun, Place::NotTestable};

std::size_t count_of(const Denominator& d, Place place) {
  switch (place) {
    case Place::Passed:
      return d.passed;
    case Place::Failed:
      return d.failed;
    case Place::Waived:
      return d.waived;
    case Place::Unstable:
      return d.unstable;
    case Place::Inconclusive:
      return d.inconclusive;
    case Place::Unsupported:
      return d.unsupported;
    case Place::NotRun:
      return d.not_run;
    case Place::NotTestable:
      return d.not_testable;
  }
  return 0;
}

class Page {
 public:
  Page(const RunReport& report, const HtmlOptions& options) : report_(report), options_(options) {
    for (std::size_t i = 0; i < report.verdicts.scenarios.size(); ++i)
      anchors_.emplace(report.verdicts.scenarios[i].scenario, fmt::format("s{}", i + 1));
    for (const PlayedScenario& played : report.played) played_.emplace(played.scenario.id, &played);
  }

  std::string render() {
    data page;
    page.set("css", data(std::string(embedded::kReportCss)));
    page.set("script", data(std::string(embedded::kReportScript)));
    page.set("version", text(report_.info.ikevet_version));
    head(page);
    failure_section(page);
    attention_section(page);
    scenario_section(page);
    requirement_section(page);
    about_section(page);
    page.set("seen", data(mustache::partial([] { return std::string(embedded::kSeenTemplate); })));
    mustache::mustache renderer{std::string(embedded::kReportTemplate)};
    return renderer.render(page);
  }

 private:
  void head(data& page) const {
    const RunInfo& info = report_.info;
    page.set("device", text(info.target_title.empty() ? info.target : info.target_title));
    page.set("headline", text(headline(report_)));
    page.set("partial", data(report_.verdicts.partial));
    const int code = exit_code(report_.verdicts, report_.catalogue, info.strict);
    page.set("tone", text(code == 0 ? "good" : code == 1 ? "bad" : "warn"));
    data meta = list();
    meta << pair("target", info.target);
    if (!info.dut_address.empty()) meta << pair("address", info.dut_address);
    if (!info.started.empty()) meta << pair("started", info.started);
    meta << pair("seed", std::to_string(info.seed));
    meta << pair("ikevet", info.ikevet_version);
    page.set("meta", meta);
    data bars = list();
    bars << scenario_bar() << requirement_bar();
    page.set("bars", bars);
  }

  data scenario_bar() const {
    const Tally counts = tally(report_.verdicts.scenarios);
    data parts = list();
    for (std::size_t i = 0; i < kStatusCount; ++i)
      if (counts[i] > 0) parts << part(name(static_cast<Status>(i)), css(static_cast<Status>(i)), counts[i]);
    data out;
    out.set("title", text("Scenarios"));
    out.set("caption", text(fmt::format("{} selected", report_.verdicts.scenarios.size())));
    out.set("parts", parts);
    return out;
  }

  data requirement_bar() const {
    const Denominator d = denominator(report_.verdicts);
    data parts = list();
    for (const Place place : kPlaces)
      if (count_of(d, place) > 0) parts << part(name(place), css(place), count_of(d, place));
    data out;
    out.set("title", text("Requirements"));
    out.set("caption", text(fmt::format("{} of {} tested", d.tested, d.total)));
    out.set("parts", parts);
    return out;
  }

  static data part(std::string_view label, std::string_view css_class, std::size_t count) {
    data out;
    out.set("name", text(label));
    out.set("css", text(css_class));
    out.set("count", text(std::to_string(count)));
    return out;
  }

  void failure_section(data& page) const {
    const std::vector<Failure> all = failures(report_);
    page.set("has_failures", data(!all.empty()));
    data items = list();
    for (const Failure& failure : all) items << failure_card(failure);
    page.set("failures", items);
  }

  data failure_card(const Failure& failure) const {
    data out;
    out.set("requirement", text(failure.requirement));
    out.set("kind", text(failure.required ? "broken" : "recommended"));
    out.set("tone", text(failure.required ? "bad" : "warn"));
    out.set("citation", optional_text(failure.citation));
    out.set("level", optional_text(failure.level));
    out.set("paraphrase", optional_text(failure.paraphrase));
    data first = list(), more = list();
    for (std::size_t i = 0; i < failure.seen.size(); ++i) (i == 0 ? first : more) << seen(failure.seen[i]);
    out.set("first", first);
    out.set("more", more);
    const std::size_t further = failure.seen.empty() ? 0 : failure.seen.size() - 1;
    out.set("has_more", data(further > 0));
    out.set("more_count", text(std::to_string(further)));
    out.set("more_word", text(further == 1 ? "occurrence" : "occurrences"));
    return out;
  }

  data seen(const Failure::Seen& seen) const {
    data out;
    out.set("scenario", text(seen.scenario));
    out.set("anchor", optional_text(anchor(seen.scenario)));
    out.set("step", optional_text(seen.step));
    out.set("expected", optional_text(seen.expected));
    out.set("actual", optional_text(seen.actual));
    out.set("frames", optional_text(frames_text(seen.frames)));
    out.set("rerun", text(seen.rerun));
    return out;
  }

  void attention_section(data& page) const {
    data items = list();
    bool any = false;
    for (const ScenarioVerdict& scenario : report_.verdicts.scenarios) {
      if (scenario.status == Status::Pass || scenario.status == Status::PassLenient || scenario.status == Status::Fail)
        continue;
      any = true;
      data item;
      item.set("id", text(scenario.scenario));
      item.set("anchor", text(anchor(scenario.scenario)));
      item.set("status", text(name(scenario.status)));
      item.set("css", text(css(scenario.status)));
      item.set("reason", optional_text(scenario.reason));
      item.set("detail", text(scenario.detail));
      const std::string_view advice = reasons::explain(scenario.reason);
      item.set("advice", optional_text(scenario.detail.find(advice) == std::string::npos ? advice : ""));
      items << item;
    }
    page.set("has_attention", data(any));
    page.set("attention", items);
  }

  void scenario_section(data& page) {
    data items = list();
    std::map<std::string, std::size_t, std::less<>> counts;
    for (const ScenarioVerdict& verdict : report_.verdicts.scenarios) {
      items << scenario_item(verdict);
      ++counts[std::string(css(verdict.status))];
    }
    page.set("scenarios", items);
    data filters = list();
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kGroups{{{"good", "pass"},
                                                                                    {"note", "pass-lenient"},
                                                                                    {"bad", "fail or error"},
                                                                                    {"warn", "inconclusive"},
                                                                                    {"waive", "waived"},
                                                                                    {"off", "unsupported"}}};
    for (const auto& [css_class, label] : kGroups)
      if (const auto found = counts.find(css_class); found != counts.end())
        filters << part(label, css_class, found->second);
    page.set("scenario_filters", filters);
  }

  data scenario_item(const ScenarioVerdict& verdict) {
    const scenarios::Scenario* scenario = find_scenario(report_, verdict.scenario);
    const auto played = played_.find(verdict.scenario);
    data out;
    out.set("id", text(verdict.scenario));
    out.set("title", text(scenario == nullptr || scenario->title.empty() ? verdict.scenario : scenario->title));
    out.set("description", optional_text(scenario == nullptr ? "" : scenario->description));
    out.set("anchor", text(anchor(verdict.scenario)));
    out.set("status", text(name(verdict.status)));
    out.set("css", text(css(verdict.status)));
    out.set("seconds", text(fmt::format("{:.2f} s", verdict.seconds)));
    out.set("reason", optional_text(verdict.reason));
    out.set("detail", optional_text(verdict.detail));
    out.set("rule_note", optional_text(rule_note(verdict)));
    data requirements = list();
    bool any = false;
    for (const auto* group : {&verdict.requirements, &verdict.rules})
      for (const RequirementVerdict& requirement : *group) {
        const bool is_rule = group == &verdict.rules;
        if (is_rule && requirement.status == Status::Pass) continue;  // in the requirement table below
        requirements << scenario_requirement(requirement);
        any = true;
      }
    out.set("requirements", requirements);
    out.set("has_requirements", data(any));
    const std::uint64_t seed = played == played_.end() ? report_.info.seed : played->second->run.seed;
    out.set("rerun", scenario == nullptr ? data(false) : text(rerun_line(report_.info, verdict.scenario, seed)));
    const bool has_trace = played != played_.end() && !played->second->run.trace.packets.empty();
    out.set("has_ladder", data(has_trace));
    if (has_trace) add_trace(out, verdict, *played->second);
    return out;
  }

  static std::string rule_note(const ScenarioVerdict& verdict) {
    const auto broken = std::ranges::count(verdict.rules, Status::Fail, &RequirementVerdict::status);
    return broken == 0 ? std::string() : fmt::format("{} {} broken", broken, broken == 1 ? "rule" : "rules");
  }

  data scenario_requirement(const RequirementVerdict& verdict) const {
    data out;
    const auto found = report_.catalogue.find(verdict.requirement);
    out.set("requirement", text(verdict.requirement));
    out.set("level", text(found == report_.catalogue.end() ? "" : scenarios::name(found->second.level)));
    out.set("status", text(name(verdict.status)));
    out.set("css", text(css(verdict.status)));
    const bool shown = !verdict.evidence.empty();
    out.set("expected", optional_text(shown ? verdict.evidence.front().expected : ""));
    out.set("actual", optional_text(shown ? verdict.evidence.front().actual : ""));
    const bool repeats_evidence = shown && verdict.detail == verdict.evidence.front().actual;
    out.set("note", optional_text(repeats_evidence ? "" : verdict.detail));
    out.set("frames", optional_text(shown ? frames_text(verdict.evidence.front().frames) : ""));
    return out;
  }

  static std::set<std::size_t> frames_of_failures(const ScenarioVerdict& verdict) {
    std::set<std::size_t> out;
    for (const auto* group : {&verdict.requirements, &verdict.rules})
      for (const RequirementVerdict& requirement : *group)
        if (requirement.status == Status::Fail || requirement.status == Status::Waived)
          for (const Evidence& evidence : requirement.evidence)
            out.insert(evidence.frames.begin(), evidence.frames.end());
    return out;
  }

  void add_trace(data& out, const ScenarioVerdict& verdict, const PlayedScenario& played) {
    const std::set<std::size_t> marked = frames_of_failures(verdict);
    const std::string prefix = anchor(verdict.scenario) + "m";
    out.set("ladder", data(ladder_svg(played, {prefix, marked})));
    data messages = list();
    const bool fits = decoded_ < options_.decoded_octets_at_most;
    if (fits)
      for (std::size_t i = 0; i < played.run.trace.messages.size(); ++i)
        messages << message(played.run.trace.messages[i], prefix + std::to_string(i), marked);
    out.set("has_messages", data(fits && !played.run.trace.messages.empty()));
    out.set("trees_left_out", data(!fits));
    out.set("messages", messages);
  }

  data message(const trace::MessageRecord& record, const std::string& id, const std::set<std::size_t>& marked) {
    data out;
    out.set("anchor", text(id));
    out.set("marked", data(record.frame != 0 && marked.contains(record.frame)));
    out.set("direction", text(record.from == trace::Party::Harness ? "harness → device" : "device → harness"));
    out.set("frame", text(record.frame == 0 ? std::string("–") : fmt::format("frame {}", record.frame)));
    out.set("what", text(wire::describe_header(record.outer.header)));
    const bool opened = record.protection == trace::Protection::Opened;
    out.set("payloads", text(opened ? wire::describe(record.outer, record.inner) : wire::describe(record.outer)));
    std::string tree = message_html(record);
    decoded_ += tree.size();
    out.set("tree", data(std::move(tree)));
    return out;
  }

  void requirement_section(data& page) const {
    const Denominator all = denominator(report_.verdicts);
    data columns = list();
    for (const char* title : {"known", "tested"}) columns << text(title);
    for (const Place place : kPlaces) columns << text(name(place));
    page.set("columns", columns);

    std::set<int> rfcs;
    for (const auto& [id, verdict] : report_.verdicts.requirements) {
      const auto found = report_.catalogue.find(id);
      rfcs.insert(found == report_.catalogue.end() ? 0 : found->second.rfc);
    }
    data documents = list();
    for (const int rfc : rfcs)
      documents << document(rfc == 0 ? std::string("other") : fmt::format("RFC {}", rfc),
                            denominator(report_.verdicts, report_.catalogue, rfc), false);
    if (rfcs.size() > 1) documents << document("all", all, true);
    page.set("documents", documents);

    data filters = list();
    for (const Place place : kPlaces)
      if (count_of(all, place) > 0) filters << part(name(place), name(place), count_of(all, place));
    page.set("requirement_filters", filters);

    data rows = list();
    for (const auto& [id, verdict] : report_.verdicts.requirements) rows << requirement_row(verdict);
    page.set("all_requirements", rows);
  }

  static data document(const std::string& title, const Denominator& d, bool sum) {
    data out;
    out.set("name", text(title));
    out.set("sum", data(sum));
    data counts = list();
    const auto add = [&](std::size_t value, std::string_view css_class) {
      data cell;
      cell.set("value", text(std::to_string(value)));
      cell.set("css", text(value == 0 ? "zero" : css_class));
      counts << cell;
    };
    add(d.total, "");
    add(d.tested, "");
    for (const Place place : kPlaces) add(count_of(d, place), css(place));
    out.set("counts", counts);
    return out;
  }

  data requirement_row(const RequirementVerdict& verdict) const {
    data out;
    const Place place = place_of(verdict);
    const auto found = report_.catalogue.find(verdict.requirement);
    const bool known = found != report_.catalogue.end();
    out.set("requirement", text(verdict.requirement));
    out.set("place", text(name(place)));
    out.set("css", text(css(place)));
    out.set("citation", text(known ? found->second.citation() : std::string()));
    out.set("level", text(known ? scenarios::name(found->second.level) : ""));
    out.set("paraphrase", text(known ? found->second.paraphrase : std::string()));
    const bool plain = place == Place::Passed || place == Place::NotRun;
    const std::string note = verdict.detail.empty() ? std::string(reasons::explain(verdict.reason)) : verdict.detail;
    out.set("note", optional_text(plain ? "" : note));
    data where = list();
    std::set<std::string> shown;
    for (const Evidence& evidence : verdict.evidence) {
      if (shown.size() == 3 || !shown.insert(evidence.scenario).second) continue;
      data link;
      link.set("anchor", text(anchor(evidence.scenario)));
      link.set("label", text("#" + anchor(evidence.scenario).substr(1)));
      where << link;
    }
    out.set("where", where);
    return out;
  }

  void about_section(data& page) const {
    const RunInfo& info = report_.info;
    data rows = list();
    rows << pair("ikevet", info.ikevet_version);
    for (const auto& [library, version] : info.libraries) rows << pair(library, version);
    rows << pair("Target", info.target);
    if (!info.dut_address.empty()) rows << pair("Address", info.dut_address);
    rows << pair("Selection",
                 info.selection.empty() ? "everything" : fmt::format("{}", fmt::join(info.selection, " ")));
    rows << pair("Seed", std::to_string(info.seed));
    if (!info.started.empty()) rows << pair("Started", info.started);
    if (!info.finished.empty()) rows << pair("Finished", info.finished);
    rows << pair("SHOULD", info.strict ? "counts as required (--strict)" : "reported, not counted");
    if (!info.out_dir.empty()) rows << pair("Run directory", info.out_dir);
    page.set("about", rows);
    data files = list();
    for (const FileDigest& file : info.files) {
      data row;
      row.set("path", text(file.path));
      row.set("sha256", text(file.sha256));
      files << row;
    }
    page.set("files", files);
    page.set("has_files", data(!info.files.empty()));
  }

  std::string anchor(std::string_view scenario) const {
    const auto found = anchors_.find(scenario);
    return found == anchors_.end() ? std::string() : found->second;
  }

  const RunReport& report_;
  const HtmlOptions& options_;
  std::map<std::string, std::string, std::less<>> anchors_;
  std::map<std::string, const PlayedScenario*, std::less<>> played_;
  std::size_t decoded_{};
};

}  // namespace

std::string html_report(const RunReport& report, const HtmlOptions& options) { return Page(report, options).render(); }

}  // namespace ikevet::reports
