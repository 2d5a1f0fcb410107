#include "bindings/python/module.hpp"

PYBIND11_MODULE(_core, m) {
  m.doc() = "The compiled part of ikevet; use the package `ikevet`.";
  ikevet::python::register_errors(m);
  ikevet::python::register_payloads(m);
  ikevet::python::register_wire(m);
  ikevet::python::register_suite(m);
  ikevet::python::register_engine(m);
  ikevet::python::register_network(m);
  ikevet::python::register_capture(m);
  ikevet::python::register_run(m);
}
