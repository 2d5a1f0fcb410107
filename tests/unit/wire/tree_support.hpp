// Questions about a field tree that several tests ask.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "engine/wire/field_tree.hpp"

namespace ikevet::test {

inline void collect_leaves(const wire::FieldNode& node, std::vector<const wire::FieldNode*>& out) {
  if (node.is_leaf()) out.push_back(&node);
  for (const wire::FieldNode& child : node.children) collect_leaves(child, out);
}

/// The first octet that no leaf covers, or that two whole-octet leaves cover; `size` when there is none.
inline std::size_t first_uncovered(const wire::FieldNode& tree, std::size_t size) {
  std::vector<const wire::FieldNode*> leaves;
  collect_leaves(tree, leaves);
  std::size_t at = 0;
  const wire::FieldNode* previous = nullptr;
  for (const wire::FieldNode* leaf : leaves) {
    const bool same_octets = previous && leaf->mask != 0 && previous->mask != 0 && leaf->offset == previous->offset;
    if (leaf->size != 0 && !same_octets) {
      if (leaf->offset != at) return at;
      at += leaf->size;
    }
    previous = leaf;
  }
  return std::min(at, size);
}

inline bool has_fault(const wire::FieldNode& tree) {
  return !tree.fault.empty() || std::ranges::any_of(tree.children, has_fault);
}

}  // namespace ikevet::test
