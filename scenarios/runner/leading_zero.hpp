// Shared secrets that begin with a zero octet, one in 256: RFC 7296 §2.14 wants the octet kept.
#pragma once

#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/base/random.hpp"
#include "engine/wire/constants.hpp"

namespace ikevet::scenarios {

/// What crypto::respond() has to draw to share such a secret with the owner of `peer_public`; empty when the public
/// value is no good, the group is none of Diffie-Hellman, or too many draws were in vain.
std::optional<Bytes> private_value_with_leading_zero(wire::DhGroup group, BytesView peer_public, RandomSource& random);

}  // namespace ikevet::scenarios
