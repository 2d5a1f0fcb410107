#include "engine/esp/replay_window.hpp"

#include <algorithm>

namespace ikevet::esp {
namespace {

constexpr std::size_t kBitsInWord = 64;
constexpr std::uint64_t kHalf = std::uint64_t{1} << 32;

}  // namespace

ReplayWindow::ReplayWindow(std::size_t size, bool esn)
    : size_(std::clamp(size, kMinSize, kMaxSize)), esn_(esn), bits_((size_ + kBitsInWord - 1) / kBitsInWord) {}

std::uint64_t ReplayWindow::infer(std::uint32_t low) const {
  if (!esn_) return low;
  // Appendix A2.1. "Tl" and "Th" are the halves of the highest number, "Bl" the low half of the window's lowest.
  const std::uint64_t tl = highest_ % kHalf;
  const std::uint64_t th = highest_ / kHalf;
  const std::uint64_t bl = (tl - size_ + 1) % kHalf;
  std::uint64_t high = th;
  if (tl >= size_ - 1) {
    // Case A: the window lies within one subspace.
    if (low < bl) high = th + 1;
  } else if (low >= bl && th > 0) {
    // Case B: the window reaches back into the one before. In the very first there is none before: the number is new.
    high = th - 1;
  }
  return high % kHalf * kHalf + low;
}

bool ReplayWindow::bit(std::uint64_t sequence) const {
  const std::uint64_t at = sequence % (bits_.size() * kBitsInWord);
  return (bits_[at / kBitsInWord] >> (at % kBitsInWord) & 1) != 0;
}

void ReplayWindow::set(std::uint64_t sequence, bool on) {
  const std::uint64_t at = sequence % (bits_.size() * kBitsInWord);
  const std::uint64_t mask = std::uint64_t{1} << (at % kBitsInWord);
  on ? bits_[at / kBitsInWord] |= mask : bits_[at / kBitsInWord] &= ~mask;
}

ReplayWindow::Verdict ReplayWindow::look(std::uint64_t sequence) const {
  // §3.3.3: the first packet has number 1, and with 32 bits the counter never comes round.
  if (sequence == 0) return Verdict::Zero;
  if (sequence > highest_) return Verdict::Fresh;
  if (highest_ - sequence >= size_) return Verdict::TooOld;
  return bit(sequence) ? Verdict::Replayed : Verdict::Fresh;
}

void ReplayWindow::accept(std::uint64_t sequence) {
  if (sequence > highest_) {
    const std::uint64_t steps = std::min<std::uint64_t>(sequence - highest_, bits_.size() * kBitsInWord);
    for (std::uint64_t i = 0; i < steps; ++i) set(sequence - i, false);
    highest_ = sequence;
  }
  set(sequence, true);
}

}  // namespace ikevet::esp
