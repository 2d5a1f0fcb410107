// The verb `to-scenario`: the exchanges of a capture as a scenario that anybody can play.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "bindings/cli/capture_parties.hpp"
#include "bindings/cli/capture_scenario.hpp"
#include "bindings/cli/printable.hpp"
#include "bindings/cli/user_error.hpp"
#include "bindings/cli/verbs.hpp"
#include "pcap/capture_keys.hpp"
#include "pcap/input.hpp"
#include "pcap/key_files.hpp"
#include "pcap/to_trace.hpp"
#include "reports/files.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/loader.hpp"

namespace ikevet::cli {
namespace fs = std::filesystem;

using app::ExitCode;
using app::UserError;

namespace {

struct ToScenarioOptions {
  fs::path capture;
  fs::path out;
  std::vector<fs::path> keys;
  std::string side;
};

/// The device: the one that was asked for, else who did not begin.
const app::CaptureParty& device(const ToScenarioOptions& options, const std::vector<app::CaptureParty>& all) {
  if (all.size() < 2)
    throw UserError(ExitCode::NothingSelected,
                    fmt::format("{} has no two sides that speak IKEv2", options.capture.string()),
                    "`ikevet decode` shows what is in it");
  std::vector<std::string> names;
  for (const app::CaptureParty& party : all) {
    names.push_back(party.name);
    if (!options.side.empty() && party.goes_by(options.side)) return party;
  }
  if (!options.side.empty())
    throw UserError(ExitCode::Usage, fmt::format("--side {}: nobody of that address speaks IKE here", options.side),
                    fmt::format("these do: {}", fmt::join(names, "; ")));
  const auto responder = std::ranges::find(all, false, &app::CaptureParty::initiated);
  return responder == all.end() ? all.back() : *responder;
}

/// An id that the loader takes, out of any file name.
std::string id_from(const fs::path& file) {
  std::string out;
  for (const char c : file.stem().string()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain)
      out += c;
    else if (c >= 'A' && c <= 'Z')
      out += static_cast<char>(c - 'A' + 'a');
    else if (!out.empty() && out.back() != '-')
      out += '-';
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.empty() ? "capture" : out;
}

int to_scenario(const ToScenarioOptions& options) {
  const pcap::Rereadable capture(options.capture);
  const bool piped = options.capture == pcap::kStandardInput;
  pcap::CaptureKeys keys;
  if (!piped)
    for (const fs::path& file : pcap::key_files_beside(options.capture)) keys.add_file(file);
  for (const fs::path& file : options.keys) keys.add_file(file);
  keys.learn_from(capture.path());
  const std::vector<app::CaptureParty> all = app::capture_parties(capture.path());
  const app::CaptureParty& dut = device(options, all);
  std::vector<Endpoint> harness;
  for (const app::CaptureParty& party : all)
    if (party.name != dut.name) harness.insert(harness.end(), party.endpoints.begin(), party.endpoints.end());
  const pcap::CaptureTrace read = pcap::to_trace(capture.path(), &keys.ring(), harness);
  if (read.trouble) throw pcap::CaptureError(*read.trouble);
  const std::string called = piped ? "standard input" : options.capture.filename().string();
  const std::string id = id_from(options.out.empty() ? (piped ? fs::path("capture") : options.capture) : options.out);
  const app::WrittenScenario written =
      app::scenario_of(read.trace, id, fmt::format("What {} shows, with {} as device", called, dut.name));
  const std::string text = written.document.dump(2) + "\n";
  for (const std::string& note : written.notes) std::cerr << "ikevet to-scenario: " << printable(note) << '\n';
  if (options.out.empty()) {
    std::cout << text;
    return static_cast<int>(ExitCode::Pass);
  }
  reports::write_file(options.out, text);
  // Whoever reads the file next is told at once, and not at the run.
  const scenarios::Library library = scenarios::load_library(scenarios::find_data_dir());
  static_cast<void>(scenarios::load_scenario(options.out, library.catalogue, library.suite));
  std::cout << fmt::format("{}: {} steps; play it with: ikevet run {}\n", options.out.string(),
                           written.document["steps"].size(), options.out.string());
  return static_cast<int>(ExitCode::Pass);
}

}  // namespace

void register_to_scenario(CLI::App& program, int& exit_code) {
  CLI::App* verb = program.add_subcommand(
      "to-scenario", "Writes a scenario that plays the exchanges of a capture with cryptography of its own.");
  verb->footer(
      "What was asked is asked again, what the device began is triggered, what was sent twice is lost once. What "
      "cannot\n"
      "be told by a step, or is closed for want of keys, is said and left out.\n\n"
      "Examples:\n"
      "  ikevet to-scenario trace.pcapng --keys charon.log --out trace.json\n"
      "  ikevet to-scenario trace.pcapng --side 192.0.2.7 > trace.json\n\n"
      "Exit codes: 0; 2 a file that is wrong; 5 no two sides that speak IKEv2.");
  const auto options = std::make_shared<ToScenarioOptions>();
  verb->add_option("capture", options->capture, "capture file; - for standard input")->required();
  verb->add_option("--out", options->out, "file for the scenario (default: standard output)");
  verb->add_option("--keys", options->keys,
                   "keys.json, ikev2_decryption_table, esp_sa, or a daemon's debug log; may be given again");
  verb->add_option("--side", options->side, "address of the device (default: who did not begin)");
  verb->callback([options, &exit_code] { exit_code = to_scenario(*options); });
}

}  // namespace ikevet::cli
