// How the device was behind a scenario, kept among its evidence.
#pragma once

#include <filesystem>
#include <optional>

#include "reports/verdict.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/runner/device_watch.hpp"

namespace ikevet::app {

inline constexpr const char* kHealthFile = "health.json";  ///< of a scenario: a live device behind it, if looked at

/// Whether the device is looked at behind it: messages were altered, repeated or left unanswered, or the device is
/// right to be silent, which says something only of one that still answers others.
bool tries_robustness(const scenarios::Scenario& scenario);

void write_health(const std::filesystem::path& file, const scenarios::DeviceHealth& health);
/// Empty when there is no such file. Throws FileError.
std::optional<scenarios::DeviceHealth> read_health(const std::filesystem::path& file);

/// A device that restarted, or is gone, has failed the scenario, whatever its messages were. Where it answers nobody
/// any more, and nothing tells whether it is gone, nothing is proved.
void apply_health(reports::ScenarioVerdict& verdict, const scenarios::DeviceHealth& health);

}  // namespace ikevet::app
