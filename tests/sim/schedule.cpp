#include "tests/sim/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>

namespace ikevet::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kSpan{60'000};  // in which all actions happen

/// The same numbers on every machine: the distributions of <random> are not specified, its engines are.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  double fraction() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }

 private:
  std::mt19937_64 engine_;
};

ActionKind draw_kind(Draw& draw) {
  // How often, out of 100.
  static constexpr std::array<std::pair<ActionKind, unsigned>, kActionKinds> kShares{{
      {ActionKind::Initiate, 12},
      {ActionKind::RekeyChildSa, 24},
      {ActionKind::CreateChildSa, 8},
      {ActionKind::DeleteChildSa, 10},
      {ActionKind::RekeyIkeSa, 20},
      {ActionKind::DeleteIkeSa, 6},
      {ActionKind::CheckLiveness, 10},
      {ActionKind::Move, 7},
      {ActionKind::Abandon, 3},
  }};
  std::uint64_t left = draw.below(100);
  for (const auto& [kind, share] : kShares) {
    if (left < share) return kind;
    left -= share;
  }
  return ActionKind::CheckLiveness;
}

Clock draw_clock(Draw& draw) {
  return {seconds(static_cast<std::int64_t>(draw.below(7200)) - 3600), 0.9 + 0.2 * draw.fraction()};
}

}  // namespace

std::string_view name(ActionKind kind) {
  switch (kind) {
    case ActionKind::Initiate:
      return "initiate";
    case ActionKind::RekeyChildSa:
      return "rekey a Child SA";
    case ActionKind::CreateChildSa:
      return "create a Child SA";
    case ActionKind::DeleteChildSa:
      return "delete a Child SA";
    case ActionKind::RekeyIkeSa:
      return "rekey an IKE SA";
    case ActionKind::DeleteIkeSa:
      return "delete an IKE SA";
    case ActionKind::CheckLiveness:
      return "check liveness";
    case ActionKind::Move:
      return "move";
    case ActionKind::Abandon:
      return "abandon an IKE SA";
  }
  return "?";
}

Schedule Schedule::from_seed(std::uint64_t seed) {
  Draw draw(seed);
  Schedule out;
  out.seed = seed;
  // A third of the worlds have a perfect network: there, collisions alone are at work.
  if (!draw.one_in(3)) {
    out.weather.loss = 0.3 * draw.fraction();
    out.weather.duplication = 0.3 * draw.fraction();
    out.weather.reordering = 0.2 * draw.fraction();
    out.weather.short_delay = 0.5 * draw.fraction();
    out.weather.long_delay = 0.1 * draw.fraction();
  }
  if (draw.one_in(2)) out.clock_a = draw_clock(draw);
  if (draw.one_in(2)) out.clock_b = draw_clock(draw);
  out.perfect_forward_secrecy = draw.one_in(2);
  out.cookies = draw.one_in(4);
  out.mobike = draw.one_in(2);
  out.fragments = draw.one_in(4);

  out.actions.push_back({Duration{}, draw.one_in(2) ? Side::A : Side::B, ActionKind::Initiate, 0});
  const std::uint64_t count = 3 + draw.below(22);
  for (std::uint64_t i = 0; i < count; ++i) {
    // Half of the actions happen at the moment of another one, so that exchanges meet on the way.
    const bool together = draw.one_in(2);
    const Duration at = together ? out.actions[draw.below(out.actions.size())].at +
                                       milliseconds(static_cast<std::int64_t>(draw.below(3)))
                                 : milliseconds(static_cast<std::int64_t>(draw.below(kSpan.count())));
    out.actions.push_back(
        {at, draw.one_in(2) ? Side::A : Side::B, draw_kind(draw), static_cast<std::uint32_t>(draw.below(1U << 16))});
  }
  std::ranges::stable_sort(out.actions, {}, &Action::at);
  if (draw.one_in(3)) out.window = 4;
  return out;
}

std::string Schedule::text() const {
  const auto ms = [](Duration d) { return std::chrono::duration_cast<milliseconds>(d).count(); };
  std::string out = fmt::format(
      "seed {}: loss {:.2f}, duplication {:.2f}, reordering {:.2f}, delays {:.2f} and {:.2f}; clocks A {:+} ms x "
      "{:.3f}, "
      "B {:+} ms x {:.3f};{}{}{}{}{}\n",
      seed, weather.loss, weather.duplication, weather.reordering, weather.short_delay, weather.long_delay,
      ms(clock_a.offset), clock_a.rate, ms(clock_b.offset), clock_b.rate, perfect_forward_secrecy ? " PFS" : "",
      cookies ? " cookies" : "", mobike ? " MOBIKE" : "", fragments ? " fragments" : "", window > 1 ? " window" : "");
  for (const Action& action : actions)
    out += fmt::format("  {:>6} ms  {}  {} (pick {})\n", ms(action.at), action.side == Side::A ? 'A' : 'B',
                       name(action.kind), action.pick);
  return out;
}

}  // namespace ikevet::sim
