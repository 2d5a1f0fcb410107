// What a network does to datagrams on their way: nodes of the virtual network, one after the other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/clock.hpp"
#include "engine/base/datagram.hpp"
#include "engine/base/random.hpp"

namespace ikevet::transport {

/// A datagram that goes on, after a further delay.
struct Onward {
  Datagram datagram;
  Duration delay{};
};

class Fault {
 public:
  virtual ~Fault() = default;
  /// What becomes of a datagram: nothing, itself, several, others that were held back.
  virtual std::vector<Onward> pass(Datagram, Instant now) = 0;
  /// When release() is to be called; empty: nothing is held back.
  virtual std::optional<Instant> wake_at() const { return std::nullopt; }
  virtual std::vector<Onward> release(Instant /*now*/) { return {}; }
};

/// Which datagrams a fault concerns.
using Picks = std::function<bool(const Datagram&)>;
/// One in 1 / `probability`, drawn from `random`, which must outlive the result.
Picks with_probability(double probability, RandomSource& random);
/// Of those that `picks` takes: the first `count`, after passing over `skip`.
Picks only(Picks picks, int count, int skip = 0);

/// Loses what it picks.
class Drop final : public Fault {
 public:
  explicit Drop(Picks picks) : picks_(std::move(picks)) {}
  std::vector<Onward> pass(Datagram, Instant now) override;

 private:
  Picks picks_;
};

/// Delivers what it picks twice, the second time `gap` later.
class Duplicate final : public Fault {
 public:
  explicit Duplicate(Picks picks, Duration gap = {}) : picks_(std::move(picks)), gap_(gap) {}
  std::vector<Onward> pass(Datagram, Instant now) override;

 private:
  Picks picks_;
  Duration gap_;
};

/// Delivers what it picks later.
class Delay final : public Fault {
 public:
  Delay(Picks picks, Duration by) : picks_(std::move(picks)), by_(by) {}
  std::vector<Onward> pass(Datagram, Instant now) override;

 private:
  Picks picks_;
  Duration by_;
};

/// Holds back what it picks until the next datagram with the same source and destination has passed, at most for
/// `patience`.
class Reorder final : public Fault {
 public:
  Reorder(Picks picks, Duration patience) : picks_(std::move(picks)), patience_(patience) {}
  std::vector<Onward> pass(Datagram, Instant now) override;
  std::optional<Instant> wake_at() const override;
  std::vector<Onward> release(Instant now) override;

 private:
  struct Held {
    Datagram datagram;
    Instant until;
  };
  Picks picks_;
  Duration patience_;
  std::vector<Held> held_;
};

}  // namespace ikevet::transport
