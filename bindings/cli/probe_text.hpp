// What a probe found, for people and as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "bindings/cli/terminal.hpp"
#include "scenarios/runner/probe.hpp"

namespace ikevet::cli {

void print_probe(Terminal& terminal, const scenarios::Target& target, const scenarios::ProbeReport& report);
nlohmann::ordered_json probe_json(const scenarios::Target& target, const scenarios::ProbeReport& report);

}  // namespace ikevet::cli
