// A probe of the built-in device finds what it is configured with, and its draft can be played against.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "scenarios/format/loader.hpp"
#include "scenarios/runner/probe.hpp"
#include "scenarios/runner/runner.hpp"
#include "scenarios/runner/test_bed.hpp"
#include "tests/support/paths.hpp"
#include "tests/unit/scenarios/format_support.hpp"

using namespace ikevet;
using namespace ikevet::scenarios;
using Catch::Matchers::Contains;

namespace {

Target embedded() { return find_target("embedded", test::source_dir() / "scenarios"); }

ProbeReport probed(const Target& target) {
  ProbeOptions options;
  options.seed = 1;
  return probe(target, options);
}

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

/// The built-in device with a handful of algorithms: few questions are enough.
Target plain() {
  Target target = embedded();
  target.dut_ike_proposals = {"aes256gcm16-prfsha384-ecp384", "aes256-aes128-sha256-sha384-prfsha256-x25519-modp2048"};
  target.dut_child_proposals = {"aes256gcm16-esn-noesn", "aes128-sha256"};
  return target;
}

}  // namespace

TEST_CASE("A probe finds every algorithm of the device, and no other", "[runner][probe]") {
  const ProbeReport report = probed(plain());
  REQUIRE(report.answered);
  CHECK(report.authentication == "established");
  const auto sorted = [](std::vector<std::string> list) {
    std::ranges::sort(list);
    return list;
  };
  using Words = std::vector<std::string>;
  CHECK(sorted(report.ike.encr) == Words{"aes128", "aes256", "aes256gcm16"});
  CHECK(sorted(report.ike.prf) == Words{"prfsha256", "prfsha384"});
  CHECK(sorted(report.ike.integ) == Words{"sha256", "sha384"});
  CHECK(sorted(report.ike.groups) == Words{"ecp384", "modp2048", "x25519"});
  CHECK(sorted(report.child.encr) == Words{"aes128", "aes256gcm16"});
  CHECK(report.child.integ == Words{"sha256"});
  CHECK(sorted(report.child.esn) == Words{"esn", "noesn"});
  CHECK(report.questions < 60);
}

TEST_CASE("A probe finds what the device can do beside, and how it behaves", "[runner][probe]") {
  const ProbeReport report = probed(plain());
  for (const char* capability : {"responder", "fragmentation", "mobike", "childless", "rekey-child", "rekey-ike",
                                 "esp-echo", "nat-traversal", "configuration-payload", "signature-authentication"}) {
    INFO(capability);
    CHECK(has(report.capabilities, capability));
  }
  CHECK(has(report.signature_hashes, "SHA2_256"));
  const std::map<std::string, std::string> reactions(report.reactions.begin(), report.reactions.end());
  CHECK(reactions.at("version 2.5") == "answered as usual");
  CHECK(reactions.at("version 3.0") == "INVALID_MAJOR_VERSION");
  CHECK(reactions.at("unknown payload") == "answered as usual");
  CHECK(reactions.at("unknown critical payload") == "UNSUPPORTED_CRITICAL_PAYLOAD");
  CHECK(report.largest_answered > 50000);
  CHECK_FALSE(report.smallest_unanswered);
  CHECK_FALSE(report.cookie_at_once);
  CHECK(report.half_open_tried == 8);
  CHECK(report.retransmission_of == "IKE_SA_INIT request");
  REQUIRE(report.gaps.size() >= 3);
  CHECK(std::ranges::is_sorted(report.gaps));
  CHECK(report.gave_up);
}

TEST_CASE("A probe notices when cookies are asked for", "[runner][probe]") {
  Target target = plain();
  target.dut_config.demand_cookie = true;
  const ProbeReport report = probed(target);
  CHECK(report.cookie_at_once);
  CHECK(report.authentication == "established");
  CHECK(report.half_open_tried == 0);
}

TEST_CASE("Claims that the wire contradicts, in both directions", "[runner][probe]") {
  Target target = plain();
  target.dut_config.mobike.supported = false;
  std::erase(target.capabilities, "fragmentation");
  const ProbeReport report = probed(target);
  std::vector<std::string> found;
  for (const ClaimFinding& finding : report.claims)
    found.push_back((finding.claimed ? "refused " : "unclaimed ") + finding.capability);
  CHECK(has(found, "refused mobike"));
  CHECK(has(found, "unclaimed fragmentation"));
  CHECK(found.size() == 2);
}

TEST_CASE("Without the right credentials everything up to authentication is found", "[runner][probe]") {
  Target target = plain();
  target.psk = "not the one";
  target.dut_config.psk = "another";
  const ProbeReport report = probed(target);
  CHECK(report.answered);
  CHECK(report.authentication == "AUTHENTICATION_FAILED");
  CHECK(report.ike.encr.size() == 3);
  CHECK(report.child.encr.empty());
}

TEST_CASE("A probe that is stopped says so, and asks no more", "[runner][probe]") {
  ProbeOptions options;
  options.seed = 1;
  int asked = 0;
  options.on_question = [&](const std::string&) { ++asked; };
  options.stop = [&] { return asked == 2; };
  const ProbeReport report = probe(plain(), options);
  CHECK(report.interrupted);
  CHECK(report.answered);
  CHECK(asked == 2);
}

TEST_CASE("The draft is a target file with which the device can be run", "[runner][probe]") {
  const Target target = embedded();
  const ProbeReport report = probed(plain());
  const TempFolder folder;
  const auto file = folder.write("found.json", target_draft(target, report, "found"));
  Target draft;
  CHECK(problems_of([&] { draft = load_target(file); }) == std::vector<std::string>{});
  CHECK(draft.name == "found");
  CHECK(draft.claims("mobike"));
  CHECK(draft.psk == target.psk);
  CHECK_FALSE(draft.ike_proposals.empty());
  Scenario scenario;
  scenario.id = "test";
  scenario.steps.push_back({Establish{}, "", ""});
  const RunOptions options;
  const auto bed = open_test_bed(draft, scenario, options);
  const ScenarioRun run = play(scenario, draft, bed->link(), options);
  CHECK(run.steps.at(0).status == StepStatus::Done);
}
