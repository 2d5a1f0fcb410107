// The three kinds of groups, each behind the same three functions. Not for inclusion from outside this folder.
#pragma once

#include <optional>

#include "engine/base/bytes.hpp"
#include "engine/base/random.hpp"
#include "engine/base/result.hpp"
#include "engine/crypto/algorithms.hpp"

namespace ikevet::crypto {

inline tl::unexpected<ParseError> bad_public_value(std::string why) {
  return parse_error("Key Exchange Data", 0, std::move(why));
}

/// A value of `got` octets where `name` has `wanted`.
inline tl::unexpected<ParseError> bad_size(std::size_t got, std::string_view name, std::size_t wanted) {
  return bad_public_value(std::to_string(got) + " octets, " + std::string(name) + " has " + std::to_string(wanted));
}

// draw: a private value that the group allows. public_of: the Key Exchange Data for it; empty when the private value is
// not one. derive: the shared secret; `peer` already has the right size.
namespace modp {
SecretBytes draw(const GroupInfo& group, RandomSource& random);
std::optional<Bytes> public_of(const GroupInfo& group, BytesView private_value);
Result<SecretBytes> derive(const GroupInfo& group, BytesView private_value, BytesView peer);
}  // namespace modp

namespace ecp {
SecretBytes draw(const GroupInfo& group, RandomSource& random);
std::optional<Bytes> public_of(const GroupInfo& group, BytesView private_value);
Result<SecretBytes> derive(const GroupInfo& group, BytesView private_value, BytesView peer);
}  // namespace ecp

/// How often a private value is drawn before the source of randomness is given up as broken. Even for the least fitting
/// group a draw succeeds with probability 1/2 or more.
inline constexpr int kMaxDraws = 1000;

}  // namespace ikevet::crypto
