// Randomness of the harness in which a scenario can choose a nonce: to win or to lose a collision (RFC 7296 §2.8.1).
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "engine/base/random.hpp"

namespace ikevet::scenarios {

class ChosenRandom final : public RandomSource {
 public:
  explicit ChosenRandom(std::unique_ptr<RandomSource> source) : source_(std::move(source)) {}

  /// The draw of as many octets as `octets` has gives `octets` instead, after `skip` such draws.
  void choose(Bytes octets, int skip);
  /// Takes the choice back where nothing was drawn.
  void forget() { chosen_.reset(); }

  void fill(std::span<std::uint8_t> out) override;

 private:
  struct Choice {
    Bytes octets;
    int skip{};
  };
  std::unique_ptr<RandomSource> source_;
  std::optional<Choice> chosen_;
};

}  // namespace ikevet::scenarios
