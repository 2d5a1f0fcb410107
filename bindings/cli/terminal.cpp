#include "bindings/cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace ikevet::cli {
namespace {

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

constexpr std::string_view escape(Colour colour) {
  switch (colour) {
    case Colour::Red:
      return "\x1b[31m";
    case Colour::Green:
      return "\x1b[32m";
    case Colour::Yellow:
      return "\x1b[33m";
    case Colour::Blue:
      return "\x1b[34m";
    case Colour::Dim:
      return "\x1b[2m";
    case Colour::Bold:
      return "\x1b[1m";
    case Colour::None:
      break;
  }
  return "";
}

constexpr std::string_view kEraseLine = "\r\x1b[2K";
constexpr std::size_t kNoLimit = 1'000'000;

/// The first `columns` columns. Continuation octets of UTF-8 take none.
std::string_view cut(std::string_view text, std::size_t columns) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U && seen++ == columns) return text.substr(0, i);
  return text;
}

}  // namespace

Terminal Terminal::of_stdout() {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1 && environment("TERM") != "dumb";
  return {std::cout, terminal, terminal && environment("NO_COLOR").empty()};
}

Terminal Terminal::plain(std::ostream& out) { return {out, false, false}; }

std::size_t Terminal::width() const {
  winsize size{};
  if (!interactive_) return kNoLimit;
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

std::string Terminal::paint(Colour colour, std::string_view text) const {
  if (!colour_ || colour == Colour::None) return std::string(text);
  return std::string(escape(colour)).append(text).append("\x1b[0m");
}

void Terminal::status(std::string_view text) {
  if (!interactive_) return;
  // One column is left free: a full last column makes some terminals wrap.
  out() << kEraseLine << cut(text, width() - 1) << std::flush;
  status_shown_ = true;
}

void Terminal::clear_status() {
  if (!status_shown_) return;
  out() << kEraseLine << std::flush;
  status_shown_ = false;
}

void Terminal::line(std::string_view text) {
  clear_status();
  out() << text << '\n' << std::flush;
}

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t begin = text.find_first_not_of(" \n");
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    text.remove_prefix(word.size());
    const bool fits = column != 0 && column + 1 + word.size() <= width;
    if (fits) {
      out += ' ';
    } else {
      if (!out.empty()) out += '\n';
      out += margin;
      column = indent;
    }
    out += word;
    column += word.size() + (fits ? 1 : 0);
  }
  return out;
}

}  // namespace ikevet::cli
