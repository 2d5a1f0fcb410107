// Triggers, steps and rules that are written in Python.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bindings/cli/run_hooks.hpp"
#include "bindings/cli/suite_run.hpp"
#include "bindings/python/net_casters.hpp"

namespace ikevet::python {

namespace py = pybind11;

/// `hooks` is the object that ikevet.suite makes: triggers (name -> callable), steps (scenario id -> index ->
/// callable), rules (objects with id, rfc, section, level, text and judge(trace)). Made and destroyed with the GIL.
class PythonHooks final : public app::RunHooks {
 public:
  explicit PythonHooks(const py::object& hooks);

  /// Makes the triggers and the rules' requirements known to a plan. Throws ValueError for a requirement that exists.
  void introduce_to(app::RunPlan& plan) const;

  std::optional<scenarios::TriggerState> trigger(std::string_view name) override;
  scenarios::StepHook* steps_of(const scenarios::Scenario& scenario) override;
  std::vector<reports::RequirementVerdict> judge(const scenarios::Scenario& scenario,
                                                 const trace::Trace& trace) override;

 private:
  class Steps;
  py::dict triggers_, steps_;
  py::list rules_;
  std::shared_ptr<scenarios::StepHook> current_;
};

void register_step_context(py::module_& m);

}  // namespace ikevet::python
