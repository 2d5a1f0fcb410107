#include "reports/plain_text.hpp"

#include <cstdint>

namespace ikevet::reports {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// Octets of the UTF-8 sequence that `text` begins with; 0 when it begins with none. RFC 3629 §4.
std::size_t sequence_length(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = octet(0);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((octet(i) & 0xC0) != 0x80) return 0;
  const bool overlong = (lead == 0xE0 && octet(1) < 0xA0) || (lead == 0xF0 && octet(1) < 0x90);
  const bool surrogate = lead == 0xED && octet(1) >= 0xA0;
  const bool too_large = lead == 0xF4 && octet(1) >= 0x90;
  // U+FFFE and U+FFFF are no characters of XML.
  const bool no_character = lead == 0xEF && octet(1) == 0xBF && octet(2) >= 0xBE;
  return overlong || surrogate || too_large || no_character ? 0 : length;
}

bool is_control(char c) {
  const auto octet = static_cast<std::uint8_t>(c);
  return (octet < 0x20 && c != '\n' && c != '\t') || octet == 0x7F;
}

template <class Put>
std::string mapped(std::string_view text, Put put) {
  const std::string plain = plain_text(text);
  std::string out;
  out.reserve(plain.size() + plain.size() / 8);
  for (const char c : plain) put(out, c);
  return out;
}

}  // namespace

std::string plain_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0 || (length == 1 && is_control(text.front()))) {
      out += kReplacement;
      text.remove_prefix(1);
    } else {
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

std::string html_text(std::string_view text) {
  return mapped(text, [](std::string& out, char c) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  });
}

std::string markdown_text(std::string_view text) {
  return mapped(text, [](std::string& out, char c) {
    if (c == '|' || c == '<' || c == '>' || c == '`' || c == '*' || c == '_' || c == '[' || c == ']' || c == '\\')
      out += '\\';
    out += c == '\n' ? ' ' : c;
  });
}

}  // namespace ikevet::reports
