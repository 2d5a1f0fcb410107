#include "bindings/cli/printable.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace ikevet::cli {
namespace {

struct CodePoint {
  std::uint32_t value{};
  std::size_t size{};  ///< octets; 0: no UTF-8 here
};

/// The character at the start of `text`, which is not empty. Overlong forms and surrogates are no UTF-8: RFC 3629 §3.
CodePoint first_character(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = at(0);
  if (lead < 0x80) return {lead, 1};
  std::size_t size = 2;
  if (lead >= 0xe0) size = 3;
  if (lead >= 0xf0) size = 4;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
  std::uint32_t value = lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (at(i) & 0x3fU);
  }
  const bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
  const bool no_character = (value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff;
  return overlong || no_character ? CodePoint{} : CodePoint{value, size};
}

bool is_control(std::uint32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

/// Line and paragraph separators, direction marks, embeddings and isolates, the byte order mark.
bool is_invisible(std::uint32_t c) {
  return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint c = first_character(text);
    const std::size_t size = c.size == 0 ? 1 : c.size;
    if (c.size == 0 || c.value < 0x20 || c.value == 0x7f)
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint8_t>(text.front()));
    else if (is_control(c.value) || is_invisible(c.value))
      fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", c.value);
    else
      out += text.substr(0, size);
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace ikevet::cli
