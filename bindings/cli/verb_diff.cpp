// The verb `diff`: what changed between two runs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "bindings/cli/compared_run.hpp"
#include "bindings/cli/exit_code.hpp"
#include "bindings/cli/printable.hpp"
#include "bindings/cli/terminal.hpp"
#include "bindings/cli/verbs_of_runs.hpp"
#include "reports/run_diff.hpp"
#include "scenarios/format/data_dir.hpp"

namespace ikevet::cli {
namespace fs = std::filesystem;
namespace {

using reports::Difference;
using Kind = Difference::Kind;

struct DiffOptions {
  fs::path before, after;
  bool json{}, markdown{}, evidence{}, allow_progress{};
};

constexpr std::size_t kIdsShown = 5;  ///< of evidence that changed, without --evidence

Colour colour_of(Kind kind) {
  switch (kind) {
    case Kind::NewFail:
    case Kind::Lost:
      return Colour::Red;
    case Kind::Mended:
    case Kind::Gained:
      return Colour::Green;
    case Kind::Changed:
    case Kind::New:
    case Kind::Gone:
      return Colour::Yellow;
    case Kind::Evidence:
      return Colour::Dim;
  }
  return Colour::None;
}

void said(Terminal& terminal, std::string_view label, const std::string& text, const std::vector<std::size_t>& frames,
          const std::string& scenario) {
  if (text.empty() && frames.empty()) return;
  std::string line = fmt::format("      {:<7}{}", label, printable(text));
  if (!frames.empty())
    line += fmt::format(" (frame{} {} of {})", frames.size() == 1 ? "" : "s", fmt::join(frames, ", "), scenario);
  terminal.line(terminal.paint(Colour::Dim, line));
}

void print_one(Terminal& terminal, const Difference& d) {
  std::string line = fmt::format("  {} -> {}  {}", d.before.empty() ? "nothing" : d.before,
                                 d.after.empty() ? "nothing" : d.after, d.id);
  if (!d.citation.empty()) line += fmt::format(" ({})", d.citation);
  terminal.line(line);
  if (d.kind == Kind::New || d.kind == Kind::Gone) return;
  said(terminal, "before:", d.said_before, d.frames_before, d.scenario_before);
  said(terminal, "after:", d.said_after, d.frames_after, d.scenario_after);
}

void print_kind(Terminal& terminal, const reports::RunDiff& diff, Kind kind, bool in_full) {
  const std::size_t count = diff.count(kind);
  if (count == 0) return;
  terminal.line();
  terminal.line(terminal.paint(colour_of(kind), fmt::format("{} ({})", reports::title(kind), count)));
  std::size_t shown = 0;
  for (const Difference& d : diff.differences) {
    if (d.kind != kind) continue;
    if (in_full) {
      print_one(terminal, d);
    } else if (++shown <= kIdsShown) {
      terminal.line(fmt::format("  {}  {}", d.after, d.id));
    }
  }
  if (!in_full && count > kIdsShown)
    terminal.line(fmt::format("  and {} more; --evidence shows all, and what was seen", count - kIdsShown));
}

void print(const reports::RunDiff& diff, bool evidence) {
  Terminal terminal = Terminal::of_stdout();
  terminal.line(terminal.paint(Colour::Bold, fmt::format("{} -> {}", diff.before.label, diff.after.label)));
  for (const std::string& condition : diff.conditions) terminal.line("  " + printable(condition));
  for (std::size_t i = 0; i < reports::kDifferenceKinds; ++i) {
    const Kind kind = static_cast<Kind>(i);
    print_kind(terminal, diff, kind, kind != Kind::Evidence || evidence);
  }
  terminal.line();
  terminal.line(fmt::format("{}{} the same", diff.verdicts_differ() ? "" : "no verdict differs; ", diff.same));
}

int diff(const DiffOptions& options) {
  const scenarios::Library library = scenarios::load_library(scenarios::find_data_dir());
  const reports::RunDiff found = reports::diff(app::compared_run(options.before, library),
                                               app::compared_run(options.after, library), library.catalogue);
  if (options.json) {
    std::cout << reports::diff_json(found);
  } else if (options.markdown) {
    std::cout << reports::diff_markdown(found);
  } else {
    print(found, options.evidence);
  }
  const bool differs = options.allow_progress ? found.worse() : found.verdicts_differ();
  return static_cast<int>(differs ? app::ExitCode::Differs : app::ExitCode::Pass);
}

}  // namespace

void register_diff(CLI::App& program, int& exit_code) {
  CLI::App* verb = program.add_subcommand("diff", "Compares two runs: what fails now, what was mended, what is new.");
  verb->footer(
      "Each side is the folder of a run, its report.json, or a baseline file, which has no evidence to compare.\n"
      "Requirements that neither run touched are left out. SPIs, nonces, times and frame numbers in what was seen\n"
      "differ between any two runs and are no difference.\n\n"
      "Examples:\n"
      "  ikevet diff out/fw-7.1 out/fw-7.2\n"
      "  ikevet diff out/fw-7.1 out/fw-7.2 --markdown >> \"$GITHUB_STEP_SUMMARY\"\n\n"
      "Exit codes: 0 no verdict differs; 7 one does, an unexpected pass included (with --allow-progress: something\n"
      "fails that did not, no longer passes, or is gone); 2 usage.");
  const auto options = std::make_shared<DiffOptions>();
  verb->add_option("before", options->before, "the earlier run")->required();
  verb->add_option("after", options->after, "the later run")->required();
  CLI::Option* json = verb->add_flag("--json", options->json, "as JSON (ikevet schema diff)");
  verb->add_flag("--markdown", options->markdown, "as Markdown, for a pull request")->excludes(json);
  verb->add_flag("--evidence", options->evidence, "show what was seen where the verdict is the same");
  verb->add_flag("--allow-progress", options->allow_progress, "exit code 7 only where something got worse");
  verb->callback([options, &exit_code] { exit_code = diff(*options); });
}

}  // namespace ikevet::cli
