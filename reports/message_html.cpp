#include "reports/message_html.hpp"

#include <fmt/format.h>

#include "engine/wire/field_tree.hpp"
#include "reports/plain_text.hpp"

namespace ikevet::reports {
namespace {

std::string fault_html(const wire::FieldNode& node) {
  return node.fault.empty() ? std::string() : " <em class=\"bad\">" + html_text(node.fault) + "</em>";
}

void leaf_html(const wire::FieldNode& node, std::string& out) {
  out += fmt::format("<div class=\"f\"><i>{}</i><b>{}</b><span>{}{}</span></div>", node.offset, html_text(node.name),
                     html_text(node.value), fault_html(node));
}

bool has_fault(const wire::FieldNode& node) {
  if (!node.fault.empty()) return true;
  for (const wire::FieldNode& child : node.children)
    if (has_fault(child)) return true;
  return false;
}

void node_html(const wire::FieldNode& node, std::string& out) {
  if (node.is_leaf()) return leaf_html(node, out);
  out += fmt::format("<details class=\"n\"{}><summary><i>{}</i><b>{}</b><span>{}{}</span></summary>",
                     has_fault(node) ? " open" : "", node.offset, html_text(node.name), html_text(node.value),
                     fault_html(node));
  for (const wire::FieldNode& child : node.children) node_html(child, out);
  out += "</details>";
}

void children_html(const wire::FieldNode& root, std::string& out) {
  for (const wire::FieldNode& child : root.children) node_html(child, out);
}

}  // namespace

std::string message_html(const trace::MessageRecord& message) {
  std::string out;
  children_html(wire::field_tree(message.octets), out);
  if (message.protection != trace::Protection::Opened) return out;
  out += "<div class=\"inside\">Inside SK";
  if (message.inner.empty()) {
    out += ": no payloads</div>";
    return out;
  }
  out += "</div>";
  children_html(wire::field_tree(message.inner.front().type(), message.plaintext), out);
  return out;
}

}  // namespace ikevet::reports
