// What the reader makes of steps: above all, which message an `expect` waits for when it does not say.
#include "tests/unit/scenarios/format_support.hpp"

using namespace ikevet;             // NOLINT(google-build-using-namespace)
using namespace ikevet::scenarios;  // NOLINT(google-build-using-namespace)
using wire::ExchangeType;

namespace {

Scenario read(const std::string& steps, const std::string& harness = "initiator", const std::string& needs = "") {
  const TempFolder folder;
  const auto file = folder.write(
      "a.json",
      R"({"id": "a", "title": "Some title", "description": "d", "control": "c", "covers": ["rfc7296-2.5-critical-unknown"], "harness": ")" +
          harness + R"(", "needs": [)" + needs + R"(], "steps": [)" + steps + "]}");
  Suite suite;
  suite.push_back({});
  suite.back().id = "c";
  if (harness == "responder") suite.back().harness = Role::Responder;
  return load_scenario(file, two_requirements(), suite);
}

bool waits_for_response(const Step& step) {
  return std::get<Expect>(step.action).one_of.at(0).message.response.value();
}

}  // namespace

TEST_CASE("An expect after our request waits for the response", "[scenarios][steps]") {
  const Scenario scenario =
      read(R"({"send": "IKE_SA_INIT"}, {"expect": "IKE_SA_INIT"}, {"replay": {"exchange": "IKE_SA_INIT"}},
    {"expect": "IKE_SA_INIT"}, {"send": "IKE_AUTH"}, {"expect": "IKE_AUTH"})");
  for (const std::size_t i : {1U, 3U, 5U}) CHECK(waits_for_response(scenario.steps[i]));
  CHECK(scenario.steps[3].pointer == "/steps/3");
}

TEST_CASE("An expect after a trigger waits for the request, and the next send answers it", "[scenarios][steps]") {
  const Scenario scenario =
      read(R"({"trigger": "initiate"}, {"expect": "IKE_SA_INIT"}, {"send": "IKE_SA_INIT"}, {"expect": "IKE_AUTH"},
    {"send": "IKE_AUTH"}, {"expect": "INFORMATIONAL"}, {"send": "INFORMATIONAL"},
    {"send": "INFORMATIONAL", "what": "liveness"}, {"expect": "INFORMATIONAL"})",
           "responder", R"("trigger:initiate")");
  for (const std::size_t i : {1U, 3U, 5U}) CHECK_FALSE(waits_for_response(scenario.steps[i]));
  CHECK(waits_for_response(scenario.steps[8]));
}

TEST_CASE("absent_for alone turns the step round", "[scenarios][steps]") {
  const Scenario scenario = read(
      R"({"send": "IKE_SA_INIT"}, {"expect": "IKE_SA_INIT", "payloads": [{"payload": "SA"}], "absent_for": "1s"})");
  const auto& expect = std::get<Expect>(scenario.steps[1].action);
  CHECK(expect.one_of.empty());
  REQUIRE(expect.absent);
  CHECK(expect.absent->exchange == ExchangeType::IKE_SA_INIT);
  CHECK(expect.absent->response == true);
  CHECK(expect.absent_for == std::chrono::seconds(1));
  CHECK(describe(scenario.steps[1]) == "expect no IKE_SA_INIT response with SA for 1 s");
}

TEST_CASE("Alternatives take over what the step says of all of them", "[scenarios][steps]") {
  const Scenario scenario = read(R"({"send": "IKE_SA_INIT"}, {"expect": "IKE_SA_INIT", "one_of": [
    {"payloads": [{"notify": "COOKIE"}]}, {"silence": true, "citation": "RFC 7296 §2.21.1", "lenient": true}]})");
  const auto& expect = std::get<Expect>(scenario.steps[1].action);
  REQUIRE(expect.one_of.size() == 2);
  CHECK(expect.one_of[0].message.exchange == ExchangeType::IKE_SA_INIT);
  CHECK(expect.one_of[0].message.response == true);
  CHECK(expect.one_of[0].message.payloads.at(0).type == wire::PayloadType::Notify);
  CHECK(expect.one_of[1].silence);
  CHECK(expect.one_of[1].lenient);
  CHECK(scenario.estimated == std::chrono::seconds(2));
  CHECK(describe(scenario.steps[1]) == "expect IKE_SA_INIT response with N(COOKIE), or no answer [RFC 7296 §2.21.1]");
}

