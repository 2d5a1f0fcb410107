// A finished message as it leaves.
#pragma once

#include <absl/container/inlined_vector.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/base/bytes.hpp"

namespace ikevet::sa {

/// What a message was before it was encrypted and cut; see message_io.hpp.
struct Unfragmented;

/// One IKE message, ready to be sent: a single packet, or the fragments of RFC 7383 §2.5 in their order. Whoever keeps
/// a message for its retransmission keeps all of it (RFC 7296 §2.1, RFC 7383 §2.5.1). None of the packets has the
/// non-ESP marker.
class Packets {
 public:
  Packets() = default;
  Packets(Bytes whole) { list_.push_back(std::move(whole)); }  // NOLINT(google-explicit-constructor): one is several

  void add(Bytes packet) { list_.push_back(std::move(packet)); }
  bool empty() const { return list_.empty(); }
  std::size_t size() const { return list_.size(); }
  const Bytes& front() const { return list_.front(); }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }

  /// What smaller fragments are made from, RFC 7383 §2.5.2; null when there is no smaller size to try.
  const std::shared_ptr<const Unfragmented>& original() const { return original_; }
  void keep(std::shared_ptr<const Unfragmented> original) { original_ = std::move(original); }

  /// The same octets in the same packets.
  friend bool operator==(const Packets& a, const Packets& b) { return std::ranges::equal(a.list_, b.list_); }

 private:
  absl::InlinedVector<Bytes, 1> list_;
  std::shared_ptr<const Unfragmented> original_;
};

}  // namespace ikevet::sa
