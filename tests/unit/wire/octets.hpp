// Payload bodies as hexadecimal, and the three questions that every payload is asked.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "engine/wire/field_tree.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::test {

/// The octets of a hexadecimal text, blanks allowed.
inline Bytes hex(std::string_view text) {
  const auto octets = from_hex(text);
  REQUIRE(octets);
  return *octets;
}

/// The value in these octets of a payload's body; fails the test when there is a fault.
template <class T>
T parsed(std::string_view body) {
  const Bytes octets = hex(body);
  auto value = T::parse(Reader(octets));
  INFO((value ? "" : value.error().text()));
  REQUIRE(value);
  CHECK(to_hex(wire::body_octets(*value)) == to_hex(octets));
  return *value;
}

/// The fault in these octets; fails the test when there is none.
template <class T>
ParseError fault_in(std::string_view body) {
  const Bytes octets = hex(body);
  const auto value = T::parse(Reader(octets));
  REQUIRE_FALSE(value);
  return value.error();
}

/// Whether the value comes back from its own octets.
template <class T>
bool round_trips(const T& value) {
  const Bytes octets = wire::body_octets(value);
  const auto back = T::parse(Reader(octets));
  return back && *back == value;
}

/// The dissection of one payload, generic header included: what a path into it shows.
class Dissection {
 public:
  Dissection(wire::PayloadType type, std::string_view payload)
      : octets_(hex(payload)), tree_(wire::field_tree(type, octets_)) {}

  std::string operator[](std::string_view path) const {
    const wire::FieldNode* field = wire::find_field(tree_, path);
    return field ? field->value : "no such field";
  }
  const wire::FieldNode& tree() const { return tree_; }

 private:
  Bytes octets_;
  wire::FieldNode tree_;
};

}  // namespace ikevet::test
