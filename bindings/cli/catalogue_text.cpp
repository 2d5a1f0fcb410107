#include "bindings/cli/catalogue_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "reports/rules.hpp"

namespace ikevet::cli {

using scenarios::Catalogue;
using scenarios::Library;
using scenarios::Requirement;
using scenarios::Scenario;

namespace {

constexpr std::size_t kTextWidth = 100;

bool watched_by_rule(std::string_view requirement) {
  const std::vector<std::string_view> watched = reports::watched_requirements();
  return std::ranges::find(watched, requirement) != watched.end();
}

std::size_t text_width(const Terminal& terminal) { return std::min(terminal.width(), kTextWidth); }

void field(Terminal& terminal, std::string_view label, std::string_view value) {
  if (!value.empty()) terminal.line(fmt::format("{:<12} {}", fmt::format("{}:", label), value));
}

std::vector<std::string> overrides(const scenarios::ConfigOverrides& config) {
  std::vector<std::string> out;
  const auto list = [&](const char* label, const std::optional<std::vector<std::string>>& values) {
    if (values) out.push_back(fmt::format("{} {}", label, fmt::join(*values, ", ")));
  };
  list("ike_proposals", config.ike_proposals);
  list("child_proposals", config.child_proposals);
  list("local_ts", config.local_ts);
  list("remote_ts", config.remote_ts);
  if (config.psk) out.emplace_back("another psk");
  if (config.demand_cookie) out.push_back(fmt::format("demand_cookie {}", *config.demand_cookie));
  if (config.ke_group) out.push_back("ke_group " + *config.ke_group);
  if (config.nonce_size) out.push_back(fmt::format("nonce_size {}", *config.nonce_size));
  if (config.local_id) out.push_back("local_id " + *config.local_id);
  if (config.auth.proof.method) out.push_back("authentication by " + *config.auth.proof.method);
  return out;
}

void print_covers(Terminal& terminal, const Scenario& scenario, const Catalogue& catalogue) {
  terminal.line();
  terminal.line("covers:");
  for (const std::string& id : scenario.covers) {
    const auto it = catalogue.find(id);
    if (it == catalogue.end()) {
      terminal.line("  " + id);
      continue;
    }
    terminal.line(fmt::format("  {}  {}, {}", terminal.paint(Colour::Bold, id), it->second.citation(),
                              scenarios::name(it->second.level)));
    terminal.line(wrapped(it->second.paraphrase, text_width(terminal), 4));
  }
}

void print_steps(Terminal& terminal, const Scenario& scenario) {
  terminal.line();
  terminal.line("steps:");
  std::size_t number = 0;
  for (const scenarios::Step& step : scenario.steps) {
    terminal.line(fmt::format("  {:>2}. {}", ++number, scenarios::describe(step)));
    if (!step.note.empty()) terminal.line(terminal.paint(Colour::Dim, wrapped(step.note, text_width(terminal), 6)));
    if (const std::string_view proves = scenarios::requirement_of(step); !proves.empty())
      terminal.line(terminal.paint(Colour::Dim, fmt::format("      proves {}", proves)));
  }
}

}  // namespace

std::string seconds_text(Duration length) {
  const double value = std::chrono::duration<double>(length).count();
  return value < 1 ? "<1 s" : fmt::format("{:.0f} s", value);
}

std::string strictest_level(const Scenario& scenario, const Catalogue& catalogue) {
  std::optional<scenarios::Level> best;
  for (const std::string& id : scenario.covers)
    // The enumeration goes from the strictest to the mildest; `Stated` comes last and binds like MUST.
    if (const auto it = catalogue.find(id); it != catalogue.end() && (!best || it->second.level < *best))
      best = it->second.level;
  return best ? std::string(scenarios::name(*best)) : "";
}

std::vector<const Scenario*> covering(const Library& library, std::string_view requirement) {
  std::vector<const Scenario*> out;
  for (const Scenario& scenario : library.suite)
    if (std::ranges::find(scenario.covers, requirement) != scenario.covers.end()) out.push_back(&scenario);
  return out;
}

void print_scenario_row(Terminal& terminal, const Scenario& scenario, const Catalogue& catalogue) {
  std::string facts = fmt::format("harness {}", scenarios::name(scenario.harness));
  if (const std::string level = strictest_level(scenario, catalogue); !level.empty()) facts += ", " + level;
  facts += ", " + seconds_text(scenario.estimated);
  if (!scenario.needs.empty()) facts += fmt::format(", needs {}", fmt::join(scenario.needs, " "));
  if (!scenario.tags.empty()) facts += fmt::format(", tags {}", fmt::join(scenario.tags, " "));
  terminal.line(terminal.paint(Colour::Bold, scenario.id));
  terminal.line(fmt::format("    {}", scenario.title));
  terminal.line(terminal.paint(Colour::Dim, fmt::format("    {}", facts)));
}

void print_requirement_row(Terminal& terminal, const Requirement& requirement, const Library& library) {
  const std::size_t count = covering(library, requirement.id).size();
  std::string tested = count == 0 ? "" : fmt::format("{} scenario{}", count, count == 1 ? "" : "s");
  if (watched_by_rule(requirement.id)) tested += tested.empty() ? "every message" : " and every message";
  if (tested.empty()) tested = scenarios::name(requirement.testability);
  terminal.line(fmt::format("{}  {}, {}, {}", terminal.paint(Colour::Bold, requirement.id), requirement.citation(),
                            scenarios::name(requirement.level), tested));
  terminal.line(wrapped(requirement.paraphrase, text_width(terminal), 4));
}

void print_scenario(Terminal& terminal, const Scenario& scenario, const Library& library) {
  terminal.line(terminal.paint(Colour::Bold, scenario.title));
  if (!scenario.description.empty()) terminal.line(wrapped(scenario.description, text_width(terminal), 0));
  terminal.line();
  field(terminal, "id", scenario.id);
  field(terminal, "file", scenario.file);
  field(terminal, "harness", scenarios::name(scenario.harness));
  field(terminal, "needs", fmt::format("{}", fmt::join(scenario.needs, ", ")));
  field(terminal, "control", scenario.control.empty() ? "none: it is a positive control itself" : scenario.control);
  field(terminal, "tags", fmt::format("{}", fmt::join(scenario.tags, ", ")));
  field(terminal, "config", fmt::format("{}", fmt::join(overrides(scenario.config), "; ")));
  field(terminal, "time", seconds_text(scenario.estimated));
  print_covers(terminal, scenario, library.catalogue);
  print_steps(terminal, scenario);
  terminal.line();
  terminal.line(fmt::format("run it: ikevet run {}", scenario.id));
}

void print_requirement(Terminal& terminal, const Requirement& requirement, const Library& library) {
  terminal.line(terminal.paint(Colour::Bold, requirement.id));
  terminal.line(wrapped(requirement.paraphrase, text_width(terminal), 0));
  terminal.line();
  field(terminal, "where",
        fmt::format("{}, line {} of rfc{}.txt", requirement.citation(), requirement.line, requirement.rfc));
  field(terminal, "level", scenarios::name(requirement.level));
  field(terminal, "binds", scenarios::name(requirement.binds));
  field(terminal, "testable", scenarios::name(requirement.testability));
  field(terminal, "why not", requirement.why_not);
  field(terminal, "watched", watched_by_rule(requirement.id) ? "in every message of every run and capture" : "");
  terminal.line();
  const auto users = covering(library, requirement.id);
  terminal.line(users.empty() ? "no scenario covers it" : "covered by:");
  for (const Scenario* scenario : users) terminal.line(fmt::format("  {}", scenario->id));
}

nlohmann::ordered_json scenario_json(const Scenario& scenario) {
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  for (const scenarios::Step& step : scenario.steps) steps.push_back(scenarios::describe(step));
  return {{"id", scenario.id},
          {"title", scenario.title},
          {"description", scenario.description},
          {"harness", scenarios::name(scenario.harness)},
          {"covers", scenario.covers},
          {"needs", scenario.needs},
          {"control", scenario.control},
          {"tags", scenario.tags},
          {"estimated_seconds", std::chrono::duration<double>(scenario.estimated).count()},
          {"steps", std::move(steps)},
          {"file", scenario.file}};
}

nlohmann::ordered_json requirement_json(const Requirement& requirement, const Library& library) {
  nlohmann::ordered_json covered_by = nlohmann::ordered_json::array();
  for (const Scenario* scenario : covering(library, requirement.id)) covered_by.push_back(scenario->id);
  return {{"id", requirement.id},
          {"rfc", requirement.rfc},
          {"section", requirement.section},
          {"line", requirement.line},
          {"level", scenarios::name(requirement.level)},
          {"binds", scenarios::name(requirement.binds)},
          {"text", requirement.paraphrase},
          {"testability", scenarios::name(requirement.testability)},
          {"why_not", requirement.why_not},
          {"watched", watched_by_rule(requirement.id)},
          {"scenarios", std::move(covered_by)}};
}

}  // namespace ikevet::cli
