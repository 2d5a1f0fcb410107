#include "bindings/cli/stored_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "bindings/cli/evidence.hpp"
#include "bindings/cli/health_record.hpp"
#include "bindings/cli/player.hpp"
#include "bindings/cli/run_dir.hpp"
#include "pcap/key_files.hpp"
#include "reports/files.hpp"
#include "reports/reasons.hpp"
#include "reports/run_record.hpp"

namespace ikevet::app {
namespace fs = std::filesystem;
namespace {

bool was_played(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / kTraceFile, error);
}

/// A run that was killed, or whose disk was full, has not come to all of its scenarios, and may have left one
/// unfinished: the trace is what is written last.
bool was_reached(const fs::path& folder) {
  std::error_code error;
  return was_played(folder) || fs::exists(folder / kVerdictFile, error);
}

/// For a scenario without evidence; empty where nobody knows it any more.
std::optional<GradedScenario> not_reached(const std::string& id, const scenarios::Library& library) {
  const scenarios::Scenario* scenario = library.find(id);
  if (scenario == nullptr) return std::nullopt;
  return GradedScenario{reports::not_played(*scenario, reports::Status::Inconclusive, reports::reasons::kInterrupted,
                                            std::string(reports::reasons::explain(reports::reasons::kInterrupted))),
                        *scenario, std::nullopt};
}

nlohmann::ordered_json parse(const fs::path& file) {
  try {
    return nlohmann::ordered_json::parse(reports::read_file(file));
  } catch (const nlohmann::json::exception& error) {
    throw reports::FileError(file.string() + ": " + error.what());
  }
}

reports::RunContext context_of(const reports::RunInfo& info, const Waived& waived) {
  reports::RunContext out;
  out.known_deviations = waived.known_deviations;
  out.date = info.started.substr(0, info.started.find('T'));
  out.partial = info.partial;
  return out;
}

}  // namespace

GradedScenario grade_stored(const fs::path& folder, const std::string& id, const scenarios::Library& library,
                            const keys::KeyRing& ring) {
  GradedScenario out;
  out.scenario = scenarios::load_scenario(folder / kScenarioFile, library.catalogue, library.suite);
  out.scenario.id = id;  // its place in the run, as it was its place in the suite
  if (!was_played(folder)) {
    out.verdict = reports::read_verdict(folder / kVerdictFile);
    return out;
  }
  out.run = read_evidence(folder, ring);
  out.verdict = reports::grade(out.scenario, *out.run, library.catalogue);
  if (const auto health = read_health(folder / kHealthFile)) apply_health(out.verdict, *health);
  return out;
}

reports::Verdicts join(const reports::RunInfo& info, const std::vector<GradedScenario>& graded, const Waived& waived,
                       const scenarios::Catalogue& catalogue) {
  std::vector<reports::ScenarioVerdict> verdicts;
  std::vector<scenarios::Scenario> scenarios;
  for (const GradedScenario& one : graded) {
    verdicts.push_back(one.verdict);
    scenarios.push_back(one.scenario);
  }
  reports::RunContext context = context_of(info, waived);
  context.controls = reports::controls_of(scenarios);
  return reports::combine(std::move(verdicts), catalogue, context, waived.waivers);
}

reports::RunReport regrade(const fs::path& run_dir, const scenarios::Library& library,
                           const std::vector<fs::path>& more_keys, const std::optional<fs::path>& waivers) {
  reports::RunReport out;
  out.info = reports::read_run_info(run_dir / kRunFile);
  out.info.files = without_reports(std::move(out.info.files));
  out.catalogue = library.catalogue;
  out.claimed = stored_capabilities(run_dir);
  std::vector<GradedScenario> graded;
  // Keys from elsewhere may belong to any scenario: they are read once, and each scenario's own come to them.
  keys::KeyRing shared;
  for (const fs::path& file : more_keys) pcap::add_key_file(shared, file);
  for (const std::string& id : out.info.scenarios) {
    if (!stays_below(id))
      throw reports::FileError(
          fmt::format("{}: the id \"{}\" leads out of the folder", (run_dir / kRunFile).string(), id));
    const fs::path folder = run_dir / id;
    if (was_reached(folder)) {
      if (!more_keys.empty()) {
        add_keys_of(shared, folder);
        graded.push_back(grade_stored(folder, base_id(id), library, shared));
      } else {
        graded.push_back(grade_stored(folder, base_id(id), library, read_keys(folder)));
      }
    } else if (auto unreached = not_reached(base_id(id), library)) {
      graded.push_back(std::move(*unreached));
    }
  }
  out.verdicts = join(out.info, graded, stored_waivers(run_dir, library.catalogue, waivers), library.catalogue);
  // What was played again speaks through the verdicts; the first time is shown.
  std::set<std::string> seen;
  std::erase_if(graded, [&](const GradedScenario& one) { return !seen.insert(one.scenario.id).second; });
  for (GradedScenario& one : graded) {
    if (one.run) {
      out.played.push_back({std::move(one.scenario), std::move(*one.run)});
    } else {
      out.others.push_back(std::move(one.scenario));
    }
  }
  return out;
}

