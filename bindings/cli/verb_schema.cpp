// The verb `schema`: the JSON Schemas, for editors and for other people's checks.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>

#include "bindings/cli/verbs.hpp"
#include "scenarios/format/loader.hpp"

namespace ikevet::cli {
namespace {

void print_schema(const std::string& name) {
  if (!name.empty()) {
    std::cout << scenarios::schema_text(name);
    return;
  }
  for (const std::string_view known : scenarios::schema_names()) std::cout << known << '\n';
}

}  // namespace

void register_schema(CLI::App& program, int& exit_code) {
  CLI::App* verb = program.add_subcommand("schema", "Prints the JSON Schema of a kind of file, or the names of all.");
  verb->footer(
      "Examples:\n"
      "  ikevet schema                                    the names\n"
      "  ikevet schema scenario > scenario.schema.json    for an editor that checks while one types");
  const auto name = std::make_shared<std::string>();
  verb->add_option("name", *name, "which one, e.g. scenario or target");
  verb->callback([name, &exit_code] {
    print_schema(*name);
    exit_code = 0;
  });
}

}  // namespace ikevet::cli
