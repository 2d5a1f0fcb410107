// The verb `lab`: a real third-party peer as a target, by the program `lab` that lies beside its target file.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
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
[[noreturn]] void become(const fs::path& program, const std::string& action) {
  std::cout.flush();
  ::execl(program.c_str(), program.c_str(), action.c_str(), static_cast<char*>(nullptr));
  throw UserError(ExitCode::Usage, fmt::format("{} cannot be run: {}", program.string(), std::strerror(errno)),
                  "make it executable, or install ikevet again");
}

void lab(const LabOptions& options) {
  const fs::path targets = scenarios::find_data_dir() / "targets";
  const std::vector<std::string> known = labs(targets);
  if (std::ranges::find(known, options.name) == known.end())
    throw UserError(ExitCode::Usage, fmt::format("there is no lab \"{}\"", options.name),
                    scenarios::did_you_mean(options.name, known, fmt::format("labs lie in {}", targets.string())));
  become(targets / options.name / "lab", options.action);
}

}  // namespace

void register_lab(CLI::App& program, int&) {
  CLI::App* verb = program.add_subcommand(
      "lab", "Starts, stops and shows a real third-party peer in network namespaces of its own (root).");
  verb->footer(
      "Example:\n"
      "  ikevet lab up strongswan\n"
      "  ikevet run --target strongswan --out out/s\n"
      "  ikevet lab down strongswan\n\n"
      "Exit codes: 0 done, 1 nothing is up (status), 2 permission or missing package, 4 the peer did not start");
  const auto options = std::make_shared<LabOptions>();
  verb->add_option("action", options->action, "up, down, status or log")
      ->required()
      ->check(CLI::IsMember({"up", "down", "status", "log"}));
  verb->add_option("name", options->name, "which peer, e.g. strongswan")->required();
  verb->callback([options] { lab(*options); });
}

}  // namespace ikevet::cli
