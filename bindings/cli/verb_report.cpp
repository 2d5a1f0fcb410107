// The verb `report`: the reports again, from a stored run.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "bindings/cli/analyses.hpp"
#include "bindings/cli/pdf_report.hpp"
#include "bindings/cli/run_dir.hpp"
#include "bindings/cli/stored_run.hpp"
#include "bindings/cli/terminal.hpp"
#include "bindings/cli/user_error.hpp"
#include "bindings/cli/verbs.hpp"
#include "reports/files.hpp"
#include "reports/run_record.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/document.hpp"

namespace ikevet::cli {
namespace fs = std::filesystem;
namespace {

struct ReportOptions {
  fs::path run_dir;
  std::vector<std::string> formats = app::report_formats();
  std::vector<fs::path> keys;
  std::optional<fs::path> waivers;
  std::string link, rtt;
  std::optional<fs::path> ikev1;
  std::vector<fs::path> baselines;
  fs::path out;
  bool pdf{};  ///< beside the others
};

app::AnalysisOptions analysis_options(const ReportOptions& options) {
  app::AnalysisOptions out;
  out.ikev1 = options.ikev1;
  out.baselines = options.baselines;
  try {
    if (!options.link.empty()) out.link = reports::link_from_text(options.link);
  } catch (const std::invalid_argument& wrong) {
    throw app::UserError(app::ExitCode::Usage, fmt::format("--link {}", wrong.what()), "see docs/cost.md");
  }
  if (options.rtt.empty()) return out;
  out.round_trip = scenarios::parse_duration(options.rtt);
  if (!out.round_trip)
    throw app::UserError(app::ExitCode::Usage, fmt::format("--rtt \"{}\" is no duration", options.rtt),
                         "write it like 12ms");
  return out;
}

/// Where the run lies as seen from the folder of the reports, for the page's links to captures; empty for the same one.
std::string run_seen_from(const fs::path& folder, const fs::path& run_dir) {
  std::error_code error;
  const fs::path way = fs::relative(run_dir, folder, error);
  if (error || way == ".") return {};
  return way.generic_string();
}

std::vector<std::string> known_formats() {
  std::vector<std::string> out = app::report_formats();
  out.emplace_back("pdf");  // made by a browser, and only where it is asked for
  return out;
}

void report(const ReportOptions& options) {
  app::require_run_dir(options.run_dir);
  const app::AnalysisOptions wanted = analysis_options(options);
  const scenarios::Library library = scenarios::load_library(scenarios::find_data_dir());
  const reports::RunReport run = app::regrade(options.run_dir, library, options.keys, options.waivers);
  const app::Analyses analyses(
      run, library, app::account(run, app::stored_waivers(options.run_dir, library.catalogue, options.waivers)),
      wanted);
  const fs::path folder = options.out.empty() ? options.run_dir : options.out;
  Terminal terminal = Terminal::of_stdout();
  for (const fs::path& file :
       app::write_reports(folder, run, analyses, options.formats, run_seen_from(folder, options.run_dir)))
    terminal.line(file.string());
  if (options.pdf || std::ranges::find(options.formats, "pdf") != options.formats.end()) {
    app::write_pdf(folder / app::kPdfReport, run, app::analysis_pages(analyses));
    terminal.line((folder / app::kPdfReport).string());
  }
  if (!options.out.empty()) return;
  if (options.waivers) app::store_waivers(options.run_dir, reports::read_file(*options.waivers));
  // The evidence keeps the digests that it had when it was recorded; the reports are new.
  reports::RunInfo info = reports::read_run_info(options.run_dir / app::kRunFile);
  info.files = app::without_reports(std::move(info.files));
  for (const reports::FileDigest& now : app::digests(options.run_dir, info))
    if (app::is_report(now.path)) info.files.push_back(now);
  std::ranges::sort(info.files, {}, &reports::FileDigest::path);
  reports::write_run_info(options.run_dir / app::kRunFile, info);
}

}  // namespace

void register_report(CLI::App& program, int& exit_code) {
  CLI::App* verb =
      program.add_subcommand("report", "Writes the reports of a stored run again, and what follows from it.");
  verb->footer(
      "cost: messages, round trips, octets and times against RFC 7296's ideal and IKEv1 (docs/cost.md). audit: "
      "algorithms\n"
      "and the use of keys against the baselines of RFC 8247, NIST, CNSA, BSI and others (docs/audit.md). "
      "certification:\n"
      "what the run shows for NIAP, IPv6 Ready and RFC 7296 section 4 (docs/certification.md).\n\n"
      "Examples:\n"
      "  ikevet report out/a --format html,junit --out published\n"
      "  ikevet report out/a --format cost --link delay=300ms,loss=2% --ikev1 old-gateway.pcap\n"
      "  ikevet report out/a --format audit --audit house-rules.json");
  const auto options = std::make_shared<ReportOptions>();
  verb->add_option("run", options->run_dir, "folder of a run")->required();
  verb->add_option("--format", options->formats,
                   "html, json, junit, md, cost, audit, certification, pdf (default: all but pdf)")
      ->delimiter(',')
      ->check(CLI::IsMember(known_formats()));
  verb->add_flag("--pdf", options->pdf, "report.pdf too, printed by Chromium");
  verb->add_option("--keys", options->keys, "key files for a run made with --no-keys");
  verb->add_option("--waivers", options->waivers,
                   "failures that somebody answers for, instead of those of the run; kept in the run, without --out");
  verb->add_option("--link", options->link, "project set-ups onto a link: delay=50ms,loss=2%[,retransmit=1s/2s/4s]");
  verb->add_option("--rtt", options->rtt,
                   "round trip to the device, where it was measured (default: its fastest answer)");
  verb->add_option("--ikev1", options->ikev1, "a capture with IKEv1 in it, to measure what that takes");
  verb->add_option("--audit", options->baselines, "a baseline of your own for the audit (ikevet schema audit)");
  verb->add_option("--out", options->out, "folder for the reports (default: that of the run)");
  verb->callback([options, &exit_code] {
    report(*options);
    exit_code = 0;
  });
}

}  // namespace ikevet::cli
