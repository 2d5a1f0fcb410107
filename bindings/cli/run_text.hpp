// Verdicts as lines for people: the same for `run`, `grade` and `report`.
#pragma once

#include <filesystem>

#include "bindings/cli/terminal.hpp"
#include "reports/baseline.hpp"
#include "reports/report.hpp"
#include "reports/waivers.hpp"

namespace ikevet::cli {

/// "pass", "FAIL", ... in the colour it deserves, padded to one width.
std::string painted(const Terminal& terminal, reports::Status status);

/// One line for a scenario, and one under it with the reason where it is not a plain pass.
void print_verdict(Terminal& terminal, std::size_t number, std::size_t total, const reports::ScenarioVerdict& verdict);

/// Every failure with requirement, section, paraphrase, expected, actual, frames, and the line that runs it again.
/// `run_dir` is where the captures lie; empty for a foreign capture.
void print_failures(Terminal& terminal, const reports::RunReport& report, const std::filesystem::path& run_dir);

/// Counts of scenarios and requirements, and the headline.
void print_summary(Terminal& terminal, const reports::RunReport& report);

/// What each waiver did.
void print_waivers(Terminal& terminal, const std::vector<reports::WaiverAccount>& waivers);

void print_changes(Terminal& terminal, const std::vector<reports::Change>& changes);

}  // namespace ikevet::cli
