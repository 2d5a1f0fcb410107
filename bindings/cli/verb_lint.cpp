// The verb `lint`: what scenario files can be suspected of, beyond what keeps them from being loaded.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bindings/cli/exit_code.hpp"
#include "bindings/cli/terminal.hpp"
#include "bindings/cli/verbs.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/lint.hpp"

namespace ikevet::cli {
namespace {

constexpr const char* kFooter =
    "Rules:\n"
    "  format       the file cannot be used (unknown names, requirements and controls among the reasons)\n"
    "  unreachable  a step or an alternative that never comes to anything\n"
    "  control      an error or silence is expected, without a scenario that shows that the device answers at all\n"
    "  too-strong   what the RFC leaves to the device (MAY, SHOULD) is demanded of it\n"
    "  untestable   a requirement is covered that the wire does not show\n\n"
    "Examples:\n"
    "  ikevet lint                          the suite\n"
    "  ikevet lint mine/cookie-twice.json   one file; its control is looked up in the suite\n\n"
    "Exit codes: 0 nothing found; 1 something found; 2 a file cannot be used.";

struct LintOptions {
  std::vector<std::string> files;
  bool json{};
};

void print_json(const scenarios::LintReport& report) {
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const scenarios::LintFinding& finding : report.findings)
    findings.push_back({{"rule", name(finding.rule)},
                        {"file", finding.problem.file},
                        {"line", finding.problem.line},
                        {"column", finding.problem.column},
                        {"pointer", finding.problem.pointer},
                        {"scenario", finding.scenario},
                        {"what", finding.problem.what},
                        {"remedy", finding.problem.remedy}});
  const nlohmann::ordered_json out{
      {"files", report.files}, {"scenarios", report.scenarios}, {"findings", std::move(findings)}};
  std::cout << out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

void print_text(const scenarios::LintReport& report) {
  Terminal terminal = Terminal::of_stdout();
  for (const scenarios::LintFinding& finding : report.findings)
    terminal.line(fmt::format("{} [{}]", finding.problem.text(), name(finding.rule)));
  terminal.line(fmt::format(
      "{} scenarios of {} files: {}", report.scenarios, report.files,
      report.findings.empty() ? std::string("nothing found") : fmt::format("{} found", report.findings.size())));
}

int run(const LintOptions& options) {
  const scenarios::LintReport report =
      scenarios::lint_files(scenarios::find_data_dir(), {options.files.begin(), options.files.end()});
  options.json ? print_json(report) : print_text(report);
  if (report.unusable()) return static_cast<int>(app::ExitCode::Usage);
  return static_cast<int>(report.findings.empty() ? app::ExitCode::Pass : app::ExitCode::Failed);
}

}  // namespace

void register_lint(CLI::App& program, int& exit_code) {
  CLI::App* verb = program.add_subcommand("lint", "Says what is doubtful in scenario files.");
  verb->footer(kFooter);
  const auto options = std::make_shared<LintOptions>();
  verb->add_option("file", options->files, "scenario files (default: the suite)");
  verb->add_flag("--json", options->json, "one JSON object");
  verb->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace ikevet::cli
