// What is kept of a scenario, written and read back. Verdicts are made from what was read back, never from what was in
// memory: so the grading of a run and a later `ikevet grade` of its folder cannot differ.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/keys/key_ring.hpp"
#include "engine/keys/key_set.hpp"
#include "pcap/live_capture.hpp"
#include "reports/verdict.hpp"
#include "scenarios/format/run.hpp"
#include "scenarios/format/scenario.hpp"

namespace ikevet::app {

/// Writes capture.pcapng, trace.jsonl, scenario.json and, with `keys`, the key files into `folder`, which is made.
///
/// The frame numbers in `run` are set to those of the capture. `recording`, which has stopped, is taken as the capture
/// where it has every packet of the run; where it lacks one, or is null, the capture is made from the datagrams as they
/// were sent and received. Gives what the user should know of that; empty when there is nothing.
std::string write_evidence(const std::filesystem::path& folder, const scenarios::Scenario& scenario,
                           scenarios::ScenarioRun& run, const pcap::LiveCapture* recording, const keys::KeySet* keys);

/// The run of a scenario as its folder has it. `ring` opens SK payloads and need not live on. Throws FileError and
/// CaptureError.
scenarios::ScenarioRun read_evidence(const std::filesystem::path& folder, const keys::KeyRing& ring);

/// Adds the keys that a scenario's folder has, if it has any. Throws KeyFileError.
void add_keys_of(keys::KeyRing& ring, const std::filesystem::path& folder);
keys::KeyRing read_keys(const std::filesystem::path& folder);

/// Writes what the verdict says of single frames into the capture, as packet comments.
void annotate_capture(const std::filesystem::path& folder, const reports::ScenarioVerdict& verdict);

}  // namespace ikevet::app
