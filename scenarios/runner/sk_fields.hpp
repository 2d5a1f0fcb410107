// The parts of an Encrypted payload by the names of RFC 7296 §3.14: Initialization Vector, Padding, Pad Length,
// Integrity Checksum Data. Where they begin depends on the algorithms of the IKE SA.
#pragma once

#include <cstddef>

#include "engine/sa/tap.hpp"
#include "engine/wire/field_tree.hpp"
#include "scenarios/format/mutation.hpp"
#include "scenarios/runner/mutate.hpp"

namespace ikevet::scenarios {

struct SkSizes {
  std::size_t iv{};
  std::size_t icv{};
  std::size_t block{};
};

/// Adds the Initialization Vector and the Integrity Checksum Data to the SK payload of a message's tree.
void name_parts_of_sk(wire::FieldNode& tree, const SkSizes& sizes);

/// Does it alter Padding or Pad Length, which are no part of the payloads inside?
bool alters_padding(const MutationAction& action);
/// `set` and `flip` on "SK/Pad Length", `set` on "SK/Padding" (Pad Length follows it), and `resize` on "SK/Padding":
/// as many octets as fit into the size and align.
CannotAlter alter_padding(const MutationAction& action, sa::Plaintext& plaintext, std::size_t block);

}  // namespace ikevet::scenarios
