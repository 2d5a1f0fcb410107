// Scenarios, runs and verdicts.
#include <fmt/format.h>
#include <pybind11/functional.h>
#include <pybind11/stl/filesystem.h>

#include <algorithm>
#include <filesystem>

#include "bindings/cli/stored_run.hpp"
#include "bindings/cli/suite_run.hpp"
#include "bindings/python/module.hpp"
#include "bindings/python/structs.hpp"
#include "reports/report.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/loader.hpp"

namespace ikevet::python {

namespace {

using reports::Evidence;
using reports::RequirementVerdict;
using reports::ScenarioVerdict;
using scenarios::Requirement;
using scenarios::Scenario;

scenarios::Library library() { return scenarios::load_library(scenarios::find_data_dir()); }

/// A run, graded: what `run` and `grade` give.
struct Run {
  std::filesystem::path out;
  reports::RunReport report;

  const ScenarioVerdict& scenario(const std::string& id) const {
    const auto& all = report.verdicts.scenarios;
    const auto found = std::ranges::find(all, id, &ScenarioVerdict::scenario);
    if (found == all.end()) throw py::key_error("the run has no scenario '" + id + "'");
    return *found;
  }
};

Run grade(const std::filesystem::path& run_dir, const std::vector<std::filesystem::path>& keys) {
  return {run_dir, app::regrade(run_dir, library(), keys)};
}

/// Tells a Python callable of each verdict as it comes.
class Progress final : public app::RunObserver {
 public:
  explicit Progress(std::function<void(const ScenarioVerdict&)> on_verdict) : on_verdict_(std::move(on_verdict)) {}
  void finished(std::size_t, const Scenario&, const ScenarioVerdict& verdict) override {
    if (!on_verdict_) return;
    const py::gil_scoped_acquire gil;
    on_verdict_(verdict);
  }

