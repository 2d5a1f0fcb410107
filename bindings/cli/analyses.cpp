#include "bindings/cli/analyses.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bindings/cli/run_dir.hpp"
#include "bindings/cli/user_error.hpp"
#include "pcap/capture_file.hpp"
#include "pcap/to_trace.hpp"
#include "reports/files.hpp"
#include "reports/html_analyses.hpp"
#include "reports/html_report.hpp"
#include "reports/json_report.hpp"
#include "reports/junit_report.hpp"
#include "reports/markdown_report.hpp"

namespace ikevet::app {
namespace fs = std::filesystem;
namespace {

/// The IKEv1 packets of a capture.
std::vector<trace::Packet> ikev1_packets(const fs::path& capture) {
  pcap::CaptureFile file(capture);
  std::vector<trace::Packet> out;
  while (std::optional<pcap::CapturedPacket> packet = file.next())
    if (packet->kind == pcap::PacketKind::Udp && !packet->truncated &&
        pcap::use_of(packet->datagram) == pcap::UdpUse::IkeV1)
      out.push_back({packet->frame, packet->at, trace::Party::Harness, std::move(packet->datagram), {}});
  if (file.trouble()) throw pcap::CaptureError(*file.trouble());
  if (out.empty())
    throw UserError(ExitCode::Usage, fmt::format("{} has no IKEv1 message", capture.string()),
                    "`ikevet decode` shows what is in it");
  return out;
}

std::vector<scenarios::AuditBaseline> baselines_of(const scenarios::Library& library, const AnalysisOptions& options) {
  std::vector<scenarios::AuditBaseline> out = scenarios::load_audit_baselines(library.folder / "audit");
  for (const fs::path& file : options.baselines) {
    scenarios::AuditBaseline more = scenarios::load_audit_baseline(file);
    std::erase_if(out, [&](const scenarios::AuditBaseline& one) { return one.id == more.id; });
    out.push_back(std::move(more));
  }
  return out;
}

std::string markdown(const reports::RunReport& report, const Analyses& analyses) {
  return reports::markdown_report(report) + reports::waiver_section(analyses.waivers) + "\n" +
         reports::audit_summary(analyses.audit) + reports::cost_summary(analyses.cost) +
         reports::certification_summary(analyses.certification);
}

std::string html(const reports::RunReport& report, const Analyses& analyses, const std::string& evidence) {
  reports::HtmlOptions options;
  options.evidence = evidence;
  options.sections = analysis_pages(analyses);
  return reports::html_report(report, options);
}

std::string text_of(const std::string& file, const reports::RunReport& report, const Analyses& analyses,
                    const std::string& evidence) {
  if (file == kJsonReport) return reports::json_report(report, analyses.waivers);
  if (file == kJunitReport) return reports::junit_report(report, analyses.waivers);
  if (file == kMarkdownReport) return markdown(report, analyses);
  if (file == kHtmlReport) return html(report, analyses, evidence);
  if (file == kCostJson) return reports::cost_json(report.info, analyses.cost, analyses.projected);
  if (file == kCostMarkdown) return reports::cost_markdown(report.info, analyses.cost, analyses.projected);
  if (file == kCostChart) return reports::cost_svg(analyses.cost, analyses.projected);
  if (file == kAuditJson) return reports::audit_json(report, analyses.audit);
  if (file == kAuditMarkdown) return reports::audit_markdown(report, analyses.audit);
  if (file == kCertificationJson) return reports::certification_json(report, analyses.certification);
  return reports::certification_markdown(report, analyses.certification);
}

}  // namespace

Analyses::Analyses(const reports::RunReport& report, const scenarios::Library& library,
                   std::vector<reports::WaiverAccount> accounts, const AnalysisOptions& options)
    : cost(reports::cost_of(report, {options.round_trip})),
      baselines(baselines_of(library, options)),
      audit(reports::audit(report, baselines)),
      schemes(scenarios::load_certification_maps(library.folder / "certification", library.catalogue)),
      certification(reports::certify(report, schemes, library.suite)),
      waivers(std::move(accounts)) {
  if (options.ikev1) {
    cost.ikev1 = reports::ikev1_flows(ikev1_packets(*options.ikev1));
    cost.ikev1_capture = options.ikev1->filename().string();
  }
  if (options.link) {
    projected.emplace(reports::ProjectedLink{*options.link, {}});
    projected->flows = reports::project(cost, projected->link);
  }
}

std::vector<reports::HtmlSection> analysis_pages(const Analyses& analyses) {
  std::vector<reports::HtmlSection> out;
  if (std::optional<reports::HtmlSection> waivers = reports::waivers_page(analyses.waivers))
    out.push_back(std::move(*waivers));
  out.push_back(reports::cost_page(analyses.cost, analyses.projected));
  out.push_back(reports::audit_page(analyses.audit));
  out.push_back(reports::certification_page(analyses.certification));
  return out;
}

const std::vector<std::string>& report_formats() {
  static const std::vector<std::string> kFormats{"json", "junit", "md", "html", "cost", "audit", "certification"};
  return kFormats;
}

std::vector<std::string> files_of_format(const std::string& format) {
  if (format == "json") return {kJsonReport};
  if (format == "junit") return {kJunitReport};
  if (format == "md") return {kMarkdownReport};
  if (format == "html") return {kHtmlReport};
  if (format == "cost") return {kCostJson, kCostMarkdown, kCostChart};
  if (format == "audit") return {kAuditJson, kAuditMarkdown};
  return {kCertificationJson, kCertificationMarkdown};
}

std::vector<fs::path> write_reports(const fs::path& folder, const reports::RunReport& report, const Analyses& analyses,
                                    const std::vector<std::string>& formats, const std::string& evidence) {
  std::vector<fs::path> out;
  for (const std::string& format : report_formats()) {
    if (std::ranges::find(formats, format) == formats.end()) continue;
    for (const std::string& file : files_of_format(format)) {
      reports::write_file(folder / file, text_of(file, report, analyses, evidence));
      out.push_back(folder / file);
    }
  }
  return out;
}

}  // namespace ikevet::app
