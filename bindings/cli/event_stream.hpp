// What happens during a run, as one JSON object a line: for dashboards, CI logs, and scripts that do not want to wait.
#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "bindings/cli/suite_run.hpp"

namespace ikevet::app {

/// Writes the events that `ikevet schema event` describes, each as soon as it happens.
class EventStream {
 public:
  /// "-" is standard output. A file is made anew. Throws UserError where it cannot be written.
  explicit EventStream(const std::string& file);

  void run_started(const RunPlan& plan);
  void scenario_started(std::size_t index, const scenarios::Scenario& scenario);
  void scenario_finished(std::size_t index, const scenarios::Scenario& scenario,
                         const reports::ScenarioVerdict& verdict);
  void note(const std::string& text);
  void run_finished(const RunResult& result);

 private:
  void write(std::string_view event, nlohmann::ordered_json more);

  std::ofstream file_;
  std::ostream* out_;
};

}  // namespace ikevet::app
