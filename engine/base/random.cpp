#include "engine/base/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <stdexcept>

namespace ikevet {

std::uint32_t RandomSource::u32() { return static_cast<std::uint32_t>(u64()); }

std::uint64_t RandomSource::u64() {
  std::array<std::uint8_t, 8> octets{};
  fill(octets);
  std::uint64_t value = 0;
  for (const std::uint8_t octet : octets) value = value << 8 | octet;
  return value;
}

void OsRandom::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      throw std::runtime_error("the operating system gave no random octets (getrandom)");
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

void SeededRandom::fill(std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < out.size();) {
    std::uint64_t word = generator_();
    for (int k = 0; k < 8 && i < out.size(); ++k, word >>= 8) out[i++] = static_cast<std::uint8_t>(word);
  }
}

SeededRandom SeededRandom::fork(std::uint64_t label) {
  return SeededRandom(generator_() ^ (label * 0x9e3779b97f4a7c15U));
}

}  // namespace ikevet
