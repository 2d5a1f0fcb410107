// A deviating peer meets an honest one on the virtual network.
#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/crypto/dh.hpp"
#include "engine/wire/describe.hpp"
#include "scenarios/format/loader.hpp"
#include "scenarios/runner/leading_zero.hpp"
#include "scenarios/runner/message_closer.hpp"
#include "scenarios/runner/oddities.hpp"
#include "scenarios/runner/runner.hpp"
#include "scenarios/runner/test_bed.hpp"
#include "tests/support/paths.hpp"

using namespace ikevet;
using namespace ikevet::scenarios;
using wire::ExchangeType;

namespace {

const Library& library() {
  static const Library loaded = load_library((test::source_dir() / "scenarios").string());
  return loaded;
}

ScenarioRun run_against(const Deviation& deviation, std::string_view scenario) {
  const Target target = find_target("embedded", library().folder, library().catalogue);
  RunOptions options;
  const Scenario* played = library().find(scenario);
  REQUIRE(played);
  const auto bed = open_test_bed(target, *played, options, &deviation);
  ScenarioRun out = play(*played, target, bed->link(), options);
  CHECK(bed->complaints().empty());
  return out;
}

constexpr const char* kSetUp = "rfc7296/1.02-initial-exchanges/setup-by-harness";
constexpr const char* kLiveness = "rfc7296/1.04-informational/liveness-check";

bool all_done(const ScenarioRun& run) {
  for (const StepOutcome& step : run.steps)
    if (step.status != StepStatus::Done) return false;
  return true;
}

/// The first message of the device of this exchange.
const trace::MessageRecord* of_dut(const ScenarioRun& run, ExchangeType exchange) {
  for (const trace::MessageRecord& message : run.trace.messages)
    if (message.from == trace::Party::Dut && message.outer.header.exchange == exchange) return &message;
  return nullptr;
}

DeviationWhen when(ExchangeType exchange, bool response) {
  DeviationWhen out;
  out.message.exchange = exchange;
  out.message.response = response;
  return out;
}

}  // namespace

TEST_CASE("a peer without any rule does as the engine does", "[deviation]") {
  CHECK(all_done(run_against({}, kSetUp)));
  CHECK(all_done(run_against({}, kLiveness)));
}

TEST_CASE("outbound: the payload list is altered before AUTH and checksum are made", "[deviation]") {
  Deviation deviation;
  deviation.outbound.push_back({when(ExchangeType::IKE_AUTH, true),
                                {{Layer::Values, AppendNotify{wire::NotifyType::INITIAL_CONTACT, {}}}},
                                {},
                                {},
                                false});
  const ScenarioRun run = run_against(deviation, kSetUp);
  CHECK(all_done(run));
  const auto* response = of_dut(run, ExchangeType::IKE_AUTH);
  REQUIRE(response);
  CHECK(wire::find_notify(response->payloads(), wire::NotifyType::INITIAL_CONTACT));
}

TEST_CASE("network: what is lost there never arrives", "[deviation]") {
  Deviation deviation;
  NetworkDeviation rule;
  rule.when = when(ExchangeType::INFORMATIONAL, true);
  rule.drop = true;
  deviation.network.push_back(rule);
  CHECK_FALSE(all_done(run_against(deviation, kLiveness)));
  // What is not lost arrives: of the set-up only the liveness check at its end fails.
  const ScenarioRun run = run_against(deviation, kSetUp);
  const auto failed =
      std::ranges::find_if(run.steps, [](const StepOutcome& step) { return step.status != StepStatus::Done; });
  REQUIRE(failed != run.steps.end());
  CHECK(failed == run.steps.end() - 1);
}

TEST_CASE("inbound: somebody else answers, with the keys of the IKE SA", "[deviation]") {
  Deviation deviation;
  InboundDeviation rule;
  rule.when = when(ExchangeType::INFORMATIONAL, false);
  rule.answer = ForgedMessage{true, false, {}, {{Layer::Values, AppendNotify{wire::NotifyType::INVALID_SYNTAX, {}}}}};
  rule.then = InboundDeviation::Then::Drop;
  deviation.inbound.push_back(rule);
  const ScenarioRun run = run_against(deviation, kLiveness);
  const auto* response = of_dut(run, ExchangeType::INFORMATIONAL);
  REQUIRE(response);
  CHECK(response->protection == trace::Protection::Opened);
  CHECK(wire::find_notify(response->payloads(), wire::NotifyType::INVALID_SYNTAX));
}

