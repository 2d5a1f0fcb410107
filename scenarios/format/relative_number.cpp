#include "scenarios/format/relative_number.hpp"

#include <charconv>

namespace ikevet::scenarios {
namespace {

constexpr std::uint8_t kMark = '+';

}  // namespace

std::optional<std::int64_t> parse_difference(std::string_view text) {
  if (text.size() < 2 || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  std::int64_t digits{};
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), digits);
  if (error != std::errc() || end != text.data() + text.size() || digits < 0) return std::nullopt;
  return text.front() == '-' ? -digits : digits;
}

SetField change_by(std::string path, std::int64_t difference) {
  return {std::move(path), Bytes(1, kMark), static_cast<std::uint64_t>(difference)};
}

std::optional<std::int64_t> difference_of(const SetField& set) {
  if (!set.number || set.value.empty()) return std::nullopt;
  return static_cast<std::int64_t>(*set.number);
}

std::uint64_t changed(std::uint64_t present, std::int64_t difference, unsigned bits) {
  const std::uint64_t sum = present + static_cast<std::uint64_t>(difference);
  return bits >= 64 ? sum : sum & ((std::uint64_t{1} << bits) - 1);
}

}  // namespace ikevet::scenarios
