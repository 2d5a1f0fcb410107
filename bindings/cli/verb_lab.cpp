// The verb `lab`: a real third-party peer as a target, by the program `lab` that lies beside its target file.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "bindings/cli/user_error.hpp"
#include "bindings/cli/verbs.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/nearest.hpp"

namespace ikevet::cli {
namespace fs = std::filesystem;
namespace {

using app::ExitCode;
using app::UserError;

struct LabOptions {
  std::string action;
  std::string name;
  std::string profile;
};

/// Targets that can be brought up here.
std::vector<std::string> labs(const fs::path& targets) {
  std::vector<std::string> out;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(targets, error))
    if (fs::exists(entry.path() / "lab", error)) out.push_back(entry.path().filename());
  return out;
}

/// Gives this process to the lab's program: its messages and its exit code (0, 1 nothing is up, 2, 4) are the user's.
[[noreturn]] void become(const fs::path& program, const std::vector<std::string>& arguments) {
  std::cout.flush();
  std::vector<char*> argv{const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  throw UserError(ExitCode::Usage, fmt::format("{} cannot be run: {}", program.string(), std::strerror(errno)),
                  "make it executable, or install ikevet again");
}

void lab(const LabOptions& options) {
  const fs::path targets = scenarios::find_data_dir() / "targets";
  const std::vector<std::string> known = labs(targets);
  if (std::ranges::find(known, options.name) == known.end())
    throw UserError(ExitCode::Usage, fmt::format("there is no lab \"{}\"", options.name),
                    scenarios::did_you_mean(options.name, known, fmt::format("labs lie in {}", targets.string())));
  if (!options.profile.empty() && options.action != "up")
    throw UserError(ExitCode::Usage, fmt::format("\"{}\" takes no profile", options.action), "only `up` does");
  std::vector<std::string> arguments{options.action};
  if (!options.profile.empty()) arguments.push_back(options.profile);
  become(targets / options.name / "lab", arguments);
}

struct MatrixOptions {
  std::vector<std::string> only;
  std::string out = "interop";
  std::string table;
  unsigned jobs = 2;
  double timeout_scale = 1.0;
  bool list = false;
};

/// The matrix calls this program again for every peer, and is told where it is.
void matrix(const MatrixOptions& options) {
  std::error_code error;
  ::setenv("IKEVET", fs::read_symlink("/proc/self/exe", error).c_str(), 1);
  std::vector<std::string> arguments{"--out",           options.out,
                                     "--jobs",          fmt::format("{}", options.jobs),
                                     "--timeout-scale", fmt::format("{}", options.timeout_scale)};
  for (const std::string& pattern : options.only) arguments.insert(arguments.end(), {"--only", pattern});
  if (!options.table.empty()) arguments.insert(arguments.end(), {"--table", options.table});
  if (options.list) arguments.push_back("--list");
  become(scenarios::find_data_dir() / "targets/lab/matrix", arguments);
}

void register_matrix(CLI::App& lab) {
  CLI::App* verb = lab.add_subcommand(
      "matrix", "Plays the interop matrix: every peer, profile and role through its scenarios (root).");
  verb->footer(
      "Example:\n"
      "  ikevet lab matrix --out out/interop --table docs/interop.md\n"
      "  ikevet lab matrix --only strongswan/psk --only libreswan/*/responder --out out/some\n\n"
      "Exit codes: 0 every cell is green or has a written reason, 1 a device failed, 2 usage, 3 a fault of ikevet's,\n"
      "4 a lab did not come up or a trigger did not fire, 5 no cell selected, 6 inconclusive");
  const auto options = std::make_shared<MatrixOptions>();
  verb->add_option("--only", options->only, "cells PEER/FEATURE/ROLE/FAMILY or their beginning; * for any part")
      ->allow_extra_args(false);
  verb->add_option("--out", options->out, "folder for the evidence and interop.md")->capture_default_str();
  verb->add_option("--table", options->table, "a second place for the table");
  verb->add_option("--jobs", options->jobs, "labs at one time")->capture_default_str()->check(CLI::Range(1U, 16U));
  verb->add_option("--timeout-scale", options->timeout_scale, "factor on all waiting")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  verb->add_flag("--list", options->list, "only say which cells there are");
  verb->callback([options] { matrix(*options); });
}

}  // namespace

void register_lab(CLI::App& program, int&) {
  CLI::App* verb = program.add_subcommand(
      "lab", "Starts, stops and shows a real third-party peer in network namespaces of its own (root).");
  verb->footer(
      "Example:\n"
      "  ikevet lab up strongswan\n"
      "  ikevet run --target strongswan --out out/s\n"
      "  ikevet lab down strongswan\n"
      "  ikevet lab up libreswan rsa\n"
      "  ikevet lab matrix --out out/interop\n\n"
      "Exit codes: 0 done, 1 nothing is up (status), 2 permission or missing package, 4 the peer did not start");
  const auto options = std::make_shared<LabOptions>();
  verb->add_option("action", options->action, "up, down, status, log, or help for the peer's profiles and triggers")
      ->check(CLI::IsMember({"up", "down", "status", "log", "help"}));
  verb->add_option("name", options->name, "which peer: strongswan, libreswan, openiked");
  verb->add_option("profile", options->profile, "of `up`: how the peer is configured, e.g. rsa; default psk");
  register_matrix(*verb);
  verb->require_subcommand(0, 1);
  verb->callback([options, verb] {
    if (!verb->get_subcommands().empty()) return;
    if (options->action.empty() || options->name.empty())
      throw UserError(ExitCode::Usage, "say what to do, and with which peer", "ikevet lab up strongswan");
    lab(*options);
  });
}

}  // namespace ikevet::cli
