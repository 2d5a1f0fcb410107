// The parts of the module _core; each adds its classes and functions.
#pragma once

#include <pybind11/pybind11.h>

namespace ikevet::python {

void register_errors(pybind11::module_& module);
void register_payloads(pybind11::module_& module);
void register_wire(pybind11::module_& module);
void register_suite(pybind11::module_& module);

}  // namespace ikevet::python
