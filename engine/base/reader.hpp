// A big-endian cursor over a peer's octets.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"

namespace ikevet {

/// Reads fields in order and remembers the first fault; after it every read gives zeros, so that a parser can be
/// written as a straight list of fields and ask once, with finish(), whether all of them were there.
class Reader {
 public:
  /// `base` is the offset of `octets` within the outermost thing parsed, used in faults.
  explicit Reader(BytesView octets, std::size_t base = 0) : octets_(octets), base_(base) {}

  template <class T = std::uint8_t>
  T u8(const char* field) {
    return static_cast<T>(number<1>(field));
  }
  template <class T = std::uint16_t>
  T u16(const char* field) {
    return static_cast<T>(number<2>(field));
  }
  template <class T = std::uint32_t>
  T u32(const char* field) {
    return static_cast<T>(number<4>(field));
  }
  template <class T = std::uint64_t>
  T u64(const char* field) {
    return static_cast<T>(number<8>(field));
  }

  /// Exactly `count` octets; a fault, and an empty view, when fewer are left.
  BytesView view(std::size_t count, const char* field) {
    if (!has(count)) [[unlikely]] {
      short_of(count, field);
      return {};
    }
    const BytesView out = octets_.subspan(at_, count);
    at_ += count;
    return out;
  }
  Bytes bytes(std::size_t count, const char* field) { return to_bytes(view(count, field)); }

  /// All that is left.
  BytesView rest_view() {
    const BytesView out = octets_.subspan(at_);
    at_ = octets_.size();
    return out;
  }
  Bytes rest() { return to_bytes(rest_view()); }

  /// A reader over the next `count` octets, which this one steps over.
  Reader sub(std::size_t count, const char* field) {
    const std::size_t start = offset();
    return Reader(view(count, field), start);
  }

  std::size_t remaining() const { return octets_.size() - at_; }
  bool at_end() const { return remaining() == 0; }
  /// Where the next octet stands, counted from the outermost start.
  std::size_t offset() const { return base_ + at_; }
  bool ok() const { return !fault_; }
  /// The first fault; null when there is none.
  const ParseError* fault() const { return fault_.get(); }

  /// Records a fault of the caller's own finding, at the present place unless another is given.
  void fail(std::string field, std::string why) { fail_at(std::move(field), offset(), std::move(why)); }
  void fail_at(std::string field, std::size_t where, std::string why) {
    if (!fault_) take({std::move(field), where, std::move(why)});
  }
  /// Takes over the first fault of a reader made by sub().
  void adopt(const Reader& inner) {
    if (inner.fault_ && !fault_) take(*inner.fault_);
  }

  /// The value, or the first fault. Octets left unread are a fault too: a parser that allows them calls rest().
  template <class T>
  Result<std::remove_cvref_t<T>> finish(T&& value) {
    if (at_ != octets_.size()) [[unlikely]]
      left_over();
    if (fault_) [[unlikely]]
      return tl::unexpected<ParseError>(*fault_);
    return std::forward<T>(value);
  }

 private:
  /// Faults are rare and readers are passed about by value: one pointer, copied with what it points to.
  class Fault {
   public:
    Fault() = default;
    Fault(const Fault& other) : error_(other.error_ ? std::make_unique<ParseError>(*other.error_) : nullptr) {}
    Fault(Fault&&) noexcept = default;
    Fault& operator=(const Fault& other) {
      if (this != &other) error_ = other.error_ ? std::make_unique<ParseError>(*other.error_) : nullptr;
      return *this;
    }
    Fault& operator=(Fault&&) noexcept = default;
    ~Fault() = default;
    void set(ParseError error) { error_ = std::make_unique<ParseError>(std::move(error)); }
    const ParseError* get() const { return error_.get(); }
    const ParseError& operator*() const { return *error_; }
    explicit operator bool() const { return error_ != nullptr; }

   private:
    std::unique_ptr<ParseError> error_;
  };

  bool has(std::size_t count) const { return octets_.size() - at_ >= count; }

  /// After a fault nothing is left to read, so that has() need not ask for one.
  void take(ParseError error) {
    fault_.set(std::move(error));
    octets_ = octets_.first(at_);
  }

  [[gnu::cold, gnu::noinline]] void short_of(std::size_t count, const char* field) {
    if (!fault_)
      fail(field, std::to_string(count) + " octets wanted, " + std::to_string(octets_.size() - at_) + " left");
  }
  [[gnu::cold, gnu::noinline]] void left_over() {
    fail("end", std::to_string(octets_.size() - at_) + " octets left over");
  }

  template <std::size_t N>
  std::uint64_t number(const char* field) {
    if (!has(N)) [[unlikely]] {
      short_of(N, field);
      return 0;
    }
    const std::uint8_t* const from = octets_.data() + at_;
    at_ += N;
    return [from]<std::size_t... I>(std::index_sequence<I...>) {  // unrolled, so that it becomes one load and a swap
      std::uint64_t value = 0;
      ((value = value << 8 | from[I]), ...);
      return value;
    }(std::make_index_sequence<N>{});
  }

  BytesView octets_;
  std::size_t at_{};
  std::size_t base_{};
  Fault fault_;
};

}  // namespace ikevet
