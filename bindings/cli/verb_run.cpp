// The verb `run`: plays scenarios against a target, keeps the evidence, grades it, and reports.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "bindings/cli/analyses.hpp"
#include "bindings/cli/catalogue_text.hpp"
#include "bindings/cli/event_stream.hpp"
#include "bindings/cli/interruption.hpp"
#include "bindings/cli/pdf_report.hpp"
#include "bindings/cli/printable.hpp"
#include "bindings/cli/run_dir.hpp"
#include "bindings/cli/run_text.hpp"
#include "bindings/cli/suite_run.hpp"
#include "bindings/cli/terminal.hpp"
#include "bindings/cli/verbs.hpp"

namespace ikevet::cli {
namespace {

constexpr const char* kFooter =
    "SELECT: paths (rfc7296, rfc7296/2.1), ids of scenarios and requirements, tag:X, role:responder, level:must,\n"
    "profile:quick, not:X, or a scenario file (x.json). Positive controls that the selection needs are added.\n\n"
    "Examples:\n"
    "  ikevet run --out out/a\n"
    "  ikevet run rfc7296/2.1 level:must --target strongswan --timeout-scale 2\n"
    "  ikevet run --target my-gateway.json --baseline gateway-1.4.json --strict\n\n"
    "Into --out go run.json, report.html, report.json, report.md, junit.xml, and for each scenario the capture, its\n"
    "keys (readable by you alone), the trace and the verdict. An earlier run there is replaced; a folder that holds\n"
    "anything else is left alone.\n\n"
    "Ctrl-C breaks the run off; what was played until then is graded and reported, marked as partial.\n\n"
    "Exit codes: 0 all required pass; 1 a required one failed; 2 usage; 3 harness error; 4 device unreachable or a\n"
    "trigger that did not fire; 5 nothing selected; 6 nothing failed but not everything was proved, which holds for "
    "an\n"
    "interrupted run that would otherwise be 0 or 5; 7 the verdicts differ from the baseline.";

class Progress final : public app::RunObserver {
 public:
  /// `events` may be null.
  Progress(Terminal& terminal, std::size_t total, app::EventStream* events)
      : terminal_(terminal), total_(total), events_(events) {}

  void started(std::size_t index, const scenarios::Scenario& scenario) override {
    terminal_.status(fmt::format("{}/{} {} ...", index + 1, total_, scenario.id));
    if (events_ != nullptr) events_->scenario_started(index, scenario);
  }
  void finished(std::size_t index, const scenarios::Scenario& scenario,
                const reports::ScenarioVerdict& verdict) override {
    print_verdict(terminal_, index + 1, total_, verdict);
    if (events_ != nullptr) events_->scenario_finished(index, scenario, verdict);
  }
  void note(const std::string& text) override {
    terminal_.line("note: " + text);
    if (events_ != nullptr) events_->note(text);
  }

