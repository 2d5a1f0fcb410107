#include "tests/unit/reports/sample.hpp"

#include <chrono>

#include "reports/grader.hpp"
#include "reports/reasons.hpp"
#include "tests/support/dialogue.hpp"

namespace ikevet::test {

using namespace std::chrono_literals;
using scenarios::StepStatus;
using trace::Party;
using wire::ExchangeType;
using wire::Notify;
using wire::NotifyType;

namespace {

void add(scenarios::Catalogue& catalogue, const char* id, const char* section, scenarios::Level level,
         const char* paraphrase, scenarios::Testability testability = scenarios::Testability::Wire) {
  scenarios::Requirement r;
  r.id = id;
  r.rfc = 7296;
  r.section = section;
  r.level = level;
  r.paraphrase = paraphrase;
  r.testability = testability;
  if (testability != scenarios::Testability::Wire) r.why_not = "happens inside the device";
  catalogue.emplace(id, r);
}

scenarios::Catalogue sample_catalogue() {
  using scenarios::Level;
  scenarios::Catalogue out;
  add(out, "rfc7296-1.2-set-up", "1.2", Level::Stated, "Two exchanges set up an IKE SA with its first Child SA.");
  add(out, "rfc7296-2.5-critical-unknown", "2.5", Level::Must,
      "A critical payload of unknown type is answered with UNSUPPORTED_CRITICAL_PAYLOAD.");
  add(out, "rfc7296-2.2-request-message-ids", "2.2", Level::Must, "Message IDs of requests go up by one.");
  add(out, "rfc7296-3.1-reserved-flags-zero", "3.1", Level::Must, "X bits are cleared when sending.");
  add(out, "rfc7296-2.4-liveness", "2.4", Level::Must, "An empty INFORMATIONAL request is answered.");
  add(out, "rfc7296-2.12-forget-keys", "2.12", Level::Must, "Keys are forgotten when a connection is closed.",
      scenarios::Testability::NotObservable);
  add(out, "rfc7296-2.8-jitter", "2.8", Level::Should, "Rekeying times are jittered.");
  return out;
}

scenarios::Scenario scenario(const char* id, const char* title, std::vector<std::string> covers, const char* control) {
  scenarios::Scenario out;
  out.id = id;
  out.title = title;
  out.description = "What this is about, in a sentence or two.";
  out.covers = std::move(covers);
  out.control = control;
  return out;
}

void step(reports::PlayedScenario& played, const Dialogue& d, scenarios::Action action, StepStatus status,
          std::vector<std::size_t> frames, std::string detail = {}) {
  scenarios::StepOutcome outcome;
  outcome.step = played.scenario.steps.size();
  outcome.status = status;
  outcome.began = played.run.steps.empty() ? Instant(1'000'000s) : played.run.steps.back().ended;
  outcome.ended = d.now();
  outcome.frames = std::move(frames);
  outcome.detail = std::move(detail);
  played.scenario.steps.push_back({std::move(action), {}, {}});
  played.run.steps.push_back(std::move(outcome));
}

void finish(reports::PlayedScenario& played, const Dialogue& d) {
  played.run.scenario = played.scenario.id;
  played.run.trace = d.trace();
  played.run.seed = 7;
  played.run.harness_endpoints = {d.harness};
}

constexpr const char* kPlain = "rfc7296/1.2-initial-exchanges/plain-set-up";

reports::PlayedScenario plain_set_up() {
  reports::PlayedScenario out{scenario(kPlain, "Plain set-up with a pre-shared key", {"rfc7296-1.2-set-up"}, ""), {}};
  Dialogue d(Party::Harness);
  d.establish();
  d.say(trace::IkeSaEstablished{d.spis, true, "ID_FQDN responder.test"});
  step(out, d, scenarios::Establish{}, StepStatus::Done, {1, 2, 3, 4});
  const std::size_t ask = d.request(Party::Harness, ExchangeType::INFORMATIONAL, 2, {});
  d.lose_next();
  const std::size_t answer = d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
  d.wait(1s);
  d.again(ask);
  d.again(answer);
  step(out, d, scenarios::Liveness{}, StepStatus::Done, {8});
  finish(out, d);
  return out;
}

scenarios::Expect expect_unsupported_critical() {
  scenarios::Alternative alternative;
  alternative.message.exchange = ExchangeType::INFORMATIONAL;
  alternative.message.response = true;
  scenarios::PayloadPattern pattern;
  pattern.notify = NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD;
  alternative.message.payloads = {pattern};
  alternative.citation = "RFC 7296 §2.5";
  scenarios::Expect out;
  out.one_of = {alternative};
  return out;
}

reports::PlayedScenario critical_payload() {
  reports::PlayedScenario out{scenario("rfc7296/2.05-forward-compatibility/critical-unknown-payload",
                                       "Unknown critical payload inside SK", {"rfc7296-2.5-critical-unknown"}, kPlain),
                              {}};
  Dialogue d(Party::Harness);
  d.establish();
  step(out, d, scenarios::Establish{}, StepStatus::Done, {1, 2, 3, 4});
  d.request(Party::Harness, ExchangeType::INFORMATIONAL, 2, {wire::Unknown{static_cast<wire::PayloadType>(200), {}}});
  step(out, d, scenarios::Send{ExchangeType::INFORMATIONAL, "liveness", {}}, StepStatus::Done, {5});
  wire::VendorId hostile;
  hostile.data = to_bytes(as_bytes("<script>alert(1)</script>"));
  d.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {hostile}, [](wire::Message& m) { m.header.flags |= 0x01; });
  step(out, d, expect_unsupported_critical(), StepStatus::Unmet, {6},
       "the device said <b>\"nothing\" & more\x01\xff</b>");
  finish(out, d);
  return out;
}

reports::PlayedScenario refused() {
  reports::PlayedScenario out{
      scenario("rfc7296/2.04-liveness/liveness", "Liveness check", {"rfc7296-2.4-liveness"}, kPlain), {}};
  Dialogue d(Party::Harness);
  d.ike_sa_init();
  d.request(Party::Harness, ExchangeType::IKE_AUTH, 1, {wire::IDi{}});
  d.response(Party::Dut, ExchangeType::IKE_AUTH, 1, {Notify::of(NotifyType::AUTHENTICATION_FAILED)});
  step(out, d, scenarios::Establish{}, StepStatus::Refused, {4});
  finish(out, d);
  return out;
}

reports::PlayedScenario wrong_message_id() {
  reports::PlayedScenario out{scenario("rfc7296/2.02-message-ids/first-request", "First request of the responder",
                                       {"rfc7296-1.2-set-up"}, kPlain),
                              {}};
  Dialogue d(Party::Harness);
  d.establish();
  d.liveness(Party::Dut, 3);
  step(out, d, scenarios::Establish{}, StepStatus::Done, {1, 2, 3, 4});
  finish(out, d);
  return out;
}

}  // namespace

