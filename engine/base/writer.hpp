// A growing big-endian buffer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

#include "engine/base/bytes.hpp"

namespace ikevet {

class Writer {
 public:
  Writer() = default;
  explicit Writer(std::size_t reserve) { grow(reserve); }
  Writer(const Writer&) = delete;  // it points into itself
  Writer& operator=(const Writer&) = delete;

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
    if (!octets.empty()) std::memcpy(make_room(octets.size()), octets.data(), octets.size());
    return *this;
  }

  std::size_t size() const { return size_; }

  /// Overwrites two octets written before: for lengths known only afterwards.
  void patch_u16(std::size_t at, std::size_t value) {
    data_[at] = static_cast<std::uint8_t>(value >> 8);
    data_[at + 1] = static_cast<std::uint8_t>(value);
  }
  void patch_u8(std::size_t at, std::uint8_t value) { data_[at] = value; }
  void patch_u32(std::size_t at, std::size_t value) {
    patch_u16(at, value >> 16);
    patch_u16(at + 2, value & 0xffff);
  }

  BytesView view() const { return {data_, size_}; }
  /// What was written; the writer is empty afterwards.
  Bytes take() {
    out_.resize(std::exchange(size_, 0));
    Bytes taken = std::move(out_);
    out_.clear();
    data_ = out_.data();
    room_ = 0;
    return taken;
  }

 private:
  template <std::size_t N>
  Writer& number(std::uint64_t value) {
    std::uint8_t* const to = make_room(N);
    [to, value]<std::size_t... I>(std::index_sequence<I...>) {  // unrolled, so that it becomes a swap and one store
      ((to[I] = static_cast<std::uint8_t>(value >> (8 * (N - 1 - I)))), ...);
    }(std::make_index_sequence<N>{});
    return *this;
  }

  /// Where the next `count` octets go. The buffer grows ahead of what is written, so that most fields are plain stores.
  std::uint8_t* make_room(std::size_t count) {
    if (room_ - size_ < count) [[unlikely]]
      grow(std::max(2 * room_, size_ + count));
    return data_ + std::exchange(size_, size_ + count);
  }
  void grow(std::size_t to) {
    out_.resize(to);
    data_ = out_.data();
    room_ = out_.size();
  }

  Bytes out_;  // its first size_ octets are written
  std::uint8_t* data_ = out_.data();
  std::size_t room_{};  // octets of out_
  std::size_t size_{};
};

}  // namespace ikevet