 private:
  Terminal& terminal_;
  std::size_t total_;
  app::EventStream* events_;
};

void print_plan(Terminal& terminal, const app::RunPlan& plan) {
  const std::size_t controls = plan.scenarios.size() - plan.selected;
  std::string text = fmt::format("{} scenario{}", plan.selected, plan.selected == 1 ? "" : "s");
  if (controls != 0) text += fmt::format(" and {} positive control{}", controls, controls == 1 ? "" : "s");
  terminal.line(fmt::format("{}: {} against {}, seed {}, into {}", terminal.paint(Colour::Bold, "ikevet run"), text,
                            plan.target.name, plan.seed, plan.run_dir.string()));
  if (app::is_run_dir(plan.run_dir)) terminal.line("the earlier run in that folder is replaced");
}

void dry_run(Terminal& terminal, const app::RunPlan& plan) {
  for (const scenarios::Scenario& scenario : plan.scenarios) {
    const std::string missing = app::missing_need(scenario, plan.target);
    terminal.line(fmt::format("  {:<11}  {}{}", missing.empty() ? "would play" : "unsupported", scenario.id,
                              missing.empty() ? "" : ": " + missing));
  }
  terminal.line("nothing was sent and nothing was written (--dry-run)");
}

struct RunExtras {
  bool dry{};
  bool pdf{};
  std::string events;  ///< a file, "-", or empty
};

int run(const app::RunRequest& request, const RunExtras& extras) {
  // Standard output then belongs to the events.
  Terminal terminal = extras.events == "-" ? Terminal::plain(std::cerr) : Terminal::of_stdout();
  const app::RunPlan plan = app::plan_run(request);
  print_plan(terminal, plan);
  if (extras.dry) {
    dry_run(terminal, plan);
    return static_cast<int>(app::ExitCode::Pass);
  }
  app::ignore_broken_pipes();
  const app::Interruption interruption;
  std::optional<app::EventStream> events;
  if (!extras.events.empty()) events.emplace(extras.events).run_started(plan);
  Progress progress(terminal, plan.scenarios.size(), events ? &*events : nullptr);
  const app::RunResult result = app::run_suite(plan, progress);
  if (events) events->run_finished(result);
  print_failures(terminal, result.report, result.run_dir);
  print_summary(terminal, result.report);
  print_waivers(terminal, result.waivers);
  if (plan.baseline) print_changes(terminal, result.changes);
  for (const scenarios::ClaimFinding& claim : result.claims) terminal.line("claim:        " + printable(claim.text()));
  if (plan.target.kind != scenarios::TargetKind::Embedded) terminal.line("time:         " + result.timing.text());
  terminal.line(fmt::format("report:       {}", (result.run_dir / app::kHtmlReport).string()));
  if (extras.pdf) {
    const app::Analyses analyses(result.report, plan.library, result.waivers);
    app::write_pdf(result.run_dir / app::kPdfReport, result.report, app::analysis_pages(analyses));
    terminal.line(fmt::format("as PDF:       {}", (result.run_dir / app::kPdfReport).string()));
  }
  return static_cast<int>(result.exit_code);
}

}  // namespace

void register_run(CLI::App& program, int& exit_code) {
  CLI::App* verb =
      program.add_subcommand("run", "Plays scenarios against a device, keeps the evidence, and grades it.");
  verb->footer(kFooter);
  const auto request = std::make_shared<app::RunRequest>();
  const auto extras = std::make_shared<RunExtras>();
  verb->add_option("select", request->select, "what to play (default: every scenario)");
  verb->add_option("--target", request->target, "name of a target, or a target file")->capture_default_str();
  verb->add_option("--out", request->out, "folder for the evidence (default: out/TARGET-N, the first that is free)");
  verb->add_option("--seed", request->seed, "for SPIs, nonces and keys (default: 1 for embedded, else a fresh one)");
  verb->add_flag("--strict", request->strict, "a SHOULD counts like a MUST");
  verb->add_option("--baseline", request->baseline, "expected verdicts: a report.json; a difference is exit code 7");
  verb->add_option("--waivers", request->waivers,
                   "failures that somebody answers for until a date: JSON (docs/comparing-runs.md)");
  verb->add_flag("--dry-run", extras->dry, "say what would be played");
  verb->add_option("--timeout-scale", request->timeout_scale, "multiplies every waiting time (0.01 to 1000)")
      ->check(CLI::Range(0.01, 1000.0).description(""))
      ->capture_default_str();
  verb->add_flag_callback(
      "--no-keys", [request] { request->keys = false; },
      "write no keys; the run then cannot be graded again without them");
  verb->add_option("--reruns", request->reruns,
                   "how often what failed or was inconclusive is played again (default: once with a live target); what "
                   "ends otherwise then is unstable")
      ->check(CLI::Range(0, 100).description(""));
  verb->add_option(
          "--jobs", request->jobs,
          "scenarios at a time (1 to 64); with a live target at most its concurrency, and only those that need "
          "no trigger and no traffic")
      ->check(CLI::Range(1, 64).description(""))
      ->capture_default_str();
  verb->add_option("--events", extras->events, "every event as a line of JSON (`ikevet schema event`), - for stdout");
  verb->add_flag("--pdf", extras->pdf, "report.pdf too, printed by Chromium");
  verb->add_option("--deviation", request->deviation,
                   "the embedded device deviates thus (ids: `ikevet list --deviations`)");
  verb->callback([request, extras, &exit_code] { exit_code = run(*request, *extras); });
}

}  // namespace ikevet::cli
