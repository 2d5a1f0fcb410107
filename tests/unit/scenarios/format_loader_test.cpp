// Faulty files: each gets every one of its faults, with place and remedy.
#include "tests/unit/scenarios/format_support.hpp"

using namespace ikevet::scenarios;  // NOLINT(google-build-using-namespace)

namespace {

struct Case {
  std::string name;
  std::string text;
  std::vector<std::string> problems;
};

/// A sound scenario in which one line is replaced: line numbers stay.
std::string scenario_with(std::size_t line, const std::string& replacement) {
  std::vector<std::string> lines{
      R"({)",
      R"(  "id": "a",)",
      R"(  "title": "Something is answered",)",
      R"(  "description": "What happens and why.",)",
      R"(  "covers": ["rfc7296-2.5-critical-unknown"],)",
      R"(  "harness": "initiator",)",
      R"(  "steps": [)",
      R"(    {"send": "IKE_SA_INIT"},)",
      R"(    {"expect": "IKE_SA_INIT"})",
      R"(  ])",
      R"(})",
  };
  if (line > 0) lines[line - 1] = replacement;
  std::string out;
  for (const std::string& text : lines) out += text + "\n";
  return out;
}

const Case kCases[]{
    {"nothing is wrong", scenario_with(0, ""), {}},
    {"not JSON",
     "{\n  \"id\": \"a\",\n  title\n}\n",
     {"3:4 : not JSON: syntax error while parsing object key - invalid literal; last read: '\"a\",<U+000A>  ti'; "
      "expected "
      "string literal; look just before this place"}},
    {"cut off",
     "{\n  \"id\": \"a\",\n  \"title\": \"Some",
     {"3:17 : not JSON: syntax error while parsing value - invalid string: missing closing quote; last read: '\"Some'; "
      "the "
      "file ends too early; was it cut off?"}},
    {"empty", "  \n", {"0:0 : the file is empty"}},
    {"a number that is too large", "{\n  \"id\": 1e999\n}\n", {"2:9 : 1e999 is too large for a number"}},
    {"not an object",
     "[]",
     {"1:1 : a list where an object is wanted; wanted: One conformance scenario: what the harness sends, what the "
      "device under test must answer, and which requirements that shows."}},
    {"a member twice",
     scenario_with(3, R"(  "title": "Something is answered", "title": "Something else",)"),
     {"3:37 /title: this member is here twice; take one out; the first is on line 3"}},
    {"unknown member, near a known one",
     scenario_with(6, R"(  "harnes": "initiator",)"),
     {"1:1 : the member \"harness\" is missing; wanted: Which side the harness plays, as original initiator or "
      "responder of "
      "the IKE SA.",
      "6:3 /harnes: no member \"harnes\" is known here; did you mean harness?"}},
    {"wrong value of a small list",
     scenario_with(6, R"(  "harness": "initator",)"),
     {"6:3 /harness: \"initator\" is not known here; did you mean initiator?"}},
    {"wrong type",
     scenario_with(3, R"(  "title": 17,)"),
     {"3:3 /title: a number where a string is wanted; wanted: One line for lists and reports, in the RFC's words."}},
    {"unknown requirement",
     scenario_with(5, R"(  "covers": ["rfc7296-2.5-critcal-unknown"],)"),
     {"5:14 /covers/0: no such requirement \"rfc7296-2.5-critcal-unknown\"; did you mean "
      "rfc7296-2.5-critical-unknown?"}},
    {"unknown exchange",
     scenario_with(8, R"(    {"send": "IKE_SA_INT"},)"),
     {"8:6 /steps/0/send: \"IKE_SA_INT\" is not known here; did you mean IKE_SA_INIT?"}},
    {"unknown notify type",
     scenario_with(9, R"(    {"expect": "IKE_SA_INIT", "payloads": [{"notify": "UNSUPORTED_CRITICAL_PAYLOAD"}]})"),
     {"9:45 /steps/1/payloads/0/notify: \"UNSUPORTED_CRITICAL_PAYLOAD\" is not known here; did you mean "
      "UNSUPPORTED_CRITICAL_PAYLOAD?"}},
    {"unknown trigger",
     scenario_with(9, R"(    {"trigger": "initate"})"),
     {"1:1 /needs: a step pulls the trigger \"initate\", which is not among the needs; add \"trigger:initate\"",
      "9:6 /steps/1/trigger: \"initate\" is not known here; did you mean initiate?"}},
    {"unknown capability and trigger",
     scenario_with(6, R"(  "harness": "initiator", "needs": ["mobik", "trigger:rekeychild"],)"),
     {"6:37 /needs/0: no such capability \"mobik\"; did you mean mobike?",
      "6:46 /needs/1: no such trigger \"trigger:rekeychild\"; did you mean trigger:rekey_child?"}},
    {"a step that does nothing",
     scenario_with(9, R"(    {"note": "hm"})"),
     {"9:5 /steps/1: the step does nothing; one of establish, send, expect, liveness, rekey_child, rekey_ike, "
      "create_child, delete, silence, drop, duplicate, replay, wait, trigger, check, traffic, move, path_test, nat, "
      "nat_remap, reorder"}},
    {"a step that does two things",
     scenario_with(9, R"(    {"wait": "1s", "liveness": {}})"),
     {"9:5 /steps/1: the step does two things: liveness and wait; make two steps of it"}},
    {"a member that does not belong",
     scenario_with(9, R"(    {"wait": "1s", "within": "2s"})"),
     {"9:20 /steps/1/within: \"within\" says nothing beside `wait`; take it out"}},
    {"a time without unit",
     scenario_with(9, R"(    {"wait": "5"})"),
     {"9:6 /steps/1/wait: \"5\" does not have the form it should; wanted: A time such as \"500ms\", \"2s\" or "
      "\"1.5min\"."}},
    {"an alternative without citation",
     scenario_with(9, R"(    {"expect": "IKE_SA_INIT", "one_of": [{"error": true}, {"silence": true}]})"),
     {"9:59 /steps/1/one_of/1: another answer than the first needs to say where it is allowed; add \"citation\": \"RFC "
      "7296 "
      "§2.21.1\""}},
    {"altered without a control",
     scenario_with(8, R"(    {"send": "IKE_SA_INIT", "mutate": [{"truncate": 1}]},)"),
     {"8:5 /steps/0: alters what the harness sends, but the scenario names no positive control; add \"control\": the "
      "id of a "
      "scenario with the same role and configuration that alters nothing"}},
    {"no such control",
     scenario_with(6, R"(  "harness": "initiator", "control": "b",)"),
     {"6:27 /control: no such scenario \"b\"; a control is named by its full id"}},
    {"proves what is not covered",
     scenario_with(9, R"(    {"expect": "IKE_SA_INIT", "proves": "rfc7296-2.1-response-repeated"})"),
     {"5:14 /covers/0: no step proves \"rfc7296-2.5-critical-unknown\"; name it as `proves` of the step that shows it, "
      "or "
      "take it out",
      "9:31 /steps/1/proves: \"rfc7296-2.1-response-repeated\" is not among what the scenario covers; add it to "
      "`covers`"}},
    {"id and file name differ",
     scenario_with(2, R"(  "id": "b",)"),
     {"2:3 /id: the id is \"b\" but the file is called \"a.json\"; a scenario's id is its path below suite/ without "
      "\".json\""}},
    {"unknown algorithm, group and range",
     scenario_with(
         6,
         R"(  "harness": "initiator", "config": {"ike_proposals": ["aes256-sha265-x25519"], "ke_group": "x25518", "remote_ts": ["10.0.0.0/99"]},)"),
     {"6:56 /config/ike_proposals/0: no algorithm \"sha265\" in \"aes256-sha265-x25519\"; did you mean sha256?",
      "6:81 /config/ke_group: no group \"x25518\"; did you mean x25519?",
      "6:117 /config/remote_ts/0: \"10.0.0.0/99\" is not a range of addresses; wanted: \"10.1.0.0/24\""}},
    {"several at once",
     scenario_with(9, R"(    {"expect": "IKE_AUTHH", "within": 3}, {"wait": "1h"})"),
     {"9:6 /steps/1/expect: \"IKE_AUTHH\" is not known here; did you mean IKE_AUTH?",
      "9:29 /steps/1/within: a number where a string is wanted; wanted: A time such as \"500ms\", \"2s\" or "
      "\"1.5min\".",
      "9:44 /steps/2/wait: \"1h\" does not have the form it should; wanted: A time such as \"500ms\", \"2s\" or "
      "\"1.5min\"."}},
};

std::string target_with(const std::string& dut, const std::string& more) {
  return R"({"name": "t", "title": "T", "kind": "live", "dut": )" + dut +
         R"(, "harness": {"address": "192.0.2.1", "identity": "fqdn:h.test", "ts": ["10.1.0.0/24"]}, )" + more + "}";
}
const std::string kDut = R"({"address": "192.0.2.2", "identity": "fqdn:d.test", "ts": ["10.2.0.0/24"]})";

}  // namespace

