#include "engine/trace/fragments.hpp"

namespace ikevet::trace {

std::optional<Reassembled> Reassembler::add(const FragmentedMessage& of, OpenedFragment fragment) {
  // RFC 7383 §2.6: neither number is zero, and no fragment stands behind the last.
  if (fragment.number == 0 || fragment.number > fragment.total) return std::nullopt;
  Set& set = sets_[of];
  // §2.6: of two ways to cut a message the one into more (smaller) fragments counts.
  if (fragment.total < set.total) return std::nullopt;
  if (fragment.total > set.total) set = Set{fragment.total, {}, {}, false};
  if (set.complete) return std::nullopt;

  if (fragment.number == 1) set.first_inner = fragment.first_inner;
  set.parts.emplace(fragment.number, std::move(fragment.plaintext));  // the first to come counts
  if (set.parts.size() != set.total) return std::nullopt;

  Reassembled whole{set.first_inner, {}};
  for (const auto& [number, part] : set.parts) append(whole.plaintext, part);
  set.complete = true;
  set.parts.clear();
  return whole;
}

}  // namespace ikevet::trace
