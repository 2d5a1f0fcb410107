// Client puzzles, RFC 8019: keys for which prf(key, S) ends in many zero bits.
#pragma once

#include <optional>

#include "engine/base/random.hpp"
#include "engine/base/result.hpp"
#include "engine/sa/extension/options.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::sa {

inline constexpr std::size_t kPuzzleKeys = 4;  ///< RFC 8019 §7.1.3

/// PUZZLE, §8.1.
struct Puzzle {
  wire::PrfId prf{};
  std::uint8_t difficulty{};  ///< trailing zero bits; 0: as many as the initiator can afford
};
Bytes puzzle_data(const Puzzle& puzzle);
Result<Puzzle> read_puzzle(BytesView data);

/// The PS payload, §8.2: four keys of one size.
wire::Payload puzzle_solution(Bytes keys);
/// Its data; null when the message has none.
const Bytes* find_puzzle_solution(const std::vector<wire::Payload>& payloads);

unsigned trailing_zero_bits(BytesView octets);

/// The least number of zero bits that the four keys give; empty when they are not four different keys of a size that
/// the prf allows.
std::optional<unsigned> solved_bits(const Puzzle& puzzle, BytesView s, BytesView solution);

struct PuzzleWork {
  std::optional<Bytes> keys;  ///< empty: given up
  std::uint64_t tries{};
};
/// Looks for four keys, with `most_tries` calls of the prf at most: a puzzle that asks for more than its owner's
/// patience is left alone (§9), at once where the odds say so. Difficulty 0 is solved for `kOwnDifficulty` bits.
PuzzleWork solve(const Puzzle& puzzle, BytesView s, std::uint64_t most_tries);
inline constexpr std::uint8_t kOwnDifficulty = 8;

}  // namespace ikevet::sa
