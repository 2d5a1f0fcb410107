// Traffic, moves, NATs and fragments in scenarios, and the members of `config` that go with them.
#include "tests/unit/scenarios/format_support.hpp"

using namespace ikevet;             // NOLINT(google-build-using-namespace)
using namespace ikevet::scenarios;  // NOLINT(google-build-using-namespace)

namespace {

Scenario read(const std::string& steps, const std::string& harness = "initiator", const std::string& needs = "",
              const std::string& config = "") {
  const TempFolder folder;
  const auto file = folder.write(
      "a.json",
      R"({"id": "a", "title": "Some title", "description": "d", "covers": ["rfc7296-2.5-critical-unknown"], "harness": ")" +
          harness + R"(", "needs": [)" + needs + "]," + config + R"("steps": [)" + steps + "]}");
  return load_scenario(file, two_requirements(), {});
}

template <class T>
T first(const std::string& steps, const std::string& needs = "") {
  return std::get<T>(read(steps, "initiator", needs).steps.at(0).action);
}

std::vector<std::string> problems(const std::string& steps, const std::string& harness = "initiator") {
  return problems_of([&] { read(steps, harness, R"("trigger:traffic", "trigger:move", "trigger:initiate")"); });
}

}  // namespace

TEST_CASE("traffic: what is sent, and by whom", "[scenarios][steps][traffic]") {
  const auto plain = first<Traffic>(R"({"traffic": {}})");
  CHECK(plain.part == Traffic::Part::Whole);
  CHECK(plain.count == 3);
  CHECK(plain.loss == 0);
  CHECK_FALSE(plain.v6);

  const auto full = first<Traffic>(
      R"({"traffic": {"transport": "udp", "family": "ipv6", "count": 9, "interval": "20ms", "size": 700, "loss": 2,
                      "dummies": 4, "attack": "forge"}, "proves": "rfc7296-2.5-critical-unknown"})");
  CHECK(full.udp);
  CHECK(full.v6 == true);
  CHECK(full.count == 9);
  CHECK(full.interval == std::chrono::milliseconds(20));
  CHECK(full.size == 700);
  CHECK(full.loss == 2);
  CHECK(full.dummies == 4);
  CHECK(full.attack == Traffic::Attack::Forge);
  CHECK(full.requirement == "rfc7296-2.5-critical-unknown");

  const auto asked = first<Traffic>(R"({"traffic": {}, "by": "dut"})", R"("trigger:traffic")");
  CHECK(asked.by_dut);
  CHECK(asked.count == 1);
}

TEST_CASE("traffic: begun and ended by two steps", "[scenarios][steps][traffic]") {
  const Scenario scenario =
      read(R"({"traffic": {"background": true}}, {"liveness": {}}, {"traffic": {"end": true, "loss": 1}})");
  CHECK(std::get<Traffic>(scenario.steps[0].action).part == Traffic::Part::Begin);
  CHECK(std::get<Traffic>(scenario.steps[2].action).part == Traffic::Part::End);
  CHECK(problems(R"({"traffic": {"end": true}})").size() == 1);
  CHECK(problems(R"({"traffic": {"background": true}}, {"traffic": {}})").size() == 1);
  CHECK_FALSE(problems(R"({"traffic": {"background": true}, "by": "dut"})").empty());
  CHECK_FALSE(problems(R"({"traffic": {"background": true}}, {"traffic": {"end": true, "count": 3}})").empty());
}

TEST_CASE("move: where to, and what is wrong with it", "[scenarios][steps][mobike]") {
  CHECK(first<Move>(R"({"move": {}})").to == Move::To::Next);
  CHECK(first<Move>(R"({"move": {"to": "first"}})").to == Move::To::First);
  CHECK(first<Move>(R"({"move": {"to": "other-family"}})").to == Move::To::OtherFamily);
  CHECK(first<Move>(R"({"move": {"begin": true}})").begin);
  CHECK(first<Move>(R"({"move": {}, "by": "dut"})", R"("trigger:move")").by_dut);
  CHECK(problems(R"({"move": {"to": "first"}, "by": "dut"})").size() == 1);
  CHECK(problems(R"({"move": {"begin": true}, "by": "dut"})").size() == 1);
  CHECK(problems(R"({"path_test": {}})", "responder").size() == 1);
  // The trigger is among the needs.
  CHECK_FALSE(problems_of([] { read(R"({"move": {}, "by": "dut"})"); }).empty());
}

TEST_CASE("nat: before the set-up", "[scenarios][steps][nat]") {
  CHECK(problems(R"({"nat": {}}, {"establish": {}}, {"nat_remap": {"address": true}})").empty());
  CHECK(problems(R"({"establish": {}}, {"nat": {}})").size() == 1);
  CHECK(problems(R"({"send": "IKE_SA_INIT"}, {"nat": {}})").size() == 1);
}

TEST_CASE("reorder: which message and which order", "[scenarios][steps][fragments]") {
  const auto rule = first<Reorder>(
      R"({"reorder": {"exchange": "IKE_AUTH", "response": true, "order": "last-first", "doubled": true}})");
  CHECK(rule.exchange == wire::ExchangeType::IKE_AUTH);
  CHECK(rule.response == true);
  CHECK(rule.order == Reorder::Order::LastFirst);
  CHECK(rule.doubled);
  CHECK_FALSE(problems(R"({"reorder": {"exchange": "IKE_AUTH"}})").empty());
}

TEST_CASE("every step of the path says in words what it does", "[scenarios][steps]") {
  const Scenario scenario =
      read(R"({"nat": {}}, {"traffic": {"count": 5}}, {"move": {"to": "first"}}, {"path_test": {}}, {"nat_remap": {}},
              {"reorder": {"exchange": "IKE_AUTH", "order": "reversed"}})");
  std::vector<std::string> lines;
  for (const Step& step : scenario.steps) lines.push_back(describe(step));
  CHECK(lines ==
        std::vector<std::string>{
            "a NAT stands before the initiator", "the harness sends echo requests through the Child SA: 5 of 56 octets",
            "the harness goes back to its first address", "the harness asks from another address without moving",
            "the NAT forgets its mappings", "the fragments of the next IKE_AUTH arrive in reversed order"});
}

TEST_CASE("config: fragmentation, nat, mobike, and the ends as selectors", "[scenarios][config]") {
  const Scenario scenario = read(R"({"liveness": {}})", "initiator", "", R"("config": {
    "fragmentation": {"supported": true, "threshold": 300, "ladder": [250, 200]},
    "nat": {"supported": false, "force_encapsulation": true, "keepalive": "2s", "begin_on_4500": true},
    "mobike": {"supported": true, "announce": true, "return_routability": false, "refuse_moves": true},
    "child": {"tfc_multiple": 128}, "local_ts": ["harness"], "remote_ts": ["dut"]},)");
  const ConfigOverrides& config = scenario.config;
  CHECK(config.fragmentation.threshold == 300);
  CHECK(config.fragmentation.ladder == std::vector<std::uint64_t>{250, 200});
  CHECK(config.nat.supported == false);
  CHECK(config.nat.keepalive == std::chrono::seconds(2));
  CHECK(config.nat.begin_on_4500 == true);
  CHECK(config.mobike.refuse_moves == true);
  CHECK(config.mobike.return_routability == false);
  CHECK(config.child.tfc_multiple == 128);
  const auto rising = problems_of(
      [] { read(R"({"liveness": {}})", "initiator", "", R"("config": {"fragmentation": {"ladder": [200, 250]}},)"); });
  REQUIRE(rising.size() == 1);
  CHECK_THAT(rising[0], Catch::Contains("do not fall"));
}
