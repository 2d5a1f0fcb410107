// Putting the fragments of a message together, RFC 7383 §2.6: for traces and for the engine alike.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string_view>

#include "engine/base/bytes.hpp"
#include "engine/base/ids.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::trace {

/// What all fragments of one message have in common.
struct FragmentedMessage {
  IkeSpis spis;
  MessageId message_id;
  bool response{};
  bool from_original_initiator{};
  friend auto operator<=>(const FragmentedMessage&, const FragmentedMessage&) = default;
};

/// One SKF payload, opened.
struct OpenedFragment {
  std::uint16_t number{};
  std::uint16_t total{};
  wire::PayloadType first_inner{};  ///< in fragment 1
  Bytes plaintext;
};

struct Reassembled {
  wire::PayloadType first_inner{};
  Bytes plaintext;
};

/// How much of an incomplete message is kept. Without bounds for a trace, whose size is known.
struct FragmentBounds {
  std::size_t fragments = std::numeric_limits<std::size_t>::max();
  std::size_t octets = std::numeric_limits<std::size_t>::max();
};

/// The fragments of one message so far.
class FragmentSet {
 public:
  /// What §2.6 asks before a fragment is decrypted: why it is to be discarded, or empty.
  std::string_view refuse(std::uint16_t number, std::uint16_t total, const FragmentBounds& bounds = {}) const;
  /// Takes a fragment whose integrity holds; gives the whole when it was the last one missing. What refuse() refuses
  /// changes nothing; what would go beyond the bounds empties the set.
  std::optional<Reassembled> add(OpenedFragment fragment, const FragmentBounds& bounds = {});

  std::uint16_t total() const { return total_; }
  std::size_t octets() const { return octets_; }

 private:
  std::uint16_t total_{};
  wire::PayloadType first_inner_{};
  std::map<std::uint16_t, Bytes> parts_;
  std::size_t octets_{};
  bool complete_{};
};

/// The fragments of any number of messages.
class Reassembler {
 public:
  /// Takes a fragment; gives the whole when it was the last one missing.
  std::optional<Reassembled> add(const FragmentedMessage& of, OpenedFragment fragment) {
    return sets_[of].add(std::move(fragment));
  }

 private:
  std::map<FragmentedMessage, FragmentSet> sets_;
};

}  // namespace ikevet::trace
