#include "scenarios/runner/sa_book.hpp"

#include <algorithm>
#include <ranges>

namespace ikevet::scenarios {

void SaBook::note(const trace::Event& event) {
  if (const auto* up = std::get_if<trace::IkeSaEstablished>(&event)) {
    ike_.push_back(up->spis);
    ever_ = true;
  } else if (const auto* rekeyed = std::get_if<trace::IkeSaRekeyed>(&event)) {
    ike_.push_back(rekeyed->successor);
    for (Child& child : children_)
      if (child.ike == rekeyed->ike) child.ike = rekeyed->successor;
  } else if (const auto* down = std::get_if<trace::IkeSaClosed>(&event)) {
    std::erase(ike_, down->spis);
    std::erase_if(children_, [&](const Child& child) { return child.ike == down->spis; });
  } else if (const auto* child_up = std::get_if<trace::ChildSaEstablished>(&event)) {
    children_.push_back({child_up->ike, child_up->inbound});
  } else if (const auto* child_down = std::get_if<trace::ChildSaClosed>(&event)) {
    std::erase_if(children_, [&](const Child& child) {
      return child.ike == child_down->ike && child.inbound == child_down->inbound;
    });
  }
}

std::optional<IkeSpis> SaBook::newest_ike() const { return ike_.empty() ? std::nullopt : std::optional(ike_.back()); }

std::optional<ChildSpi> SaBook::newest_child(IkeSpis ike) const {
  for (const Child& child : std::views::reverse(children_))
    if (child.ike == ike) return child.inbound;
  return std::nullopt;
}

}  // namespace ikevet::scenarios
