// Addresses, SPIs and times in Python: "192.0.2.1:500", (spi_i, spi_r), nanoseconds since the Unix epoch.
#pragma once

#include <string_view>

#include "bindings/python/casters.hpp"
#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"

namespace ikevet::python {

/// Text in which a peer may have had a hand: what is no UTF-8 becomes the replacement character.
inline pybind11::str lenient(std::string_view text) {
  PyObject* made = PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
  if (made == nullptr) throw pybind11::error_already_set();
  return pybind11::reinterpret_steal<pybind11::str>(made);
}

}  // namespace ikevet::python

namespace pybind11::detail {

template <>
struct type_caster<ikevet::IpAddress> {
  PYBIND11_TYPE_CASTER(ikevet::IpAddress, const_name("str"));
  bool load(handle source, bool) {
    if (!PyUnicode_Check(source.ptr())) return false;
    const auto text = source.cast<std::string>();
    const auto parsed = ikevet::IpAddress::parse(text);
    if (!parsed)
      throw value_error("'" + text + "' is no IPv4 or IPv6 address; write it as in '192.0.2.1' or '2001:db8::1'");
    value = *parsed;
    return true;
  }
  static handle cast(const ikevet::IpAddress& address, return_value_policy, handle) {
    return str(address.text()).release();
  }
};

template <>
struct type_caster<ikevet::Endpoint> {
  PYBIND11_TYPE_CASTER(ikevet::Endpoint, const_name("str"));
  bool load(handle source, bool) {
    if (!PyUnicode_Check(source.ptr())) return false;
    const auto text = source.cast<std::string>();
    const auto parsed = ikevet::Endpoint::parse(text);
    if (!parsed)
      throw value_error("'" + text + "' is no address with a port; write '192.0.2.1:500' or '[2001:db8::1]:500'");
    value = *parsed;
    return true;
  }
  static handle cast(const ikevet::Endpoint& endpoint, return_value_policy, handle) {
    return str(endpoint.text()).release();
  }
};

template <>
struct type_caster<ikevet::IkeSpis> {
  PYBIND11_TYPE_CASTER(ikevet::IkeSpis, const_name("tuple[int, int]"));
  bool load(handle source, bool) {
    if (!PyTuple_Check(source.ptr()) || PyTuple_GET_SIZE(source.ptr()) != 2) return false;
    const auto pair = reinterpret_borrow<tuple>(source);
    value = {{pair[0].cast<std::uint64_t>()}, {pair[1].cast<std::uint64_t>()}};
    return true;
  }
  static handle cast(const ikevet::IkeSpis& spis, return_value_policy, handle) {
    return make_tuple(spis.i.value, spis.r.value).release();
  }
};

template <>
struct type_caster<ikevet::Instant> {
  PYBIND11_TYPE_CASTER(ikevet::Instant, const_name("int"));
  bool load(handle source, bool) {
    if (!PyLong_Check(source.ptr())) return false;
    value = ikevet::Instant(ikevet::Duration(source.cast<std::int64_t>()));
    return true;
  }
  static handle cast(ikevet::Instant at, return_value_policy, handle) {
    return int_(at.time_since_epoch().count()).release();
  }
};

}  // namespace pybind11::detail
