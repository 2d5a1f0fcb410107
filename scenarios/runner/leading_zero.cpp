#include "scenarios/runner/leading_zero.hpp"

#include <algorithm>
#include <span>

#include "engine/crypto/dh.hpp"

namespace ikevet::scenarios {
namespace {

/// One draw in 256 does: so many in vain have a probability of 10^-17.
constexpr int kMostDraws = 10'000;

/// Remembers what was drawn last.
class Remembering final : public RandomSource {
 public:
  explicit Remembering(RandomSource& source) : source_(source) {}

  void fill(std::span<std::uint8_t> out) override {
    source_.fill(out);
    last_.assign(out.begin(), out.end());
  }
  const Bytes& last() const { return last_; }

 private:
  RandomSource& source_;
  Bytes last_;
};

}  // namespace

std::optional<Bytes> private_value_with_leading_zero(wire::DhGroup group, BytesView peer_public, RandomSource& random) {
  Remembering draws(random);
  for (int i = 0; i < kMostDraws; ++i) {
    const auto pair = crypto::KeyPair::generate(group, draws);
    if (!pair) return std::nullopt;
    const auto secret = pair->derive(peer_public);
    if (!secret) return std::nullopt;
    const BytesView octets = secret->view();
    if (!octets.empty() && octets[0] == 0) return draws.last();
  }
  return std::nullopt;
}

}  // namespace ikevet::scenarios
