#include "engine/trace/fragments.hpp"

namespace ikevet::trace {

std::string_view FragmentSet::refuse(std::uint16_t number, std::uint16_t total, const FragmentBounds& bounds) const {
  // RFC 7383 §2.6: neither number is zero, and no fragment stands behind the last.
  if (number == 0 || total == 0) return "Fragment Number or Total Fragments is zero";
  if (number > total) return "Fragment Number beyond Total Fragments";
  if (total > bounds.fragments) return "more fragments than are kept";
  // §2.6: of two ways to cut a message the one into more (smaller) fragments counts.
  if (total < total_) return "Total Fragments is less than in fragments that came before";
  if (total == total_ && complete_) return "the message is complete already";
  // §2.6: the first to come counts.
  if (total == total_ && parts_.contains(number)) return "a fragment that is there already";
  return {};
}

std::optional<Reassembled> FragmentSet::add(OpenedFragment fragment, const FragmentBounds& bounds) {
  if (!refuse(fragment.number, fragment.total, bounds).empty()) return std::nullopt;
  // §2.6: a greater total begins afresh with just this fragment.
  if (fragment.total > total_) {
    *this = FragmentSet{};
    total_ = fragment.total;
  }
  octets_ += fragment.plaintext.size();
  if (octets_ > bounds.octets) {
    *this = FragmentSet{};
    return std::nullopt;
  }
  if (fragment.number == 1) first_inner_ = fragment.first_inner;
  parts_.emplace(fragment.number, std::move(fragment.plaintext));
  if (parts_.size() != total_) return std::nullopt;

  Reassembled whole{first_inner_, {}};
  whole.plaintext.reserve(octets_);
  for (const auto& [number, part] : parts_) append(whole.plaintext, part);
  complete_ = true;
  parts_.clear();
  return whole;
}

}  // namespace ikevet::trace
