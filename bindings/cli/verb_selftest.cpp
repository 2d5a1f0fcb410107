// The verb `selftest`: the suite against every built-in deviating peer.
#include "bindings/cli/verb_selftest.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "bindings/cli/exit_code.hpp"
#include "bindings/cli/printable.hpp"
#include "bindings/cli/selftest.hpp"
#include "bindings/cli/terminal.hpp"

namespace ikevet::cli {
namespace {

using app::Finding;
using app::SelftestRow;

struct Options {
  app::SelftestRequest request;
  bool json{};
  bool quiet{};
};

Colour colour_of(Finding finding) {
  switch (finding) {
    case Finding::Caught:
    case Finding::Clean:
      return Colour::Green;
    case Finding::OnlyOther:
      return Colour::Yellow;
    default:
      return Colour::Red;
  }
}

void print_row(Terminal& terminal, const SelftestRow& row) {
  terminal.line(fmt::format("  {:<8} {:<9}  {}  {}", row.deviation->id, row.role,
                            terminal.paint(colour_of(row.finding), fmt::format("{:<11}", app::name(row.finding))),
                            printable(row.deviation->title)));
  const bool show_why =
      row.finding == Finding::Missed || row.finding == Finding::OnlyOther || row.finding == Finding::FalseFail;
  if (!row.requirement.empty())
    terminal.line(terminal.paint(Colour::Dim, fmt::format("{:22}{} in {}", "", row.requirement, row.scenario)));
  if (show_why && !row.detail.empty())
    terminal.line(terminal.paint(Colour::Dim, fmt::format("{:22}{}", "", printable(row.detail))));
}

nlohmann::ordered_json json_of(const SelftestRow& row) {
  return {{"id", row.deviation->id},
          {"role", row.role},
          {"legitimate", row.deviation->legitimate},
          {"title", row.deviation->title},
          {"citation", row.deviation->citation},
          {"breaks", row.deviation->breaks},
          {"finding", std::string(app::name(row.finding))},
          {"requirement", row.requirement},
          {"scenario", row.scenario},
          {"detail", row.detail},
          {"other_failures", row.others},
          {"scenarios_played", row.played},
          {"scenarios_unclear", row.unclear},
          {"seconds", row.seconds}};
}

std::size_t count(const std::vector<SelftestRow>& rows, Finding finding) {
  return static_cast<std::size_t>(std::ranges::count(rows, finding, &SelftestRow::finding));
}

/// How many different ones the rows are about.
std::size_t peers(const std::vector<SelftestRow>& rows, bool legitimate) {
  std::set<std::string_view> ids;
  for (const SelftestRow& row : rows)
    if (row.deviation->legitimate == legitimate) ids.insert(row.deviation->id);
  return ids.size();
}

int run(const Options& options) {
  Terminal terminal = Terminal::of_stdout();
  const auto began = std::chrono::steady_clock::now();
  std::size_t done = 0;
  const app::SelftestResult result = app::selftest(options.request, [&](const SelftestRow& row) {
    if (!options.json) terminal.status(fmt::format("{} {} {}", ++done, row.deviation->id, row.role));
  });
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const auto& rows = result.rows;
  const bool good = std::ranges::all_of(rows, &SelftestRow::good);
  if (options.json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const SelftestRow& row : rows) all.push_back(json_of(row));
    std::cout << all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  } else {
    terminal.clear_status();
    for (const SelftestRow& row : rows)
      if (!options.quiet || !row.good()) print_row(terminal, row);
    const std::size_t legitimate = count(rows, Finding::Clean) + count(rows, Finding::FalseFail);
    terminal.line(fmt::format(
        "{} deviating peers in {} rows: {} caught by what they break, {} only by another requirement, {} missed",
        peers(rows, false), rows.size() - legitimate, count(rows, Finding::Caught), count(rows, Finding::OnlyOther),
        count(rows, Finding::Missed)));
    terminal.line(fmt::format("{} legitimate variants in {} rows: {} clean, {} with a false fail; {:.1f} s",
                              peers(rows, true), legitimate, count(rows, Finding::Clean),
                              count(rows, Finding::FalseFail), seconds));
  }
  return static_cast<int>(good ? app::ExitCode::Pass : app::ExitCode::Failed);
}

}  // namespace

void register_selftest(CLI::App& program, int& exit_code) {
  CLI::App* verb =
      program.add_subcommand("selftest", "Plays the suite against peers that each deviate in one way: who is caught?");
  verb->footer(
      "A deviation is caught when a requirement that it breaks fails with evidence; a legitimate variant is clean "
      "when\n"
      "nothing required fails. Exit code 1: something was missed, caught by another requirement only, or failed "
      "wrongly.\n\n"
      "Examples:\n"
      "  ikevet selftest --jobs 2\n"
      "  ikevet selftest HDR-02 legitimate\n"
      "  ikevet selftest RKY-18 --without rfc7296/1.04-informational/delete-of-two-protocols\n"
      "  ikevet list --deviations");
  const auto options = std::make_shared<Options>();
  verb->add_option("ids", options->request.ids, "deviations, or \"deviating\", \"legitimate\" (default: all)");
  verb->add_option("--jobs", options->request.jobs, "peers at a time (1 to 64)")
      ->check(CLI::Range(1, 64).description(""))
      ->capture_default_str();
  verb->add_option("--seed", options->request.seed, "for SPIs, nonces and keys")->capture_default_str();
  verb->add_option("--without", options->request.without,
                   "selectors of scenarios to leave out: what would be missed without them?");
  verb->add_flag("--brief", options->request.brief, "legitimate variants meet a small selection only");
  verb->add_flag("--quiet", options->quiet, "print only what was not caught or failed wrongly");
  verb->add_flag("--json", options->json, "a JSON array");
  verb->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace ikevet::cli
