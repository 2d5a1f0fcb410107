// Everything a report is written from.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "reports/verdict.hpp"
#include "scenarios/format/requirement.hpp"
#include "scenarios/format/run.hpp"
#include "scenarios/format/scenario.hpp"

namespace ikevet::reports {

struct FileDigest {
  std::string path;    ///< relative to the run directory
  std::string sha256;  ///< lower-case hexadecimal
  friend bool operator==(const FileDigest&, const FileDigest&) = default;
};

/// What ran: the head of run.json and of every report.
struct RunInfo {
  std::string ikevet_version;
  std::map<std::string, std::string> libraries;  ///< "OpenSSL" -> "3.0.17"
  std::string target;                            ///< name, as --target takes it
  std::string target_title;
  std::string dut_address;             ///< as text; empty for the embedded target
  std::vector<std::string> selection;  ///< as the user gave it
  std::uint64_t seed{};
  std::string started, finished;  ///< ISO 8601 in UTC: "2026-11-23T19:12:01Z"; may be empty
  std::string out_dir;            ///< as the user gave it
  bool strict{};
  bool partial{};                      ///< interrupted
  std::vector<std::string> scenarios;  ///< ids, in the order they were to run
  std::vector<FileDigest> files;
  friend bool operator==(const RunInfo&, const RunInfo&) = default;
};

/// A scenario with what playing it gave: for ladders and decoded messages.
struct PlayedScenario {
  scenarios::Scenario scenario;
  scenarios::ScenarioRun run;
};

struct RunReport {
  RunInfo info;
  Verdicts verdicts;
  scenarios::Catalogue catalogue;
  std::vector<PlayedScenario> played;       ///< in the order they ran; may lack some of `verdicts` (not played)
  std::vector<scenarios::Scenario> others;  ///< selected and not played: for their titles
  std::vector<std::string> claimed;         ///< the capabilities that the target file gives the device
};

/// The line that runs a scenario again: "ikevet run ID --target T --seed N --out DIR". With `seed` as the scenario had
/// it.
std::string rerun_line(const RunInfo& info, std::string_view scenario, std::uint64_t seed);

/// The scenario with this id, and its run if it was played; null where the report does not have it.
const scenarios::Scenario* find_scenario(const RunReport& report, std::string_view id);
const scenarios::ScenarioRun* find_run(const RunReport& report, std::string_view id);

}  // namespace ikevet::reports
