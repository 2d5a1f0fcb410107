#include "engine/transport/faults.hpp"

#include <algorithm>
#include <limits>

namespace ikevet::transport {

Picks with_probability(double probability, RandomSource& random) {
  return [probability, &random](const Datagram&) {
    constexpr double kScale = static_cast<double>(std::numeric_limits<std::uint32_t>::max()) + 1.0;
    return static_cast<double>(random.u32()) / kScale < probability;
  };
}

Picks only(Picks picks, int count, int skip) {
  return [picks = std::move(picks), count, skip](const Datagram& datagram) mutable {
    if (count <= 0 || !picks(datagram)) return false;
    if (skip > 0) {
      --skip;
      return false;
    }
    --count;
    return true;
  };
}

std::vector<Onward> Drop::pass(Datagram datagram, Instant) {
  if (picks_(datagram)) return {};
  return {{std::move(datagram), {}}};
}

std::vector<Onward> Duplicate::pass(Datagram datagram, Instant) {
  if (!picks_(datagram)) return {{std::move(datagram), {}}};
  return {{datagram, {}}, {datagram, gap_}};
}

std::vector<Onward> Delay::pass(Datagram datagram, Instant) {
  const Duration delay = picks_(datagram) ? by_ : Duration{};
  return {{std::move(datagram), delay}};
}

std::vector<Onward> Reorder::pass(Datagram datagram, Instant now) {
  if (picks_(datagram)) {
    held_.push_back({std::move(datagram), now + patience_});
    return {};
  }
  std::vector<Onward> out{{datagram, {}}};
  const auto overtaken = [&](const Held& held) {
    return held.datagram.source == datagram.source && held.datagram.destination == datagram.destination;
  };
  for (const Held& held : held_)
    if (overtaken(held)) out.push_back({held.datagram, {}});
  std::erase_if(held_, overtaken);
  return out;
}

std::optional<Instant> Reorder::wake_at() const {
  const auto first = std::ranges::min_element(held_, {}, &Held::until);
  return first == held_.end() ? std::nullopt : std::optional(first->until);
}

std::vector<Onward> Reorder::release(Instant now) {
  std::vector<Onward> out;
  for (const Held& held : held_)
    if (held.until <= now) out.push_back({held.datagram, {}});
  std::erase_if(held_, [now](const Held& held) { return held.until <= now; });
  return out;
}

}  // namespace ikevet::transport
