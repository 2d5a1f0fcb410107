// Finding, reading, changing and printing the fields of a tree.
#include <algorithm>
#include <charconv>
#include <cstdio>

#include "engine/wire/field_tree.hpp"

namespace ikevet::wire {
namespace {

/// One part of a path: "Transform[2]" or "Notify[COOKIE]".
struct Step {
  std::string_view name;
  std::size_t index{};    // when `word` is empty
  std::string_view word;  // of the value
};

char folded(char c) {
  if (c == ' ' || c == '-') return '_';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, folded, folded); }

bool is_word_character(char c) {
  const char f = folded(c);
  return (f >= 'a' && f <= 'z') || (c >= '0' && c <= '9') || f == '_';
}

bool has_word(std::string_view value, std::string_view word) {
  for (std::size_t at = 0; at + word.size() <= value.size(); ++at) {
    const bool begins = at == 0 || !is_word_character(value[at - 1]) || value[at - 1] == ' ';
    const std::size_t behind = at + word.size();
    const bool ends = behind == value.size() || !is_word_character(value[behind]) || value[behind] == ' ';
    if (begins && ends && same(value.substr(at, word.size()), word)) return true;
  }
  return false;
}

Step parse_step(std::string_view text) {
  Step step{text, 0, {}};
  const std::size_t open = text.find('[');
  if (open == std::string_view::npos || text.back() != ']') return step;
  step.name = text.substr(0, open);
  const std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  const auto [end, error] = std::from_chars(inside.data(), inside.data() + inside.size(), step.index);
  if (error != std::errc{} || end != inside.data() + inside.size()) step.word = inside;
  return step;
}

const FieldNode* follow(const FieldNode& from, const Step& step) {
  std::size_t nth = step.index;
  for (const FieldNode& child : from.children) {
    if (!same(child.name, step.name)) continue;
    if (!step.word.empty()) {
      if (has_word(child.value, step.word)) return &child;
    } else if (nth-- == 0) {
      return &child;
    }
  }
  return nullptr;
}

/// How far a path leads: the last node reached, and what of the path is left.
struct Reached {
  const FieldNode* node;
  std::string_view left;
};

Reached walk(const FieldNode& tree, std::string_view path) {
  Reached reached{&tree, path};
  while (!reached.left.empty()) {
    const std::size_t slash = reached.left.find('/');
    const FieldNode* next = follow(*reached.node, parse_step(reached.left.substr(0, slash)));
    if (!next) break;
    reached.node = next;
    reached.left = slash == std::string_view::npos ? std::string_view{} : reached.left.substr(slash + 1);
  }
  return reached;
}

/// Where the field stands in octets that begin at `base_offset`; empty when it is not wholly there or is no number.
std::optional<std::size_t> place(std::size_t octets, const FieldNode& field, std::size_t base_offset) {
  if (field.size == 0 || field.size > 8 || field.offset < base_offset) return std::nullopt;
  const std::size_t at = field.offset - base_offset;
  if (at > octets || field.size > octets - at) return std::nullopt;
  return at;
}

std::uint64_t whole_number(BytesView octets) {
  std::uint64_t value = 0;
  for (const std::uint8_t octet : octets) value = value << 8 | octet;
  return value;
}

/// The field's bits within the number that its octets make.
std::uint64_t mask_of(const FieldNode& field) {
  if (field.mask != 0) return field.mask;
  return field.size == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * field.size)) - 1;
}

std::uint64_t lowest_bit(std::uint64_t mask) { return mask & (~mask + 1); }

void print(const FieldNode& node, std::size_t depth, std::string& out) {
  char place_and_size[32];
  std::snprintf(place_and_size, sizeof place_and_size, "%5zu %5zu  ", node.offset, node.size);
  out += place_and_size;
  out.append(2 * depth, ' ');
  out += node.name;
  if (!node.value.empty()) out.append(": ").append(node.value);
  if (!node.fault.empty()) out.append("  !! ").append(node.fault);
  out += '\n';
  for (const FieldNode& child : node.children) print(child, depth + 1, out);
}

}  // namespace

const FieldNode* find_field(const FieldNode& tree, std::string_view path) {
  const Reached reached = walk(tree, path);
  return reached.left.empty() && !path.empty() ? reached.node : nullptr;
}

std::vector<std::string> known_fields(const FieldNode& tree, std::string_view path) {
  std::vector<std::string> out;
  for (const FieldNode& child : walk(tree, path).node->children)
    if (std::ranges::find(out, child.name) == out.end()) out.emplace_back(child.name);
  return out;
}

std::optional<std::uint64_t> field_number(BytesView octets, const FieldNode& field, std::size_t base_offset) {
  const auto at = place(octets.size(), field, base_offset);
  if (!at) return std::nullopt;
  const std::uint64_t mask = mask_of(field);
  return (whole_number(octets.subspan(*at, field.size)) & mask) / lowest_bit(mask);
}

bool set_field_number(std::span<std::uint8_t> octets, const FieldNode& field, std::uint64_t number,
                      std::size_t base_offset) {
  const auto at = place(octets.size(), field, base_offset);
  if (!at) return false;
  const std::uint64_t mask = mask_of(field);
  if (number > mask / lowest_bit(mask)) return false;
  const auto there = octets.subspan(*at, field.size);
  std::uint64_t whole = (whole_number(there) & ~mask) | number * lowest_bit(mask);
  for (auto octet = there.rbegin(); octet != there.rend(); ++octet, whole >>= 8)
    *octet = static_cast<std::uint8_t>(whole);
  return true;
}

std::string text(const FieldNode& tree) {
  std::string out;
  print(tree, 0, out);
  return out;
}

}  // namespace ikevet::wire
