#include "engine/sa/extension/puzzle.hpp"

#include <algorithm>
#include <bit>

#include "engine/base/reader.hpp"
#include "engine/base/writer.hpp"
#include "engine/crypto/prf.hpp"

namespace ikevet::sa {

namespace {

/// Prfs over a block cipher take keys of one size alone; the HMAC ones anything up to their preferred length.
bool has_fixed_key(wire::PrfId prf) {
  return prf == wire::PrfId::PRF_AES128_XCBC || prf == wire::PrfId::PRF_AES128_CMAC;
}

unsigned bits_of(const crypto::Prf& prf, BytesView key, BytesView s) {
  return trailing_zero_bits(prf.compute(key, {s}).view());
}

}  // namespace

Bytes puzzle_data(const Puzzle& puzzle) { return Writer().u16(puzzle.prf).u8(puzzle.difficulty).take(); }

Result<Puzzle> read_puzzle(BytesView data) {
  Reader in(data);
  Puzzle out;
  out.prf = in.u16<wire::PrfId>("PRF");
  out.difficulty = in.u8("Difficulty");
  return in.finish(out);
}

wire::Payload puzzle_solution(Bytes keys) { return {wire::Unknown{wire::PayloadType::PS, std::move(keys)}, false, 0}; }

const Bytes* find_puzzle_solution(const std::vector<wire::Payload>& payloads) {
  for (const wire::Payload& payload : payloads)
    if (const auto* body = std::get_if<wire::Unknown>(&payload.body); body && body->type == wire::PayloadType::PS)
      return &body->body;
  return nullptr;
}

unsigned trailing_zero_bits(BytesView octets) {
  unsigned bits = 0;
  for (auto octet = octets.rbegin(); octet != octets.rend(); ++octet) {
    if (*octet != 0) return bits + static_cast<unsigned>(std::countr_zero(*octet));
    bits += 8;
  }
  return bits;
}

std::optional<unsigned> solved_bits(const Puzzle& puzzle, BytesView s, BytesView solution) {
  const auto prf = crypto::Prf::find(puzzle.prf);
  const std::size_t size = solution.size() / kPuzzleKeys;
  // RFC 8019 §8.2.
  if (!prf || solution.empty() || solution.size() % kPuzzleKeys != 0 || size > prf->key_size()) return std::nullopt;
  if (has_fixed_key(puzzle.prf) && size != prf->key_size()) return std::nullopt;
  std::vector<BytesView> keys;
  unsigned least = ~0U;
  for (std::size_t n = 0; n < kPuzzleKeys; ++n) {
    const BytesView key = solution.subspan(n * size, size);
    if (std::ranges::any_of(keys, [&](BytesView other) { return equal(other, key); })) return std::nullopt;
    keys.push_back(key);
    least = std::min(least, bits_of(*prf, key, s));
  }
  return least;
}

PuzzleWork solve(const Puzzle& puzzle, BytesView s, std::uint64_t most_tries) {
  PuzzleWork out;
  const auto prf = crypto::Prf::find(puzzle.prf);
  if (!prf) return out;
  const unsigned wanted = puzzle.difficulty == 0 ? kOwnDifficulty : puzzle.difficulty;
  // Four keys take about 4 * 2^wanted tries.
  if (wanted > 60 || (std::uint64_t{kPuzzleKeys} << wanted) > most_tries) return out;
  // Keys are numbers in eight octets, or stand at the end of a key of the prf's only size.
  const std::size_t size = has_fixed_key(puzzle.prf) ? prf->key_size() : sizeof(std::uint64_t);
  Bytes keys;
  std::size_t found = 0;
  for (std::uint64_t number = 0; out.tries < most_tries; ++number) {
    ++out.tries;
    Bytes key(size - sizeof(std::uint64_t));
    append(key, Writer().u64(number).view());
    if (bits_of(*prf, key, s) < wanted) continue;
    append(keys, key);
    if (++found < kPuzzleKeys) continue;
    out.keys = std::move(keys);
    break;
  }
  return out;
}

}  // namespace ikevet::sa
