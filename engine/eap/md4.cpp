#include "engine/eap/md4.hpp"

#include <bit>

namespace ikevet::eap {
namespace {

constexpr std::size_t kBlock = 64;
using State = std::array<std::uint32_t, 4>;

/// One operation of a round: which of the sixteen words, and by how much the sum is rotated.
struct Round {
  std::array<std::uint8_t, 16> word;
  std::array<std::uint8_t, 4> rotation;
  std::uint32_t constant;
  std::uint32_t (*mix)(std::uint32_t, std::uint32_t, std::uint32_t);
};

// RFC 1320 §3.4.
constexpr Round kRounds[] = {
    {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
     {3, 7, 11, 19},
     0,
     [](std::uint32_t x, std::uint32_t y, std::uint32_t z) { return (x & y) | (~x & z); }},
    {{0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15},
     {3, 5, 9, 13},
     0x5a827999,
     [](std::uint32_t x, std::uint32_t y, std::uint32_t z) { return (x & y) | (x & z) | (y & z); }},
    {{0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15},
     {3, 9, 11, 15},
     0x6ed9eba1,
     [](std::uint32_t x, std::uint32_t y, std::uint32_t z) { return x ^ y ^ z; }},
};

void add_block(State& state, const std::uint8_t* block) {
  std::array<std::uint32_t, 16> words{};
  for (std::size_t i = 0; i < kBlock; ++i) words[i / 4] |= static_cast<std::uint32_t>(block[i]) << (8 * (i % 4));
  State s = state;
  for (const Round& round : kRounds) {
    for (std::size_t i = 0; i < 16; ++i) {
      // A, D, C, B take turns.
      const std::size_t a = (16 - i) % 4;
      const std::uint32_t sum =
          s[a] + round.mix(s[(a + 1) % 4], s[(a + 2) % 4], s[(a + 3) % 4]) + words[round.word[i]] + round.constant;
      s[a] = std::rotl(sum, round.rotation[i % 4]);
    }
  }
  for (std::size_t i = 0; i < 4; ++i) state[i] += s[i];
}

}  // namespace

Bytes md4(BytesView octets) {
  State state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  // RFC 1320 §3.1, §3.2: a one bit, zeros up to 8 octets before the end of a block, the length in bits.
  Bytes padded = to_bytes(octets);
  padded.push_back(0x80);
  while (padded.size() % kBlock != kBlock - 8) padded.push_back(0);
  const std::uint64_t bits = static_cast<std::uint64_t>(octets.size()) * 8;
  for (int shift = 0; shift < 64; shift += 8) padded.push_back(static_cast<std::uint8_t>(bits >> shift));
  for (std::size_t at = 0; at < padded.size(); at += kBlock) add_block(state, padded.data() + at);
  wipe(padded);

  Bytes out;
  for (const std::uint32_t word : state)
    for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(word >> shift));
  return out;
}

}  // namespace ikevet::eap
