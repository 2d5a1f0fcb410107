#include "bindings/cli/run_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bindings/cli/printable.hpp"
#include "bindings/cli/run_dir.hpp"
#include "reports/reasons.hpp"
#include "reports/summary.hpp"

namespace ikevet::cli {

using reports::RunReport;
using reports::ScenarioVerdict;
using reports::Status;

namespace {

constexpr std::size_t kStatusWidth = 14;  // that of "not-applicable"
constexpr std::size_t kTextWidth = 110;
constexpr std::size_t kSeenShown = 3;  ///< of one failure; the reports have all

Colour colour_of(Status status) {
  switch (status) {
    case Status::Pass:
      return Colour::Green;
    case Status::PassLenient:
      return Colour::Green;
    case Status::Fail:
      return Colour::Red;
    case Status::Error:
      return Colour::Red;
    case Status::Inconclusive:
      return Colour::Yellow;
    case Status::Unstable:
      return Colour::Yellow;
    case Status::Waived:
      return Colour::Yellow;
    case Status::Unsupported:
      return Colour::Dim;
    case Status::NotApplicable:
      return Colour::Dim;
  }
  return Colour::None;
}

std::size_t text_width(const Terminal& terminal) { return std::min(terminal.width(), kTextWidth); }

/// Why a verdict is what it is, in one sentence.
std::string reason_text(const ScenarioVerdict& verdict) {
  if (verdict.reason.empty()) return verdict.detail;
  const std::string_view explained = reports::reasons::explain(verdict.reason);
  return fmt::format("{}: {}", verdict.reason, verdict.detail.empty() ? std::string(explained) : verdict.detail);
}

std::vector<std::string> broken_rules(const ScenarioVerdict& verdict) {
  std::vector<std::string> out;
  for (const reports::RequirementVerdict& rule : verdict.rules)
    if (rule.status == Status::Fail) out.push_back(rule.requirement);
  return out;
}

void labelled(Terminal& terminal, std::string_view label, std::string_view text) {
  if (text.empty()) return;
  constexpr std::size_t kIndent = 14;
  std::string lines = wrapped(printable(text), text_width(terminal), kIndent);
  lines.replace(4, label.size(), label);
  terminal.line(lines);
}

void print_seen(Terminal& terminal, const reports::Failure::Seen& seen, const std::filesystem::path& run_dir) {
  labelled(terminal, "where:", seen.step.empty() ? seen.scenario : fmt::format("{}, {}", seen.scenario, seen.step));
  labelled(terminal, "expected:", seen.expected);
  labelled(terminal, "actual:", seen.actual);
  if (!seen.frames.empty()) {
    const std::string file = run_dir.empty() ? std::string() : (run_dir / seen.scenario / app::kCaptureFile).string();
    labelled(terminal,
             "frames:", fmt::format("{}{}", fmt::join(seen.frames, ", "), file.empty() ? file : " of " + file));
  }
  if (!run_dir.empty()) labelled(terminal, "again:", seen.rerun);
}

std::string tally_text(const std::vector<ScenarioVerdict>& scenarios) {
  const reports::Tally tally = reports::tally(scenarios);
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < reports::kStatusCount; ++i)
    if (tally[i] != 0) parts.push_back(fmt::format("{} {}", tally[i], reports::name(static_cast<Status>(i))));
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::string painted(const Terminal& terminal, Status status) {
  std::string text(reports::name(status));
  if (status == Status::Fail || status == Status::Error)
    std::ranges::transform(text, text.begin(),
                           [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); });
  const std::size_t padding = kStatusWidth - std::min(kStatusWidth, text.size());
  return terminal.paint(colour_of(status), text) + std::string(padding, ' ');
}

void print_verdict(Terminal& terminal, std::size_t number, std::size_t total, const ScenarioVerdict& verdict) {
  const std::size_t digits = fmt::formatted_size("{}", total);
  terminal.line(
      fmt::format("{:>{}}/{} {} {}", number, digits, total, painted(terminal, verdict.status), verdict.scenario));
  const std::size_t indent = 2 * digits + 2;
  if (verdict.status != Status::Pass)
    if (const std::string why = reason_text(verdict); !why.empty())
      terminal.line(terminal.paint(Colour::Dim, wrapped(printable(why), text_width(terminal), indent)));
  if (const std::vector<std::string> broken = broken_rules(verdict); !broken.empty())
    terminal.line(terminal.paint(
        Colour::Red,
        wrapped(fmt::format("in its messages: {} broken", fmt::join(broken, ", ")), text_width(terminal), indent)));
}

void print_failures(Terminal& terminal, const RunReport& report, const std::filesystem::path& run_dir) {
  for (const reports::Failure& failure : reports::failures(report)) {
    terminal.line();
    const std::string what =
        failure.required ? terminal.paint(Colour::Red, "FAIL") : terminal.paint(Colour::Yellow, "note");
    const std::string where = failure.citation.empty() ? "" : fmt::format("  {}, {}", failure.citation, failure.level);
    terminal.line(fmt::format("{} {}{}", what, terminal.paint(Colour::Bold, failure.requirement), where));
    if (!failure.paraphrase.empty()) terminal.line(wrapped(failure.paraphrase, text_width(terminal), 4));
    for (std::size_t i = 0; i < std::min(kSeenShown, failure.seen.size()); ++i)
      print_seen(terminal, failure.seen[i], run_dir);
    if (failure.seen.size() > kSeenShown)
      labelled(terminal, "and:", fmt::format("{} more; the report has them", failure.seen.size() - kSeenShown));
  }
}

void print_summary(Terminal& terminal, const RunReport& report) {
  const reports::Denominator d = reports::denominator(report.verdicts);
  terminal.line();
  if (report.info.partial) terminal.line(terminal.paint(Colour::Yellow, "interrupted: this is a part of the run"));
  terminal.line(terminal.paint(Colour::Bold, reports::headline(report)));
  terminal.line(fmt::format("scenarios:    {}", tally_text(report.verdicts.scenarios)));
  terminal.line(
      fmt::format("requirements: {} tested ({} passed, {} failed{}), {} inconclusive or unsupported, {} not run, "
                  "{} not testable; {} in all",
                  d.tested, d.passed, d.failed, d.waived == 0 ? "" : fmt::format(", {} waived", d.waived),
                  d.inconclusive + d.unsupported, d.not_run, d.not_testable, d.total));
}

void print_waivers(Terminal& terminal, const std::vector<reports::WaiverAccount>& waivers) {
  for (const reports::WaiverAccount& waiver : waivers)
    // What the target file knows of other scenarios than those of this run is no news.
    if (waiver.source == reports::WaiverAccount::Source::File ||
        waiver.state != reports::WaiverAccount::State::NotInRun)
      terminal.line(fmt::format("waiver:       {}", printable(waiver.text())));
}

void print_changes(Terminal& terminal, const std::vector<reports::Change>& changes) {
  terminal.line();
  if (changes.empty()) {
    terminal.line("as the baseline says");
    return;
  }
  terminal.line(terminal.paint(
      Colour::Bold, fmt::format("{} difference{} from the baseline:", changes.size(), changes.size() == 1 ? "" : "s")));
  for (const reports::Change& change : changes) terminal.line("  " + change.text());
}

}  // namespace ikevet::cli
