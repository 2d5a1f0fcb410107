// The verb `report`: the reports again, from a stored run.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "bindings/cli/pdf_report.hpp"
#include "bindings/cli/run_dir.hpp"
#include "bindings/cli/run_text.hpp"
#include "bindings/cli/stored_run.hpp"
#include "bindings/cli/terminal.hpp"
#include "bindings/cli/user_error.hpp"
#include "bindings/cli/verbs.hpp"
#include "reports/files.hpp"
#include "reports/html_report.hpp"
#include "reports/json_report.hpp"
#include "reports/junit_report.hpp"
#include "reports/markdown_report.hpp"
#include "reports/run_record.hpp"
#include "scenarios/format/data_dir.hpp"

namespace ikevet::cli {
namespace fs = std::filesystem;
namespace {

struct ReportOptions {
  fs::path run_dir;
  std::vector<std::string> formats{"html", "json", "junit", "md"};
  std::vector<fs::path> keys;
  fs::path out;
  bool pdf{};  ///< beside the others
};

/// Where the run lies as seen from the folder of the reports, for the page's links to captures; empty for the same one.
std::string run_seen_from(const fs::path& folder, const fs::path& run_dir) {
  std::error_code error;
  const fs::path way = fs::relative(run_dir, folder, error);
  if (error || way == ".") return {};
  return way.generic_string();
}

std::string text_of(const std::string& format, const reports::RunReport& report, const std::string& evidence) {
  if (format == "json") return reports::json_report(report);
  if (format == "junit") return reports::junit_report(report);
  if (format == "md") return reports::markdown_report(report);
  reports::HtmlOptions options;
  options.evidence = evidence;
  return reports::html_report(report, options);
}

const char* file_of(const std::string& format) {
  if (format == "json") return app::kJsonReport;
  if (format == "junit") return app::kJunitReport;
  if (format == "md") return app::kMarkdownReport;
  if (format == "pdf") return app::kPdfReport;
  return app::kHtmlReport;
}

void report(const ReportOptions& options) {
  if (!app::is_run_dir(options.run_dir))
    throw app::UserError(app::ExitCode::Usage,
                         fmt::format("{} is no run of ikevet: it has no run.json", options.run_dir.string()),
                         "name the folder that --out of `ikevet run` named");
  const scenarios::Library library = scenarios::load_library(scenarios::find_data_dir());
  const reports::RunReport run = app::regrade(options.run_dir, library, options.keys);
  const fs::path folder = options.out.empty() ? options.run_dir : options.out;
  Terminal terminal = Terminal::of_stdout();
  std::vector<std::string> formats = options.formats;
  if (options.pdf && std::ranges::find(formats, "pdf") == formats.end()) formats.emplace_back("pdf");
  for (const std::string& format : formats) {
    if (format == "pdf")
      app::write_pdf(folder / app::kPdfReport, run);
    else
      reports::write_file(folder / file_of(format), text_of(format, run, run_seen_from(folder, options.run_dir)));
    terminal.line((folder / file_of(format)).string());
  }
  if (!options.out.empty()) return;
  // The evidence keeps the digests that it had when it was recorded; the reports are new.
  reports::RunInfo info = reports::read_run_info(options.run_dir / app::kRunFile);
  for (const reports::FileDigest& now : app::digests(options.run_dir, info))
    if (const auto known = std::ranges::find(info.files, now.path, &reports::FileDigest::path);
        known != info.files.end() && app::is_report(now.path))
      *known = now;
  reports::write_run_info(options.run_dir / app::kRunFile, info);
}

}  // namespace

void register_report(CLI::App& program, int& exit_code) {
  CLI::App* verb = program.add_subcommand("report", "Writes the reports of a stored run again.");
  verb->footer("Example:\n  ikevet report out/a --format html,junit --out published");
  const auto options = std::make_shared<ReportOptions>();
  verb->add_option("run", options->run_dir, "folder of a run")->required();
  verb->add_option("--format", options->formats, "html, json, junit, md, pdf (default: all but pdf)")
      ->delimiter(',')
      ->check(CLI::IsMember({"html", "json", "junit", "md", "pdf"}));
  verb->add_flag("--pdf", options->pdf, "report.pdf too, printed by Chromium");
  verb->add_option("--keys", options->keys, "key files for a run made with --no-keys");
  verb->add_option("--out", options->out, "folder for the reports (default: that of the run)");
  verb->callback([options, &exit_code] {
    report(*options);
    exit_code = 0;
  });
}

}  // namespace ikevet::cli
