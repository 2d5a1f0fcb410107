// The verb `doctor`: what stands in the way of a run, and how to put it right.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "bindings/cli/doctor_checks.hpp"
#include "bindings/cli/exit_code.hpp"
#include "bindings/cli/terminal.hpp"
#include "bindings/cli/verbs.hpp"
#include "scenarios/format/data_dir.hpp"

namespace ikevet::cli {
namespace {

using app::Check;

std::vector<Check> examine(const std::string& target) {
  const std::filesystem::path data_dir = scenarios::find_data_dir();
  std::vector<Check> out = app::check_library(data_dir);
  const auto add = [&](std::vector<Check> more) { out.insert(out.end(), more.begin(), more.end()); };
  add(app::check_machine());
  if (target.empty()) {
    add(app::check_for_live_targets());
    return out;
  }
  try {
    add(app::check_target(scenarios::find_target(target, data_dir), data_dir));
  } catch (const scenarios::FormatError& error) {
    for (const scenarios::Problem& problem : error.problems)
      out.push_back({Check::Status::Failure, "target", problem.text(), ""});
  }
  return out;
}

void print(Terminal& terminal, const Check& check) {
  const bool failure = check.status == Check::Status::Failure;
  const std::string mark = check.status == Check::Status::Ok ? terminal.paint(Colour::Green, "ok  ")
                           : failure                         ? terminal.paint(Colour::Red, "FAIL")
                                                             : terminal.paint(Colour::Yellow, "warn");
  terminal.line(fmt::format("{}  {}: {}", mark, check.subject, check.finding));
  if (!check.remedy.empty()) terminal.line(fmt::format("      -> {}", check.remedy));
}

int doctor(const std::string& target) {
  Terminal terminal = Terminal::of_stdout();
  std::size_t failures = 0;
  for (const Check& check : examine(target)) {
    print(terminal, check);
    if (check.status == Check::Status::Failure) ++failures;
  }
  const std::string with = target.empty() ? "" : " --target " + target;
  terminal.line();
  if (failures == 0) {
    terminal.line(fmt::format("ready: ikevet run{}", with));
    return static_cast<int>(app::ExitCode::Pass);
  }
  terminal.line(fmt::format("not ready: {} thing{} to put right", failures, failures == 1 ? "" : "s"));
  return static_cast<int>(app::ExitCode::Usage);
}

}  // namespace

void register_doctor(CLI::App& program, int& exit_code) {
  CLI::App* verb = program.add_subcommand(
      "doctor", "Checks ports, permissions, clock, other IKE daemons and trigger commands, and says how to fix them.");
  verb->footer(
      "Example:\n"
      "  ikevet doctor --target strongswan\n\n"
      "Without --target it looks at what any live target would need. Exit codes: 0 ready, 2 something must be fixed.");
  const auto target = std::make_shared<std::string>();
  verb->add_option("--target", *target, "name of a target, or a target file");
  verb->callback([target, &exit_code] { exit_code = doctor(*target); });
}

}  // namespace ikevet::cli
