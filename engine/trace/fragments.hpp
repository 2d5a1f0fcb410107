// Putting the fragments of a message together, RFC 7383 §2.6.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>

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

class Reassembler {
 public:
  /// Takes a fragment; gives the whole when it was the last one missing.
  std::optional<Reassembled> add(const FragmentedMessage& of, OpenedFragment fragment);

 private:
  struct Set {
    std::uint16_t total{};
    wire::PayloadType first_inner{};
    std::map<std::uint16_t, Bytes> parts;
    bool complete{};
  };
  std::map<FragmentedMessage, Set> sets_;
};

}  // namespace ikevet::trace
