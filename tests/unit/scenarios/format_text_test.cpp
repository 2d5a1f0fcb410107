// Places in a JSON text, times, and names that somebody may have meant.
#include <nlohmann/json.hpp>

#include "scenarios/format/document.hpp"
#include "scenarios/format/nearest.hpp"
#include "scenarios/format/position_index.hpp"
#include "tests/unit/scenarios/format_support.hpp"

using namespace ikevet::scenarios;  // NOLINT(google-build-using-namespace)

TEST_CASE("Every value of a JSON text has its place", "[scenarios][text]") {
  const PositionIndex index("{\"a\": [1,\n  {\"b~/\": \"\\\"}\"}],\r\n\t\"c\" : null}");
  CHECK(index.find("") == Position{1, 1});
  CHECK(index.find("/a") == Position{1, 2});
  CHECK(index.find("/a/0") == Position{1, 8});
  CHECK(index.find("/a/1") == Position{2, 3});
  CHECK(index.find("/a/1/b~0~1") == Position{2, 4});
  CHECK(index.find("/c") == Position{3, 2});
  CHECK(index.find("/c/d/e") == Position{3, 2});  // the nearest ancestor
  CHECK(index.duplicates().empty());
}

TEST_CASE("A name that an object has twice, also when it is spelled with an escape", "[scenarios][text]") {
  const PositionIndex index(R"({"a": 1, "\u0061": {"a": 2}})");
  REQUIRE(index.duplicates().size() == 1);
  CHECK(index.duplicates()[0].pointer == "/a");
  CHECK(index.duplicates()[0].first == Position{1, 2});
  CHECK(index.duplicates()[0].second == Position{1, 10});
}

TEST_CASE("Brackets in strings do not nest", "[scenarios][text]") {
  CHECK(nested_deeper_than("[[[]]]", 2));
  CHECK_FALSE(nested_deeper_than("[[]]", 2));
  CHECK_FALSE(nested_deeper_than(R"(["[[[[\"[["])", 2));
}

TEST_CASE("Times", "[scenarios][text]") {
  using namespace std::chrono_literals;
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("2s") == 2s);
  CHECK(parse_duration("1.5min") == 90s);
  for (const char* wrong : {"", "5", "s", "-1s", "2 s", "1h", "1e99s"}) CHECK_FALSE(parse_duration(wrong));
}

TEST_CASE("The edit distance counts swapped neighbours once and ignores case", "[scenarios][text]") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("initiate", "initate") == 1);
  CHECK(edit_distance("cookie", "COOKEI") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("Suggestions", "[scenarios][text]") {
  const std::vector<std::string> known{"COOKIE", "COOKIE2", "INVALID_SYNTAX", "INVALID_SPI", "REKEY_SA"};
  CHECK(did_you_mean("COOKEI", known) == "did you mean COOKIE or COOKIE2?");
  CHECK(did_you_mean("INVALID_SYNTAXX", known) == "did you mean INVALID_SYNTAX?");
  CHECK(did_you_mean("syntax", known) == "did you mean INVALID_SYNTAX?");
  CHECK(did_you_mean("XXXXXXXX", known) == "known: COOKIE, COOKIE2, INVALID_SYNTAX, INVALID_SPI, REKEY_SA");
  CHECK(did_you_mean("x", {}, "look elsewhere") == "look elsewhere");
}
