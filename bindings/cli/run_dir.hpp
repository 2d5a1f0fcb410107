// The folder of a run: what lies where, and which folders may become one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.hpp"

namespace ikevet::app {

// Of the run, in OUT/.
inline constexpr const char* kRunFile = "run.json";
inline constexpr const char* kTargetFile = "target.json";  ///< as it was, without credentials
inline constexpr const char* kJsonReport = "report.json";
inline constexpr const char* kHtmlReport = "report.html";
inline constexpr const char* kPdfReport = "report.pdf";
inline constexpr const char* kMarkdownReport = "report.md";
inline constexpr const char* kJunitReport = "junit.xml";
inline constexpr const char* kCostJson = "cost.json";
inline constexpr const char* kCostMarkdown = "cost.md";
inline constexpr const char* kCostChart = "cost.svg";
inline constexpr const char* kAuditJson = "audit.json";
inline constexpr const char* kAuditMarkdown = "audit.md";
inline constexpr const char* kCertificationJson = "certification.json";
inline constexpr const char* kCertificationMarkdown = "certification.md";
inline constexpr const char* kWaiversFile = "waivers.json";  ///< those that it was graded with; may be replaced
// Of a scenario, in OUT/<scenario id>/, beside the key files of pcap/key_files.hpp.
inline constexpr const char* kCaptureFile = "capture.pcapng";
inline constexpr const char* kTraceFile = "trace.jsonl";
inline constexpr const char* kVerdictFile = "verdict.json";
inline constexpr const char* kScenarioFile = "scenario.json";  ///< the scenario as it was played

/// Whether a scenario's id, which a file may have brought, names a place inside the folder of a run.
bool stays_below(const std::string& id);

bool is_run_dir(const std::filesystem::path& folder);
/// The folder, which has to be a run. Throws UserError (exit 2).
const std::filesystem::path& require_run_dir(const std::filesystem::path& folder);

/// Where a run will write: `asked`, or else the first of out/TARGET-1, out/TARGET-2, ... that does not exist. A folder
/// that holds anything but an earlier run is refused (UserError, exit 2). Nothing is created or removed here.
std::filesystem::path choose_run_dir(const std::optional<std::filesystem::path>& asked, std::string_view target);

/// Makes the folder. The files of an earlier run in it are removed, whatever else lies there stays.
/// Throws UserError.
void prepare_run_dir(const std::filesystem::path& folder);

/// Every file of the run with its SHA-256, in order of path; run.json itself is left out.
std::vector<reports::FileDigest> digests(const std::filesystem::path& folder, const reports::RunInfo& info);

/// Those of the evidence: what was recorded. Reports and waivers may be made anew, and are not listed in reports.
std::vector<reports::FileDigest> without_reports(std::vector<reports::FileDigest> files);
bool is_report(const std::string& path);

/// Files that are not what run.json says they were: missing, or with another content.
std::vector<std::string> changed_files(const std::filesystem::path& folder, const reports::RunInfo& info);

}  // namespace ikevet::app
