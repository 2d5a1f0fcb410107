// One file, many scenarios: what a matrix gives, and what is said of a wrong one.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/unit/scenarios/format_support.hpp"

using namespace ikevet::scenarios;  // NOLINT(google-build-using-namespace)

namespace {

/// A family that stands at f.json, with these members in place of `matrix` and the like.
std::string family_with(const std::string& members, const std::string& mutate = R"(["${fault.mutation}"])") {
  return R"({
  "id": "f",
  "title": "A ${payload.name} that is ${fault}",
  "description": "What happens and why.",
  "covers": ["rfc7296-2.5-critical-unknown"],
  "harness": "initiator",
  "control": "plain",
  "tags": ["${payload.tag?}", "family"],
  "steps": [
    {"send": "IKE_SA_INIT", "mutate": )" +
         mutate + R"(},
    {"expect": "IKE_SA_INIT"}
  ],
)" + members +
         "\n}\n";
}

constexpr const char* kAxes = R"("matrix": {
    "payload": [{"id": "sa", "name": "SA"}, {"id": "nonce", "name": "Nonce", "tag": "nonces"}],
    "fault": [{"id": "missing", "mutation": {"remove": {"payload": "${payload.name}"}}},
              {"id": "twice", "mutation": {"double": {"payload": "${payload.name}"}}}]
  })";

constexpr const char* kPlain =
    R"({"id": "plain", "title": "Something is answered", "description": "What happens and why.",
  "covers": ["rfc7296-2.5-critical-unknown"], "harness": "initiator",
  "steps": [{"send": "IKE_SA_INIT"}, {"expect": "IKE_SA_INIT"}]})";

struct Loaded {
  explicit Loaded(const std::string& family) {
    folder.write("suite/plain.json", kPlain);
    folder.write("suite/f.json", family);
    problems = problems_of([&] { suite = load_suite(folder.path() / "suite", two_requirements()); });
  }
  const Scenario* find(std::string_view id) const {
    const auto it = std::ranges::find(suite, id, &Scenario::id);
    return it == suite.end() ? nullptr : &*it;
  }
  TempFolder folder;
  Suite suite;
  std::vector<std::string> problems;
};

}  // namespace

TEST_CASE("Each combination of the axes is a scenario with an id of its own", "[scenarios][matrix]") {
  const Loaded loaded(family_with(kAxes));
  CHECK(loaded.problems == std::vector<std::string>{});
  REQUIRE(loaded.suite.size() == 5);
  for (const char* id : {"f/sa/missing", "f/sa/twice", "f/nonce/missing", "f/nonce/twice"}) {
    INFO(id);
    REQUIRE(loaded.find(id) != nullptr);
  }
  const Scenario& scenario = *loaded.find("f/nonce/twice");
  CHECK(scenario.title == "A Nonce that is twice");
  CHECK(scenario.tags == std::vector<std::string>{"nonces", "family"});
  CHECK(loaded.find("f/sa/twice")->tags == std::vector<std::string>{"family"});
  const auto& send = std::get<Send>(scenario.steps.at(0).action);
  REQUIRE(send.mutate.size() == 1);
  CHECK_THAT(describe(scenario.steps.at(0)), Catch::Contains("Nonce"));
}

TEST_CASE("An instance is written out as a scenario of its own", "[scenarios][matrix]") {
  const Loaded loaded(family_with(kAxes));
  REQUIRE(loaded.find("f/sa/missing") != nullptr);
  const auto json = nlohmann::json::parse(loaded.find("f/sa/missing")->text);
  CHECK_FALSE(json.contains("matrix"));
  CHECK(json["steps"][0]["mutate"][0] == nlohmann::json{{"remove", {{"payload", "SA"}}}});
  const TempFolder run;
  const auto file = run.write("f/sa/missing/scenario.json", loaded.find("f/sa/missing")->text);
  CHECK(load_scenario(file, two_requirements(), loaded.suite).id == "f/sa/missing");
}