TEST_CASE("Steps in words", "[scenarios][steps]") {
  const Scenario scenario = read(R"({"establish": {}}, {"silence": {"trigger": "rekey_child", "at_most": "90s"}},
    {"drop": {"from": "dut", "exchange": "IKE_AUTH", "count": 2}}, {"delete": "child", "by": "dut", "note": "why not"},
    {"check": "child_sas", "count": 0}, {"send": "INFORMATIONAL", "what": "liveness", "once": true, "mutate": [{"set": {"field": "HDR/Message ID", "value": 9}}]})",
                                 "initiator", R"("trigger:rekey_child", "trigger:delete_child")");
  std::vector<std::string> lines;
  for (const Step& step : scenario.steps) lines.push_back(std::string(name(step.action)) + " | " + describe(step));
  CHECK(lines == std::vector<std::string>{
                     "establish | establish an IKE SA and its first Child SA",
                     "silence | fall silent until the device gives up (at most 90 s), trigger rekey_child",
                     "drop | the network loses 2 messages from the device: IKE_AUTH",
                     "delete | the device deletes the Child SA (why not)",
                     "check | check: 0 Child SAs",
                     "send | send INFORMATIONAL (liveness), altered once: HDR/Message ID is 9",
                 });
}

TEST_CASE("Steps that make no sense", "[scenarios][steps]") {
  const auto first = [](const std::string& steps, const std::string& harness = "initiator",
                        const std::string& needs = "") {
    const auto found = problems_of([&] { read(steps, harness, needs); });
    return found.empty() ? std::string() : found.front().substr(found.front().find('/'));
  };
  CHECK(first(R"({"send": "INFORMATIONAL"})") ==
        "/steps/0/send: which request of this exchange?; add \"what\": one of liveness, delete_child, delete_ike");
  CHECK(first(R"({"send": "IKE_AUTH", "what": "liveness"})") ==
        "/steps/0/what: there is only one such request; take it out");
  CHECK(first(R"({"send": "IKE_SA_INIT", "once": true})") ==
        "/steps/0/once: nothing is altered once; add `mutate`, or take it out");
  CHECK(
      first(
          R"({"send": "IKE_SA_INIT", "mutate": [{"set": {"field": "KE/RESERVED", "value": 1}, "layer": "before-integrity"}]})") ==
      "/steps/0/mutate/0/layer: IKE_SA_INIT is not protected: there is no layer before integrity; see the layers in "
      "docs/writing-scenarios.md");
  CHECK(first(R"({"send": "IKE_SA_INIT", "mutate": [{"truncate": 1, "raw": "00"}]})") ==
        "/steps/0/mutate/0: alters in 2 ways: truncate, raw; one alteration an object; several stand one after the "
        "other in "
        "the list");
  CHECK(first(R"({"replay": {"exchange": "IKE_AUTH"}, "mutate": [{"append": {"type": 200}}]})") ==
        "/steps/0/mutate/0: `append` alters the list of payloads, which exists among the values only; alter HDR or SK, "
        "truncate, append, or flip bits of the whole message");
  CHECK(first(R"({"check": "retransmitted"})") ==
        "/steps/0/check: of which messages?; add `message`, e.g. {\"exchange\": \"IKE_SA_INIT\"}");
  CHECK(first(R"({"expect": "IKE_AUTH", "absent": {"exchange": "IKE_AUTH"}})") ==
        "/steps/0/absent: for how long must that be absent?; add \"absent_for\": \"2s\"");
  CHECK(first(R"({"establish": {}})", "responder") ==
        "/needs: a step pulls the trigger \"initiate\", which is not among the needs; add \"trigger:initiate\"");
}
