// Text that may come from a peer, made fit for a report.
#pragma once

#include <string>
#include <string_view>

namespace ikevet::reports {

/// Valid UTF-8 without control characters (newlines and tabs stay): everything else becomes U+FFFD. XML 1.0 allows
/// nothing less, and a terminal or browser shows nothing surprising.
std::string plain_text(std::string_view text);

/// plain_text with & < > " ' as entities: for HTML and SVG, as text and inside quoted attributes.
std::string html_text(std::string_view text);

/// plain_text for a cell of a Markdown table: pipes and line ends do not break it.
std::string markdown_text(std::string_view text);

}  // namespace ikevet::reports
