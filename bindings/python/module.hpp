// The parts of the module _core; each adds its classes and functions.
#pragma once

#include <pybind11/pybind11.h>

#include <vector>

#include "engine/wire/payload.hpp"

namespace ikevet::python {

void register_errors(pybind11::module_& module);
void register_payloads(pybind11::module_& module);
void register_wire(pybind11::module_& module);
void register_suite(pybind11::module_& module);
void register_engine(pybind11::module_& module);
void register_network(pybind11::module_& module);
void register_capture(pybind11::module_& module);
void register_run(pybind11::module_& module);

/// Payloads, or bodies that are put into payloads without the critical bit. Throws TypeError for anything else.
std::vector<wire::Payload> payloads_from_python(const pybind11::iterable& list);

}  // namespace ikevet::python
