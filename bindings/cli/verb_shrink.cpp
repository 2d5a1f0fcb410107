// The verb `shrink`: the fewest steps and mutations of a scenario that still fail.
#include <fmt/format.h>
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "bindings/cli/interruption.hpp"
#include "bindings/cli/suite_run.hpp"
#include "bindings/cli/user_error.hpp"
#include "bindings/cli/verbs.hpp"
#include "reports/files.hpp"
#include "scenarios/format/lint.hpp"

namespace ikevet::cli {
namespace fs = std::filesystem;

using app::ExitCode;
using app::UserError;
using nlohmann::ordered_json;

namespace {

struct ShrinkOptions {
  fs::path scenario;
  fs::path out;
  std::string target = "embedded";
  std::uint64_t seed = 1;
  double timeout_scale = 1;
};

/// A folder that is gone in the end.
class Workplace {
 public:
  Workplace() {
    std::string name = (fs::temp_directory_path() / "ikevet-shrink-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw UserError(ExitCode::Usage, name + " cannot be made", "set TMPDIR to a folder for it");
    path_ = name;
  }
  ~Workplace() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// What of a scenario fails, and whether by what the device sent or by what it did not send: the same must fail in the
/// same way in every smaller one.
using Failures = std::set<std::string>;

std::string failure(const std::string& requirement, const std::vector<reports::Evidence>& evidence) {
  const bool nothing = std::ranges::any_of(
      evidence, [](const reports::Evidence& one) { return one.actual.find("nothing came") != std::string::npos; });
  return requirement + (nothing ? ", nothing came" : "");
}

/// Files are named relative to the scenario's own; what is played lies elsewhere.
void name_files_absolutely(ordered_json& node, const fs::path& folder) {
  if (node.is_string()) {
    std::error_code error;
    const fs::path file = folder / node.get<std::string>();
    if (fs::is_regular_file(file, error)) node = fs::absolute(file).lexically_normal().string();
  }
  if (node.is_structured())
    for (ordered_json& member : node) name_files_absolutely(member, folder);
}

/// Plays candidates, each in a folder of its own.
class Trial {
 public:
  explicit Trial(const ShrinkOptions& options) : options_(options) {}

  /// The file itself, so that what is wrong with it is told of its own lines.
  Failures play_original() {
    app::RunRequest request;
    request.select = {options_.scenario.string()};
    request.target = options_.target;
    request.seed = options_.seed;
    request.timeout_scale = options_.timeout_scale;
    request.out = place_.path() / "run";
    plan_ = std::make_unique<app::RunPlan>(app::plan_run(request));
    controls_.assign(plan_->scenarios.begin(), plan_->scenarios.end() - 1);
    reaches_all_ = scenarios::lint_reach(plan_->scenarios.back()).empty();
    return play();
  }

  /// Empty when it passes, cannot be loaded, has steps that never come to anything (an expectation that nothing was
  /// sent for fails with every device), or ends in another way than by failing.
  Failures play(ordered_json document) {
    if (document.contains("config")) name_files_absolutely(document["config"], options_.scenario.parent_path());
    // The loader wants a file to be called as the scenario in it.
    const std::string id = document["id"].get<std::string>();
    const fs::path file = place_.path() / (fs::path(id).filename().string() + ".json");
    reports::write_file(file, document.dump(2) + "\n");
    plan_->scenarios = controls_;
    try {
      // The suite is loaded once; only the candidate changes.
      plan_->scenarios.push_back(scenarios::load_scenario(file, plan_->library.catalogue, plan_->library.suite));
    } catch (const scenarios::FormatError&) {
      return {};
    }
    if (reaches_all_ && !scenarios::lint_reach(plan_->scenarios.back()).empty()) return {};
    return play();
  }
  std::size_t count() const { return count_; }

 private:
  Failures play() {
    ++count_;
    app::RunObserver nobody;
    const app::RunResult result = app::run_suite(*plan_, nobody);
    const auto& verdicts = result.report.verdicts.scenarios;
    const auto own = std::ranges::find(verdicts, plan_->scenarios.back().id, &reports::ScenarioVerdict::scenario);
    Failures out;
    if (own == verdicts.end()) return out;
    for (const auto* list : {&own->requirements, &own->rules})
      for (const reports::RequirementVerdict& one : *list)
        if (one.status == reports::Status::Fail) out.insert(failure(one.requirement, one.evidence));
    if (own->status == reports::Status::Fail && out.empty()) out.insert(own->scenario);
    return out;
  }

  const ShrinkOptions& options_;
  Workplace place_;
  std::unique_ptr<app::RunPlan> plan_;
  std::vector<scenarios::Scenario> controls_;
  bool reaches_all_{};  ///< no step of the original is unreachable
  std::size_t count_{};
};

/// A scenario covers what its steps prove; one that is left alone proves all by itself.
void keep_covers(ordered_json& document, const Failures& wanted) {
  std::set<std::string> proved;
  bool any_without = false;
  for (const ordered_json& step : document["steps"]) {
    if (step.contains("proves"))
      proved.insert(step["proves"].get<std::string>());
    else
      any_without = true;
  }
  ordered_json covers = ordered_json::array();
  for (const ordered_json& one : document["covers"])
    if (any_without || proved.contains(one.get<std::string>()) ||
        std::ranges::any_of(wanted, [&](const std::string& what) { return what.starts_with(one.get<std::string>()); }))
      covers.push_back(one);
  document["covers"] = covers;
}

/// What an expectation waits for the answer of: without it the expectation fails with every device.
bool is_asked_about(const ordered_json& steps, std::size_t i) {
  const bool asks = steps[i].contains("send") || steps[i].contains("replay") || steps[i].contains("trigger");
  return asks && i + 1 < steps.size() && steps[i + 1].contains("expect");
}

/// The places where something can be taken away: a step, or a mutation of one.
std::vector<ordered_json::json_pointer> places(const ordered_json& document) {
  std::vector<ordered_json::json_pointer> out;
  const ordered_json& steps = document["steps"];
  // From the end: what comes later seldom matters to what failed before.
  for (std::size_t i = steps.size(); i-- > 0;) {
    const auto step = ordered_json::json_pointer("/steps") / i;
    if (steps.size() > 1 && !is_asked_about(steps, i)) out.push_back(step);
    if (!steps[i].contains("mutate") || !steps[i]["mutate"].is_array()) continue;
    for (std::size_t k = steps[i]["mutate"].size(); k-- > 0;) out.push_back(step / "mutate" / k);
  }
  return out;
}

ordered_json without(const ordered_json& document, const ordered_json::json_pointer& place) {
  ordered_json out = document;
  ordered_json& list = out[place.parent_pointer()];
  list.erase(static_cast<std::size_t>(std::stoul(place.back())));
  if (list.empty() && place.parent_pointer().back() == "mutate") {
    ordered_json& step = out[place.parent_pointer().parent_pointer()];
    step.erase("mutate");
    step.erase("once");
  }
  return out;
}

std::size_t size_of(const ordered_json& document) {
  std::size_t out = document["steps"].size();
  for (const ordered_json& step : document["steps"])
    if (step.contains("mutate")) out += step["mutate"].size();
  return out;
}

int shrink(const ShrinkOptions& options) {
  const std::string text = reports::read_file(options.scenario);
  ordered_json document = ordered_json::parse(text, nullptr, false);
  if (document.is_discarded() || !document.is_object() || !document.contains("steps"))
    throw UserError(ExitCode::Usage, options.scenario.string() + " is no scenario", "see `ikevet schema scenario`");
  if (document.contains("matrix"))
    throw UserError(ExitCode::Usage, options.scenario.string() + " has a matrix",
                    "shrink one of its instances: its text stands in the run's folder as scenario.json");
  const app::Interruption interruption;
  Trial trial(options);
  const Failures wanted = trial.play_original();
  if (wanted.empty()) {
    std::cerr << "ikevet shrink: the scenario does not fail against " << options.target << '\n';
    return static_cast<int>(ExitCode::NothingSelected);
  }
  const std::size_t before = size_of(document);
  // Until nothing more can go: taking one thing away may make another superfluous.
  for (bool smaller = true; smaller && !app::Interruption::requested();) {
    smaller = false;
    for (const auto& place : places(document)) {
      if (app::Interruption::requested()) break;
      ordered_json candidate = without(document, place);
      keep_covers(candidate, wanted);
      const Failures failed = trial.play(candidate);
      if (!std::ranges::includes(failed, wanted)) continue;
      std::cerr << fmt::format("ikevet shrink: without {} it still fails\n", place.to_string());
      document = std::move(candidate);
      smaller = true;
      break;
    }
  }
  if (!options.out.empty()) document["id"] = options.out.stem().string();  // a file is called as its scenario
  const std::string result = document.dump(2) + "\n";
  if (options.out.empty())
    std::cout << result;
  else
    reports::write_file(options.out, result);
  std::cerr << fmt::format("ikevet shrink: {} steps and mutations became {}, after {} trials\n", before,
                           size_of(document), trial.count());
  return static_cast<int>(app::Interruption::requested() ? ExitCode::Inconclusive : ExitCode::Pass);
}

}  // namespace

void register_shrink(CLI::App& program, int& exit_code) {
  CLI::App* verb = program.add_subcommand(
      "shrink", "Takes steps and mutations from a scenario that fails, as long as the same still fails.");
  verb->footer(
      "Each candidate is played against the target with the same seed; what is left is the least that fails.\n\n"
      "Example:\n"
      "  ikevet shrink trace.json --target my-gateway.json --out small.json\n\n"
      "Exit codes: 0; 2 a file that is wrong; 5 it does not fail; 6 interrupted: what is left may still be reducible.");
  const auto options = std::make_shared<ShrinkOptions>();
  verb->add_option("scenario", options->scenario, "scenario file that fails")->required();
  verb->add_option("--out", options->out, "file for what is left (default: standard output)");
  verb->add_option("--target", options->target, "name of a target, or a target file")->capture_default_str();
  verb->add_option("--seed", options->seed, "for SPIs, nonces and keys")->capture_default_str();
  verb->add_option("--timeout-scale", options->timeout_scale, "multiplies every waiting time (0.01 to 1000)")
      ->check(CLI::Range(0.01, 1000.0).description(""))
      ->capture_default_str();
  verb->callback([options, &exit_code] { exit_code = shrink(*options); });
}

}  // namespace ikevet::cli
