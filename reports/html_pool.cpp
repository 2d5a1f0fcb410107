#include "reports/html_pool.hpp"

#include "reports/plain_text.hpp"

namespace ikevet::reports {
namespace {

constexpr int kOctetsInHex = -1;

/// What wire::field_tree() shows of an octet string, RFC 7296 fields that are opaque: the octets, cut where long.
bool is_hex_of(const std::string& value, BytesView octets) {
  if (octets.empty() || value.size() < 2) return false;
  const std::size_t dots = value.find("... (");
  if (dots == std::string::npos) return value.size() == 2 * octets.size() && value == to_hex(octets);
  return dots / 2 <= octets.size() && value.compare(0, dots, to_hex(octets.first(dots / 2))) == 0;
}

}  // namespace

std::size_t HtmlPool::text(std::string_view text) {
  const auto [place, is_new] = text_index_.try_emplace(plain_text(text), texts_.size());
  if (is_new) texts_.push_back(place->first);
  return place->second;
}

HtmlPool::Json HtmlPool::node(const wire::FieldNode& field, BytesView octets, std::size_t base_offset,
                              std::size_t origin) {
  Json children = Json::array();
  for (const wire::FieldNode& child : field.children) children.push_back(node(child, octets, base_offset, origin));
  const std::size_t at = field.offset - base_offset;
  const bool there = field.offset >= base_offset && at <= octets.size() && field.size <= octets.size() - at;
  const bool hex = there && field.is_leaf() && is_hex_of(field.value, octets.subspan(at, field.size));
  Json out = Json::array({text(field.name), field.offset - origin, field.size, field.mask});
  out.push_back(hex ? Json(kOctetsInHex) : Json(text(field.value)));
  out.push_back(text(field.fault));
  if (!children.empty()) out.push_back(std::move(children));
  return out;
}

HtmlPool::Json HtmlPool::trees(const wire::FieldNode& root, BytesView octets, std::size_t base_offset) {
  Json out = Json::array();
  for (const wire::FieldNode& payload : root.children) {
    Json tree = node(payload, octets, base_offset, payload.offset);
    const auto [place, is_new] = tree_index_.try_emplace(tree.dump(), trees_.size());
    if (is_new) trees_.push_back(std::move(tree));
    out.push_back(place->second);
    out.push_back(payload.offset);
  }
  return out;
}

}  // namespace ikevet::reports
