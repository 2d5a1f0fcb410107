// The verb `matrix`: several runs side by side.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bindings/cli/compared_run.hpp"
#include "bindings/cli/printable.hpp"
#include "bindings/cli/terminal.hpp"
#include "bindings/cli/verbs_of_runs.hpp"
#include "reports/files.hpp"
#include "reports/matrix.hpp"
#include "scenarios/format/data_dir.hpp"

namespace ikevet::cli {
namespace fs = std::filesystem;
namespace {

struct MatrixOptions {
  std::vector<std::string> runs;
  std::optional<fs::path> html;
  bool json{}, all{}, requirements{};
};

/// "fw-7.1=out/a" names the column; a bare path is its own name.
reports::DiffSide column_of(const std::string& word, const scenarios::Library& library) {
  std::error_code error;
  const std::size_t equals = word.find('=');
  const bool named = equals != std::string::npos && equals != 0 && !fs::exists(word, error);
  reports::DiffSide out = app::compared_run(named ? fs::path(word.substr(equals + 1)) : fs::path(word), library);
  if (named) out.label = word.substr(0, equals);
  return out;
}

Colour colour_of(const reports::MatrixCell& cell) {
  if (!cell.status) return Colour::Dim;
  switch (*cell.status) {
    case reports::Status::Pass:
    case reports::Status::PassLenient:
      return Colour::Green;
    case reports::Status::Fail:
    case reports::Status::Error:
      return Colour::Red;
    case reports::Status::Unsupported:
    case reports::Status::NotApplicable:
      return Colour::Dim;
    case reports::Status::Inconclusive:
    case reports::Status::Unstable:
    case reports::Status::Waived:
      return Colour::Yellow;
  }
  return Colour::None;
}

/// Columns by letter, and their runs above: names of runs are longer than a cell.
void print_groups(Terminal& terminal, const reports::Matrix& matrix, const std::vector<reports::MatrixGroup>& groups,
                  bool all) {
  constexpr std::size_t kCell = 14;  // that of "not-applicable"
  std::size_t same = 0;
  for (const reports::MatrixGroup& group : groups) {
    bool headed = false;
    for (const reports::MatrixRow& row : group.rows) {
      if (!all && row.all_pass()) {
        ++same;
        continue;
      }
      if (!headed) terminal.line(terminal.paint(Colour::Bold, printable(group.name)));
      headed = true;
      std::string line = "  ";
      for (const reports::MatrixCell& cell : row.cells) {
        const std::string text(cell.status ? reports::name(*cell.status) : std::string_view("."));
        line += terminal.paint(colour_of(cell), text) + std::string(kCell + 2 - std::min(kCell, text.size()), ' ');
      }
      terminal.line(line + printable(row.id));
    }
  }
  if (same != 0) terminal.line(fmt::format("{} pass in all {} runs (--all shows them)", same, matrix.columns.size()));
}

void print(const reports::Matrix& matrix, const MatrixOptions& options) {
  Terminal terminal = Terminal::of_stdout();
  for (std::size_t i = 0; i < matrix.columns.size(); ++i) {
    const reports::DiffSide& column = matrix.columns[i];
    terminal.line(fmt::format("column {}: {}{}{}", i + 1, printable(reports::column_title(column)),
                              column.info.target_title.empty() ? "" : ", " + printable(column.info.target_title),
                              column.verdicts.partial ? " (partial)" : ""));
  }
  terminal.line();
  print_groups(terminal, matrix, options.requirements ? matrix.requirements : matrix.scenarios, options.all);
}

void run(const MatrixOptions& options) {
  const scenarios::Library library = scenarios::load_library(scenarios::find_data_dir());
  std::vector<reports::DiffSide> columns;
  for (const std::string& word : options.runs) columns.push_back(column_of(word, library));
  const reports::Matrix matrix = reports::matrix(std::move(columns), library.catalogue);
  if (options.html) reports::write_file(*options.html, reports::matrix_html(matrix));
  if (options.json) {
    std::cout << reports::matrix_json(matrix);
  } else if (options.html) {
    std::cout << options.html->string() << '\n';
  } else {
    print(matrix, options);
  }
}

}  // namespace

void register_matrix(CLI::App& program, int& exit_code) {
  CLI::App* verb = program.add_subcommand("matrix", "Shows several runs side by side: devices against scenarios.");
  verb->footer(
      "Each run is the folder of a run or its report.json; NAME=RUN names its column.\n\n"
      "Examples:\n"
      "  ikevet matrix out/strongswan out/libreswan out/openiked --html matrix.html\n"
      "  ikevet matrix 7.1=out/a 7.2=out/b --requirements");
  const auto options = std::make_shared<MatrixOptions>();
  verb->add_option("runs", options->runs, "runs, one a column")->required();
  verb->add_option("--html", options->html, "write one self-contained page");
  verb->add_flag("--json", options->json, "as JSON (ikevet schema matrix)");
  verb->add_flag("--requirements", options->requirements, "in the text, requirements instead of scenarios");
  verb->add_flag("--all", options->all, "in the text, also what passes everywhere");
  verb->callback([options, &exit_code] {
    run(*options);
    exit_code = 0;
  });
}

}  // namespace ikevet::cli
