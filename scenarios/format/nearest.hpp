// Which known name somebody may have meant.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ikevet::scenarios {

/// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other; case is ignored.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// At most `count` of `known`, the nearest first; none that is too far away to be meant.
std::vector<std::string> nearest(std::string_view word, std::span<const std::string> known, std::size_t count = 3);

/// "did you mean A or B?"; when nothing is near: "known: A, B, C, ..." if they are few, else `otherwise`.
std::string did_you_mean(std::string_view word, std::span<const std::string> known, std::string_view otherwise = {});

}  // namespace ikevet::scenarios
