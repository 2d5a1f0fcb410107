// Whether a message has what a condition of a deviating peer asks for.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>

#include "engine/trace/trace.hpp"
#include "scenarios/format/oddity.hpp"

namespace ikevet::scenarios {

/// What has come in fragments so far, RFC 7383.
class FragmentWatch {
 public:
  /// Of a message that `note` has not been told yet.
  bool is(Oddity oddity, const trace::MessageRecord& message) const;
  void note(const trace::MessageRecord& message);

 private:
  struct Key {
    IkeSpis spis;
    MessageId message_id;
    bool response{};
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Seen {
    std::uint16_t last{};
    std::uint16_t total{};
    bool disordered{};  ///< stays so
    std::set<std::uint16_t> forged;
  };
  static Key key_of(const trace::MessageRecord& message);

  std::map<Key, Seen> seen_;
  std::set<IkeSpis> with_fragments_;
};

/// Everything that one message alone says; false for what FragmentWatch and MessageCloser know.
bool is_odd(Oddity oddity, const trace::MessageRecord& message);

}  // namespace ikevet::scenarios