TEST_CASE("An axis in a file of its own, of which some values are taken", "[scenarios][matrix]") {
  const std::string members = R"("matrix": {"payload": [{"id": "sa", "name": "SA"}],
    "fault": {"from": "../axes/faults.json", "only": ["twice"]}})";
  const TempFolder folder;
  folder.write("axes/faults.json", R"([{"id": "missing", "mutation": {"remove": {"payload": "SA"}}},
    {"id": "twice", "mutation": {"double": {"payload": "SA"}}}])");
  folder.write("suite/plain.json", kPlain);
  const Suite suite = load_suite(folder.path() / "suite", two_requirements());
  const auto file = folder.write("suite/f.json", family_with(members));
  const auto all = load_scenarios(file, two_requirements(), suite);
  REQUIRE(all.size() == 1);
  CHECK(all.front().id == "f/sa/twice");
  CHECK_THAT(problems_of([&] {
               load_scenarios(folder.write("suite/f.json", family_with(R"("matrix": {"payload": ["a"],
                 "fault": {"from": "none.json"}})")),
                              two_requirements(), suite);
             }).at(0),
             Catch::Contains("/matrix/fault: cannot read") && Catch::Contains("none.json"));
}

TEST_CASE("Combinations are excluded, and some are different", "[scenarios][matrix]") {
  const Loaded loaded(family_with(std::string(kAxes) + R"(,
  "exclude": [{"payload": "nonce", "fault": ["twice"]}],
  "overrides": [{"when": {"payload": "sa", "fault": "missing"}, "merge": {"title": "Special it is", "tags": null}}])"));
  CHECK(loaded.problems == std::vector<std::string>{});
  CHECK(loaded.suite.size() == 4);
  CHECK(loaded.find("f/nonce/twice") == nullptr);
  REQUIRE(loaded.find("f/sa/missing") != nullptr);
  CHECK(loaded.find("f/sa/missing")->title == "Special it is");
  CHECK(loaded.find("f/sa/missing")->tags.empty());
}

TEST_CASE("Wrong matrices are told of, with place and remedy", "[scenarios][matrix]") {
  const auto problem = [](const std::string& members) {
    const Loaded loaded(family_with(members));
    return loaded.problems.empty() ? std::string() : loaded.problems.front();
  };
  const std::string axes = kAxes;
  CHECK_THAT(problem(R"("matrix": {})"), Catch::Contains("/matrix"));
  CHECK_THAT(problem(R"("matrix": {"payload": ["sa", "sa"], "fault": ["x"]})"),
             Catch::Contains("/matrix/payload/1: \"sa\" is here twice"));
  CHECK_THAT(problem(R"("matrix": {"payload": [{"name": "SA"}], "fault": ["x"]})"),
             Catch::Contains("has no name that can stand in an id"));
  CHECK_THAT(problem(axes + R"(, "exclude": [{"payload": ["sa", "nonce"]}])"),
             Catch::Contains("gives no instance at all"));
  CHECK_THAT(problem(axes + R"(, "exclude": [{"paylod": "sa"}])"),
             Catch::Contains("no axis \"paylod\"; did you mean payload?"));
  CHECK_THAT(problem(axes + R"(, "exclude": [{"payload": "ke"}])"),
             Catch::Contains("/exclude/0/payload: the axis has no \"ke\""));
  CHECK_THAT(problem(R"("matrix": {"payload": [{"id": "sa", "name": "${fault.mutation}"}],
                                    "fault": [{"id": "x", "mutation": "${payload.name}"}]})"),
             Catch::Contains("leads round in a circle"));
  CHECK_THAT(problem(R"("matrix": {"payload": ["sa"], "fault": ["x"]})"),
             Catch::Contains("the value \"sa\" has no \"name\""));
  std::string many;
  for (int i = 0; i < 100; ++i) many += (i ? "," : "") + std::to_string(i);
  CHECK_THAT(problem("\"matrix\": {\"payload\": [" + many + "], \"fault\": [" + many + "]}"),
             Catch::Contains("gives more than 2000 instances"));
}

TEST_CASE("What is wrong with every instance is told once, and names the first", "[scenarios][matrix]") {
  const Loaded loaded(family_with(kAxes, R"([{"remove": {"payload": "${payload.name}x"}}])"));
  REQUIRE(loaded.problems.size() >= 1);
  CHECK_THAT(loaded.problems.front(), Catch::Contains("/steps/0/mutate/0/remove"));
  CHECK(loaded.problems.size() <= 2);
}
