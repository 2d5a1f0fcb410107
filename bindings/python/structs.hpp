// Binds a plain struct: keyword constructor, fields, equality, repr, copy and pickle from one list of fields.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/python/casters.hpp"

namespace ikevet::python {

namespace py = pybind11;

template <class T>
class Struct {
 public:
  Struct(py::module_& module, const char* name, const char* doc)
      : class_(module, name, doc), fields_(std::make_shared<std::vector<const char*>>()), name_(name) {}

  template <class Member>
  Struct& field(const char* name, Member member, const char* doc) {
    class_.def_readwrite(name, member, doc);
    fields_->push_back(name);
    return *this;
  }
  template <class Get, class Set>
  Struct& field(const char* name, Get get, Set set, const char* doc) {
    class_.def_property(name, get, set, doc);
    fields_->push_back(name);
    return *this;
  }

  /// Call last: adds what is made from the fields.
  py::class_<T>& done() {
    const auto fields = fields_;
    const std::string name = name_;
    const auto make = [fields, name](const py::dict& values) {
      py::object made = py::cast(T{});
      for (const auto& [key, value] : values) {
        const auto text = key.template cast<std::string>();
        bool known = false;
        for (const char* field : *fields) known = known || text == field;
        if (!known) throw py::type_error(name + "() has no field '" + text + "'; it has " + join(*fields));
        try {
          py::setattr(made, key, value);
        } catch (py::error_already_set& error) {
          if (!error.matches(PyExc_TypeError)) throw;
          throw py::type_error(name + "(): field '" + text + "' does not take " +
                               py::repr(value).template cast<std::string>());
        }
      }
      return made.template cast<T>();
    };
    class_.def(py::init([make](const py::kwargs& values) { return make(values); }));
    class_.def("__repr__", [fields, name](const py::object& self) {
      std::string out = name + "(";
      for (const char* field : *fields) {
        if (out.back() != '(') out += ", ";
        out += std::string(field) + "=" + py::repr(self.attr(field)).template cast<std::string>();
      }
      return out + ")";
    });
    class_.def("__eq__", [](const T& a, const py::object& b) -> py::object {
      if (!py::isinstance<T>(b)) return py::reinterpret_borrow<py::object>(Py_NotImplemented);
      return py::bool_(a == b.cast<const T&>());
    });
    class_.attr("__hash__") = py::none();  // mutable
    class_.def("__copy__", [](const T& self) { return T(self); });
    class_.def("__deepcopy__", [](const T& self, const py::dict&) { return T(self); }, py::arg("memo"));
    class_.def(py::pickle(
        [fields](const py::object& self) {
          py::dict state;
          for (const char* field : *fields) state[field] = self.attr(field);
          return py::tuple(py::make_tuple(state));
        },
        [make](const py::tuple& state) { return make(state[0].cast<py::dict>()); }));
    return class_;
  }

 private:
  static std::string join(const std::vector<const char*>& names) {
    std::string out;
    for (const char* name : names) out += (out.empty() ? "" : ", ") + std::string(name);
    return out;
  }

  py::class_<T> class_;
  std::shared_ptr<std::vector<const char*>> fields_;
  std::string name_;
};

}  // namespace ikevet::python
