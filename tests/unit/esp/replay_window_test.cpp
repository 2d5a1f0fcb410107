#include "engine/esp/replay_window.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "engine/base/random.hpp"

using namespace ikevet;
using namespace ikevet::esp;

using Verdict = ReplayWindow::Verdict;

TEST_CASE("replay window: each number once, none left of the window", "[esp][rfc4303-3.4.3]") {
  ReplayWindow window(64);
  CHECK(window.look(0) == Verdict::Zero);
  for (const std::uint64_t n : {1, 2, 5}) {
    CHECK(window.look(n) == Verdict::Fresh);
    window.accept(n);
    CHECK(window.look(n) == Verdict::Replayed);
  }
  CHECK(window.look(4) == Verdict::Fresh);  // reordered
  window.accept(4);
  window.accept(68);
  CHECK(window.look(4) == Verdict::TooOld);
  CHECK(window.look(5) == Verdict::Replayed);
  CHECK(window.look(6) == Verdict::Fresh);
  window.accept(1'000'000);
  CHECK(window.look(1'000'000 - 63) == Verdict::Fresh);
  CHECK(window.look(1'000'000 - 64) == Verdict::TooOld);
}

TEST_CASE("replay window: sizes are bounded; 32 at least", "[esp][rfc4303-3.4.3]") {
  CHECK(ReplayWindow(1).size() == 32);
  CHECK(ReplayWindow().size() == 64);
  CHECK(ReplayWindow(1'000'000).size() == ReplayWindow::kMaxSize);
}

TEST_CASE("replay window: agrees with a set of all numbers seen", "[esp]") {
  SeededRandom random(4303);
  for (const std::size_t size : {32, 64, 100, 1024}) {
    ReplayWindow window(size);
    std::set<std::uint64_t> seen;
    std::uint64_t highest = 0;
    for (int i = 0; i < 5000; ++i) {
      const std::uint64_t n =
          std::max<std::uint64_t>(1, highest + random.u32() % (2 * size + 1) - size * (highest > size));
      const bool fresh = n + size > highest && !seen.contains(n);
      CHECK((window.look(n) == Verdict::Fresh) == fresh);
      if (!fresh) continue;
      window.accept(n);
      seen.insert(n);
      highest = std::max(highest, n);
    }
    CHECK(window.highest() == highest);
  }
}

TEST_CASE("extended sequence numbers: the high half is inferred from the window", "[esp][rfc4303-A2]") {
  constexpr std::uint64_t k = std::uint64_t{1} << 32;
  ReplayWindow window(64, true);
  CHECK(window.infer(1) == 1);
  CHECK(window.infer(0xffffffff) == 0xffffffff);  // nothing was seen before: the first subspace

  window.accept(k - 10);  // case A: the window lies within one subspace
  CHECK(window.infer(static_cast<std::uint32_t>(k - 20)) == k - 20);
  CHECK(window.infer(0xffffffff) == k - 1);
  CHECK(window.infer(3) == k + 3);  // beyond the end: the next subspace

  window.accept(k + 3);  // case B: it spans two
  CHECK(window.infer(0xffffffff) == k - 1);
  CHECK(window.look(k - 10) == ReplayWindow::Verdict::Replayed);
  CHECK(window.infer(2) == k + 2);
  CHECK(window.infer(0x7fffffff) == k + 0x7fffffff);

  window.accept(7 * k + 100);
  CHECK(window.infer(101) == 7 * k + 101);
  CHECK(window.infer(36) == 8 * k + 36);  // just left of the window counts as ahead
  CHECK(window.infer(37) == 7 * k + 37);
  CHECK_FALSE(ReplayWindow(64, false).infer(36) != 36);
}
