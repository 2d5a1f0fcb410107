// A message that leaves without the protection that it ought to have.
#pragma once

#include "scenarios/format/mutation.hpp"

namespace ikevet::scenarios {

/// `{"remove": {"payload": "SK"}}`: there is no Encrypted payload, and what it would hold stands in clear.
inline bool takes_protection_away(const RemovePayload& remove) { return remove.which.type == wire::PayloadType::SK; }

inline bool takes_protection_away(const MutationAction& action) {
  const auto* remove = std::get_if<RemovePayload>(&action);
  return remove && takes_protection_away(*remove);
}

}  // namespace ikevet::scenarios