 private:
  std::function<void(const ScenarioVerdict&)> on_verdict_;
};

Run run(const std::vector<std::string>& select, const std::string& target, std::optional<std::filesystem::path> out,
        std::optional<std::uint64_t> seed, bool strict, bool keys, double timeout_scale,
        std::function<void(const ScenarioVerdict&)> on_verdict) {
  app::RunRequest request;
  request.select = select;
  request.target = target;
  request.out = std::move(out);
  request.seed = seed;
  request.strict = strict;
  request.keys = keys;
  request.timeout_scale = timeout_scale;
  Progress progress(std::move(on_verdict));
  const py::gil_scoped_release released;
  app::RunResult result = app::run_suite(app::plan_run(request), progress);
  return {std::move(result.run_dir), std::move(result.report)};
}

void register_scenarios(py::module_& m) {
  py::class_<Requirement>(m, "Requirement", "One normative statement of an RFC.")
      .def_readonly("id", &Requirement::id, "E.g. 'rfc7296-2.5-critical-unknown'.")
      .def_readonly("rfc", &Requirement::rfc, "RFC number.")
      .def_readonly("section", &Requirement::section, "Section, e.g. '2.5'.")
      .def_readonly("line", &Requirement::line, "Line of the RFC's text file where the sentence begins.")
      .def_readonly("paraphrase", &Requirement::paraphrase, "What it asks, in our words.")
      .def_property_readonly(
          "level", [](const Requirement& r) { return name(r.level); }, "'MUST', 'SHOULD', ...")
      .def_property_readonly(
          "binds", [](const Requirement& r) { return name(r.binds); }, "Whom it binds.")
      .def_property_readonly(
          "testability", [](const Requirement& r) { return name(r.testability); },
          "Whether it can be seen on the wire.")
      .def_property_readonly("citation", &Requirement::citation, "'RFC 7296 §2.5'.")
      .def("__repr__", [](const Requirement& r) { return fmt::format("<Requirement {} {}>", r.id, name(r.level)); });

  py::class_<Scenario>(m, "Scenario", "A conformance scenario: what to send, what to expect, what it covers.")
      .def_readonly("id", &Scenario::id, "Path below the suite, without '.json'.")
      .def_readonly("title", &Scenario::title, "One line.")
      .def_readonly("description", &Scenario::description, "What is provoked, and why.")
      .def_readonly("covers", &Scenario::covers, "Ids of the requirements it tests.")
      .def_readonly("needs", &Scenario::needs, "Capabilities and 'trigger:NAME' that the device must have.")
      .def_readonly("control", &Scenario::control, "Id of its positive control; empty when it is one itself.")
      .def_readonly("tags", &Scenario::tags, "Tags for selection.")
      .def_property_readonly(
          "harness", [](const Scenario& s) { return name(s.harness); },
          "Role of the harness: 'initiator' or 'responder'.")
      .def_property_readonly(
          "steps",
          [](const Scenario& s) {
            std::vector<std::string> out;
            for (const scenarios::Step& step : s.steps) out.push_back(describe(step));
            return out;
          },
          "The steps, a readable line each.")
      .def("__repr__", [](const Scenario& s) { return "<Scenario " + s.id + ">"; });
}

void register_verdicts(py::module_& m) {
  py::class_<Evidence>(m, "Evidence", "The situation on which a verdict rests.")
      .def_readonly("scenario", &Evidence::scenario, "Scenario id.")
      .def_readonly("step", &Evidence::step, "Index of the step; None for a rule that holds for every message.")
      .def_readonly("frames", &Evidence::frames, "Frame numbers in that scenario's capture, from 1.")
      .def_readonly("expected", &Evidence::expected, "All alternatives, with their citations.")
      .def_readonly("actual", &Evidence::actual, "What was seen.")
      .def("__eq__", [](const Evidence& a, const Evidence& b) { return a == b; })
      .def("__repr__", [](const Evidence& e) {
        return fmt::format("<Evidence {} frames {}>", e.scenario, fmt::join(e.frames, ", "));
      });
  py::class_<RequirementVerdict>(m, "RequirementVerdict", "What is known of one requirement.")
      .def_readonly("requirement", &RequirementVerdict::requirement, "Requirement id.")
      .def_property_readonly(
          "status", [](const RequirementVerdict& v) { return name(v.status); },
          "'pass', 'pass-lenient', 'fail', 'inconclusive', 'unsupported', ...")
      .def_readonly("reason", &RequirementVerdict::reason, "Reason code for everything but pass and fail.")
      .def_readonly("detail", &RequirementVerdict::detail, "In words.")
      .def_readonly("evidence", &RequirementVerdict::evidence, "List of Evidence.")
      .def("__eq__", [](const RequirementVerdict& a, const RequirementVerdict& b) { return a == b; })
      .def("__repr__", [](const RequirementVerdict& v) {
        return fmt::format("<RequirementVerdict {} {}>", v.requirement, name(v.status));
      });
  py::class_<ScenarioVerdict>(m, "ScenarioVerdict", "What playing one scenario showed.")
      .def_readonly("scenario", &ScenarioVerdict::scenario, "Scenario id.")
      .def_property_readonly(
          "status", [](const ScenarioVerdict& v) { return name(v.status); }, "As of RequirementVerdict.")
      .def_readonly("reason", &ScenarioVerdict::reason, "Reason code for everything but pass and fail.")
      .def_readonly("detail", &ScenarioVerdict::detail, "In words.")
      .def_readonly("requirements", &ScenarioVerdict::requirements, "What its steps say of what it covers.")
      .def_readonly("rules", &ScenarioVerdict::rules, "What the rules for every message say of its trace.")
      .def_readonly("seconds", &ScenarioVerdict::seconds, "How long it took on the run's clock.")
      .def("__eq__", [](const ScenarioVerdict& a, const ScenarioVerdict& b) { return a == b; })
      .def("__repr__",
           [](const ScenarioVerdict& v) { return fmt::format("<ScenarioVerdict {} {}>", v.scenario, name(v.status)); });
  py::class_<Run>(m, "Run", "A run, graded from its evidence.")
      .def_readonly("out", &Run::out, "The run's folder.")
      .def_property_readonly(
          "seed", [](const Run& r) { return r.report.info.seed; }, "The seed.")
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
      .def("__repr__", [](const Run& r) {
        return fmt::format("<Run {} of {} scenarios>", r.out.string(), r.report.verdicts.scenarios.size());
      });
}

}  // namespace

void register_suite(py::module_& m) {
  register_scenarios(m);
  register_verdicts(m);
  m.def("data_dir", &scenarios::find_data_dir, "Folder of the suite, requirements, targets and schemas.");
  m.def(
      "load_suite", [] { return library().suite; }, py::call_guard<py::gil_scoped_release>(),
      "Every scenario that comes with ikevet, in order of id.");
  m.def(
      "load_catalogue", [] { return library().catalogue; }, py::call_guard<py::gil_scoped_release>(),
      "Requirement by id: the catalogue.");
  m.def(
      "load_scenario",
      [](const std::filesystem::path& file) {
        const scenarios::Library all = library();
        return scenarios::load_scenario(file, all.catalogue, all.suite);
      },
      py::arg("file"), py::call_guard<py::gil_scoped_release>(),
      "One scenario file. Raises FormatError with every fault of the file.");
  m.def("run", &run, py::arg("select") = std::vector<std::string>{}, py::kw_only(), py::arg("target") = "embedded",
        py::arg("out") = std::nullopt, py::arg("seed") = std::nullopt, py::arg("strict") = false,
        py::arg("keys") = true, py::arg("timeout_scale") = 1.0, py::arg("on_verdict") = nullptr,
        "Plays scenarios against a target, writes the evidence and the reports, and grades from what was written.\n\n"
        "select: selectors as of the command line ('rfc7296/2.5', 'level:must', a file's path); nothing: all.\n"
        "target: name or file of a target; 'embedded' is the built-in peer on a virtual clock.\n"
        "out: the run's folder; None: the first free out/TARGET-N.\n"
        "seed: decides SPIs, nonces and keys; None: 1 for the embedded target, a fresh one for others.\n"
        "timeout_scale: multiplies every time that is waited for the device.\n"
        "on_verdict: called with each ScenarioVerdict as it comes.\n\n"
        "A device that fails gives a failing Run, never an exception. Raises FormatError for files and selectors that\n"
        "cannot be used, RunError where this machine does not let us at the device. The GIL is released meanwhile.");
  m.def("grade", &grade, py::arg("run_dir"), py::kw_only(), py::arg("keys") = std::vector<std::filesystem::path>{},
        py::call_guard<py::gil_scoped_release>(),
        "Grades a stored run again, from its captures, keys and step records. `keys`: further key files.");
}

}  // namespace ikevet::python
