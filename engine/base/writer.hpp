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
  /// Several numbers in a row, `Sizes` octets each, as `out.fields<1, 1, 2>(last, reserved, length)`: room is made
  /// once.
  template <std::size_t... Sizes, class... T>
  Writer& fields(T... values) {
    static_assert(sizeof...(Sizes) == sizeof...(T));
    std::uint8_t* to = make_room((Sizes + ...));
    ((to = store<Sizes>(to, static_cast<std::uint64_t>(values))), ...);
    return *this;
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
    store<N>(make_room(N), value);
    return *this;
  }

  /// Gives where the next field goes.
  template <std::size_t N>
  static std::uint8_t* store(std::uint8_t* to, std::uint64_t value) {
    [to, value]<std::size_t... I>(std::index_sequence<I...>) {  // unrolled, so that it becomes a swap and one store
      ((to[I] = static_cast<std::uint8_t>(value >> (8 * (N - 1 - I)))), ...);
    }(std::make_index_sequence<N>{});
    return to + N;
  }

  /// Where the next `count` octets go. The buffer grows ahead of what is written, so that most fields are plain stores.
  [[gnu::always_inline]] inline std::uint8_t* make_room(std::size_t count) {
    if (room_ - size_ < count) [[unlikely]]
      grow(std::max(2 * room_, size_ + count));
    return data_ + std::exchange(size_, size_ + count);
  }
  [[gnu::cold, gnu::noinline]] void grow(std::size_t to) {
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
