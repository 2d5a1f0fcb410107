#include "scenarios/format/nearest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace ikevet::scenarios {
namespace {

constexpr std::size_t kFewEnoughToList = 12;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(char a, char b) { return lower(a) == lower(b); }

/// A part of the name is often all that is remembered: "COOKI" is near, and so is "critical" for
/// "2.5-critical-unknown".
bool contains(std::string_view text, std::string_view part) {
  return part.size() >= 3 && std::ranges::search(text, part, same).begin() != text.end();
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (same(a[i - 1], b[j - 1]) ? 0U : 1U);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::vector<std::string> nearest(std::string_view word, std::span<const std::string> known, std::size_t count) {
  const std::size_t far = std::max<std::size_t>(2, word.size() / 3);
  std::vector<std::pair<std::size_t, const std::string*>> ranked;
  for (const std::string& name : known) {
    const std::size_t distance = edit_distance(word, name);
    if (distance <= far)
      ranked.emplace_back(distance, &name);
    else if (contains(name, word))
      ranked.emplace_back(far + 1, &name);
  }
  std::ranges::stable_sort(ranked, {}, &std::pair<std::size_t, const std::string*>::first);
  // Where one name is clearly meant, the others only distract.
  if (ranked.size() > 1 && ranked[0].first * 2 + 1 < ranked[1].first) ranked.resize(1);
  if (ranked.size() > count) ranked.resize(count);
  std::vector<std::string> out;
  for (const auto& [distance, name] : ranked) out.push_back(*name);
  return out;
}

std::string did_you_mean(std::string_view word, std::span<const std::string> known, std::string_view otherwise) {
  const std::vector<std::string> near = nearest(word, known);
  if (!near.empty()) return fmt::format("did you mean {}?", fmt::join(near, " or "));
  if (!known.empty() && known.size() <= kFewEnoughToList) return fmt::format("known: {}", fmt::join(known, ", "));
  return std::string(otherwise);
}

}  // namespace ikevet::scenarios
