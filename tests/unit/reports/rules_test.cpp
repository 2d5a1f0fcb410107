// The rules as a whole, and what a message shows by itself.
#include <fmt/format.h>

#include <set>

#include "engine/wire/checks.hpp"
#include "reports/rules/families.hpp"
#include "scenarios/format/loader.hpp"
#include "tests/support/paths.hpp"
#include "tests/unit/reports/watch.hpp"

using namespace ikevet;
using namespace ikevet::test;
using trace::Party;
using wire::ExchangeType;

TEST_CASE("a sound conversation breaks no rule, whichever side the device plays", "[reports][rules]") {
  const Party initiator = GENERATE(Party::Harness, Party::Dut);
  Dialogue d(initiator);
  d.establish();
  d.liveness(initiator, 2);
  d.liveness(d.responder, 0);
  CHECK(broken(d) == std::vector<std::string>{});
  CHECK(verdict(d, "rfc7296-3.9-nonce-length") == "pass");
}

TEST_CASE("rules look at what the device sent, not at the harness", "[reports][rules]") {
  Dialogue d(Party::Harness);
  d.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(1, 8)},
            [](wire::Message& m) { m.header.flags |= 0x01; });
  CHECK(broken(d).empty());
  CHECK(verdict(d, "rfc7296-3.9-nonce-length").empty());
}

TEST_CASE("a requirement whose situation did not occur has no verdict: no evidence, no pass", "[reports][rules]") {
  Dialogue d(Party::Harness);
  d.ike_sa_init();
  CHECK(verdict(d, "rfc7296-3.1-major-version") == "pass");
  CHECK(verdict(d, "rfc7296-3.8-auth-data-present").empty());
  CHECK(verdict(d, "rfc7296-2.6-cookie-first").empty());
  CHECK(verdict(d, "rfc7296-2.1-retransmission-identical").empty());
}

TEST_CASE("reserved bits, flags and versions of the device", "[reports][rules][rfc7296-3.1]") {
  struct Row {
    const char* requirement;
    void (*alter)(wire::Message&);
  };
  const auto row = GENERATE(
      Row{"rfc7296-3.1-reserved-flags-zero", [](wire::Message& m) { m.header.flags |= 0x40; }},
      Row{"rfc7296-3.1-version-flag-zero", [](wire::Message& m) { m.header.flags |= wire::kFlagVersion; }},
      Row{"rfc7296-3.1-minor-version", [](wire::Message& m) { m.header.version = 0x21; }},
      Row{"rfc7296-3.2-critical-bit-zero", [](wire::Message& m) { m.payloads.front().critical = true; }},
      Row{"rfc7296-2.5-reserved-payload-bits-zero", [](wire::Message& m) { m.payloads.front().reserved = 1; }});
  Dialogue d(Party::Dut);
  d.request(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(1)}, row.alter);
  CHECK(verdict(d, row.requirement) == "fail");
}

TEST_CASE("an error in clear copies header fields of what it refuses: no fault of the device", "[reports][rules]") {
  Dialogue d(Party::Harness);
  d.request(Party::Harness, ExchangeType::IKE_SA_INIT, 5, {ike_offer(), key_exchange(), nonce(1)},
            [](wire::Message& m) { m.header.spis.i = IkeSpi{}; });
  d.send_clear(Party::Dut, ExchangeType::IKE_SA_INIT, true, 5, {wire::Notify::of(wire::NotifyType::INVALID_SYNTAX)},
               [](wire::Message& m) { m.header.spis = {}; });
  CHECK(broken(d) == std::vector<std::string>{});
}

TEST_CASE("every check of wire/ knows when its requirement is at stake", "[reports][rules]") {
  std::set<std::string_view> known;
  for (const std::string_view id : reports::rules::checks_with_subject()) known.insert(id);
  for (const wire::CheckedRequirement& checked : wire::kCheckedRequirements) CHECK(known.count(checked.id) == 1);
}

TEST_CASE("every watched requirement stands in the catalogue", "[reports][rules]") {
  const auto catalogue = scenarios::load_catalogue((test::source_dir() / "scenarios/requirements").string());
  for (const std::string_view id : reports::watched_requirements()) {
    INFO(id);
    CHECK(catalogue.contains(id));
  }
}

TEST_CASE("no requirement has two rules", "[reports][rules]") {
  std::set<std::string_view> seen;
  for (const std::string_view id : reports::watched_requirements()) {
    INFO(id);
    CHECK(seen.insert(id).second);
  }
}

TEST_CASE("a violation carries its frames and says what was seen", "[reports][rules]") {
  Dialogue d(Party::Harness);
  d.establish();
  d.liveness(Party::Dut, 5);  // 0 is next
  const reports::TraceView view(d.trace());
  for (const reports::RequirementVerdict& v : reports::apply_rules("some/scenario", view, {})) {
    if (v.requirement != "rfc7296-2.2-request-message-ids") continue;
    REQUIRE(v.evidence.size() == 1);
    CHECK(v.evidence[0].scenario == "some/scenario");
    CHECK(v.evidence[0].frames == std::vector<std::size_t>{5});
    CHECK(v.evidence[0].actual == "request with Message ID 5, 0 is next");
    return;
  }
  FAIL("the rule is silent");
}
