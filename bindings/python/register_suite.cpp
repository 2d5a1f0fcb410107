// Scenarios, requirements and verdicts.
#include <fmt/format.h>
#include <pybind11/stl/filesystem.h>

#include <filesystem>
#include <map>
#include <mutex>

#include "bindings/python/library.hpp"
#include "bindings/python/module.hpp"
#include "bindings/python/structs.hpp"
#include "reports/verdict.hpp"
#include "scenarios/format/data_dir.hpp"
#include "scenarios/format/loader.hpp"
#include "scenarios/format/selector.hpp"

namespace ikevet::python {

namespace {

using reports::Evidence;
using reports::RequirementVerdict;
using reports::ScenarioVerdict;
using scenarios::Requirement;
using scenarios::Scenario;

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
      .def_readonly("text", &Scenario::text, "The scenario as JSON.")
      .def_property_readonly(
          "estimated", [](const Scenario& s) { return std::chrono::duration<double>(s.estimated).count(); },
          "Seconds: the sum of the waits it asks for.")
      .def("__eq__",
           [](const Scenario& a, const py::object& b) {
             return py::isinstance<Scenario>(b) && a.id == b.cast<const Scenario&>().id &&
                    a.text == b.cast<const Scenario&>().text;
           })
      .def("__hash__", [](const Scenario& s) { return py::hash(py::str(s.id)); })
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
}

}  // namespace

const scenarios::Library& library() {
  static std::mutex mutex;
  static std::map<std::filesystem::path, scenarios::Library> read;
  const std::filesystem::path folder = scenarios::find_data_dir();
  const std::scoped_lock lock(mutex);
  const auto found = read.find(folder);
  return found != read.end() ? found->second : read.emplace(folder, scenarios::load_library(folder)).first->second;
}

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
        const scenarios::Library& all = library();
        return scenarios::load_scenario(file, all.catalogue, all.suite);
      },
      py::arg("file"), py::call_guard<py::gil_scoped_release>(),
      "One scenario file. Raises FormatError with every fault of the file.");
  m.def(
      "load_target_names",
      [] {
        std::vector<std::string> out;
        for (const scenarios::Target& target : scenarios::load_targets(scenarios::find_data_dir() / "targets"))
          out.push_back(target.name);
        return out;
      },
      py::call_guard<py::gil_scoped_release>(), "Names of the targets that come with ikevet.");
  m.def(
      "select",
      [](const std::vector<std::string>& selectors) {
        const scenarios::Library& all = library();
        std::vector<Scenario> out;
        for (const Scenario* scenario : scenarios::select(all, selectors)) out.push_back(*scenario);
        return out;
      },
      py::arg("selectors"), py::call_guard<py::gil_scoped_release>(),
      "The scenarios that selectors name, as of the command line: 'rfc7296/2.5', 'level:must', 'not:slow'. Raises "
      "FormatError for an unknown one, with the nearest.");
  m.def(
      "load_scenarios",
      [](const std::filesystem::path& file) {
        const scenarios::Library& all = library();
        return scenarios::load_scenarios(file, all.catalogue, all.suite);
      },
      py::arg("file"), py::call_guard<py::gil_scoped_release>(),
      "One scenario file, all instances of its matrix. Raises FormatError with every fault of the file.");
}

}  // namespace ikevet::python
