// A message taken apart field by field, with the place of each: for decode --tree, JSON, hex views, and for changing a
// field by its name.
//
// The dissection reads octets on its own, not through the typed payloads, so that it also shows what is left of a
// message that those refuse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::wire {

/// A field and where it stands. The leaves of a tree cover every octet, none twice save fields of a few bits.
struct FieldNode {
  std::string_view name;  ///< the RFC's: "Payload Length"; payloads by their notation: "SA", "KE", "Notify"
  std::size_t offset{};   ///< octets from the start of what was dissected, plus the base it was given
  std::size_t size{};     ///< octets; 0 for a field that is empty, or announced but not there
  /// Which bits of the octets are the field, 0 for all of them: 0x80 for "C" and 0x7f for "RESERVED" in the generic
  /// header.
  std::uint32_t mask{};
  std::string value;  ///< decoded: "ENCR_AES_CBC (12)", "256", hexadecimal for octet strings (long ones are cut)
  std::string fault;  ///< why it cannot be right; empty when it can
  std::vector<FieldNode> children;

  bool is_leaf() const { return children.empty(); }
};

/// Dissects a message: the root "Message" has the children "HDR" and the payloads. Reads any octets.
FieldNode field_tree(BytesView message);

/// Dissects a chain by itself, such as the plaintext of SK: the root "Payloads" has the payloads as children.
FieldNode field_tree(PayloadType first, BytesView octets, std::size_t base_offset = 0);

/// The node that a path such as "SA/Proposal[0]/Transform[2]/Transform ID" leads to from the root's children; null when
/// there is none. Case is ignored; ' ', '-' and '_' count as the same. "[n]" picks the n-th sibling of that name,
/// "[NAME]" the first whose value has that word ("Notify[COOKIE]/Notification Data", "SA/Proposal/Transform[ENCR]");
/// without it the first is taken. Some payloads have a RESERVED field besides the generic header's: "KE/RESERVED[1]".
const FieldNode* find_field(const FieldNode& tree, std::string_view path);

/// The names of the children at the place where `path` cannot be followed any further: for error messages.
std::vector<std::string> known_fields(const FieldNode& tree, std::string_view path);

/// The field as a number, its mask applied and shifted down; empty for more than eight octets or outside `octets`.
/// `base_offset` is that of the tree.
std::optional<std::uint64_t> field_number(BytesView octets, const FieldNode& field, std::size_t base_offset = 0);

/// Overwrites the field with a number, leaving bits outside its mask alone. False, and nothing changed, when the number
/// does not fit or the field is not within `octets`.
bool set_field_number(std::span<std::uint8_t> octets, const FieldNode& field, std::uint64_t number,
                      std::size_t base_offset = 0);

/// The tree as indented text, a line for each field: offset, size, name, value, fault.
std::string text(const FieldNode& tree);

}  // namespace ikevet::wire
