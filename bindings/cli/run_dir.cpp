#include "bindings/cli/run_dir.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bindings/cli/health_record.hpp"
#include "bindings/cli/player.hpp"
#include "bindings/cli/user_error.hpp"
#include "engine/crypto/hash.hpp"
#include "pcap/key_files.hpp"
#include "reports/files.hpp"
#include "reports/run_record.hpp"

namespace ikevet::app {
namespace fs = std::filesystem;
namespace {

constexpr std::array kReports{kJsonReport, kHtmlReport,    kMarkdownReport,    kJunitReport,
                              kPdfReport,  kCostJson,      kCostMarkdown,      kCostChart,
                              kAuditJson,  kAuditMarkdown, kCertificationJson, kCertificationMarkdown,
                              kWaiversFile};
constexpr std::array kScenarioFiles{kCaptureFile, kTraceFile,      kVerdictFile,    kScenarioFile,
                                    kHealthFile,  pcap::kKeysJson, pcap::kIkeTable, pcap::kEspTable};

/// Everything that a run writes, whether it is there or not.
std::vector<fs::path> files_of(const reports::RunInfo& info) {
  std::vector<fs::path> out{kRunFile, kTargetFile, kClaimsFile, kTimingFile};
  for (const char* file : kReports) out.emplace_back(file);
  for (const std::string& id : info.scenarios)
    if (stays_below(id))
      for (const char* file : kScenarioFiles) out.push_back(fs::path(id) / file);
  return out;
}

std::string sha256_of(const fs::path& file) {
  const std::string text = reports::read_file(file);
  return to_hex(crypto::sha256(as_bytes(text)));
}

/// Folders that are empty after their files went, from the innermost outwards.
void remove_empty_folders(const fs::path& root, const reports::RunInfo& info) {
  std::error_code ignored;
  for (const std::string& id : info.scenarios) {
    if (!stays_below(id)) continue;
    for (fs::path folder = id; !folder.empty(); folder = folder.parent_path())
      if (!fs::remove(root / folder, ignored)) break;
  }
}

void remove_earlier_run(const fs::path& folder) {
  const reports::RunInfo info = reports::read_run_info(folder / kRunFile);
  std::error_code error;
  for (const fs::path& file : files_of(info)) {
    fs::remove(folder / file, error);
    if (error)
      throw UserError(
          ExitCode::Usage,
          fmt::format("{} of an earlier run cannot be removed: {}", (folder / file).string(), error.message()),
          "check who may write there, or name another folder with --out");
  }
  remove_empty_folders(folder, info);
}

}  // namespace

bool stays_below(const std::string& id) {
  const fs::path path(id);
  return !id.empty() && path.is_relative() && std::ranges::find(path, "..") == path.end();
}

bool is_run_dir(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_regular_file(folder / kRunFile, error)) return false;
  try {
    reports::read_run_info(folder / kRunFile);
    return true;
  } catch (const reports::FileError&) {
    return false;
  }
}

const fs::path& require_run_dir(const fs::path& folder) {
  if (!is_run_dir(folder))
    throw UserError(ExitCode::Usage, fmt::format("{} is no run of ikevet: it has no run.json", folder.string()),
                    "name the folder that --out of `ikevet run` named");
  return folder;
}

fs::path choose_run_dir(const std::optional<fs::path>& asked, std::string_view target) {
  std::error_code error;
  if (!asked) {
    for (int n = 1;; ++n)
      if (const fs::path folder = fmt::format("out/{}-{}", target, n); !fs::exists(folder, error)) return folder;
  }
  if (!fs::exists(*asked, error)) return *asked;
  if (!fs::is_directory(*asked, error))
    throw UserError(ExitCode::Usage, fmt::format("{} is a file", asked->string()), "name a folder with --out");
  const bool empty = fs::is_empty(*asked, error);
  if (error)
    throw UserError(ExitCode::Usage, fmt::format("{} cannot be read: {}", asked->string(), error.message()),
                    "name another folder with --out");
  if (!empty && !is_run_dir(*asked))
    throw UserError(ExitCode::Usage, fmt::format("{} holds something that is no run of ikevet", asked->string()),
                    "nothing was written; name a new or an empty folder with --out");
  return *asked;
}

void prepare_run_dir(const fs::path& folder) {
  if (is_run_dir(folder)) remove_earlier_run(folder);
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw UserError(ExitCode::Usage, fmt::format("{} cannot be made: {}", folder.string(), error.message()),
                    "name another folder with --out");
}

std::vector<reports::FileDigest> digests(const fs::path& folder, const reports::RunInfo& info) {
  std::vector<reports::FileDigest> out;
  std::error_code error;
  for (const fs::path& file : files_of(info))
    if (file != kRunFile && fs::is_regular_file(folder / file, error))
      out.push_back({file.string(), sha256_of(folder / file)});
  std::ranges::sort(out, {}, &reports::FileDigest::path);
  return out;
}

bool is_report(const std::string& path) { return std::ranges::find(kReports, path) != kReports.end(); }

std::vector<reports::FileDigest> without_reports(std::vector<reports::FileDigest> files) {
  std::erase_if(files, [](const reports::FileDigest& file) { return is_report(file.path); });
  return files;
}

std::vector<std::string> changed_files(const fs::path& folder, const reports::RunInfo& info) {
  std::vector<std::string> out;
  std::error_code error;
  for (const reports::FileDigest& file : info.files) {
    if (!stays_below(file.path)) continue;
    if (!fs::is_regular_file(folder / file.path, error)) {
      out.push_back(file.path + " is missing");
    } else if (sha256_of(folder / file.path) != file.sha256) {
      out.push_back(file.path + " has changed");
    }
  }
  return out;
}

}  // namespace ikevet::app
