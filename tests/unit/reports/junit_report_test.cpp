#include "reports/junit_report.hpp"

#include <catch2/catch.hpp>
#include <pugixml.hpp>
#include <set>
#include <string>

#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/sample.hpp"

using namespace ikevet;
using namespace ikevet::reports;

namespace {

/// The common JUnit schema (Jenkins' junit-10.xsd), as far as this writer could break it: which element may stand
/// where, with which attributes, and which attributes are required.
struct Element {
  std::set<std::string> children, attributes, required;
};
const std::map<std::string, Element> kSchema{
    {"testsuites", {{"testsuite"}, {"name", "time", "tests", "failures", "errors"}, {}}},
    {"testsuite",
     {{"testsuite", "properties", "testcase", "system-out", "system-err"},
      {"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id", "package",
       "file", "log", "url"},
      {"name", "tests", "failures", "errors"}}},
    {"properties", {{"property"}, {}, {}}},
    {"property", {{}, {"name", "value"}, {"name", "value"}}},
    {"testcase",
     {{"skipped", "error", "failure", "system-out", "system-err"}, {"name", "time", "classname", "group"}, {"name"}}},
    {"failure", {{}, {"type", "message"}, {}}},
    {"error", {{}, {"type", "message"}, {}}},
    {"skipped", {{}, {"type", "message"}, {}}},
    {"system-out", {{}, {}, {}}},
};

void check_against_schema(const pugi::xml_node& node) {
  INFO(node.path());
  const auto known = kSchema.find(node.name());
  REQUIRE(known != kSchema.end());
  for (const auto& attribute : node.attributes()) CHECK(known->second.attributes.count(attribute.name()) == 1);
  for (const auto& attribute : known->second.required) CHECK(node.attribute(attribute.c_str()));
  for (const auto& child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    CHECK(known->second.children.count(child.name()) == 1);
    check_against_schema(child);
  }
}

}  // namespace

TEST_CASE("junit.xml is what it was", "[reports][junit][golden]") {
  test::check_golden("junit.xml", junit_report(test::sample_report()));
}

TEST_CASE("junit.xml keeps to the common schema, and its counts are right", "[reports][junit]") {
  const std::string text = junit_report(test::sample_report());
  pugi::xml_document document;
  REQUIRE(document.load_string(text.c_str()));
  check_against_schema(document.document_element());
  for (const auto& suite : document.document_element().children("testsuite")) {
    CHECK(suite.select_nodes("testcase").size() == suite.attribute("tests").as_uint());
    CHECK(suite.select_nodes("testcase/failure").size() == suite.attribute("failures").as_uint());
    CHECK(suite.select_nodes("testcase/error").size() == suite.attribute("errors").as_uint());
    CHECK(suite.select_nodes("testcase/skipped").size() == suite.attribute("skipped").as_uint());
  }
  CHECK(document.select_node("//testcase[@name='critical-unknown-payload']/failure"));
  CHECK(document.select_node("//testcase[@name='liveness']/skipped[@type='inconclusive: setup-refused']"));
}

TEST_CASE("whatever a peer says, junit.xml is XML", "[reports][junit]") {
  RunReport report = test::sample_report();
  for (ScenarioVerdict& scenario : report.verdicts.scenarios)
    scenario.detail = "\x00\x01\xff]]><x \xed\xa0\x80\xef\xbf\xbe";
  pugi::xml_document document;
  CHECK(document.load_string(junit_report(report).c_str()));
}
