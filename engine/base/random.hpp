// Randomness as an argument: nonces, SPIs, Diffie-Hellman private values, IVs, padding.
#pragma once

#include <cstdint>
#include <random>
#include <span>

#include "engine/base/bytes.hpp"

namespace ikevet {

class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  Bytes bytes(std::size_t count) {
    Bytes out(count);
    fill({out.data(), out.size()});
    return out;
  }
  std::uint32_t u32();
  std::uint64_t u64();
};

/// The operating system's generator: what live runs use unless a seed is asked for.
class OsRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

/// The same octets for the same seed, on every machine. Not secret: for simulation and reproducible runs.
class SeededRandom final : public RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : generator_(seed) {}
  void fill(std::span<std::uint8_t> out) override;
  /// A source of its own for one party, so that one more draw by a neighbour does not shift everyone's values.
  SeededRandom fork(std::uint64_t label);

 private:
  std::mt19937_64 generator_;
};

}  // namespace ikevet
