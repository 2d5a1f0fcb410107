#include "bindings/cli/evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "bindings/cli/run_dir.hpp"
#include "pcap/align.hpp"
#include "pcap/capture_file.hpp"
#include "pcap/key_files.hpp"
#include "pcap/pcapng_writer.hpp"
#include "reports/files.hpp"
#include "reports/run_record.hpp"

namespace ikevet::app {
namespace fs = std::filesystem;

using scenarios::ScenarioRun;

namespace {

/// The steps and messages name frames by the numbers that the packets had; they take over the new ones.
void renumber(ScenarioRun& run, const std::vector<std::size_t>& before) {
  std::unordered_map<std::size_t, std::size_t> now;
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i] != 0) now[before[i]] = run.trace.packets[i].frame;
  for (trace::MessageRecord& message : run.trace.messages) message.frame = run.trace.packets[message.packet].frame;
  for (scenarios::StepOutcome& step : run.steps) {
    for (std::size_t& frame : step.frames)
      if (const auto it = now.find(frame); it != now.end()) frame = it->second;
    std::erase(step.frames, std::size_t{0});
  }
}

std::vector<pcap::CapturedPacket> dissect(const fs::path& capture) {
  std::vector<pcap::CapturedPacket> out;
  pcap::CaptureFile file(capture);
  while (auto packet = file.next()) out.push_back(std::move(*packet));
  if (const auto trouble = file.trouble()) throw pcap::CaptureError(*trouble);
  return out;
}

std::vector<IpAddress> harness_addresses(const ScenarioRun& run) {
  std::vector<IpAddress> out;
  for (const Endpoint& endpoint : run.harness_endpoints) out.push_back(endpoint.address);
  return out;
}

/// A packet that never was on the wire is in no recording.
bool was_on_the_wire(const trace::Packet& packet) {
  return packet.from == trace::Party::Dut || packet.fate != trace::Fate::DroppedByScenario;
}

/// The recording as the capture. False when it lacks a packet of the run.
bool write_recording(const fs::path& file, const pcap::LiveCapture& recording, ScenarioRun& run) {
  pcap::CaptureDescription description;
  description.link_type = recording.link_type();
  description.interface_name = recording.interface_name();
  description.comment = "recorded by ikevet while it played " + run.scenario;
  pcap::write_recorded(file, description, recording.frames(), harness_addresses(run));
  const pcap::Alignment alignment = pcap::align(run.trace.packets, dissect(file));
  return std::ranges::none_of(alignment.unseen,
                              [&](std::size_t index) { return was_on_the_wire(run.trace.packets[index]); });
}

std::string write_capture(const fs::path& file, const pcap::LiveCapture* recording, ScenarioRun& run) {
  std::vector<std::size_t> before;
  for (const trace::Packet& packet : run.trace.packets) before.push_back(packet.frame);
  std::string note;
  const bool recorded = recording != nullptr && write_recording(file, *recording, run);
  if (!recorded) {
    pcap::write_reconstructed(file, run.trace.packets);
    if (recording != nullptr) {
      note = "the recording lacks packets of the run; the capture was made from what was sent and received";
      if (recording->trouble()) note += ": " + *recording->trouble();
    }
  }
  renumber(run, before);
  return note;
}

void add_comment(std::map<std::size_t, std::string>& comments, const reports::RequirementVerdict& verdict) {
  const bool told = verdict.status == reports::Status::Fail || verdict.status == reports::Status::Waived;
  if (!told) return;
  for (const reports::Evidence& evidence : verdict.evidence)
    for (const std::size_t frame : evidence.frames) {
      if (frame == 0) continue;
      std::string& comment = comments[frame];
      const std::string line = fmt::format("{} {}: {}", reports::name(verdict.status), verdict.requirement,
                                           evidence.actual.empty() ? verdict.detail : evidence.actual);
      comment += comment.empty() ? line : "\n" + line;
    }
}

}  // namespace

std::string write_evidence(const fs::path& folder, const scenarios::Scenario& scenario, ScenarioRun& run,
                           const pcap::LiveCapture* recording, const keys::KeySet* keys) {
  fs::create_directories(folder);
  reports::write_file(folder / kScenarioFile, scenario.text);
  if (keys != nullptr) pcap::write_key_files(folder, *keys);
  std::string note = write_capture(folder / kCaptureFile, recording, run);
  reports::write_run_record(folder / kTraceFile, run);
  return note;
}

ScenarioRun read_evidence(const fs::path& folder, const keys::KeyRing& ring) {
  const reports::RunRecord record = reports::read_run_record(folder / kTraceFile);
  std::vector<trace::Packet> packets;
  for (pcap::CapturedPacket& captured : dissect(folder / kCaptureFile))
    packets.push_back({captured.frame, captured.at, {}, std::move(captured.datagram), {}});
  return reports::rebuild(record, packets, &ring);
}

void add_keys_of(keys::KeyRing& ring, const fs::path& folder) {
  std::error_code error;
  // keys.json has everything that the two tables have; they are there for Wireshark.
  if (const fs::path file = folder / pcap::kKeysJson; fs::exists(file, error)) pcap::add_key_file(ring, file);
}

keys::KeyRing read_keys(const fs::path& folder) {
  keys::KeyRing ring;
  add_keys_of(ring, folder);
  return ring;
}

void annotate_capture(const fs::path& folder, const reports::ScenarioVerdict& verdict) {
  std::map<std::size_t, std::string> comments;
  for (const auto* list : {&verdict.requirements, &verdict.rules})
    for (const reports::RequirementVerdict& requirement : *list) add_comment(comments, requirement);
  pcap::annotate(folder / kCaptureFile, comments);
}

}  // namespace ikevet::app
