// Octets of a peer as text.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/bytes.hpp"

namespace ikevet::eap {

inline std::string_view text_of(BytesView octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

/// What may stand in a message for our user: at most 80 characters, without control characters.
inline std::string printable(std::string_view text) {
  std::string out(text.substr(0, 80));
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out;
}
inline std::string printable(BytesView octets) { return printable(text_of(octets)); }

}  // namespace ikevet::eap
