#include "scenarios/runner/chosen_random.hpp"

#include <algorithm>

namespace ikevet::scenarios {

void ChosenRandom::choose(Bytes octets, int skip) { chosen_ = Choice{std::move(octets), skip}; }

void ChosenRandom::fill(std::span<std::uint8_t> out) {
  // Drawn in any case, so that what comes later does not depend on the choice.
  source_->fill(out);
  if (!chosen_ || out.size() != chosen_->octets.size()) return;
  if (chosen_->skip-- > 0) return;
  std::ranges::copy(chosen_->octets, out.begin());
  chosen_.reset();
}

}  // namespace ikevet::scenarios
