// Runs: played, graded, and what was seen in them.
#include <fmt/format.h>
#include <pybind11/functional.h>
#include <pybind11/stl/filesystem.h>

#include "bindings/cli/stored_run.hpp"
#include "bindings/cli/suite_run.hpp"
#include "bindings/python/engine_object.hpp"
#include "bindings/python/library.hpp"
#include "bindings/python/module.hpp"
#include "bindings/python/run_hooks.hpp"
#include "bindings/python/run_object.hpp"
#include "reports/files.hpp"
#include "reports/html_report.hpp"
#include "reports/json_report.hpp"
#include "reports/junit_report.hpp"
#include "reports/markdown_report.hpp"

namespace ikevet::python {

namespace {

using reports::ScenarioVerdict;
using scenarios::StepOutcome;
using trace::Trace;

Run grade(const std::filesystem::path& run_dir, const std::vector<std::filesystem::path>& keys) {
  return {run_dir, app::regrade(run_dir, library(), keys)};
}

/// Tells a Python callable of each verdict as it comes; Ctrl-C ends the run between two scenarios.
class Progress final : public app::RunObserver {
 public:
  explicit Progress(std::function<void(const ScenarioVerdict&)> on_verdict) : on_verdict_(std::move(on_verdict)) {}
  void finished(std::size_t, const scenarios::Scenario&, const ScenarioVerdict& verdict) override {
    const py::gil_scoped_acquire gil;
    if (on_verdict_) on_verdict_(verdict);
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  }

