// Steps about what lies beneath IKE: traffic through Child SAs, changing addresses, NATs, the order of fragments.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "engine/base/clock.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::scenarios {

/// Echo requests pass through the newest Child SA that carries them, and every answer comes back: the keys, the
/// selectors and the path are right. RFC 4303, RFC 4301 §5.
struct Traffic {
  enum class Part {
    Whole,  ///< requests are sent and accounted for
    Begin,  ///< they flow on while the next steps are played
    End,    ///< those of a Begin are accounted for
  };
  /// What somebody on the path does to each ESP packet of the harness.
  enum class Attack {
    None,
    Replay,  ///< it is delivered twice: RFC 4303 §3.4.3
    Forge,   ///< a copy with another integrity check value arrives before it: RFC 4303 §3.4.4
  };
  Part part = Part::Whole;
  bool by_dut{};             ///< the device asks, through the trigger `traffic`, and the harness answers
  bool udp{};                ///< to port 7; otherwise ICMP or ICMPv6
  std::optional<bool> v6{};  ///< the family of the inner packets; empty: as the selectors have it, IPv4 first
  int count = 3;
  Duration interval = std::chrono::milliseconds(100);
  std::size_t size = 56;
  int loss{};     ///< as many requests may stay unanswered
  int dummies{};  ///< dummy packets before the first request, RFC 4303 §2.6
  Attack attack{};
  std::string requirement;
};

/// An IKE SA and its Child SAs go on between other addresses, RFC 4555.
struct Move {
  enum class To {
    Next,         ///< another address of the same family
    First,        ///< the one of the beginning
    OtherFamily,  ///< from IPv4 to IPv6, or back
  };
  bool by_dut{};  ///< through the trigger `move`
  To to{};
  bool begin{};  ///< begun only: the next steps see what the device does
  std::string requirement;
};

/// The harness asks from another address, without moving: the device answers to there, and everything else stays as it
/// is. What it sends there later is lost. RFC 4555 §3.10, RFC 7296 §2.11.
struct PathTest {
  std::string requirement;
};

/// A NAT stands before the original initiator.
struct Nat {};

/// The NAT forgets its mappings: what comes next from inside gets another port.
struct NatRemap {
  bool address{};  ///< and another address
};

/// The fragments of the harness's next message of this kind arrive in another order, RFC 7383 §2.6.
struct Reorder {
  enum class Order { Reversed, LastFirst };
  wire::ExchangeType exchange{};
  std::optional<bool> response{};
  Order order{};
  bool doubled{};  ///< and each of them twice
};

}  // namespace ikevet::scenarios
