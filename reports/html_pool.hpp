// What many scenarios of a report have in common, kept once: texts, and the dissection of payloads.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/base/bytes.hpp"
#include "engine/wire/field_tree.hpp"

namespace ikevet::reports {

class HtmlPool {
 public:
  using Json = nlohmann::ordered_json;

  /// The number of a text, which becomes plain (plain_text.hpp).
  std::size_t text(std::string_view text);
  /// The payloads of a dissected message (the root's children), each as the number of its tree; `octets` is what was
  /// dissected, from `base_offset` on. Together with where each begins: [tree, offset, tree, offset, ...].
  Json trees(const wire::FieldNode& root, BytesView octets, std::size_t base_offset = 0);

  /// {"texts":[...],"trees":[...]}. A tree is [name, offset, size, mask, value, fault, [children]], texts by number,
  /// offsets from the tree's own beginning; the value -1 stands for the field's octets in hexadecimal, which the page
  /// has already.
  Json json() const { return {{"texts", texts_}, {"trees", trees_}}; }

 private:
  Json node(const wire::FieldNode& field, BytesView octets, std::size_t base_offset, std::size_t origin);

  Json texts_ = Json::array(), trees_ = Json::array();
  std::unordered_map<std::string, std::size_t> text_index_, tree_index_;
};

}  // namespace ikevet::reports
