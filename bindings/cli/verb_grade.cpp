// The verb `grade`: verdicts from what is on disk, of a run of ours or of anybody's capture.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <ctime>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bindings/cli/capture_parties.hpp"
#include "bindings/cli/evidence.hpp"
#include "bindings/cli/printable.hpp"
#include "bindings/cli/run_dir.hpp"
#include "bindings/cli/run_text.hpp"
#include "bindings/cli/stored_run.hpp"
#include "bindings/cli/suite_run.hpp"
#include "bindings/cli/terminal.hpp"
#include "bindings/cli/user_error.hpp"
#include "bindings/cli/verbs.hpp"
#include "bindings/cli/version.hpp"
#include "pcap/capture_keys.hpp"
#include "pcap/input.hpp"
#include "pcap/key_files.hpp"
#include "pcap/to_trace.hpp"
#include "reports/capture_basis.hpp"
#include "reports/json_report.hpp"
#include "reports/run_record.hpp"
#include "scenarios/format/data_dir.hpp"

namespace ikevet::cli {
namespace fs = std::filesystem;

using app::ExitCode;
using app::UserError;
using reports::RunReport;

namespace {

struct GradeOptions {
  fs::path what;
  std::vector<fs::path> keys;
  std::optional<fs::path> waivers;
  std::vector<std::string> dh_secrets;
  std::string side;
  bool strict{};
  bool check{};
  bool json{};
  bool all{};
};

void print_verdicts(Terminal& terminal, const RunReport& report, const std::vector<reports::WaiverAccount>& waivers,
                    const fs::path& run_dir) {
  const auto& verdicts = report.verdicts.scenarios;
  for (std::size_t i = 0; i < verdicts.size(); ++i) print_verdict(terminal, i + 1, verdicts.size(), verdicts[i]);
  print_failures(terminal, report, run_dir);
  print_summary(terminal, report);
  print_waivers(terminal, waivers);
}

// ---------------------------------------------------------------------------------------------------------- a run

/// What the report on disk says otherwise, a line a scenario or requirement; empty when it says the same.
std::vector<std::string> differences(const RunReport& report, const fs::path& stored) {
  // Through the writer, so that both have been the same kind of text.
  const reports::Verdicts now = reports::verdicts_from_report(reports::json_report(report), "the new report");
  const reports::Verdicts then = reports::read_report(stored);
  std::vector<std::string> out;
  for (const reports::Change& change : reports::compare(reports::baseline_of(then, report.info.target), now, true))
    out.push_back(change.text());
  if (out.empty() && !(now == then)) out.emplace_back("the same statuses, with other reasons or other evidence");
  return out;
}

void warn_of_changes(Terminal& terminal, const fs::path& run_dir, const reports::RunInfo& info) {
  for (const std::string& change : app::changed_files(run_dir, info))
    terminal.line(terminal.paint(Colour::Yellow, "warning: ") + change + " since the run was recorded");
}

int grade_run(const GradeOptions& options, const scenarios::Library& library) {
  if (!options.side.empty())
    throw UserError(ExitCode::Usage, "--side is for captures", "a run knows which side its device is");
  Terminal terminal = Terminal::of_stdout();
  const reports::RunInfo info = reports::read_run_info(options.what / app::kRunFile);
  if (options.keys.empty() && app::lacks_keys(options.what, info))
    throw UserError(ExitCode::Usage, fmt::format("{} was made with --no-keys", options.what.string()),
                    "add the keys with --keys; without them its messages cannot be read");
  RunReport report = app::regrade(options.what, library, options.keys, options.waivers);
  const std::vector<reports::WaiverAccount> waivers =
      app::account(report, app::stored_waivers(options.what, library.catalogue, options.waivers));
  report.info.strict = report.info.strict || options.strict;
  const ExitCode code = app::exit_code_of(report, {});
  if (options.json) {
    std::cout << reports::json_report(report, waivers);
    return static_cast<int>(code);
  }
  warn_of_changes(terminal, options.what, info);
  print_verdicts(terminal, report, waivers, options.what);
  std::error_code error;
  const fs::path stored = options.what / app::kJsonReport;
  if (!fs::exists(stored, error)) {
    terminal.line(fmt::format("{} is not there: nothing to compare with", stored.string()));
    return static_cast<int>(options.check ? ExitCode::Differs : code);
  }
  const std::vector<std::string> different = differences(report, stored);
  terminal.line(different.empty() ? fmt::format("identical to {}", stored.string())
                                  : fmt::format("differs from {}:", stored.string()));
  for (const std::string& line : different) terminal.line("  " + line);
  return static_cast<int>(!different.empty() && options.check ? ExitCode::Differs : code);
}

// -------------------------------------------------------------------------------------------------- a foreign capture

void load_keys(const GradeOptions& options, pcap::CaptureKeys& keys) {
  if (options.what != pcap::kStandardInput)
    for (const fs::path& file : pcap::key_files_beside(options.what)) keys.add_file(file);
  for (const fs::path& file : options.keys) keys.add_file(file);
  pcap::LooseSecrets secrets;
  for (const std::string& text : options.dh_secrets) {
    const auto octets = from_hex(text);
    if (!octets || octets->empty())
      throw UserError(ExitCode::Usage, "--dh-secret: no octets in hexadecimal", "give g^ir as 1a2b...");
    secrets.dh.emplace_back(*octets);
  }
  keys.add(std::move(secrets));
}

/// Those to grade: the one asked for, or all that sent something.
std::vector<app::CaptureParty> graded_parties(const GradeOptions& options, const std::vector<app::CaptureParty>& all) {
  if (all.empty())
    throw UserError(ExitCode::NothingSelected, fmt::format("{} has no IKEv2 message", options.what.string()),
                    "`ikevet decode` shows what is in it");
  std::vector<app::CaptureParty> out;
  std::vector<std::string> names;
  for (const app::CaptureParty& party : all) {
    names.push_back(party.name);
    const bool wanted = options.side.empty() ? party.messages != 0 : party.goes_by(options.side);
    if (wanted) out.push_back(party);
  }
  if (out.empty())
    throw UserError(ExitCode::Usage, fmt::format("--side {}: nobody of that address speaks IKE here", options.side),
                    fmt::format("these do: {}", fmt::join(names, "; ")));
  return out;
}

struct ReadCapture {
  reports::PlayedScenario played;
  reports::CaptureGaps gaps;
};

ReadCapture read_capture(const fs::path& capture, const std::string& called, const app::CaptureParty& party,
                         const std::vector<app::CaptureParty>& all, const keys::KeyRing& ring) {
  ReadCapture read_out;
  reports::PlayedScenario& out = read_out.played;
  for (const app::CaptureParty& other : all)
    if (other.name != party.name)
      out.run.harness_endpoints.insert(out.run.harness_endpoints.end(), other.endpoints.begin(), other.endpoints.end());
  pcap::CaptureTrace read = pcap::to_trace(capture, &ring, out.run.harness_endpoints);
  if (read.trouble) throw pcap::CaptureError(*read.trouble);
  out.scenario.id = out.run.scenario = party.name;
  out.scenario.title = fmt::format("{} as {} in {}", party.name, party.initiated ? "initiator" : "responder", called);
  out.run.trace = std::move(read.trace);
  read_out.gaps = reports::capture_gaps(out.run.trace, read.counts.cut);
  return read_out;
}

/// What the verdicts rest on, so that a pass over half of the messages is not taken for one over all.
void print_basis(Terminal& terminal, const reports::ScenarioVerdict& verdict, const reports::BasisCounts& counts,
                 const reports::CaptureGaps& gaps, bool all) {
  terminal.line();
  const std::string lacking = reports::text(gaps);
  terminal.line(fmt::format("{}: {} rules observed, {} inferred, {} not observable{}{}", verdict.scenario,
                            counts.observed, counts.inferred, counts.not_observable, lacking.empty() ? "" : "; ",
                            lacking));
  if (!all) return;
  for (const reports::RequirementVerdict& rule : verdict.rules) {
    const std::string_view rests_on = rule.reason.empty() ? reports::basis::kObserved : std::string_view(rule.reason);
    std::vector<std::size_t> frames;
    for (const reports::Evidence& seen : rule.evidence)
      frames.insert(frames.end(), seen.frames.begin(), seen.frames.end());
    terminal.line(fmt::format("  {:14} {:14} {}{}{}", name(rule.status), rests_on, rule.requirement,
                              frames.empty() ? "" : fmt::format("  frames {}", fmt::join(frames, ", ")),
                              rule.detail.empty() ? "" : "  " + printable(rule.detail)));
  }
}

int grade_capture(const GradeOptions& options, const scenarios::Catalogue& catalogue) {
  if (options.check) throw UserError(ExitCode::Usage, "--check is for runs", "a capture has no stored report");
  const pcap::Rereadable capture(options.what);
  const std::string called = options.what == pcap::kStandardInput ? "standard input" : options.what.filename().string();
  pcap::CaptureKeys keys;
  load_keys(options, keys);
  keys.learn_from(capture.path());
  const std::vector<app::CaptureParty> all = app::capture_parties(capture.path());
  RunReport report;
  report.info.ikevet_version = app::version();
  report.info.target = options.what.string();
  report.info.strict = options.strict;
  report.catalogue = catalogue;
  std::vector<reports::ScenarioVerdict> verdicts;
  std::vector<reports::BasisCounts> counts;
  std::vector<reports::CaptureGaps> gaps;
  for (const app::CaptureParty& party : graded_parties(options, all)) {
    ReadCapture read = read_capture(capture.path(), called, party, all, keys.ring());
    report.played.push_back(std::move(read.played));
    const auto& [scenario, run] = report.played.back();
    verdicts.push_back(reports::grade_capture(scenario.id, run.trace, catalogue));
    gaps.push_back(read.gaps);
    counts.push_back(reports::state_basis(verdicts.back(), read.gaps, catalogue));
  }
  std::vector<scenarios::Waiver> chosen;
  if (options.waivers) chosen = scenarios::load_waivers(*options.waivers, catalogue);
  reports::RunContext context;
  context.date = fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)));  // a capture may be of any day
  report.verdicts = reports::combine(std::move(verdicts), catalogue, context, chosen);
  const std::vector<reports::WaiverAccount> waivers = reports::waiver_accounts(report.verdicts, context, chosen);
  if (options.json) {
    std::cout << reports::json_report(report, waivers);
  } else {
    Terminal terminal = Terminal::of_stdout();
    print_verdicts(terminal, report, waivers, {});
    const auto& graded = report.verdicts.scenarios;
    for (std::size_t i = 0; i < std::min(graded.size(), counts.size()); ++i)
      print_basis(terminal, graded[i], counts[i], gaps[i], options.all);
  }
  return static_cast<int>(app::exit_code_of(report, {}));
}

