// How field_tree.cpp and field_payloads.cpp make their nodes. Not for use outside engine/wire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "engine/wire/field_tree.hpp"

namespace ikevet::wire::detail {

/// Octets and where they stand in the outermost thing dissected.
struct Region {
  BytesView octets;
  std::size_t offset{};
};

/// A field of one or more bits.
struct BitField {
  std::string_view name;
  std::uint32_t mask{};
};

/// Hexadecimal, cut after 32 octets.
std::string hex_value(BytesView octets);
/// Quoted where all of it is printable ASCII, else hexadecimal.
std::string text_value(BytesView octets);
/// An address where there are 4 or 16 octets, else hexadecimal.
std::string address_value(BytesView octets);

/// The 16-bit number at `at`, or 0 when it is not there: for looking ahead at a length.
std::size_t peek_u16(BytesView octets, std::size_t at);

/// Reads a region field by field into the children of one node. The first field that is not all there is marked, and
/// nothing is read after it.
class FieldBuilder {
 public:
  FieldBuilder(std::string_view name, Region where) : where_(where) {
    node_.name = name;
    node_.offset = where.offset;
    node_.size = where.octets.size();
    node_.children.reserve(kUsualChildren);
  }

  bool ok() const { return !failed_; }
  std::size_t left() const { return failed_ ? 0 : where_.octets.size() - at_; }
  /// What is left, unread.
  Region ahead() const { return {where_.octets.subspan(at_), where_.offset + at_}; }

  /// A number of at most eight octets, shown in decimal.
  std::uint64_t number(std::string_view name, std::size_t size);
  /// A number shown as `show(value)`; the fault stays empty when it is all there.
  template <class Show>
  std::uint64_t number(std::string_view name, std::size_t size, Show show) {
    const std::uint64_t value = number(name, size);
    if (ok()) last().value = show(value);
    return value;
  }
  template <class E>
  E named(std::string_view name, std::size_t size) {
    return static_cast<E>(number(name, size, [](std::uint64_t v) { return name_and_number(static_cast<E>(v)); }));
  }
  /// Several fields in the bits of `size` octets, one node each. Gives the whole number.
  std::uint64_t bits(std::size_t size, std::initializer_list<BitField> fields);
  /// Exactly `size` octets, shown as `show(octets)`.
  template <class Show = std::string (*)(BytesView)>
  BytesView octets(std::string_view name, std::size_t size, Show show = hex_value) {
    const BytesView taken = take(name, size);
    if (ok()) last().value = show(taken);
    return taken;
  }
  /// All that is left, be it nothing.
  template <class Show = std::string (*)(BytesView)>
  BytesView rest(std::string_view name, Show show = hex_value) {
    return octets(name, left(), show);
  }

  /// Steps over `size` octets that the node describes.
  void add(FieldNode node) {
    at_ += node.size;
    node_.children.push_back(std::move(node));
  }
  /// The child made last.
  FieldNode& last() { return node_.children.back(); }
  FieldNode& child(std::size_t index) { return node_.children[index]; }
  std::size_t children() const { return node_.children.size(); }
  FieldNode& node() { return node_; }

  /// The finished node; octets that no field took become the leaf "Trailing".
  FieldNode finish() {
    if (left() > 0) {
      rest("Trailing");
      last().fault = "no field is meant to be here";
    }
    return std::move(node_);
  }

 private:
  // A generic header and a handful of fields: growing the list by moving nodes costs more than the room.
  static constexpr std::size_t kUsualChildren = 8;

  BytesView take(std::string_view name, std::size_t size);

  Region where_;
  std::size_t at_{};
  bool failed_{};
  FieldNode node_;
};

/// The fields of a payload's body behind the generic header, for the type that announced it.
void dissect_body(PayloadType type, FieldBuilder& f);

}  // namespace ikevet::wire::detail
