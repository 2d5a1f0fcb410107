// Time as an argument. Nothing in the engine reads a clock.
#pragma once

#include <chrono>

namespace ikevet {

/// The time line of a run. Live runs map it to the system clock, simulated ones start at a fixed instant; there is no
/// now() on purpose.
struct IkeClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<IkeClock, duration>;
  static constexpr bool is_steady = true;
};

/// Nanoseconds since the Unix epoch on the run's time line.
using Instant = IkeClock::time_point;
using Duration = IkeClock::duration;

}  // namespace ikevet