TEST_CASE("keys: cut up in another order, nothing protected opens", "[deviation]") {
  Deviation deviation;
  deviation.keys.order = {"d", "ei", "er", "ai", "ar", "pi", "pr"};
  const ScenarioRun run = run_against(deviation, kSetUp);
  CHECK_FALSE(all_done(run));
  CHECK(of_dut(run, ExchangeType::IKE_SA_INIT));
  CHECK_FALSE(of_dut(run, ExchangeType::IKE_AUTH));
}

TEST_CASE("the seven keys cut anew are the same octets in another order", "[deviation]") {
  keys::SaKeys keys;
  keys.d = SecretBytes(Bytes{1, 2});
  keys.ai = SecretBytes(Bytes{3});
  keys.ar = SecretBytes(Bytes{4});
  keys.ei = SecretBytes(Bytes{5, 6, 7});
  keys.er = SecretBytes(Bytes{8, 9, 10});
  keys.pi = SecretBytes(Bytes{11, 12});
  keys.pr = SecretBytes(Bytes{13, 14});
  CHECK(cut_anew(keys, {"d", "ai", "ar", "ei", "er", "pi", "pr"}) == keys);
  const keys::SaKeys other = cut_anew(keys, {"d", "ei", "er", "ai", "ar", "pi", "pr"});
  CHECK(other.ei == SecretBytes(Bytes{3, 4, 5}));
  CHECK(other.er == SecretBytes(Bytes{6, 7, 8}));
  CHECK(other.ai == SecretBytes(Bytes{9}));
  CHECK(other.ar == SecretBytes(Bytes{10}));
}

TEST_CASE("keys of Child SAs: the wrong ones show in traffic, and in nothing else", "[deviation]") {
  Deviation deviation;
  deviation.keys.child = KeyDeviation::Child::All;
  CHECK(all_done(run_against(deviation, kSetUp)));
  CHECK_FALSE(all_done(run_against(deviation, "rfc7296/2.14-keying/child-traffic/aes256gcm16")));
  deviation.keys.child = KeyDeviation::Child::None;
  CHECK(all_done(run_against(deviation, "rfc7296/2.14-keying/child-traffic/aes256gcm16")));
}

TEST_CASE("network: a protected message leaves in fragments, which open", "[deviation]") {
  Deviation deviation;
  NetworkDeviation rule;
  rule.when = when(ExchangeType::IKE_AUTH, true);
  rule.fragment = 64;
  deviation.network.push_back(rule);
  const ScenarioRun run = run_against(deviation, kSetUp);
  const auto* first = of_dut(run, ExchangeType::IKE_AUTH);
  REQUIRE(first);
  CHECK(is_odd(Oddity::Fragment, *first));
  CHECK(first->protection == trace::Protection::Fragment);
}

TEST_CASE("fragments: out of order, forged, of another total", "[deviation]") {
  FragmentWatch watch;
  const auto fragment = [](std::uint16_t number, std::uint16_t total, trace::Protection protection) {
    trace::MessageRecord out;
    out.protection = protection;
    out.outer.payloads.push_back({wire::EncryptedFragment{{}, number, total, {}}, false, 0});
    return out;
  };
  const auto good = [&](std::uint16_t number, std::uint16_t total) {
    return fragment(number, total, trace::Protection::Fragment);
  };
  CHECK_FALSE(watch.is(Oddity::FragmentOutOfOrder, good(1, 3)));
  CHECK(watch.is(Oddity::FragmentOutOfOrder, good(2, 3)));
  watch.note(fragment(1, 3, trace::Protection::BadIntegrity));
  CHECK(watch.is(Oddity::FragmentAfterForged, good(1, 3)));
  CHECK_FALSE(watch.is(Oddity::FragmentAfterForged, good(2, 3)));
  watch.note(good(1, 3));
  CHECK_FALSE(watch.is(Oddity::FragmentOutOfOrder, good(2, 3)));
  CHECK(watch.is(Oddity::FragmentOfOtherTotal, good(1, 5)));
  watch.note(good(3, 3));
  // A peer whose order is lost does not find it again.
  CHECK(watch.is(Oddity::FragmentOutOfOrder, good(1, 3)));
}

TEST_CASE("a private value with which the shared secret begins with a zero octet", "[runner][deviating]") {
  const auto group = GENERATE(wire::DhGroup::ECP_256, wire::DhGroup::CURVE25519);
  SeededRandom random(1);
  const auto peer = crypto::KeyPair::generate(group, random);
  REQUIRE(peer);
  const auto octets = private_value_with_leading_zero(group, peer->public_value(), random);
  REQUIRE(octets);
  const auto ours = crypto::KeyPair::from_private(group, *octets);
  REQUIRE(ours);
  CHECK(peer->derive(ours->public_value())->view()[0] == 0);
}
