#include "reports/plain_text.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace ikevet::reports;

TEST_CASE("plain text is valid UTF-8 without control characters", "[reports][text]") {
  CHECK(plain_text("a §2.5 \xF0\x9F\x94\x91\n\t") == "a §2.5 \xF0\x9F\x94\x91\n\t");
  CHECK(plain_text(std::string("a\0b", 3)) ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(plain_text("\x1b[31m") == "\xEF\xBF\xBD[31m");
  CHECK(plain_text("\xff") == "\xEF\xBF\xBD");
  CHECK(plain_text("\xc3") == "\xEF\xBF\xBD");                          // cut off
  CHECK(plain_text("\xc0\xaf") == "\xEF\xBF\xBD\xEF\xBF\xBD");          // overlong
  CHECK(plain_text("\xed\xa0\x80").find('\xed') == std::string::npos);  // surrogate
  CHECK(plain_text("\xef\xbf\xbf").find("\xef\xbf\xbf") == std::string::npos);
}

TEST_CASE("text for HTML and Markdown", "[reports][text]") {
  CHECK(html_text("<a href=\"x\">'&'</a>") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
  CHECK(markdown_text("a|b\nc_d") == "a\\|b c\\_d");
}
