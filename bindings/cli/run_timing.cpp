#include "bindings/cli/run_timing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/files.hpp"

namespace ikevet::app {
namespace {

using scenarios::StepOutcome;
using scenarios::StepStatus;

constexpr double kMargin = 1.3;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

bool is_wait(const scenarios::Action& action, const StepOutcome& outcome) {
  if (std::holds_alternative<scenarios::Wait>(action) || std::holds_alternative<scenarios::Silence>(action) ||
      std::holds_alternative<scenarios::Trigger>(action) || std::holds_alternative<scenarios::Traffic>(action) ||
      std::holds_alternative<scenarios::PathTest>(action))
    return true;
  if (const auto* expect = std::get_if<scenarios::Expect>(&action)) {
    if (expect->absent_for || outcome.status != StepStatus::Done) return true;
    return outcome.alternative && expect->one_of[*outcome.alternative].silence;
  }
  // What went wrong did so because something did not come in time.
  return outcome.status != StepStatus::Done;
}

template <class Each>
void for_each_wait(const scenarios::Scenario& scenario, const scenarios::ScenarioRun& run, const Each& each) {
  std::optional<Instant> last;
  for (const StepOutcome& outcome : run.steps) {
    if (outcome.status == StepStatus::NotReached || outcome.step >= scenario.steps.size()) continue;
    // An expect's time begins with the step before it.
    const Instant began = last ? std::max(*last, outcome.began) : outcome.began;
    if (is_wait(scenario.steps[outcome.step].action, outcome) && outcome.ended > began) each(outcome.ended - began);
    last = outcome.ended;
  }
}

}  // namespace

Duration waits_of(const scenarios::Scenario& scenario, const scenarios::ScenarioRun& run) {
  Duration out{};
  for_each_wait(scenario, run, [&](Duration wait) { out += wait; });
  return out;
}

void RunTiming::add(const scenarios::Scenario& scenario, const scenarios::ScenarioRun& run) {
  for_each_wait(scenario, run, [&](Duration wait) {
    waits += wait;
    longest = std::max(longest, wait);
  });
}

Duration RunTiming::bound() const {
  const double whole = seconds(waits) / std::max(concurrency, 1U) + seconds(longest);
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(kMargin * whole));
}

std::string RunTiming::text() const {
  return fmt::format(
      "{:.1f} s; the protocol's waits: {:.1f} s, {} at a time, the longest {:.1f} s; at most {:.1f} s: {}",
      seconds(wall), seconds(waits), concurrency, seconds(longest), seconds(bound()), within() ? "kept" : "exceeded");
}

void write_timing(const std::filesystem::path& file, const RunTiming& timing) {
  const nlohmann::ordered_json json{{"wall_seconds", seconds(timing.wall)},
                                    {"waits_seconds", seconds(timing.waits)},
                                    {"longest_wait_seconds", seconds(timing.longest)},
                                    {"concurrency", timing.concurrency},
                                    {"bound_seconds", seconds(timing.bound())},
                                    {"within_bound", timing.within()}};
  reports::write_file(file, json.dump(2) + "\n");
}

}  // namespace ikevet::app
