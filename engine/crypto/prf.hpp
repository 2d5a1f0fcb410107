// Pseudorandom functions, Transform Type 2.
#pragma once

#include <initializer_list>
#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/crypto/algorithms.hpp"

namespace ikevet::crypto {

/// A negotiated prf. A value as cheap as a pointer; it holds no key.
class Prf {
 public:
  /// Empty when the prf is not in prf_table().
  static std::optional<Prf> find(wire::PrfId id);

  wire::PrfId id() const { return info_->id; }
  const PrfInfo& info() const { return *info_; }
  std::size_t key_size() const { return info_->key_size; }        ///< preferred key length, octets
  std::size_t output_size() const { return info_->output_size; }  ///< octets

  /// prf(key, a | b | ...). A key of any length; where the algorithm wants a fixed one, RFC 4434 §2 and RFC 4615 §3 say
  /// how it is made.
  SecretBytes compute(BytesView key, std::initializer_list<BytesView> data) const;

  /// The most that prf+ can give: its counter is one octet that starts at 1 (RFC 7296 §2.13).
  std::size_t plus_limit() const { return 255 * output_size(); }

  /// prf+(key, seed), the first `length` octets. RFC 7296 §2.13. `length` beyond plus_limit() is a caller's error and
  /// throws std::length_error: no suite of this engine comes near it.
  SecretBytes plus(BytesView key, std::initializer_list<BytesView> seed, std::size_t length) const;
  SecretBytes plus(BytesView key, BytesView seed, std::size_t length) const { return plus(key, {seed}, length); }

 private:
  explicit Prf(const PrfInfo& info) : info_(&info) {}
  const PrfInfo* info_;
};

}  // namespace ikevet::crypto
