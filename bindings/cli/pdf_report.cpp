#include "bindings/cli/pdf_report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bindings/cli/user_error.hpp"
#include "reports/files.hpp"
#include "reports/html_report.hpp"
#include "scenarios/runner/child_process.hpp"

namespace ikevet::app {
namespace fs = std::filesystem;
namespace {

constexpr int kNotFound = 127;
constexpr auto kPatience = std::chrono::minutes(5);
constexpr auto kBetweenLooks = std::chrono::milliseconds(20);

/// A folder for the page, the browser's profile and the PDF until it is complete.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (fs::temp_directory_path() / "ikevet-pdf.XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      throw UserError(ExitCode::Usage, "no temporary folder can be made in " + fs::temp_directory_path().string(),
                      "TMPDIR may name another place");
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::vector<std::string> browsers() {
  if (const char* named = std::getenv("IKEVET_CHROMIUM"); named != nullptr && *named != '\0') return {named};
  return {"chromium", "chromium-browser", "google-chrome"};
}

int wait_for(scenarios::ChildProcess& process) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    if (const auto status = process.exit_status()) return *status;
    if (std::chrono::steady_clock::now() > until) {
      process.kill();
      throw UserError(ExitCode::HarnessError, "Chromium has not printed the report within five minutes", "");
    }
    std::this_thread::sleep_for(kBetweenLooks);  // there is no notice of a child's end besides SIGCHLD
  }
}

}  // namespace

void write_pdf(const fs::path& file, const reports::RunReport& report, std::vector<reports::HtmlSection> pages) {
  const ScratchFolder scratch;
  reports::HtmlOptions options;
  options.printable = true;
  options.sections = std::move(pages);
  const fs::path page = scratch.path() / "report.html", printed = scratch.path() / "report.pdf";
  reports::write_file(page, reports::html_report(report, options));
  for (const std::string& browser : browsers()) {
    std::vector<std::string> command{browser,
                                     "--headless",
                                     "--disable-gpu",
                                     "--disable-dev-shm-usage",
                                     "--no-first-run",
                                     "--no-pdf-header-footer",
                                     "--user-data-dir=" + (scratch.path() / "profile").string(),
                                     "--print-to-pdf=" + printed.string()};
    if (geteuid() == 0) command.emplace_back("--no-sandbox");  // which Chromium does not set up for root
    command.push_back("file://" + page.string());
    scenarios::ChildProcess process(command);
    const int status = wait_for(process);
    if (status == kNotFound) continue;
    std::error_code error;
    if (status != 0 || !fs::exists(printed, error))
      throw UserError(ExitCode::HarnessError,
                      fmt::format("{} could not print the report: {}", browser, process.output()),
                      "report.html can be printed from any browser");
    reports::write_file(file, reports::read_file(printed));
    return;
  }
  throw UserError(ExitCode::Usage,
                  fmt::format("a PDF is printed by Chromium, and {} is not there", fmt::join(browsers(), ", ")),
                  "install it (Debian: apt install chromium), let IKEVET_CHROMIUM name it, or print report.html from a "
                  "browser");
}

}  // namespace ikevet::app
