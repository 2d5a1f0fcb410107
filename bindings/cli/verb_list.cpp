// The verb `list`: the scenarios that a selection takes, or the requirements behind them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bindings/cli/catalogue_text.hpp"
#include "bindings/cli/exit_code.hpp"
#include "bindings/cli/list_counts.hpp"
#include "bindings/cli/verbs.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/deviation.hpp"
#include "scenarios/format/selector.hpp"

namespace ikevet::cli {
namespace {

using scenarios::Requirement;
using scenarios::Scenario;

struct ListOptions {
  std::vector<std::string> select;
  bool requirements{};
  bool deviations{};
  bool profiles{};
  bool json{};
  bool counts{};
};

/// Without a selection the whole catalogue; with one, what the selected scenarios cover.
std::vector<const Requirement*> requirements(const scenarios::Library& library, const ListOptions& options,
                                             const std::vector<const Scenario*>& selected) {
  std::set<std::string_view> covered;
  for (const Scenario* scenario : selected) covered.insert(scenario->covers.begin(), scenario->covers.end());
  std::vector<const Requirement*> out;
  for (const auto& [id, requirement] : library.catalogue)
    if (options.select.empty() || covered.contains(id)) out.push_back(&requirement);
  return out;
}

void print_json(const scenarios::Library& library, const ListOptions& options,
                const std::vector<const Scenario*>& selected) {
  if (options.counts) {
    std::cout << counts_json(count(selected)).dump(2) << '\n';
    return;
  }
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  if (options.requirements) {
    for (const Requirement* requirement : requirements(library, options, selected))
      rows.push_back(requirement_json(*requirement, library));
  } else {
    for (const Scenario* scenario : selected) {
      rows.push_back(scenario_json(*scenario));
      rows.back()["area"] = area_of(*scenario);
      rows.back()["family"] = family_of(*scenario);
    }
  }
  std::cout << rows.dump(2) << '\n';
}

void print_rows(const scenarios::Library& library, const ListOptions& options,
                const std::vector<const Scenario*>& selected) {
  Terminal terminal = Terminal::of_stdout();
  if (options.counts) return print_counts(terminal, count(selected));
  if (options.requirements) {
    const auto rows = requirements(library, options, selected);
    for (const Requirement* requirement : rows) print_requirement_row(terminal, *requirement, library);
    terminal.line(fmt::format("\n{} requirements", rows.size()));
    return;
  }
  Duration total{};
  for (const Scenario* scenario : selected) {
    print_scenario_row(terminal, *scenario, library.catalogue);
    total += scenario->estimated;
  }
  terminal.line(
      fmt::format("\n{} scenarios; with a live target their waits add up to {}", selected.size(), seconds_text(total)));
}

/// The deviating peers: `ikevet selftest` says which of them are caught.
int list_deviations(const scenarios::Library& library, bool json) {
  const auto all = scenarios::load_deviations(library.folder / "deviations", library.catalogue);
  if (json) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const scenarios::Deviation& one : all)
      rows.push_back({{"id", one.id},
                      {"roles", one.roles},
                      {"title", one.title},
                      {"citation", one.citation},
                      {"breaks", one.breaks},
                      {"legitimate", one.legitimate},
                      {"reason", one.reason},
                      {"note", one.note}});
    std::cout << rows.dump(2) << '\n';
    return static_cast<int>(app::ExitCode::Pass);
  }
  Terminal terminal = Terminal::of_stdout();
  std::size_t legitimate = 0;
  for (const scenarios::Deviation& one : all) {
    if (one.legitimate) ++legitimate;
    terminal.line(fmt::format("{:<8} {:<20} {:<4} {}  ({})", one.id, fmt::join(one.roles, ", "),
                              one.legitimate ? "may" : "", one.title, one.citation));
  }
  terminal.line(fmt::format("\n{} deviations and {} legitimate variants", all.size() - legitimate, legitimate));
  return static_cast<int>(app::ExitCode::Pass);
}

int list_profiles(const scenarios::Library& library, bool json) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  Terminal terminal = Terminal::of_stdout();
  for (const scenarios::Profile& profile : library.profiles) {
    const std::vector<std::string> selector{"profile:" + profile.name};
    const auto members = scenarios::select(library, selector);
    Duration total{};
    for (const Scenario* member : members) total += member->estimated;
    if (json) {
      rows.push_back({{"name", profile.name},
                      {"title", profile.title},
                      {"select", profile.select},
                      {"scenarios", members.size()},
                      {"estimated_seconds", std::chrono::duration<double>(total).count()}});
      continue;
    }
    terminal.line(fmt::format("{}  {} scenarios, waits of {}", terminal.paint(Colour::Bold, profile.name),
                              members.size(), seconds_text(total)));
    terminal.line(fmt::format("    {}", profile.title));
  }
  if (json) std::cout << rows.dump(2) << '\n';
  return static_cast<int>(app::ExitCode::Pass);
}

int list(const ListOptions& options) {
  const scenarios::Library library = scenarios::load_library(scenarios::find_data_dir());
  if (options.deviations) return list_deviations(library, options.json);
  if (options.profiles) return list_profiles(library, options.json);
  const std::vector<const Scenario*> selected = scenarios::select(library, options.select);
  if (options.json) {
    print_json(library, options, selected);
  } else {
    print_rows(library, options, selected);
  }
  return static_cast<int>(selected.empty() ? app::ExitCode::NothingSelected : app::ExitCode::Pass);
}

}  // namespace

void register_list(CLI::App& program, int& exit_code) {
  CLI::App* verb = program.add_subcommand("list", "Lists scenarios, or requirements and what tests them.");
  verb->footer(
      "Selectors: paths (rfc7296, rfc7296/2.1), ids of scenarios and requirements, tag:X, role:responder, level:must,\n"
      "profile:quick, not:X. Several paths add up; tags, roles and levels narrow; \"rfc7296/2.8 & role:responder\" is "
      "one\n"
      "selection that adds up with others.\n\n"
      "Examples:\n"
      "  ikevet list rfc7296/2.1 role:responder\n"
      "  ikevet list --counts rfc7296\n"
      "  ikevet list --requirements --json | jq '.[] | select(.scenarios == []) | .id'");
  const auto options = std::make_shared<ListOptions>();
  verb->add_option("select", options->select, "what to list (default: everything)");
  verb->add_flag("--requirements", options->requirements, "requirements instead of scenarios");
  verb->add_flag("--deviations", options->deviations, "the built-in deviating peers instead of scenarios");
  verb->add_flag("--profiles", options->profiles, "the profiles: named selections of scenarios");
  verb->add_flag("--json", options->json, "a JSON array; with --counts an object");
  verb->add_flag("--counts", options->counts, "how many: hand-written and instances of families, by role and area");
  verb->callback([options, &exit_code] { exit_code = list(*options); });
}

}  // namespace ikevet::cli