TEST_CASE("A faulty scenario: every fault, with line, column, pointer and remedy", "[scenarios][loader]") {
  const TempFolder folder;
  for (const Case& it : kCases) {
    const auto file = folder.write("a.json", it.text);
    INFO(it.name);
    CHECK(problems_of([&] { load_scenario(file, two_requirements()); }) == it.problems);
  }
}

TEST_CASE("A missing file and a folder are named as such", "[scenarios][loader]") {
  const TempFolder folder;
  CHECK(problems_of([&] { load_scenario(folder.path() / "b.json", {}); }) ==
        std::vector<std::string>{"0:0 : no such file; check the path"});
  CHECK(problems_of([&] { load_scenario(folder.path(), {}); }) ==
        std::vector<std::string>{"0:0 : not a file; name a JSON file"});
  CHECK(problems_of([&] { load_suite(folder.path() / "none", {}); }) ==
        std::vector<std::string>{"0:0 : no such folder; check the path, or set IKEVET_DATA"});
}

TEST_CASE("JSON nested without end is refused, not followed", "[scenarios][loader]") {
  const TempFolder folder;
  const auto file = folder.write("a.json", std::string(100'000, '['));
  CHECK(problems_of([&] { load_scenario(file, {}); }) ==
        std::vector<std::string>{"0:0 : nested deeper than 64 levels"});
}

TEST_CASE("The faults of all files of a suite come together, in order of file and place", "[scenarios][loader]") {
  const TempFolder folder;
  folder.write("suite/x/b.json", "{");
  std::string other = scenario_with(6, R"(  "harness": "responder", "control": "c", "needs": [],)");
  folder.write("suite/a.json", other);
  folder.write("suite/c.json", scenario_with(2, R"(  "id": "c",)"));
  folder.write("suite/d.json", scenario_with(2, R"(  "id": "elsewhere/d",)"));
  try {
    load_suite(folder.path() / "suite", two_requirements());
    FAIL("must throw");
  } catch (const FormatError& error) {
    REQUIRE(error.problems.size() == 4);
    CHECK(error.problems[0].what == "\"c\" cannot be the control: it plays the other role");
    CHECK(error.problems[1].what == "the harness is responder: it sends no such request");
    CHECK(error.problems[2].what == "the id is \"elsewhere/d\" but the file stands at \"d\"");
    CHECK(error.problems[3].file.ends_with("x/b.json"));
    CHECK_THAT(error.what(), Catch::Contains("d.json:2:3: /id: the id is"));
  }
}

TEST_CASE("A control is fit only with the same role, configuration and needs", "[scenarios][loader]") {
  const TempFolder folder;
  const auto suite_with = [&](const std::string& control_line) {
    folder.write("s/c.json", scenario_with(2, "  \"id\": \"c\", " + control_line));
    folder.write("s/a.json", scenario_with(2, R"(  "id": "a", "control": "c", "needs": ["responder"],)"));
    return problems_of([&] { load_suite(folder.path() / "s", two_requirements()); });
  };
  CHECK(suite_with(R"("needs": ["responder"],)").empty());
  CHECK_THAT(suite_with(R"("needs": ["mobike"],)").at(0),
             Catch::Contains("needs \"mobike\", which this scenario does not"));
  CHECK_THAT(suite_with(R"("config": {"psk": "x"},)").at(0), Catch::Contains("has another configuration"));
  CHECK_THAT(suite_with(R"("control": "a",)").at(0), Catch::Contains("has a control itself (a)"));
}

TEST_CASE("A target file", "[scenarios][loader]") {
  const TempFolder folder;
  const auto problems = [&](const std::string& text) {
    const auto file = folder.write("t.json", text);
    return problems_of([&] { load_target(file); });
  };
  const std::string psk = R"("credentials": {"psk": "k"})";
  CHECK(problems(target_with(kDut, psk)).empty());
  CHECK(problems(target_with(R"({"address": "192.0.2.300", "identity": "fqdn:d.test", "ts": ["10.2.0.0/33"]})", psk)) ==
        std::vector<std::string>{
            "1:53 /dut/address: \"192.0.2.300\" is not an IP address; wanted: an address such as \"192.0.2.1\" or "
            "\"2001:db8::1\"; names are not looked up",
            "1:113 /dut/ts/0: \"10.2.0.0/33\" is not a range of addresses; wanted: \"10.1.0.0/24\""});
  CHECK_THAT(problems(target_with(kDut, R"("credentials": {"psk_file": "none"})")).at(0),
             Catch::Contains("/credentials/psk_file: the key file") && Catch::Contains("cannot be read; check path"));
  CHECK_THAT(problems(target_with(kDut, R"("credentials": {"psk_env": "IKEVET_NO_SUCH_VARIABLE"})")).at(0),
             Catch::Contains("the environment variable IKEVET_NO_SUCH_VARIABLE is not set"));
  CHECK_THAT(problems(target_with(kDut, psk + R"(, "capabilities": ["mobik"])")).at(0),
             Catch::Contains("did you mean mobike?"));
  CHECK_THAT(problems(target_with(kDut, psk + R"(, "capabilities": ["responder", "cookie2"])")).at(0),
             Catch::Contains("/capabilities/1: \"cookie2\" is claimed without mobike"));
  CHECK_THAT(problems(target_with(kDut, psk + R"(, "capabilities": ["auth-at-once"])")).at(0),
             Catch::Contains("\"auth-at-once\" is claimed without trigger:initiate"));
  CHECK_THAT(problems(target_with(kDut, psk + R"(, "capabilities": ["responder", "dual-stack"])")).at(0),
             Catch::Contains("addresses of one family only"));
  CHECK(problems(target_with(kDut, psk + R"(, "capabilities": ["responder", "mobike", "cookie2"])")).empty());
  CHECK_THAT(problems(target_with(kDut, psk + R"(, "triggers": {"initiate": {}})")).at(0),
             Catch::Contains("nothing says how to make the device do this; add \"command\""));
}

TEST_CASE("Each end of a target has a `config` with the members of a scenario's", "[scenarios][loader]") {
  const TempFolder folder;
  const auto with_config = [](std::string kind, std::string of_dut, std::string of_harness) {
    return R"({"name": "t", "title": "T", "kind": ")" + kind +
           R"(", "dut": {"address": "192.0.2.2", "identity": "fqdn:d.test", "ts": ["10.2.0.0/24"])" + of_dut +
           R"(}, "harness": {"address": "192.0.2.1", "identity": "fqdn:h.test", "ts": ["10.1.0.0/24"])" + of_harness +
           R"(, "ike_proposals": ["aes256-sha256-x25519"], "child_proposals": ["aes256gcm16"]}})";
  };
  const auto load = [&](const std::string& text) { return load_target(folder.write("t.json", text)); };
  const Target target =
      load(with_config("embedded", R"(, "config": {"demand_cookie": true})", R"(, "config": {"psk": "k"})"));
  CHECK(target.dut_config.demand_cookie == true);
  CHECK(target.harness_config.psk == "k");

  const auto problems = [&](const std::string& text) { return problems_of([&] { load(text); }); };
  CHECK_THAT(problems(with_config("live", "", R"(, "config": {"demand_cooky": true})")).at(0),
             Catch::Contains("/harness/config/demand_cooky: ") && Catch::Contains("did you mean demand_cookie?"));
  CHECK_THAT(problems(with_config("live", "", R"(, "config": {"ke_group": "x25520"})")).at(0),
             Catch::Contains("/harness/config/ke_group: "));
  CHECK_THAT(problems(with_config("live", R"(, "config": {"demand_cookie": true})", "")).at(0),
             Catch::Contains("/dut/config: a live device has its own configuration"));
}

TEST_CASE("A pre-shared key from a file beside the target, without its line end", "[scenarios][loader]") {
  const TempFolder folder;
  folder.write("key", "secret words\n");
  const auto file =
      folder.write("t.json", target_with(kDut, R"("credentials": {"psk_file": "key"}, "timing": {"answer": "500ms"})"));
  const Target target = load_target(file);
  CHECK(target.psk == "secret words");
  CHECK(target.answer_time == std::chrono::milliseconds(500));
  CHECK(target.give_up_time == std::chrono::seconds(60));
  CHECK(target.dut_ike_port == 500);
}

TEST_CASE("A target by name, and the nearest name for an unknown one", "[scenarios][loader]") {
  const TempFolder folder;
  folder.write("targets/t.json", target_with(kDut, R"("credentials": {"psk": "k"})"));
  CHECK(find_target("t", folder.path()).title == "T");
  CHECK(find_target((folder.path() / "targets/t.json").string(), "/nowhere").title == "T");
  CHECK(problems_of([&] { find_target("u", folder.path()); }) ==
        std::vector<std::string>{"0:0 : no target \"u\"; did you mean t?"});
}

TEST_CASE("A requirement file", "[scenarios][loader]") {
  const TempFolder folder;
  folder.write("r/rfc7296.json",
               R"({"rfc": 7296, "title": "IKEv2", "requirements": [
  {"id": "rfc7296-2.5-a", "section": "2.6", "line": 1, "level": "MUST", "binds": "both", "text": "Something that is asked for.", "testable": "wire"},
  {"id": "rfc7296-2.6-b", "section": "2.6", "line": 1, "level": "SHALL", "binds": "both", "text": "Something that is asked for.", "testable": "wire"},
  {"id": "rfc7296-2.6-c", "section": "2.6", "line": 1, "level": "MUST", "binds": "both", "text": "Something that is asked for.", "testable": "not-observable"},
  {"id": "rfc7296-2.6-c", "section": "2.6", "line": 1, "level": "MUST", "binds": "both", "text": "Something that is asked for.", "testable": "wire"}
]})");
  CHECK(problems_of([&] { load_catalogue(folder.path() / "r"); }) ==
        std::vector<std::string>{
            "2:4 /requirements/0/id: the id does not begin with RFC and section; begin it with \"rfc7296-2.6-\"",
            "3:56 /requirements/1/level: \"SHALL\" is not known here; known: MUST, MUST NOT, SHOULD, SHOULD NOT, MAY, "
            "stated",
            "4:3 /requirements/2: says that it cannot be tested, but not why; add \"why_not\"",
            "5:4 /requirements/3/id: the id \"rfc7296-2.6-c\" is given twice; ids are unique, and never used again"});
}

TEST_CASE("A schema by name", "[scenarios][loader]") {
  CHECK(schema_names() == std::vector<std::string_view>{"audit", "certification", "deviation", "family", "profile",
                                                        "requirement", "scenario", "target", "waivers"});
  CHECK_THAT(std::string(schema_text("target")), Catch::Contains("ikevet target, version 1"));
  CHECK(problems_of([] { schema_text("scenari"); }) ==
        std::vector<std::string>{"0:0 : no schema \"scenari\"; did you mean scenario?"});
}
