// A growing big-endian buffer.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "engine/base/bytes.hpp"

namespace ikevet {

class Writer {
 public:
  Writer() = default;
  explicit Writer(std::size_t reserve) { out_.reserve(reserve); }

  template <class T>
  Writer& u8(T value) {
    return number<1>(static_cast<std::uint64_t>(value));
  }
  template <class T>
  Writer& u16(T value) {
    return number<2>(static_cast<std::uint64_t>(value));
  }
  template <class T>
  Writer& u32(T value) {
    return number<4>(static_cast<std::uint64_t>(value));
  }
  template <class T>
  Writer& u64(T value) {
    return number<8>(static_cast<std::uint64_t>(value));
  }
  Writer& bytes(BytesView octets) {
    append(out_, octets);
    return *this;
  }

  std::size_t size() const { return out_.size(); }

  /// Overwrites two octets written before: for lengths known only afterwards.
  void patch_u16(std::size_t at, std::size_t value) {
    out_[at] = static_cast<std::uint8_t>(value >> 8);
    out_[at + 1] = static_cast<std::uint8_t>(value);
  }
  void patch_u8(std::size_t at, std::uint8_t value) { out_[at] = value; }
  void patch_u32(std::size_t at, std::size_t value) {
    patch_u16(at, value >> 16);
    patch_u16(at + 2, value & 0xffff);
  }

  BytesView view() const { return {out_.data(), out_.size()}; }
  Bytes take() { return std::move(out_); }

 private:
  template <std::size_t N>
  Writer& number(std::uint64_t value) {
    std::uint8_t octets[N];
    for (std::size_t i = 0; i < N; ++i) octets[i] = static_cast<std::uint8_t>(value >> (8 * (N - 1 - i)));
    out_.insert(out_.end(), octets, octets + N);
    return *this;
  }

  Bytes out_;
};

}  // namespace ikevet
