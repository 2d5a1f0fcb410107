// The verb `schema`: the JSON Schemas, for editors and for other people's checks.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "bindings/cli/decode.hpp"
#include "bindings/cli/user_error.hpp"
#include "bindings/cli/verbs.hpp"
#include "reports/schemas.hpp"
#include "scenarios/format/loader.hpp"
#include "scenarios/format/nearest.hpp"

namespace ikevet::cli {
namespace {

constexpr std::string_view kDecode = "decode";

std::vector<std::string> names() {
  std::vector<std::string> out{std::string(kDecode)};
  for (const reports::WrittenSchema& written : reports::written_schemas()) out.emplace_back(written.name);
  for (const std::string_view known : scenarios::schema_names()) out.emplace_back(known);
  std::ranges::sort(out);
  return out;
}

/// Of what ikevet writes, or of what it reads.
std::string_view text_of(const std::string& name) {
  if (name == kDecode) return decode_schema();
  for (const reports::WrittenSchema& written : reports::written_schemas())
    if (written.name == name) return written.text;
  return scenarios::schema_text(name);
}

void print_schema(const std::string& name) {
  const std::vector<std::string> known = names();
  if (name.empty()) {
    for (const std::string& one : known) std::cout << one << '\n';
  } else if (std::ranges::find(known, name) == known.end()) {
    throw app::UserError(app::ExitCode::Usage, fmt::format("no schema \"{}\"", name),
                         scenarios::did_you_mean(name, known));
  } else {
    std::cout << text_of(name);
  }
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
