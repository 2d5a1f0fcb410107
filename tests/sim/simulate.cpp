// simulate FIRST LAST [--sabotage NAME]: runs the schedules of these seeds. A violated invariant is shrunk and printed
// with the seed that gives it; exit 1. RFC 7296 §2.1 to §2.5, §2.8 and §2.25 under loss, duplication, reordering,
// delay, moves and clocks that are wrong.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

#include "tests/sim/simulation.hpp"

namespace {

using namespace ikevet::sim;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

std::optional<Sabotage> sabotage_named(std::string_view name) {
  if (name == "answer-anew") return Sabotage::AnswerAnew;
  if (name == "repeat-random") return Sabotage::RepeatRandom;
  if (name == "lose-deletes") return Sabotage::LoseDeletes;
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  const auto first = argc > 2 ? number(argv[1]) : std::nullopt;
  const auto last = argc > 2 ? number(argv[2]) : std::nullopt;
  const auto sabotage = argc == 5 && !std::strcmp(argv[3], "--sabotage") ? sabotage_named(argv[4])
                        : argc == 3                                      ? std::optional(Sabotage::None)
                                                                         : std::nullopt;
  if (!first || !last || *last < *first || !sabotage) {
    std::fputs("usage: simulate FIRST_SEED LAST_SEED [--sabotage answer-anew|repeat-random|lose-deletes]\n", stderr);
    return 2;
  }
  Tally sum;
  for (std::uint64_t seed = *first; seed <= *last; ++seed) {
    const Schedule schedule = Schedule::from_seed(seed);
    const Outcome outcome = run(schedule, *sabotage);
    sum.ike_sas += outcome.tally.ike_sas;
    sum.child_sas += outcome.tally.child_sas;
    sum.datagrams += outcome.tally.datagrams;
    sum.packets += outcome.tally.packets;
    if (!outcome.violation) continue;
    std::fputs(fmt::format("seed {} violates \"{}\": {}\nshrunk:\n", seed, outcome.violation->invariant,
                           outcome.violation->detail)
                   .c_str(),
               stdout);
    const Schedule smaller = shrink(schedule, *outcome.violation, *sabotage);
    std::string story;
    const Outcome again = run(smaller, *sabotage, &story);
    std::fputs((smaller.text() + "what happened:\n" + story + again.violation->invariant + ": " +
                again.violation->detail + "\n")
                   .c_str(),
               stdout);
    return 1;
  }
  std::fputs(
      fmt::format("{} schedules (seeds {} to {}): no invariant violated; {} IKE SAs, {} Child SAs, {} datagrams, "
                  "{} ESP packets after healing\n",
                  *last - *first + 1, *first, *last, sum.ike_sas, sum.child_sas, sum.datagrams, sum.packets)
          .c_str(),
      stdout);
  // Seeds that made nothing happen would prove nothing.
  return sum.ike_sas == 0 || sum.packets == 0 ? 1 : 0;
}
