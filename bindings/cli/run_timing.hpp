// Where the time of a run went: the waits that the protocol asks for, and everything else.
#pragma once

#include <filesystem>
#include <string>

#include "scenarios/format/run.hpp"

namespace ikevet::app {

inline constexpr const char* kTimingFile = "timing.json";

/// What a scenario had to wait: for the device to repeat itself or give up, for what must not come, for answers that
/// did not come, for triggers. Not what exchanges took.
Duration waits_of(const scenarios::Scenario& scenario, const scenarios::ScenarioRun& run);

struct RunTiming {
  Duration wall{};
  Duration waits{};    ///< of all scenarios, re-runs included
  Duration longest{};  ///< wait of one scenario's step
  unsigned concurrency = 1;

  void add(const scenarios::Scenario& scenario, const scenarios::ScenarioRun& run);
  /// What a run may take: 1.3 times (the waits, as many at a time as the device takes, and the longest of them).
  Duration bound() const;
  bool within() const { return wall <= bound(); }
  /// "12.1 s; the protocol's waits: 30 s, 4 at a time, the longest 5 s; at most 16.3 s: kept"
  std::string text() const;
};

void write_timing(const std::filesystem::path& file, const RunTiming& timing);

}  // namespace ikevet::app