bool lacks_keys(const fs::path& run_dir, const reports::RunInfo& info) {
  std::error_code error;
  return std::ranges::any_of(info.scenarios, [&](const std::string& id) {
    return was_played(run_dir / id) && !fs::exists(run_dir / id / pcap::kKeysJson, error);
  });
}

namespace {

void drop_secrets(nlohmann::ordered_json& config) {
  constexpr std::array kSecrets{"psk", "ppk", "password", "secret"};
  nlohmann::ordered_json kept = nlohmann::ordered_json::object();
  for (const auto& [name, value] : config.items())
    if (std::ranges::none_of(kSecrets, [&](std::string_view part) { return name.find(part) != std::string::npos; })) {
      kept[name] = value;
      if (value.is_object()) drop_secrets(kept[name]);
      if (value.is_array())
        for (nlohmann::ordered_json& item : kept[name])
          if (item.is_object()) drop_secrets(item);
    }
  config = std::move(kept);
}

}  // namespace

void store_target(const fs::path& run_dir, const scenarios::Target& target) {
  nlohmann::ordered_json json = parse(target.file);
  json.erase("credentials");
  for (const char* end : {"harness", "dut"})
    if (json.contains(end) && json[end].contains("config")) drop_secrets(json[end]["config"]);
  reports::write_file(run_dir / kTargetFile, json.dump(2) + "\n");
}

namespace {

/// A member of the stored target; null where there is no such file (a run from before there was one).
template <class Read>
void with_target(const fs::path& run_dir, Read read) {
  std::error_code error;
  const fs::path file = run_dir / kTargetFile;
  if (!fs::exists(file, error)) return;
  try {
    read(parse(file));
  } catch (const nlohmann::json::exception& fault) {
    throw reports::FileError(file.string() + ": " + fault.what());
  }
}

}  // namespace

std::vector<scenarios::KnownDeviation> stored_deviations(const fs::path& run_dir) {
  std::vector<scenarios::KnownDeviation> out;
  with_target(run_dir, [&](const nlohmann::ordered_json& json) {
    for (const auto& known : json.value("known_deviations", nlohmann::ordered_json::array()))
      out.push_back({known.at("requirement").get<std::string>(), known.value("reason", std::string()),
                     known.value("owner", std::string()), known.value("expires", std::string())});
  });
  return out;
}

std::vector<std::string> stored_capabilities(const fs::path& run_dir) {
  std::vector<std::string> out;
  with_target(run_dir, [&](const nlohmann::ordered_json& json) {
    out = json.value("capabilities", std::vector<std::string>());
  });
  return out;
}

std::vector<reports::WaiverAccount> account(const reports::RunReport& report, const Waived& waived) {
  return reports::waiver_accounts(report.verdicts, context_of(report.info, waived), waived.waivers);
}

Waived stored_waivers(const fs::path& run_dir, const scenarios::Catalogue& catalogue,
                      const std::optional<fs::path>& file) {
  Waived out{stored_deviations(run_dir), {}};
  std::error_code error;
  if (file) {
    out.waivers = scenarios::load_waivers(*file, catalogue);
  } else if (fs::exists(run_dir / kWaiversFile, error)) {
    // The catalogue may have changed since: what it lacks is then not in the run.
    out.waivers = scenarios::load_waivers(run_dir / kWaiversFile);
  }
  return out;
}

void store_waivers(const fs::path& run_dir, const std::optional<std::string>& text) {
  std::error_code error;
  if (text) {
    reports::write_file(run_dir / kWaiversFile, *text);
  } else {
    fs::remove(run_dir / kWaiversFile, error);
  }
}

}  // namespace ikevet::app
