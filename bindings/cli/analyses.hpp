// What is worked out of a run beside its verdicts: cost, audit, certification. The same files come from `ikevet run`
// and, years later, from `ikevet report`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reports/audit/audit.hpp"
#include "reports/certification/certification.hpp"
#include "reports/cost/cost_report.hpp"
#include "reports/html_section.hpp"
#include "reports/report.hpp"
#include "reports/waivers.hpp"
#include "scenarios/format/loader.hpp"

namespace ikevet::app {

struct AnalysisOptions {
  std::optional<reports::Link> link;             ///< for a projection
  std::optional<Duration> round_trip;            ///< of the path, where it was measured
  std::optional<std::filesystem::path> ikev1;    ///< a capture with IKEv1 in it
  std::vector<std::filesystem::path> baselines;  ///< files, beside those in the data folder
};

/// Made once, written in several forms. Not copied or moved: its parts point at each other.
struct Analyses {
  reports::RunCost cost;
  std::optional<reports::ProjectedLink> projected;
  std::vector<scenarios::AuditBaseline> baselines;
  reports::Audit audit;
  std::vector<scenarios::CertificationMap> schemes;
  std::vector<reports::CertificationResult> certification;

  std::vector<reports::WaiverAccount> waivers;

  Analyses(const reports::RunReport& report, const scenarios::Library& library,
           std::vector<reports::WaiverAccount> waivers, const AnalysisOptions& options = {});
  Analyses(const Analyses&) = delete;
  Analyses& operator=(const Analyses&) = delete;
};

/// The pages of waivers, cost, audit and certification, for report.html and the PDF.
std::vector<reports::HtmlSection> analysis_pages(const Analyses& analyses);

/// The kinds of report that a run has: "json", "junit", "md", "html", "cost", "audit", "certification".
const std::vector<std::string>& report_formats();
/// The files of a kind.
std::vector<std::string> files_of_format(const std::string& format);

/// Writes the reports of these kinds into `folder` and gives their files. `evidence` is where the run lies as seen from
/// there, for the page's links to captures; empty for the same folder.
std::vector<std::filesystem::path> write_reports(const std::filesystem::path& folder, const reports::RunReport& report,
                                                 const Analyses& analyses, const std::vector<std::string>& formats,
                                                 const std::string& evidence = {});

}  // namespace ikevet::app
