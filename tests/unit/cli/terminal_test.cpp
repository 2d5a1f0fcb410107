#include "bindings/cli/terminal.hpp"

#include <catch2/catch.hpp>
#include <sstream>

using ikevet::cli::Colour;
using ikevet::cli::Terminal;
using ikevet::cli::wrapped;

TEST_CASE("what is no terminal gets plain lines: no colour, no status line", "[cli]") {
  std::ostringstream out;
  Terminal terminal = Terminal::plain(out);
  terminal.status("1/3 working ...");
  terminal.line(terminal.paint(Colour::Red, "FAIL"));
  terminal.status("2/3 working ...");
  terminal.clear_status();
  CHECK(out.str() == "FAIL\n");
  CHECK_FALSE(terminal.interactive());
}

TEST_CASE("text is broken at blanks, each line after the margin", "[cli]") {
  CHECK(wrapped("one two three", 9, 2) == "  one two\n  three");
  CHECK(wrapped("  one\n two ", 80, 0) == "one two");
  CHECK(wrapped("a-word-that-is-longer-than-the-line x", 8, 4) == "    a-word-that-is-longer-than-the-line\n    x");
  CHECK(wrapped("", 80, 4).empty());
}
