#include "bindings/cli/list_counts.hpp"

#include <fmt/format.h>

#include <set>

namespace ikevet::cli {
namespace {

using scenarios::Scenario;

nlohmann::ordered_json part_json(const Counts::Part& part) {
  return {{"hand_written", part.hand_written}, {"instances", part.instances}, {"all", part.all()}};
}

std::string row(std::string_view name, const Counts::Part& part) {
  return fmt::format("{:<42} {:>12} {:>10} {:>6}", name, part.hand_written, part.instances, part.all());
}

}  // namespace

std::string family_of(const Scenario& scenario) {
  // A file that holds one scenario is called as the scenario is; one with a matrix as the first part of its ids.
  std::string file = scenario.file.substr(0, scenario.file.size() - std::string_view(".json").size());
  if (file.ends_with(scenario.id) || scenario.file.empty()) return "";
  for (std::size_t slash = scenario.id.rfind('/'); slash != std::string::npos && slash > 0;
       slash = scenario.id.rfind('/', slash - 1))
    if (file.ends_with(scenario.id.substr(0, slash))) return scenario.id.substr(0, slash);
  return "";
}

std::string area_of(const Scenario& scenario) {
  const std::string family = family_of(scenario);
  const std::string& id = family.empty() ? scenario.id : family;
  const std::size_t slash = id.rfind('/');
  return slash == std::string::npos ? "" : id.substr(0, slash);
}

Counts count(const std::vector<const Scenario*>& selected) {
  Counts out;
  std::set<std::string> families;
  for (const Scenario* scenario : selected) {
    const std::string family = family_of(*scenario);
    if (!family.empty()) families.insert(family);
    for (Counts::Part* part :
         {&out.total, &out.by_role[std::string(scenarios::name(scenario->harness))], &out.by_area[area_of(*scenario)]})
      ++(family.empty() ? part->hand_written : part->instances);
  }
  out.families = families.size();
  return out;
}

nlohmann::ordered_json counts_json(const Counts& counts) {
  nlohmann::ordered_json out = part_json(counts.total);
  out["families"] = counts.families;
  for (const auto& [role, part] : counts.by_role) out["by_role"][role] = part_json(part);
  for (const auto& [area, part] : counts.by_area) out["by_area"][area] = part_json(part);
  return out;
}

void print_counts(Terminal& terminal, const Counts& counts) {
  terminal.line(
      terminal.paint(Colour::Bold, fmt::format("{:<42} {:>12} {:>10} {:>6}", "", "hand-written", "instances", "all")));
  for (const auto& [area, part] : counts.by_area) terminal.line(row(area, part));
  terminal.line();
  for (const auto& [role, part] : counts.by_role) terminal.line(row("harness " + role, part));
  terminal.line(row(fmt::format("all, {} famil{}", counts.families, counts.families == 1 ? "y" : "ies"), counts.total));
}

}  // namespace ikevet::cli
