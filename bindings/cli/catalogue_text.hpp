// Scenarios and requirements as `list` and `show` print them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bindings/cli/terminal.hpp"
#include "engine/base/clock.hpp"
#include "scenarios/format/loader.hpp"

namespace ikevet::cli {

/// "<1 s", "12 s".
std::string seconds_text(Duration length);

/// The strictest level among the requirements that a scenario covers, e.g. "MUST"; empty when it covers none.
std::string strictest_level(const scenarios::Scenario& scenario, const scenarios::Catalogue& catalogue);

/// Scenarios of the suite that cover a requirement, in order of id.
std::vector<const scenarios::Scenario*> covering(const scenarios::Library& library, std::string_view requirement);

/// One or more lines each, to the terminal.
void print_scenario_row(Terminal& terminal, const scenarios::Scenario& scenario, const scenarios::Catalogue& catalogue);
void print_requirement_row(Terminal& terminal, const scenarios::Requirement& requirement,
                           const scenarios::Library& library);
void print_scenario(Terminal& terminal, const scenarios::Scenario& scenario, const scenarios::Library& library);
void print_requirement(Terminal& terminal, const scenarios::Requirement& requirement,
                       const scenarios::Library& library);

/// The same for programs.
nlohmann::ordered_json scenario_json(const scenarios::Scenario& scenario);
nlohmann::ordered_json requirement_json(const scenarios::Requirement& requirement, const scenarios::Library& library);

}  // namespace ikevet::cli
