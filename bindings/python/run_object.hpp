// A run, graded: what run() and grade() give.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>

#include "bindings/python/net_casters.hpp"
#include "reports/report.hpp"

namespace ikevet::python {

namespace py = pybind11;

struct Run {
  std::filesystem::path out;
  reports::RunReport report;

  const reports::ScenarioVerdict& scenario(const std::string& id) const {
    const auto& all = report.verdicts.scenarios;
    const auto found = std::ranges::find(all, id, &reports::ScenarioVerdict::scenario);
    if (found == all.end()) throw py::key_error("the run has no scenario '" + id + "'");
    return *found;
  }
  const scenarios::ScenarioRun& played(const std::string& id) const {
    const scenarios::ScenarioRun* found = reports::find_run(report, id);
    if (found == nullptr) throw py::key_error("the run did not play a scenario '" + id + "'");
    return *found;
  }
};

}  // namespace ikevet::python
