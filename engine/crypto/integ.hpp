// Integrity algorithms, Transform Type 3.
#pragma once

#include <initializer_list>
#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/crypto/algorithms.hpp"

namespace ikevet::crypto {

/// A negotiated integrity algorithm. A value as cheap as a pointer; it holds no key. NONE is an Integ too: key and ICV
/// of no octets, and every ICV of no octets verifies.
class Integ {
 public:
  /// Empty when the algorithm is not in integ_table().
  static std::optional<Integ> find(wire::IntegId id);

  wire::IntegId id() const { return info_->id; }
  const IntegInfo& info() const { return *info_; }
  std::size_t key_size() const { return info_->key_size; }  ///< octets
  std::size_t icv_size() const { return info_->icv_size; }  ///< octets on the wire, after truncation

  /// The truncated checksum of the concatenated parts.
  Bytes compute(BytesView key, std::initializer_list<BytesView> parts) const;
  /// Whether `icv` is that checksum; constant time.
  bool verify(BytesView key, std::initializer_list<BytesView> parts, BytesView icv) const;

 private:
  explicit Integ(const IntegInfo& info) : info_(&info) {}
  const IntegInfo* info_;
};

}  // namespace ikevet::crypto
