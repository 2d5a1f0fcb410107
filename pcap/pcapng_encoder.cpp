#include "pcap/pcapng_encoder.hpp"

#include <algorithm>
#include <utility>

namespace ikevet::pcap::pcapng {
namespace {

constexpr std::size_t kLengthOffset = 4;
constexpr std::size_t kMaxOption = 65535;

}  // namespace

Encoder::Encoder(BlockType type, bool big_endian) : big_endian_(big_endian) {
  u32(static_cast<std::uint32_t>(type)).u32(0);  // the length is known at the end
}

Encoder& Encoder::u16(std::uint16_t value) {
  number(value, 2);
  return *this;
}

Encoder& Encoder::u32(std::uint32_t value) {
  number(value, 4);
  return *this;
}

Encoder& Encoder::u64(std::uint64_t value) {
  number(value, 8);
  return *this;
}

Encoder& Encoder::bytes(BytesView octets) {
  out_.insert(out_.end(), octets.begin(), octets.end());
  return *this;
}

Encoder& Encoder::padded(BytesView octets) {
  bytes(octets);
  out_.resize(out_.size() + (4 - octets.size() % 4) % 4);
  return *this;
}

Encoder& Encoder::option(std::uint16_t code, BytesView value) {
  const BytesView kept = value.first(std::min(value.size(), kMaxOption));
  return u16(code).u16(static_cast<std::uint16_t>(kept.size())).padded(kept);
}

Encoder& Encoder::end_of_options() { return u16(option::kEnd).u16(0); }

std::vector<std::uint8_t> Encoder::take() {
  const auto length = static_cast<std::uint32_t>(out_.size() + 4);
  u32(length);
  std::copy(out_.end() - 4, out_.end(), out_.begin() + kLengthOffset);
  return std::move(out_);
}

void Encoder::number(std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t shift = 8 * (big_endian_ ? size - 1 - i : i);
    out_.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

}  // namespace ikevet::pcap::pcapng
