// A number that a field is to differ by, "+1" or "-1", instead of one that it is to have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scenarios/format/mutation.hpp"

namespace ikevet::scenarios {

/// "+1", "-20": sign and decimal digits; empty for anything else.
std::optional<std::int64_t> parse_difference(std::string_view text);

/// Adds `difference` to the field. It is held as a SetField with a number (two's complement) and one octet of value,
/// which no other SetField has together.
SetField change_by(std::string path, std::int64_t difference);
/// Empty where the field is simply set.
std::optional<std::int64_t> difference_of(const SetField& set);

/// `present` and a difference, in a field of `bits` bits: it wraps round, as a counter does.
std::uint64_t changed(std::uint64_t present, std::int64_t difference, unsigned bits);

}  // namespace ikevet::scenarios