reports::RunReport sample_report() {
  reports::RunReport out;
  out.info.ikevet_version = "0.1.0";
  out.info.libraries = {{"OpenSSL", "3.0.17"}};
  out.info.target = "acme-gw";
  out.info.target_title = "ACME Gateway 9000, firmware 7.1";
  out.info.dut_address = "192.0.2.2";
  out.info.selection = {"rfc7296"};
  out.info.seed = 7;
  out.info.started = "2026-11-23T19:12:01Z";
  out.info.finished = "2026-11-23T19:12:03Z";
  out.info.out_dir = "out/acme";
  out.info.files = {{"run.pcapng", std::string(64, 'a')}};
  out.catalogue = sample_catalogue();
  out.played = {plain_set_up(), critical_payload(), refused(), wrong_message_id()};
  out.others = {scenario("rfc7296/2.23-nat/mobike-move", "Move with MOBIKE", {"rfc7296-2.8-jitter"}, kPlain)};

  std::vector<reports::ScenarioVerdict> verdicts;
  std::vector<scenarios::Scenario> all = out.others;
  for (const reports::PlayedScenario& played : out.played) {
    verdicts.push_back(reports::grade(played.scenario, played.run, out.catalogue));
    // A new rule is no new look of the reports: the golden files show those that the catalogue here names.
    std::erase_if(verdicts.back().rules, [&](const auto& rule) { return !out.catalogue.contains(rule.requirement); });
    all.push_back(played.scenario);
  }
  verdicts.push_back(reports::not_played(out.others[0], reports::Status::Unsupported,
                                         reports::reasons::kCapabilityMissing, "needs mobike"));
  reports::RunContext context;
  context.controls = reports::controls_of(all);
  context.date = "2026-11-23";
  context.known_deviations = {{"rfc7296-2.2-request-message-ids", "counts from 3; ticket 4711", "jo", "2027-01-31"}};
  out.verdicts = reports::combine(std::move(verdicts), out.catalogue, context);
  return out;
}

}  // namespace ikevet::test
