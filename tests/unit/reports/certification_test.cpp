#include "reports/certification/certification.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "reports/reasons.hpp"
#include "scenarios/format/loader.hpp"
#include "scenarios/format/problem.hpp"
#include "tests/support/paths.hpp"
#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/sample.hpp"

using namespace ikevet;
using namespace ikevet::reports;

namespace {

scenarios::CertificationMap map_of(std::vector<std::vector<std::string>> elements) {
  scenarios::CertificationMap out;
  out.id = "x";
  out.title = "Scheme";
  for (std::vector<std::string>& requirements : elements)
    out.elements.push_back(
        {"E." + std::to_string(out.elements.size() + 1), "title", std::move(requirements), "look", {}});
  return out;
}

RunReport report_with(std::initializer_list<std::pair<const char*, Status>> requirements) {
  RunReport out;
  for (const auto& [id, status] : requirements) {
    const bool open = status == Status::Inconclusive;
    out.verdicts.requirements[id] = {id,
                                     status,
                                     open ? std::string(reasons::kNotRun) : std::string(),
                                     {},
                                     {{"s", {}, {3}, "e", "a"}, {"s", {}, {9}, "e", "a"}}};
  }
  return out;
}

ElementState state(const RunReport& report, std::vector<std::string> requirements) {
  const std::vector<scenarios::CertificationMap> maps{map_of({std::move(requirements)})};
  return certify(report, maps, {}).at(0).elements.at(0).state;
}

}  // namespace

TEST_CASE("the state of an element follows from its requirements", "[reports][certification]") {
  const RunReport report = report_with({{"p", Status::Pass},
                                        {"f", Status::Fail},
                                        {"w", Status::Waived},
                                        {"o", Status::Inconclusive},
                                        {"n", Status::NotApplicable}});
  CHECK(state(report, {"p"}) == ElementState::Shown);
  CHECK(state(report, {"p", "n"}) == ElementState::Shown);
  CHECK(state(report, {"p", "o"}) == ElementState::Partly);
  CHECK(state(report, {"p", "w"}) == ElementState::Waived);
  CHECK(state(report, {"p", "w", "f"}) == ElementState::Failed);
  CHECK(state(report, {"o"}) == ElementState::Open);
  CHECK(state(report, {"never-heard-of"}) == ElementState::Open);
  CHECK(state(report, {"n"}) == ElementState::ByHand);
  CHECK(state(report, {}) == ElementState::ByHand);
}

TEST_CASE("evidence is given once for each scenario, and others are named", "[reports][certification]") {
  scenarios::Scenario other;
  other.id = "other";
  other.covers = {"p"};
  const std::vector<scenarios::Scenario> suite{other};
  const std::vector<scenarios::CertificationMap> maps{map_of({{"p"}})};
  const RunReport report = report_with({{"p", Status::Pass}});
  const auto results = certify(report, maps, suite);
  const ElementRequirement& requirement = results[0].elements[0].requirements[0];
  REQUIRE(requirement.evidence.size() == 1);
  CHECK(requirement.evidence[0].frames == std::vector<std::size_t>{3});
  CHECK(requirement.scenarios == std::vector<std::string>{"other"});
  CHECK(requirement.place == "passed");
}

TEST_CASE("the shipped schemes name requirements of the catalogue, and are written", "[reports][certification]") {
  const auto data = test::source_dir() / "scenarios";
  const scenarios::Catalogue catalogue = scenarios::load_catalogue(data / "requirements");
  const auto maps = scenarios::load_certification_maps(data / "certification", catalogue);
  REQUIRE(maps.size() == 3);
  CHECK(maps[0].id == "ipv6ready-ikev2");
  CHECK(maps[0].elements.size() == 116);
  CHECK(maps[1].elements.size() == 14);
  const RunReport report = test::sample_report();
  const auto results = certify(report, maps, {});
  const auto json = nlohmann::json::parse(certification_json(report, results));
  CHECK(json.at("schemes").size() == 3);
  CHECK(json.at("schemes")[2].at("elements").size() == maps[2].elements.size());
  const std::string text = certification_markdown(report, results);
  CHECK(text.find("rfc7296-2.5-critical-unknown") != std::string::npos);
  CHECK(text.find("### By hand") != std::string::npos);
}

TEST_CASE("a scheme that names what there is not says so", "[reports][certification]") {
  const auto file = std::filesystem::temp_directory_path() / "ikevet-certification-test.json";
  const scenarios::Catalogue catalogue = test::sample_report().catalogue;
  const auto with = [&](const std::string& requirement) {
    write_file(file,
               R"({"id": "ikevet-certification-test", "title": "t", "document": "D", "edition": "e", "verified": "v",
      "elements": [{"id": "1", "title": "t", "requirements": [")" +
                   requirement + R"("]}]})");
    return scenarios::load_certification_map(file, catalogue);
  };
  CHECK(with("rfc7296-2.*").elements[0].requirements.size() == 5);
  CHECK_THROWS_WITH(with("rfc7296-9.*"), Catch::Contains("no requirement begins with"));
  CHECK_THROWS_AS(with("rfc7296-2.5-critical-unknwon"), scenarios::FormatError);
  std::filesystem::remove(file);
}
