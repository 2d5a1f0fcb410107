// How many scenarios there are: written by hand and made by families, for each role of the harness and each section.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bindings/cli/terminal.hpp"
#include "scenarios/format/scenario.hpp"

namespace ikevet::cli {

/// The file's id of an instance of a family; empty for a scenario that was written by hand.
std::string family_of(const scenarios::Scenario& scenario);
/// The folder that holds it: "rfc7296/2.25-collisions".
std::string area_of(const scenarios::Scenario& scenario);

struct Counts {
  struct Part {
    std::size_t hand_written{};
    std::size_t instances{};  ///< of families
    std::size_t all() const { return hand_written + instances; }
  };
  Part total;
  std::size_t families{};
  std::map<std::string, Part> by_role;
  std::map<std::string, Part> by_area;
};

Counts count(const std::vector<const scenarios::Scenario*>& selected);
nlohmann::ordered_json counts_json(const Counts& counts);
void print_counts(Terminal& terminal, const Counts& counts);

}  // namespace ikevet::cli
