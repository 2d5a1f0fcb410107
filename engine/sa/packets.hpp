// A finished message as it leaves.
#pragma once

#include <absl/container/inlined_vector.h>

#include <utility>

#include "engine/base/bytes.hpp"

namespace ikevet::sa {

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

  friend bool operator==(const Packets&, const Packets&) = default;

 private:
  absl::InlinedVector<Bytes, 1> list_;
};

}  // namespace ikevet::sa
