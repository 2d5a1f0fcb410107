// The verb `show`: one scenario or one requirement, in full.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "bindings/cli/catalogue_text.hpp"
#include "bindings/cli/exit_code.hpp"
#include "bindings/cli/user_error.hpp"
#include "bindings/cli/verbs.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/selector.hpp"

namespace ikevet::cli {
namespace {

using scenarios::Scenario;

bool is_file(const std::string& word) { return word.ends_with(".json") && std::filesystem::exists(word); }

/// The scenario that `id` names, in any of the forms that a selector may have; it must be only one.
const Scenario& only_scenario(const scenarios::Library& library, const std::string& id) {
  const std::vector<std::string> selectors{id};
  const std::vector<const Scenario*> found = scenarios::select(library, selectors);
  if (found.size() == 1) return *found.front();
  throw app::UserError(app::ExitCode::Usage, fmt::format("\"{}\" names {} scenarios, one is wanted", id, found.size()),
                       fmt::format("`ikevet list {}` shows them", id));
}

void show(const std::string& id, bool json) {
  const scenarios::Library library = scenarios::load_library(scenarios::find_data_dir());
  Terminal terminal = Terminal::of_stdout();
  if (const auto it = library.catalogue.find(id); it != library.catalogue.end()) {
    if (json) {
      std::cout << requirement_json(it->second, library).dump(2) << '\n';
    } else {
      print_requirement(terminal, it->second, library);
    }
    return;
  }
  const std::vector<Scenario> read =
      is_file(id) ? scenarios::load_scenarios(id, library.catalogue, library.suite) : std::vector<Scenario>();
  const Scenario& scenario = read.empty() ? only_scenario(library, id) : read.front();
  if (json) {
    std::cout << scenario_json(scenario).dump(2) << '\n';
    return;
  }
  print_scenario(terminal, scenario, library);
  if (read.size() > 1) terminal.line(fmt::format("\nand {} more instances of the same file", read.size() - 1));
}

}  // namespace

void register_show(CLI::App& program, int& exit_code) {
  CLI::App* verb = program.add_subcommand("show", "Shows a scenario step by step, or a requirement and what tests it.");
  verb->footer(
      "Examples:\n"
      "  ikevet show rfc7296/2.5/critical-unknown-payload\n"
      "  ikevet show rfc7296-2.5-critical-unknown\n"
      "  ikevet show my-scenario.json");
  const auto id = std::make_shared<std::string>();
  const auto json = std::make_shared<bool>(false);
  verb->add_option("id", *id, "id of a scenario or of a requirement, or a scenario file")->required();
  verb->add_flag("--json", *json, "as JSON");
  verb->callback([id, json, &exit_code] {
    show(*id, *json);
    exit_code = 0;
  });
}

}  // namespace ikevet::cli
