#include "scenarios/runner/sk_fields.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/format/relative_number.hpp"
#include "scenarios/format/sk_paths.hpp"

namespace ikevet::scenarios {
namespace {

/// RFC 7296 §3.14: Pad Length has one octet.
constexpr std::size_t kMostPadding = 255;
/// Of padding whose content nobody gives: any content is right.
constexpr std::uint8_t kFiller = 0x5a;

std::string_view path_of(const MutationAction& action) {
  if (const auto* set = std::get_if<SetField>(&action)) return set->path;
  if (const auto* flip = std::get_if<FlipBits>(&action)) return flip->path;
  if (const auto* resize = std::get_if<ResizeField>(&action)) return resize->path;
  return {};
}

/// Padding and Pad Length as an honest sender has them.
Bytes least_padding(std::size_t inner, std::size_t block) {
  const std::size_t size = (block - (inner + 1) % block) % block;
  Bytes out(size, 0);
  out.push_back(static_cast<std::uint8_t>(size));
  return out;
}

CannotAlter alter_pad_length(const MutationAction& action, std::uint8_t& pad_length) {
  if (const auto* flip = std::get_if<FlipBits>(&action)) {
    if (!flip->mask.empty()) pad_length ^= flip->mask.front();
    return std::nullopt;
  }
  const auto* set = std::get_if<SetField>(&action);
  if (!set) return "Pad Length has one octet";
  if (const auto difference = difference_of(*set))
    pad_length = static_cast<std::uint8_t>(changed(pad_length, *difference, 8));
  else if (set->number && *set->number <= kMostPadding)
    pad_length = static_cast<std::uint8_t>(*set->number);
  else if (!set->number && set->value.size() == 1)
    pad_length = set->value.front();
  else
    return "Pad Length has one octet";
  return std::nullopt;
}

}  // namespace

void name_parts_of_sk(wire::FieldNode& tree, const SkSizes& sizes) {
  const auto sk = std::ranges::find(tree.children, std::string_view("SK"), &wire::FieldNode::name);
  if (sk == tree.children.end()) return;
  const auto data = std::ranges::find(sk->children, std::string_view("Encrypted Data"), &wire::FieldNode::name);
  if (data == sk->children.end() || data->size < sizes.iv + sizes.icv) return;
  const wire::FieldNode iv{kInitializationVector, data->offset, sizes.iv, 0, {}, {}, {}};
  const wire::FieldNode icv{kIntegrityChecksumData, data->offset + data->size - sizes.icv, sizes.icv, 0, {}, {}, {}};
  sk->children.push_back(iv);
  sk->children.push_back(icv);
}

bool alters_padding(const MutationAction& action) { return is_padding_path(path_of(action)); }

CannotAlter alter_padding(const MutationAction& action, sa::Plaintext& plaintext, std::size_t block) {
  const std::size_t inner = plaintext.payloads.size();
  if (!plaintext.padding) plaintext.padding = least_padding(inner, block);
  Bytes& padding = *plaintext.padding;
  if (is_pad_length_path(path_of(action))) return alter_pad_length(action, padding.back());
  if (const auto* resize = std::get_if<ResizeField>(&action)) {
    std::size_t size = std::min(resize->size, kMostPadding);
    while (size > 0 && (inner + size + 1) % block != 0) --size;
    if ((inner + size + 1) % block != 0)
      return fmt::format("no padding of at most {} octets aligns {} octets", resize->size, inner);
    padding.assign(size, kFiller);
  } else if (const auto* set = std::get_if<SetField>(&action);
             set && !set->number && set->value.size() <= kMostPadding) {
    padding = set->value;
  } else {
    return "Padding is set to at most 255 octets, or resized";
  }
  padding.push_back(static_cast<std::uint8_t>(padding.size()));
  if ((inner + padding.size()) % block != 0)
    return fmt::format("{} octets and padding of {} are no multiple of {}: the cipher cannot encrypt them", inner,
                       padding.size() - 1, block);
  return std::nullopt;
}

}  // namespace ikevet::scenarios
