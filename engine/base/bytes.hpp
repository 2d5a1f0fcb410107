// Octet strings: owned, viewed, and secret.
#pragma once

#include <absl/container/inlined_vector.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ikevet {

/// An owned octet string. Up to 32 octets live inside the object: most payload bodies (X25519 values, nonces, notify
/// data) are that short, so that parsing an ordinary message allocates for the payload list and little else.
using Bytes = absl::InlinedVector<std::uint8_t, 32>;

/// Octets owned by somebody else. Never outlives the owner; never stored.
using BytesView = std::span<const std::uint8_t>;

template <std::ranges::contiguous_range R>
inline Bytes to_bytes(const R& range) {
  // The constructor from two iterators is a loop over octets (GCC 12); this is a memset and a memcpy.
  Bytes out(std::ranges::size(range));
  if (!out.empty()) std::memcpy(out.data(), std::ranges::data(range), out.size());
  return out;
}

/// The octets of a character string, without a terminator.
inline BytesView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline void append(Bytes& to, BytesView more) { to.insert(to.end(), more.data(), more.data() + more.size()); }

/// Concatenation, written `cat(ni, nr)` where the RFC writes `Ni | Nr`.
template <class... Parts>
Bytes cat(const Parts&... parts) {
  Bytes out;
  out.reserve((std::size_t{0} + ... + std::size(parts)));
  (append(out, BytesView(parts)), ...);
  return out;
}

inline bool equal(BytesView a, BytesView b) { return std::ranges::equal(a, b); }

/// Lower-case hexadecimal without separators.
std::string to_hex(BytesView octets);

/// The inverse of to_hex. Blanks, colons and a leading "0x" are passed over; empty on any other character or an odd
/// digit.
std::optional<Bytes> from_hex(std::string_view text);

/// Compares in time that depends on the lengths alone.
bool equal_constant_time(BytesView a, BytesView b);

/// Overwrites in a way that the optimiser keeps.
void wipe(std::span<std::uint8_t> octets);

/// Key material. Wiped when it goes out of scope; comparison is constant-time; there is no stream output, no implicit
/// conversion to Bytes. `view()` is for handing the octets to cryptography, `reveal_hex()` for the explicit key export.
class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(BytesView octets) : octets_(octets.begin(), octets.end()) {}
  explicit SecretBytes(std::size_t size) : octets_(size) {}
  SecretBytes(const SecretBytes&) = default;
  SecretBytes(SecretBytes&& other) noexcept : octets_(other.octets_) { other.clear(); }
  SecretBytes& operator=(const SecretBytes& other) {
    if (this != &other) {
      clear();
      octets_ = other.octets_;
    }
    return *this;
  }
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      clear();
      octets_ = other.octets_;
      other.clear();
    }
    return *this;
  }
  ~SecretBytes() { clear(); }

  BytesView view() const { return {octets_.data(), octets_.size()}; }
  std::span<std::uint8_t> mutable_view() { return {octets_.data(), octets_.size()}; }
  std::size_t size() const { return octets_.size(); }
  bool empty() const { return octets_.empty(); }
  std::string reveal_hex() const { return to_hex(view()); }
  void clear() {
    wipe(mutable_view());
    octets_.clear();
  }
  friend bool operator==(const SecretBytes& a, const SecretBytes& b) { return equal_constant_time(a.view(), b.view()); }

 private:
  // 64 octets inside: every SK_* of the common suites, so that secrets seldom touch the heap.
  absl::InlinedVector<std::uint8_t, 64> octets_;
};

}  // namespace ikevet