 private:
  std::function<void(const ScenarioVerdict&)> on_verdict_;
};

Run run(const std::vector<std::string>& select, const std::string& target, std::optional<std::filesystem::path> out,
        std::optional<std::uint64_t> seed, bool strict, bool keys, double timeout_scale, unsigned jobs,
        std::function<void(const ScenarioVerdict&)> on_verdict, const std::string& deviation,
        std::optional<std::filesystem::path> waivers, const py::object& hooks) {
  app::RunRequest request;
  request.select = select;
  request.target = target;
  request.out = std::move(out);
  request.seed = seed;
  request.strict = strict;
  request.keys = keys;
  request.timeout_scale = timeout_scale;
  request.jobs = jobs;
  request.deviation = deviation;
  request.waivers = std::move(waivers);
  Progress progress(std::move(on_verdict));
  std::unique_ptr<PythonHooks> ours;
  if (!hooks.is_none()) ours = std::make_unique<PythonHooks>(hooks);
  app::RunPlan plan;
  {
    const py::gil_scoped_release released;
    plan = app::plan_run(request, library());
  }
  if (ours) ours->introduce_to(plan);
  app::RunResult result;
  {
    const py::gil_scoped_release released;
    result = app::run_suite(plan, progress, ours.get());
  }
  return {std::move(result.run_dir), std::move(result.report)};
}

std::string report_text(const Run& run, const std::string& format) {
  if (format == "json") return reports::json_report(run.report);
  if (format == "junit") return reports::junit_report(run.report);
  if (format == "md") return reports::markdown_report(run.report);
  if (format == "html") return reports::html_report(run.report);
  throw py::value_error("format is 'html', 'json', 'junit' or 'md', not '" + format + "'");
}

void register_trace(py::module_& m) {
  py::class_<Trace, std::shared_ptr<Trace>>(m, "Trace", "The ordered record of a run: messages and events.")
      .def_property_readonly(
          "messages",
          [](const Trace& trace) {
            py::list out;
            for (const trace::MessageRecord& message : trace.messages) out.append(py::cast(message));
            return out;
          },
          "List of SeenMessage, in order: copies, made anew at each access.")
      .def_property_readonly(
          "events",
          [](const Trace& trace) {
            py::list out;
            for (const trace::EventRecord& event : trace.events)
              out.append(py::make_tuple(event.at, EventObject{event.event}));
            return out;
          },
          "List of (time in nanoseconds, Event): what the harness's engine said.")
      .def(
          "was_lost",
          [](const Trace& trace, std::size_t index) {
            if (index >= trace.messages.size()) throw py::index_error("the trace has no such message");
            return trace.packets[trace.messages[index].packet].fate == trace::Fate::DroppedByScenario;
          },
          py::arg("index"), "The message never reached the other side: the scenario's network lost it.")
      .def("__len__", [](const Trace& trace) { return trace.messages.size(); })
      .def("__repr__", [](const Trace& trace) {
        return fmt::format("<Trace of {} messages, {} events>", trace.messages.size(), trace.events.size());
      });
  py::class_<StepOutcome>(m, "StepResult", "How a step ended.")
      .def_readonly("step", &StepOutcome::step, "Index into the scenario's steps.")
      .def_property_readonly(
          "status", [](const StepOutcome& o) { return name(o.status); },
          "'done', 'unmet', 'violated', 'refused', 'no-answer', 'trigger-failed', 'harness-error', 'not-reached'.")
      .def_readonly("began", &StepOutcome::began, "Nanoseconds since the Unix epoch.")
      .def_readonly("ended", &StepOutcome::ended, "Nanoseconds since the Unix epoch.")
      .def_readonly("frames", &StepOutcome::frames, "The evidence: frame numbers.")
      .def_readonly("detail", &StepOutcome::detail, "Expected against actual, in words.")
      .def("__repr__", [](const StepOutcome& o) { return fmt::format("<StepResult {} {}>", o.step, name(o.status)); });
}

}  // namespace

void register_run(py::module_& m) {
  register_trace(m);
  register_step_context(m);
  py::class_<Run>(m, "Run", "A run, graded from its evidence.")
      .def_readonly("out", &Run::out, "The run's folder.")
      .def_property_readonly(
          "seed", [](const Run& r) { return r.report.info.seed; }, "The seed.")
      .def_property_readonly(
          "target", [](const Run& r) { return r.report.info.target; }, "The target's name, as it was given.")
      .def_property_readonly(
          "partial", [](const Run& r) { return r.report.verdicts.partial; }, "It was interrupted.")
      .def_property_readonly(
          "scenarios", [](const Run& r) { return r.report.verdicts.scenarios; },
          "List of ScenarioVerdict, in the order they ran.")
      .def_property_readonly(
          "requirements", [](const Run& r) { return r.report.verdicts.requirements; },
          "RequirementVerdict by requirement id: every requirement of the catalogue.")
      .def_property_readonly(
          "exit_code",
          [](const Run& r) { return reports::exit_code(r.report.verdicts, r.report.catalogue, r.report.info.strict); },
          "What the command line would exit with: 0 all required pass, 1 a required one failed, ...")
      .def("scenario", &Run::scenario, py::arg("id"), py::return_value_policy::reference_internal,
           "The verdict of one scenario; KeyError when the run does not have it.")
      .def(
          "trace", [](const Run& r, const std::string& id) { return std::make_shared<Trace>(r.played(id).trace); },
          py::arg("id"), "The Trace of one scenario; KeyError when the run did not play it.")
      .def(
          "steps", [](const Run& r, const std::string& id) { return r.played(id).steps; }, py::arg("id"),
          "List of StepResult of one scenario; KeyError when the run did not play it.")
      .def("report", &report_text, py::arg("format"), py::call_guard<py::gil_scoped_release>(),
           "The report as text: 'html', 'json', 'junit' or 'md'. ValueError for another format.")
      .def(
          "rerun_line",
          [](const Run& r, const std::string& id) {
            return reports::rerun_line(r.report.info, id, r.report.info.seed);
          },
          py::arg("id"), "The command that runs one scenario again.")
      .def("__repr__", [](const Run& r) {
        return fmt::format("<Run {} of {} scenarios>", r.out.string(), r.report.verdicts.scenarios.size());
      });
  m.def("_run", &run, py::arg("select"), py::arg("target"), py::arg("out"), py::arg("seed"), py::arg("strict"),
        py::arg("keys"), py::arg("timeout_scale"), py::arg("jobs"), py::arg("on_verdict"), py::arg("deviation"),
        py::arg("waivers"), py::arg("hooks"));
  m.def("grade", &grade, py::arg("run_dir"), py::kw_only(), py::arg("keys") = std::vector<std::filesystem::path>{},
        py::call_guard<py::gil_scoped_release>(),
        "Grades a stored run again, from its captures, keys and step records. `keys`: further key files. Raises\n"
        "FormatError for a folder that is no run.");
}

}  // namespace ikevet::python