int grade(const GradeOptions& options) {
  const fs::path data_dir = scenarios::find_data_dir();
  std::error_code error;
  // No scenario was played: reading them all takes longer than grading most captures.
  if (!fs::is_directory(options.what, error))
    return grade_capture(options, scenarios::load_catalogue(data_dir / "requirements"));
  if (!app::is_run_dir(options.what))
    throw UserError(ExitCode::Usage, fmt::format("{} is no run of ikevet: it has no run.json", options.what.string()),
                    "name the folder that --out named, or a capture file");
  return grade_run(options, scenarios::load_library(data_dir));
}

}  // namespace

void register_grade(CLI::App& program, int& exit_code) {
  CLI::App* verb =
      program.add_subcommand("grade", "Grades a stored run again, or a capture that was made by something else.");
  verb->footer(
      "Of a run, every verdict comes from captures, keys and traces in its folder; they are compared with its\n"
      "report.json. Of a capture, the rules for every message are held against each side that speaks IKE, and each\n"
      "verdict is observed, inferred (messages are missing or closed) or not observable (--all lists them). Keys are\n"
      "found beside the capture (keys.json, ikev2_decryption_table, esp_sa) and added with --keys.\n\n"
      "Examples:\n"
      "  ikevet grade out/a --check\n"
      "  ikevet grade trace.pcapng --keys ikev2_decryption_table --side 192.0.2.7\n\n"
      "Exit codes: those of `ikevet run`; 7 with --check where the verdicts differ from report.json.");
  const auto options = std::make_shared<GradeOptions>();
  verb->add_option("what", options->what, "folder of a run, or a capture file; - for a capture on standard input")
      ->required();
  verb->add_option("--keys", options->keys,
                   "keys.json, ikev2_decryption_table, esp_sa, or a daemon's debug log; may be given again");
  verb->add_option("--dh-secret", options->dh_secrets,
                   "of a capture: a Diffie-Hellman secret g^ir in hexadecimal; may be given again");
  verb->add_option("--waivers", options->waivers, "failures that somebody answers for, instead of those of the run");
  verb->add_flag("--all", options->all, "of a capture: every rule, with what its verdict rests on");
  verb->add_option("--side", options->side, "address, or address:port, of the side to grade (default: each in turn)");
  verb->add_flag("--strict", options->strict, "a SHOULD counts like a MUST");
  verb->add_flag("--check", options->check, "exit code 7 where the verdicts are not those of report.json");
  verb->add_flag("--json", options->json, "the report as JSON instead of text");
  verb->callback([options, &exit_code] { exit_code = grade(*options); });
}

}  // namespace ikevet::cli
