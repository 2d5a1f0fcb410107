// Binds a plain struct: keyword constructor, fields, equality, repr, copy and pickle from one list of fields.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "bindings/python/casters.hpp"

namespace ikevet::python {

namespace py = pybind11;

template <class T>
class Struct {
 public:
  Struct(py::module_& module, const char* name, const char* doc)
      : class_(module, name, doc), fields_(std::make_shared<std::vector<Field>>()), name_(name) {}

  template <class Member>
  Struct& field(const char* name, Member member, const char* doc) {
    class_.def_readwrite(name, member, doc);
    using Value = std::remove_cvref_t<decltype(std::declval<T&>().*member)>;
    add(name, [member](T& self, py::handle value) {
      py::detail::make_caster<Value> caster;
      if (!caster.load(value, true)) return false;
      self.*member = py::detail::cast_op<Value&&>(std::move(caster));
      return true;
    });
    return *this;
  }
  template <class Get, class Set>
  Struct& field(const char* name, Get get, Set set, const char* doc) {
    class_.def_property(name, get, set, doc);
    add(name, [name](T& self, py::handle value) {
      try {
        py::setattr(py::cast(&self, py::return_value_policy::reference), name, value);
      } catch (py::error_already_set& error) {
        if (!error.matches(PyExc_TypeError)) throw;
        return false;
      }
      return true;
    });
    return *this;
  }

  /// Call last: adds what is made from the fields.
  py::class_<T>& done() {
    const auto fields = fields_;
    const std::string name = name_;
    const auto make = [fields, name](const py::dict& values) {
      T made{};
      for (const auto& [key, value] : values) {
        const Field* field = find(*fields, key);
        if (field == nullptr)
          throw py::type_error(name + "() has no field '" + py::str(key).template cast<std::string>() + "'; it has " +
                               join(*fields));
        if (!field->set(made, value))
          throw py::type_error(name + "(): field '" + field->name + "' does not take " +
                               py::repr(value).template cast<std::string>());
      }
      return made;
    };
    class_.def(py::init([make](const py::kwargs& values) { return make(values); }));
    class_.def("__repr__", [fields, name](const py::object& self) {
      std::string out = name + "(";
      for (const Field& field : *fields) {
        if (out.back() != '(') out += ", ";
        out += std::string(field.name) + "=" + py::repr(self.attr(field.name)).template cast<std::string>();
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
          for (const Field& field : *fields) state[field.name] = self.attr(field.name);
          return py::tuple(py::make_tuple(state));
        },
        [make](const py::tuple& state) { return make(state[0].cast<py::dict>()); }));
    return class_;
  }

 private:
  struct Field {
    const char* name;
    PyObject* key;  ///< the name as Python interns it: names of arguments mostly are this very object
    std::function<bool(T&, py::handle)> set;  ///< false: it does not take such a value
  };

  void add(const char* name, std::function<bool(T&, py::handle)> set) {
    fields_->push_back({name, PyUnicode_InternFromString(name), std::move(set)});
  }
  static const Field* find(const std::vector<Field>& fields, py::handle key) {
    for (const Field& field : fields)
      if (field.key == key.ptr()) return &field;
    for (const Field& field : fields)
      if (PyUnicode_Check(key.ptr()) && PyUnicode_Compare(field.key, key.ptr()) == 0) return &field;
    return nullptr;
  }
  static std::string join(const std::vector<Field>& fields) {
    std::string out;
    for (const Field& field : fields) out += (out.empty() ? "" : ", ") + std::string(field.name);
    return out;
  }

  py::class_<T> class_;
  std::shared_ptr<std::vector<Field>> fields_;
  std::string name_;
};

}  // namespace ikevet::python
