#include "reports/html_report.hpp"

#include <fmt/format.h>

#include <kainjow/mustache.hpp>
#include <map>

#include "reports/embedded.hpp"
#include "reports/html_blocks.hpp"
#include "reports/html_index.hpp"
#include "reports/html_scenario.hpp"
#include "reports/html_section.hpp"
#include "reports/json_text.hpp"
#include "reports/plain_text.hpp"
#include "reports/summary.hpp"

namespace ikevet::reports {

namespace mustache = kainjow::mustache;
using mustache::data;

namespace {

constexpr std::size_t kScenariosInAPiece = 50;
constexpr std::size_t kFailuresWithoutScript = 100;

/// The template escapes what stands in {{...}}; control characters and broken UTF-8 go here.
data text(std::string_view value) { return data(plain_text(value)); }

/// For readers without JavaScript.
data failure_list(const std::vector<Failure>& all) {
  data out(data::type::list);
  for (const Failure& failure : all) {
    data item;
    item.set("requirement", text(failure.requirement));
    item.set("citation", text(failure.citation));
    item.set("paraphrase", text(failure.paraphrase));
    item.set("scenario", text(failure.seen.empty() ? "" : failure.seen.front().scenario));
    item.set("actual", text(failure.seen.empty() ? "" : failure.seen.front().actual));
    out << item;
    if (&failure - all.data() + 1 == static_cast<std::ptrdiff_t>(kFailuresWithoutScript)) break;
  }
  return out;
}

std::size_t octets_of(const RunReport& report) {
  std::size_t out = 0;
  for (const PlayedScenario& played : report.played)
    for (const trace::MessageRecord& message : played.run.trace.messages)
      out += message.octets.size() + message.plaintext.size();
  return out;
}

bool speaks_against_the_device(const ScenarioVerdict& verdict) {
  return verdict.status == Status::Fail || verdict.status == Status::Waived || verdict.status == Status::Error ||
         verdict.status == Status::Unstable ||
         std::ranges::any_of(verdict.rules, [](const auto& rule) { return rule.status == Status::Fail; });
}

class Page {
 public:
  Page(const RunReport& report, const HtmlOptions& options)
      : report_(report), options_(options), blocks_(!options.printable) {
    for (const PlayedScenario& played : report.played) played_.emplace(played.scenario.id, &played);
    for (const scenarios::Scenario& other : report.others) others_.emplace(other.id, &other);
  }

  std::string render() {
    data page;
    page.set("css", data(std::string(embedded::kReportCss)));
    page.set("script", data(std::string(embedded::kReportScript)));
    page.set("script_digest", data(base64(from_hex(embedded::kReportScriptSha256).value_or(Bytes{}))));
    page.set("version", text(report_.info.ikevet_version));
    page.set("device", text(report_.info.target_title.empty() ? report_.info.target : report_.info.target_title));
    page.set("started", text(report_.info.started));
    page.set("headline", text(headline(report_)));
    page.set("print", data(options_.printable));
    const std::vector<Failure> all = failures(report_);
    page.set("has_failures", data(!all.empty()));
    page.set("failures", failure_list(all));
    add_blocks();
    page.set("blocks", data(blocks_.html()));
    mustache::mustache renderer{std::string(embedded::kReportTemplate)};
    return renderer.render(page);
  }

 private:
  void add_blocks() {
    nlohmann::ordered_json index = html_index(report_);
    index["evidence"] = plain_text(options_.evidence);
    index["piece"] = kScenariosInAPiece;
    index["sections"] = nlohmann::ordered_json::array();
    std::vector<HtmlSection> sections = html_sections(report_);
    sections.insert(sections.end(), options_.sections.begin(), options_.sections.end());
    for (const HtmlSection& section : sections) {
      index["sections"].push_back({section.slug(), plain_text(section.title())});
      blocks_.add("x-" + section.slug(), to_text(section.json()));
    }
    blocks_.add("files", to_text(html_files(report_)));
    add_details();
    blocks_.add("index", to_text(index));
  }

  void add_details() {
    HtmlPool pool;
    const auto requirements = requirement_numbers(report_);
    const bool all_octets = octets_of(report_) <= options_.octets_at_most;
    std::size_t pieces = 0;
    for (std::size_t i = 0; i < report_.verdicts.scenarios.size(); i += kScenariosInAPiece) {
      HtmlChunk chunk(pool);
      for (std::size_t k = i; k < std::min(i + kScenariosInAPiece, report_.verdicts.scenarios.size()); ++k) {
        const ScenarioVerdict& verdict = report_.verdicts.scenarios[k];
        const auto played = played_.find(verdict.scenario);
        const auto other = others_.find(verdict.scenario);
        const PlayedScenario* run = played == played_.end() ? nullptr : played->second;
        chunk.add(verdict,
                  run != nullptr           ? &run->scenario
                  : other == others_.end() ? nullptr
                                           : other->second,
                  run, requirements, all_octets || speaks_against_the_device(verdict));
      }
      blocks_.add(std::to_string(pieces++), chunk.content());
    }
    blocks_.add("pool", to_text(pool.json()));
  }

  const RunReport& report_;
  const HtmlOptions& options_;
  HtmlBlocks blocks_;
  std::map<std::string, const PlayedScenario*, std::less<>> played_;
  std::map<std::string, const scenarios::Scenario*, std::less<>> others_;
};

}  // namespace

std::string html_report(const RunReport& report, const HtmlOptions& options) { return Page(report, options).render(); }

}  // namespace ikevet::reports
