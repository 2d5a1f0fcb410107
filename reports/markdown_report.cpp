#include "reports/markdown_report.hpp"

#include <fmt/format.h>

#include "reports/plain_text.hpp"
#include "reports/summary.hpp"

namespace ikevet::reports {
namespace {

std::string md(std::string_view text) { return markdown_text(text); }

std::string head(const RunReport& report) {
  const RunInfo& info = report.info;
  std::string out = fmt::format("# IKEv2 conformance of {}\n\n**{}**{}\n\n",
                                md(info.target_title.empty() ? info.target : info.target_title), md(headline(report)),
                                report.verdicts.partial ? " (partial: the run was interrupted)" : "");
  out += fmt::format("ikevet {}, target {}, seed {}", md(info.ikevet_version), md(info.target), info.seed);
  if (!info.started.empty()) out += ", " + md(info.started);
  return out + "\n\n";
}

/// Those that count come first.
std::string failure_section(const std::vector<Failure>& failures) {
  std::string out;
  bool recommended = false;
  for (const Failure& failure : failures) {
    if (failure.required && out.empty()) out = "## What is broken\n\n";
    if (!failure.required && !recommended) {
      recommended = true;
      out +=
          "## Recommendations that were not followed\n\nThey are not counted as broken (SHOULD, without --strict).\n\n";
    }
    out += fmt::format("### {} ({}{}{})\n\n{}\n\n", md(failure.requirement), md(failure.citation),
                       failure.level.empty() ? "" : ", ", md(failure.level), md(failure.paraphrase));
    for (const Failure::Seen& seen : failure.seen) {
      out += fmt::format("- scenario {}{}{}\n", md(seen.scenario), seen.step.empty() ? "" : ", ", md(seen.step));
      if (!seen.expected.empty()) out += fmt::format("  - expected: {}\n", md(seen.expected));
      if (!seen.actual.empty()) out += fmt::format("  - actual: {}\n", md(seen.actual));
      if (!seen.frames.empty()) out += fmt::format("  - frames: {}\n", fmt::join(seen.frames, ", "));
      out += fmt::format("  - again: `{}`\n", plain_text(seen.rerun));
    }
    out += "\n";
  }
  return out;
}

std::string scenario_table(const Verdicts& verdicts) {
  std::string out = "## Scenarios\n\n| scenario | verdict | note |\n|---|---|---|\n";
  for (const ScenarioVerdict& scenario : verdicts.scenarios)
    out += fmt::format("| {} | {} | {} |\n", md(scenario.scenario), name(scenario.status),
                       md(scenario.reason.empty() ? scenario.detail : scenario.reason));
  return out + "\n";
}

std::string requirement_counts(const Verdicts& verdicts) {
  const Denominator d = denominator(verdicts);
  return fmt::format(
      "## Requirements\n\n| known | tested | passed | failed | waived | inconclusive | unsupported | not run | not "
      "testable |\n"
      "|---|---|---|---|---|---|---|---|---|\n| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
      d.total, d.tested, d.passed, d.failed, d.waived, d.inconclusive, d.unsupported, d.not_run, d.not_testable);
}

}  // namespace

std::string waiver_section(const std::vector<WaiverAccount>& waivers) {
  if (waivers.empty()) return {};
  std::string out =
      "\n## Waivers\n\n| waives | owner | until | state | failures | reason |\n|---|---|---|---|---|---|\n";
  for (const WaiverAccount& account : waivers)
    out +=
        fmt::format("| {} | {} | {} | {} | {} | {} |\n", md(account.what()), md(account.waiver.owner),
                    md(account.waiver.expires), name(account.state), account.covered.size(), md(account.waiver.reason));
  return out;
}

std::string markdown_report(const RunReport& report) {
  return head(report) + failure_section(failures(report)) + scenario_table(report.verdicts) +
         requirement_counts(report.verdicts);
}

}  // namespace ikevet::reports
