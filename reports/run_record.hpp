// The evidence store: what a run directory holds besides captures and keys, and how a run is rebuilt from it.
//
//   OUT/run.json                    RunInfo: what ran, and digests of every file below
//   OUT/report.json ...             the reports
//   OUT/<scenario id>/trace.jsonl   steps, events, and for each packet what a capture cannot say
//   OUT/<scenario id>/verdict.json  the scenario's verdict
//
// `ikevet grade OUT` reads the packets from the capture, the rest from trace.jsonl, and grades the ScenarioRun that the
// two make together. Writing is atomic; faults in stored files are FileError with file and line.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/trace/trace.hpp"
#include "reports/report.hpp"
#include "reports/verdict.hpp"
#include "scenarios/format/run.hpp"

namespace ikevet::reports {

/// What a capture file does not say of a packet.
struct PacketNote {
  std::size_t frame{};  ///< its number in the capture; 0 for a packet that is not in there
  Instant at;
  trace::Party from{};
  trace::Fate fate{};
  std::optional<Datagram> datagram;  ///< for a packet that is not in the capture
};

/// trace.jsonl as values: a ScenarioRun without the octets.
struct RunRecord {
  std::string scenario;
  std::uint64_t seed{};
  bool interrupted{};
  std::vector<Endpoint> harness_endpoints;
  std::vector<scenarios::StepOutcome> steps;
  std::vector<trace::EventRecord> events;
  std::vector<PacketNote> packets;  ///< in the order of the trace
};

RunRecord record_of(const scenarios::ScenarioRun& run);

/// One JSON object a line: "run" first, then "step", "packet" and "event" lines.
std::string to_jsonl(const RunRecord& record);
/// The inverse. `file` is named in errors. An incomplete last line (the writer was killed) marks the record as
/// interrupted; any other fault throws FileError with its line.
RunRecord record_from_jsonl(std::string_view text, const std::string& file);

void write_run_record(const std::filesystem::path& file, const scenarios::ScenarioRun& run);
RunRecord read_run_record(const std::filesystem::path& file);

/// The run again, from its record and the packets of its capture in order of frame. `opener` gives access to SK
/// payloads and may be null. Throws FileError where the capture lacks a frame that the record names.
scenarios::ScenarioRun rebuild(const RunRecord& record, const std::vector<trace::Packet>& captured,
                               const wire::SkOpener* opener);

/// run.json.
std::string to_json_text(const RunInfo& info);
RunInfo run_info_from_json(std::string_view text, const std::string& file);
void write_run_info(const std::filesystem::path& file, const RunInfo& info);
RunInfo read_run_info(const std::filesystem::path& file);

/// verdict.json.
void write_verdict(const std::filesystem::path& file, const ScenarioVerdict& verdict);
ScenarioVerdict read_verdict(const std::filesystem::path& file);

}  // namespace ikevet::reports
