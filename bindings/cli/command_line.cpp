#include "bindings/cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/cli/decode.hpp"
#include "bindings/cli/printable.hpp"
#include "bindings/cli/user_error.hpp"
#include "bindings/cli/verb_selftest.hpp"
#include "bindings/cli/verbs.hpp"
#include "bindings/cli/verbs_of_runs.hpp"
#include "bindings/cli/version.hpp"
#include "engine/transport/transport.hpp"
#include "pcap/capture_error.hpp"
#include "pcap/key_file_error.hpp"
#include "reports/files.hpp"
#include "scenarios/format/nearest.hpp"
#include "scenarios/format/problem.hpp"
#include "scenarios/runner/proposal_strings.hpp"

namespace ikevet::cli {
namespace {

using app::ExitCode;

constexpr const char* kFooter =
    "Examples:\n"
    "  ikevet run --out out/a                       the whole suite against the built-in device\n"
    "  ikevet run rfc7296/2.1 --target strongswan   one section against a peer (ikevet lab up strongswan)\n"
    "  ikevet grade out/a                           the verdicts again, from the stored evidence\n\n"
    "Exit codes:\n"
    "  0 all required pass      1 a required one failed     2 usage, or a file that is wrong\n"
    "  3 harness error          4 device unreachable, or a trigger that did not fire\n"
    "  5 nothing selected       6 nothing failed, not everything proved (an interrupted run, too)\n"
    "  7 differs from the baseline or from the stored report";

int tell(std::ostream& err, ExitCode code, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    err << "ikevet: " << printable(text.substr(0, end)) << '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return static_cast<int>(code);
}

std::vector<std::string> verb_names(const CLI::App& program) {
  std::vector<std::string> out;
  for (const CLI::App* verb : program.get_subcommands({})) out.push_back(verb->get_name());
  return out;
}

std::vector<std::string> option_names(const CLI::App& verb) {
  std::vector<std::string> out;
  for (const CLI::Option* option : verb.get_options())
    for (const std::string& name : option->get_lnames()) out.push_back("--" + name);
  return out;
}

/// The verb that stands on the command line, or the program itself.
const CLI::App& chosen(const CLI::App& program) {
  const auto parsed = program.get_subcommands();
  return parsed.empty() ? program : *parsed.front();
}

/// What the parser says, and what was probably meant.
int usage_fault(const CLI::App& program, const CLI::ParseError& error, std::span<const char* const> arguments) {
  const CLI::App& verb = chosen(program);
  const std::string help =
      &verb == &program ? "see `ikevet --help`" : fmt::format("see `ikevet {} --help`", verb.get_name());
  const auto unknown = verb.remaining();
  if (&verb == &program && arguments.size() > 1 && *arguments[1] != '-') {
    const std::vector<std::string> verbs = verb_names(program);
    return tell(
        std::cerr, ExitCode::Usage,
        fmt::format("there is no verb \"{}\"; {}", arguments[1], scenarios::did_you_mean(arguments[1], verbs, help)));
  }
  for (const std::string& word : unknown)
    if (word.starts_with("-")) {
      const std::string name = word.substr(0, word.find('='));
      return tell(
          std::cerr, ExitCode::Usage,
          fmt::format("there is no option {}; {}", name, scenarios::did_you_mean(name, option_names(verb), help)));
    }
  return tell(std::cerr, ExitCode::Usage, fmt::format("{}; {}", error.what(), help));
}

void register_verbs(CLI::App& program, int& exit_code) {
  register_doctor(program, exit_code);
  register_probe(program, exit_code);
  register_list(program, exit_code);
  register_show(program, exit_code);
  register_run(program, exit_code);
  register_grade(program, exit_code);
  register_decode(program, exit_code);
  register_capture(program, exit_code);
  register_to_scenario(program, exit_code);
  register_shrink(program, exit_code);
  register_report(program, exit_code);
  register_diff(program, exit_code);
  register_matrix(program, exit_code);
  register_connect(program, exit_code);
  register_serve(program, exit_code);
  register_lab(program, exit_code);
  register_selftest(program, exit_code);
  register_lint(program, exit_code);
  register_schema(program, exit_code);
}

}  // namespace

int explain(const std::exception_ptr& error, std::ostream& err) try {
  std::rethrow_exception(error);
} catch (const app::UserError& e) {
  return tell(err, e.code(), e.what());
} catch (const scenarios::FormatError& e) {
  return tell(err, ExitCode::Usage, e.what());
} catch (const pcap::CaptureError& e) {
  return tell(err, ExitCode::Usage, e.what());
} catch (const pcap::KeyFileError& e) {
  return tell(err, ExitCode::Usage, e.what());
} catch (const reports::FileError& e) {
  return tell(err, ExitCode::Usage, e.what());
} catch (const scenarios::SetupError& e) {
  return tell(err, ExitCode::Usage, e.what());
} catch (const transport::TransportError& e) {
  return tell(err, ExitCode::Unreachable, e.what());
} catch (const std::exception& e) {
  return tell(
      err, ExitCode::HarnessError,
      fmt::format("internal error: {}; this is a fault of ikevet, please report it with the command line", e.what()));
} catch (...) {
  return tell(err, ExitCode::HarnessError, "internal error of an unknown kind; please report it with the command line");
}

int run_command_line(int argc, const char* const* argv) {
  int exit_code = 0;
  try {
    CLI::App program("Tells, with evidence, whether an IKEv2 implementation does what RFC 7296 asks.", "ikevet");
    program.set_version_flag("--version", [] { return app::version_text(); });
    program.require_subcommand(1);
    program.footer(kFooter);
    program.get_formatter()->column_width(34);
    register_verbs(program, exit_code);
    try {
      program.parse(argc, argv);
    } catch (const CLI::Success& e) {
      return program.exit(e);
    } catch (const CLI::ParseError& e) {
      return usage_fault(program, e, {argv, static_cast<std::size_t>(argc)});
    }
    return exit_code;
  } catch (...) {
    std::cout.flush();
    return explain(std::current_exception(), std::cerr);
  }
}

}  // namespace ikevet::cli
