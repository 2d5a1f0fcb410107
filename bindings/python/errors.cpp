// How the program's errors look in Python: one class a kind, each with place and remedy in its text.
#include "bindings/cli/user_error.hpp"
#include "bindings/cli/version.hpp"
#include "bindings/python/module.hpp"
#include "bindings/python/structs.hpp"
#include "pcap/capture_error.hpp"
#include "pcap/key_file_error.hpp"
#include "reports/files.hpp"
#include "scenarios/format/problem.hpp"
#include "scenarios/runner/proposal_strings.hpp"

namespace ikevet::python {

namespace {

/// Module-lifetime references to the exception classes: pybind11's translators are plain functions.
PyObject* ikevet_error = nullptr;
PyObject* format_error = nullptr;
PyObject* run_error = nullptr;

PyObject* new_class(py::module_& module, const char* name, const char* doc, PyObject* base) {
  const std::string qualified = std::string("ikevet.") + name;
  PyObject* made = PyErr_NewExceptionWithDoc(qualified.c_str(), doc, base, nullptr);
  module.attr(name) = py::reinterpret_borrow<py::object>(made);
  return made;
}

void raise_format_error(const scenarios::FormatError& error) {
  py::object made = py::reinterpret_borrow<py::object>(format_error)(error.what());
  made.attr("problems") = py::cast(error.problems);
  PyErr_SetObject(format_error, made.ptr());
}

void raise_run_error(const app::UserError& error) {
  py::object made = py::reinterpret_borrow<py::object>(run_error)(error.what());
  made.attr("exit_code") = static_cast<int>(error.code());
  PyErr_SetObject(run_error, made.ptr());
}

}  // namespace

void register_errors(py::module_& m) {
  m.attr("__version__") = app::version();
  py::class_<scenarios::Problem>(m, "Problem", "One fault of a user's file, with its place and what to do about it.")
      .def_readonly("file", &scenarios::Problem::file, "The file, as it was named.")
      .def_readonly("line", &scenarios::Problem::line, "Line from 1; 0 when the file has no such place.")
      .def_readonly("column", &scenarios::Problem::column, "Column from 1, in octets.")
      .def_readonly("pointer", &scenarios::Problem::pointer, "JSON pointer, e.g. '/steps/0'.")
      .def_readonly("what", &scenarios::Problem::what, "What is wrong.")
      .def_readonly("remedy", &scenarios::Problem::remedy, "What to do; may be empty.")
      .def("__str__", &scenarios::Problem::text)
      .def("__repr__", [](const scenarios::Problem& self) { return "<Problem " + self.text() + ">"; });

  ikevet_error = new_class(m, "IkevetError", "Base class of the errors of ikevet.", PyExc_Exception);
  format_error = new_class(m, "FormatError",
                           "A scenario, target, capture or key file that cannot be used. `problems` lists every fault.",
                           ikevet_error);
  run_error = new_class(m, "RunError",
                        "A run that could not begin: what is wrong and the remedy. `exit_code` is the command line's.",
                        ikevet_error);
  py::register_exception_translator([](std::exception_ptr pointer) {
    try {
      if (pointer) std::rethrow_exception(pointer);
    } catch (const scenarios::FormatError& error) {
      raise_format_error(error);
    } catch (const app::UserError& error) {
      raise_run_error(error);
    } catch (const scenarios::SetupError& error) {
      PyErr_SetString(format_error, error.what());
    } catch (const pcap::CaptureError& error) {
      PyErr_SetString(format_error, error.what());
    } catch (const pcap::KeyFileError& error) {
      PyErr_SetString(format_error, error.what());
    } catch (const reports::FileError& error) {
      PyErr_SetString(format_error, error.what());
    }
  });
}

}  // namespace ikevet::python
