// What one simulated run consists of: the network's faults, the two clocks, and what both sides are told to do when.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/clock.hpp"

namespace ikevet::sim {

enum class Side : std::uint8_t { A, B };

/// What a side can be told. Each acts on an SA picked by Action::pick among those it has, or does nothing.
enum class ActionKind : std::uint8_t {
  Initiate,
  RekeyChildSa,
  CreateChildSa,  ///< an additional one
  DeleteChildSa,
  RekeyIkeSa,
  DeleteIkeSa,
  CheckLiveness,
  Move,     ///< the host's address is another one now, RFC 4555
  Abandon,  ///< forgets an IKE SA without a message, as after a crash
};
inline constexpr int kActionKinds = 9;

struct Action {
  Duration at{};  ///< since the start
  Side side{};
  ActionKind kind{};
  std::uint32_t pick{};
};

/// Probabilities for each datagram.
struct Weather {
  double loss{};
  double duplication{};
  double reordering{};
  double short_delay{};  ///< 80 ms
  double long_delay{};   ///< 3 s: longer than the first retransmission
};

/// A clock that is wrong by `offset` and runs at `rate`.
struct Clock {
  Duration offset{};
  double rate = 1.0;
};

struct Schedule {
  std::uint64_t seed{};  ///< of the two engines' and the network's randomness
  Weather weather;
  Clock clock_a, clock_b;
  bool perfect_forward_secrecy{};
  bool cookies{};
  bool mobike{};
  bool fragments{};          ///< messages are cut to 200 octets
  std::uint32_t window = 1;  ///< of both sides, RFC 7296 §2.3
  std::vector<Action> actions;

  static Schedule from_seed(std::uint64_t seed);
  /// For people: a line for the world, a line for each action.
  std::string text() const;
};

std::string_view name(ActionKind);

}  // namespace ikevet::sim
