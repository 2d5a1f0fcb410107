// How the engine's small types look in Python: octets are bytes, identifiers are ints, IANA numbers are IntEnum members
// where they have a name and ints where they have none.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/wire/constants.hpp"
#include "engine/wire/security_association.hpp"

namespace ikevet::python {

/// The IntEnum's members by number, as register_enum() made them: a dict, owned by the module for as long as the
/// interpreter lives.
template <class E>
PyObject*& enum_members() {
  static PyObject* held = nullptr;
  return held;
}

}  // namespace ikevet::python

namespace pybind11::detail {

template <>
struct type_caster<ikevet::Bytes> {
  PYBIND11_TYPE_CASTER(ikevet::Bytes, const_name("bytes"));

  bool load(handle source, bool) {
    if (!PyObject_CheckBuffer(source.ptr())) return false;
    const buffer_info info = reinterpret_borrow<buffer>(source).request();
    if (info.itemsize != 1 || info.ndim != 1 || (info.size > 1 && info.strides[0] != 1)) return false;
    const auto* first = static_cast<const std::uint8_t*>(info.ptr);
    value.assign(first, first + info.size);
    return true;
  }
  static handle cast(const ikevet::Bytes& octets, return_value_policy, handle) {
    return pybind11::bytes(reinterpret_cast<const char*>(octets.data()), octets.size()).release();
  }
};

template <>
struct type_caster<absl::InlinedVector<ikevet::wire::Attribute, 1>>
    : list_caster<absl::InlinedVector<ikevet::wire::Attribute, 1>, ikevet::wire::Attribute> {};

/// An enumeration that may hold any number of the wire.
template <class E>
struct open_enum_caster {
  PYBIND11_TYPE_CASTER(E, const_name("int"));

  bool load(handle source, bool) {
    using Number = std::underlying_type_t<E>;
    if (!PyLong_Check(source.ptr())) return false;
    const unsigned long number = PyLong_AsUnsignedLong(source.ptr());
    if (PyErr_Occurred()) {
      PyErr_Clear();
      return false;
    }
    if (number > std::numeric_limits<Number>::max()) return false;
    value = static_cast<E>(number);
    return true;
  }
  static handle cast(E number, return_value_policy, handle) {
    int_ plain(static_cast<unsigned long>(number));
    PyObject* members = ikevet::python::enum_members<E>();
    PyObject* named = members == nullptr ? nullptr : PyDict_GetItem(members, plain.ptr());
    return named == nullptr ? plain.release() : handle(named).inc_ref();
  }
};

/// A strong type around one unsigned number.
template <class Id, class Number>
struct id_caster {
  PYBIND11_TYPE_CASTER(Id, const_name("int"));
  bool load(handle source, bool convert) {
    type_caster<Number> number;
    if (!PyLong_Check(source.ptr()) || !number.load(source, convert)) return false;
    value.value = static_cast<Number>(number);
    return true;
  }
  static handle cast(const Id& id, return_value_policy policy, handle parent) {
    return type_caster<Number>::cast(id.value, policy, parent);
  }
};

template <>
struct type_caster<ikevet::IkeSpi> : id_caster<ikevet::IkeSpi, std::uint64_t> {};
template <>
struct type_caster<ikevet::ChildSpi> : id_caster<ikevet::ChildSpi, std::uint32_t> {};
template <>
struct type_caster<ikevet::MessageId> : id_caster<ikevet::MessageId, std::uint32_t> {};

#define IKEVET_OPEN_ENUM(Name) \
  template <>                  \
  struct type_caster<ikevet::wire::Name> : open_enum_caster<ikevet::wire::Name> {}
IKEVET_OPEN_ENUM(PayloadType);
IKEVET_OPEN_ENUM(ExchangeType);
IKEVET_OPEN_ENUM(NotifyType);
IKEVET_OPEN_ENUM(ProtocolId);
IKEVET_OPEN_ENUM(TransformType);
IKEVET_OPEN_ENUM(EncrId);
IKEVET_OPEN_ENUM(PrfId);
IKEVET_OPEN_ENUM(IntegId);
IKEVET_OPEN_ENUM(DhGroup);
IKEVET_OPEN_ENUM(EsnId);
IKEVET_OPEN_ENUM(AttributeType);
IKEVET_OPEN_ENUM(IdType);
IKEVET_OPEN_ENUM(CertEncoding);
IKEVET_OPEN_ENUM(AuthMethod);
IKEVET_OPEN_ENUM(TsType);
IKEVET_OPEN_ENUM(CfgType);
IKEVET_OPEN_ENUM(CfgAttribute);
IKEVET_OPEN_ENUM(EapCode);
IKEVET_OPEN_ENUM(EapType);
#undef IKEVET_OPEN_ENUM

}  // namespace pybind11::detail
