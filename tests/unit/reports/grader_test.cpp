#include "reports/grader.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

#include "reports/reasons.hpp"
#include "tests/support/dialogue.hpp"

using namespace ikevet;
using namespace ikevet::reports;
using namespace ikevet::test;
using namespace std::chrono_literals;
using scenarios::StepStatus;
using trace::Party;
using wire::ExchangeType;
using wire::Notify;
using wire::NotifyType;

namespace {

scenarios::Catalogue catalogue() {
  scenarios::Catalogue out;
  for (const auto& [id, level] :
       {std::pair("must-a", scenarios::Level::Must), std::pair("must-b", scenarios::Level::Must),
        std::pair("should-a", scenarios::Level::Should)}) {
    scenarios::Requirement r;
    r.id = id;
    r.rfc = 7296;
    r.section = "2.5";
    r.level = level;
    r.paraphrase = "what it asks for";
    out.emplace(id, r);
  }
  return out;
}

/// A scenario with its run, step by step.
struct Play {
  explicit Play(Party initiator) : dialogue(initiator) {
    scenario.id = "rfc7296/2.05/test";
    scenario.covers = {"must-a"};
    scenario.harness = initiator == Party::Harness ? scenarios::Role::Initiator : scenarios::Role::Responder;
    scenario.control = "rfc7296/1.2/plain";
  }

  scenarios::StepOutcome& step(scenarios::Action action, StepStatus status, std::vector<std::size_t> frames = {},
                               Duration length = 0ms) {
    scenarios::StepOutcome outcome;
    outcome.step = scenario.steps.size();
    outcome.status = status;
    outcome.began = dialogue.now();
    outcome.ended = dialogue.now() + length;
    outcome.frames = std::move(frames);
    scenario.steps.push_back({std::move(action), {}, {}});
    run.steps.push_back(std::move(outcome));
    return run.steps.back();
  }

  ScenarioVerdict grade() {
    run.scenario = scenario.id;
    run.trace = dialogue.trace();
    return reports::grade(scenario, run, catalogue());
  }

  Dialogue dialogue;
  scenarios::Scenario scenario;
  scenarios::ScenarioRun run;
};

scenarios::Alternative with_notify(NotifyType type, bool lenient = false) {
  scenarios::Alternative out;
  out.message.response = true;
  scenarios::PayloadPattern pattern;
  pattern.notify = type;
  out.message.payloads = {pattern};
  out.citation = "RFC 7296 §2.5";
  out.lenient = lenient;
  return out;
}

scenarios::Alternative silence() {
  scenarios::Alternative out;
  out.silence = true;
  return out;
}

scenarios::Expect expect(std::vector<scenarios::Alternative> one_of, std::string requirement = {}) {
  scenarios::Expect out;
  out.one_of = std::move(one_of);
  out.requirement = std::move(requirement);
  return out;
}

/// An established IKE SA in which the harness asks and the device answers with a notification.
Play answered_with(NotifyType type) {
  Play play(Party::Harness);
  play.dialogue.establish();
  play.step(scenarios::Establish{}, StepStatus::Done, {1, 2, 3, 4});
  play.dialogue.request(Party::Harness, ExchangeType::INFORMATIONAL, 2, {});
  play.dialogue.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {Notify::of(type)});
  return play;
}

}  // namespace

TEST_CASE("grade: what was expected came", "[reports][grader]") {
  Play play = answered_with(NotifyType::INVALID_SYNTAX);
  play.step(expect({with_notify(NotifyType::INVALID_SYNTAX)}), StepStatus::Done, {6}).alternative = 0;
  const ScenarioVerdict verdict = play.grade();
  CHECK(verdict.status == Status::Pass);
  REQUIRE(verdict.requirements.size() == 1);
  CHECK(verdict.requirements[0].requirement == "must-a");
  CHECK(verdict.requirements[0].status == Status::Pass);
  CHECK(verdict.requirements[0].evidence.back().frames == std::vector<std::size_t>{6});
}

TEST_CASE("grade: a lenient alternative", "[reports][grader]") {
  Play play = answered_with(NotifyType::INVALID_SYNTAX);
  play.step(expect(
                {with_notify(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD), with_notify(NotifyType::INVALID_SYNTAX, true)}),
            StepStatus::Done, {6})
      .alternative = 1;
  CHECK(play.grade().status == Status::PassLenient);
}

TEST_CASE("grade: something else came", "[reports][grader]") {
  Play play = answered_with(NotifyType::INVALID_SYNTAX);
  play.step(expect({with_notify(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD), silence()}), StepStatus::Unmet, {6});
  const ScenarioVerdict verdict = play.grade();
  CHECK(verdict.status == Status::Fail);
  REQUIRE(verdict.requirements.size() == 1);
  REQUIRE(verdict.requirements[0].evidence.size() == 1);
  const Evidence& evidence = verdict.requirements[0].evidence[0];
  CHECK(evidence.step == 1);
  CHECK(evidence.frames == std::vector<std::size_t>{6});
  CHECK(evidence.expected.find("UNSUPPORTED_CRITICAL_PAYLOAD") != std::string::npos);
  CHECK(evidence.expected.find("RFC 7296 §2.5") != std::string::npos);
  CHECK(evidence.expected.find("no answer") != std::string::npos);
  CHECK(evidence.actual.find("INVALID_SYNTAX") != std::string::npos);
}

TEST_CASE("grade: the runner's account is checked against the messages", "[reports][grader]") {
  Play play = answered_with(NotifyType::INVALID_SYNTAX);
  SECTION("says matched, and it does not match") {
    play.step(expect({with_notify(NotifyType::TS_UNACCEPTABLE)}), StepStatus::Done, {6}).alternative = 0;
  }
  SECTION("says matched, and names a frame of the harness") {
    play.step(expect({with_notify(NotifyType::INVALID_SYNTAX)}), StepStatus::Done, {5}).alternative = 0;
  }
  SECTION("says not matched, and it matches") {
    play.step(expect({with_notify(NotifyType::INVALID_SYNTAX)}), StepStatus::Unmet, {6});
  }
  SECTION("does not say which alternative") {
    play.step(expect({with_notify(NotifyType::INVALID_SYNTAX), silence()}), StepStatus::Done, {6});
  }
  const ScenarioVerdict verdict = play.grade();
  CHECK(verdict.status == Status::Error);
  CHECK(verdict.reason == reasons::kEvidenceMismatch);
  CHECK(verdict.requirements[0].status == Status::Error);
}

TEST_CASE("grade: silence is looked for in the trace", "[reports][grader]") {
  Play play(Party::Harness);
  play.dialogue.establish();
  play.step(scenarios::Establish{}, StepStatus::Done, {1, 2, 3, 4});
  play.dialogue.request(Party::Harness, ExchangeType::INFORMATIONAL, 7, {});
  SECTION("kept") {
    play.step(expect({silence()}), StepStatus::Done, {}, 2s).alternative = 0;
    CHECK(play.grade().status == Status::Pass);
  }
  SECTION("broken, whatever the runner says") {
    play.step(expect({silence()}), StepStatus::Done, {}, 2s).alternative = 0;
    play.dialogue.response(Party::Dut, ExchangeType::INFORMATIONAL, 7, {});
    const ScenarioVerdict verdict = play.grade();
    CHECK(verdict.status == Status::Fail);
    CHECK(verdict.requirements[0].evidence.at(0).frames == std::vector<std::size_t>{6});
  }
  SECTION("a request of the device is no answer") {
    play.step(expect({silence()}), StepStatus::Done, {}, 2s).alternative = 0;
    play.dialogue.request(Party::Dut, ExchangeType::INFORMATIONAL, 0, {});
    CHECK(play.grade().status == Status::Pass);
  }
  SECTION("an answer after the time is over") {
    play.step(expect({silence()}), StepStatus::Done, {}, 2s).alternative = 0;
    play.dialogue.wait(3s);
    play.dialogue.response(Party::Dut, ExchangeType::INFORMATIONAL, 7, {});
    CHECK(play.grade().status == Status::Pass);
  }
}

TEST_CASE("grade: what must be absent", "[reports][grader]") {
  Play play = answered_with(NotifyType::INVALID_SYNTAX);
  scenarios::Expect absent;
  absent.absent = with_notify(NotifyType::INVALID_SYNTAX).message;
  absent.absent_for = 1s;
  SECTION("a message that an earlier step took does not count, even at the same instant") {
    play.step(expect({with_notify(NotifyType::INVALID_SYNTAX)}), StepStatus::Done, {6}).alternative = 0;
    play.step(absent, StepStatus::Done, {}, 1s);
    CHECK(play.grade().status == Status::Pass);
  }
  SECTION("one that comes in the time does") {
    play.step(absent, StepStatus::Done, {}, 1s);
    play.dialogue.response(Party::Dut, ExchangeType::INFORMATIONAL, 2, {Notify::of(NotifyType::INVALID_SYNTAX)});
    CHECK(play.grade().status == Status::Fail);
  }
  SECTION("the runner saw one that is not there") {
    play.step(expect({with_notify(NotifyType::INVALID_SYNTAX)}), StepStatus::Done, {6}).alternative = 0;
    play.step(absent, StepStatus::Violated, {6}, 1s);
    CHECK(play.grade().status == Status::Error);
  }
}

TEST_CASE("grade: set-up that did not come about says nothing of the device", "[reports][grader]") {
  Play play(Party::Harness);
  play.scenario.control.clear();
  SECTION("refused, with the notify and what to check") {
    play.dialogue.ike_sa_init();
    play.dialogue.request(Party::Harness, ExchangeType::IKE_AUTH, 1, {wire::IDi{}});
    play.dialogue.response(Party::Dut, ExchangeType::IKE_AUTH, 1, {Notify::of(NotifyType::AUTHENTICATION_FAILED)});
    play.step(scenarios::Establish{}, StepStatus::Refused, {4});
    const ScenarioVerdict verdict = play.grade();
    CHECK(verdict.status == Status::Inconclusive);
    CHECK(verdict.reason == reasons::kSetupRefused);
    CHECK(verdict.detail.find("AUTHENTICATION_FAILED") != std::string::npos);
    CHECK(verdict.detail.find("pre-shared key") != std::string::npos);
    CHECK(verdict.requirements[0].status == Status::Inconclusive);
  }
  SECTION("nothing came") {
    play.dialogue.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(1)});
    play.step(scenarios::Establish{}, StepStatus::NoAnswer);
    CHECK(play.grade().reason == reasons::kDutUnreachable);
  }
  SECTION("the algorithms of this scenario alone are refused") {
    play.scenario.config.ike_proposals = {"aes128-sha256-modp2048"};
    play.dialogue.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(1)});
    play.dialogue.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {Notify::of(NotifyType::NO_PROPOSAL_CHOSEN)});
    play.step(scenarios::Establish{}, StepStatus::Refused, {2});
    CHECK(play.grade().status == Status::Unsupported);
  }
}

TEST_CASE("grade: triggers", "[reports][grader]") {
  Play play(Party::Dut);
  SECTION("failed") {
    play.step(scenarios::Trigger{"initiate"}, StepStatus::TriggerFailed).detail = "swanctl: exit 22";
    const ScenarioVerdict verdict = play.grade();
    CHECK(verdict.status == Status::Inconclusive);
    CHECK(verdict.reason == reasons::kTriggerFailed);
    CHECK(verdict.detail.find("exit 22") != std::string::npos);
  }
  SECTION("not there") {
    play.step(scenarios::Trigger{"rekey_ike"}, StepStatus::TriggerFailed).detail = "unsupported: exit 127";
    CHECK(play.grade().status == Status::Unsupported);
  }
  SECTION("fired, and nothing happened") {
    play.scenario.control.clear();
    play.step(scenarios::Trigger{"initiate"}, StepStatus::Done);
    play.step(expect({with_notify(NotifyType::COOKIE)}), StepStatus::NoAnswer);
    CHECK(play.grade().reason == reasons::kTriggerNoEffect);
  }
}

TEST_CASE("grade: our own trouble is an error, never a failure", "[reports][grader]") {
  Play play = answered_with(NotifyType::INVALID_SYNTAX);
  play.step(expect({with_notify(NotifyType::INVALID_SYNTAX)}), StepStatus::HarnessError).detail = "socket closed";
  const ScenarioVerdict verdict = play.grade();
  CHECK(verdict.status == Status::Error);
  CHECK(verdict.reason == reasons::kHarnessError);
}

TEST_CASE("grade: an interrupted run", "[reports][grader]") {
  Play play = answered_with(NotifyType::INVALID_SYNTAX);
  play.step(expect({with_notify(NotifyType::INVALID_SYNTAX)}), StepStatus::NotReached);
  play.run.interrupted = true;
  CHECK(play.grade().status == Status::Inconclusive);
  CHECK(play.grade().reason == reasons::kInterrupted);
}

TEST_CASE("grade: steps that name their requirement", "[reports][grader]") {
  Play play = answered_with(NotifyType::INVALID_SYNTAX);
  play.scenario.covers = {"must-a", "must-b"};
  play.step(expect({with_notify(NotifyType::INVALID_SYNTAX)}, "must-a"), StepStatus::Done, {6}).alternative = 0;
  SECTION("one holds, the other is broken") {
    play.step(scenarios::Check{scenarios::Check::What::IkeSaAlive, {}, 1, "must-b"}, StepStatus::Unmet).detail =
        "it is gone";
    const ScenarioVerdict verdict = play.grade();
    CHECK(verdict.status == Status::Fail);
    CHECK(verdict.requirements.at(0).status == Status::Pass);
    CHECK(verdict.requirements.at(1).status == Status::Fail);
  }
  SECTION("the other was not reached") {
    play.step(scenarios::Liveness{}, StepStatus::HarnessError);
    play.step(scenarios::Check{scenarios::Check::What::IkeSaAlive, {}, 1, "must-b"}, StepStatus::NotReached);
    const ScenarioVerdict verdict = play.grade();
    CHECK(verdict.requirements.at(0).status == Status::Pass);
    CHECK(verdict.requirements.at(1).status == Status::Error);
  }
  SECTION("a step that names none breaks all") {
    play.step(scenarios::Liveness{}, StepStatus::Unmet).detail = "no answer";
    play.step(scenarios::Check{scenarios::Check::What::IkeSaAlive, {}, 1, "must-b"}, StepStatus::NotReached);
    const ScenarioVerdict verdict = play.grade();
    CHECK(verdict.requirements.at(0).status == Status::Fail);
    CHECK(verdict.requirements.at(1).status == Status::Fail);
  }
}

TEST_CASE("grade: an old SA that stays breaks what it breaks, not what the scenario is about", "[reports][grader]") {
  const auto play_of = [](scenarios::Action action, const std::string& detail) {
    Play play(Party::Harness);
    play.dialogue.establish();
    play.step(std::move(action), StepStatus::Unmet, {2}).detail = detail;
    return play.grade();
  };
  const auto status_of = [](const ScenarioVerdict& verdict, std::string_view requirement) {
    const auto found = std::ranges::find(verdict.requirements, requirement, &RequirementVerdict::requirement);
    return found == verdict.requirements.end() ? std::string("-") : std::string(name(found->status));
  };
  const std::string left = "the old IKE SA was not deleted (RFC 7296 §2.8)";

  // RFC 7296 §1.4: the Delete of the harness is a request, and every request gets a response.
  const ScenarioVerdict ours = play_of(scenarios::RekeyIke{}, left);
  CHECK(status_of(ours, "rfc7296-1.4-informational-answered") == "fail");
  CHECK(status_of(ours, "must-a") == "inconclusive");
  // §2.8: who has rekeyed deletes.
  scenarios::RekeyChild by_device;
  by_device.by_dut = true;
  const ScenarioVerdict theirs = play_of(by_device, "the old Child SA was not deleted (RFC 7296 §2.8): nothing came");
  CHECK(status_of(theirs, "rfc7296-2.8-old-deleted-after-rekey") == "fail");
  CHECK(status_of(theirs, "must-a") == "inconclusive");
  // Where nothing was replaced the scenario's own requirement is broken.
  const ScenarioVerdict none = play_of(scenarios::RekeyIke{}, "the IKE SA was not rekeyed");
  CHECK(status_of(none, "must-a") == "fail");
  CHECK(status_of(none, "rfc7296-1.4-informational-answered") == "-");
}

TEST_CASE("grade: silence of a device that is gone proves nothing", "[reports][grader]") {
  const auto verdict = [](bool asked, bool answered) {
    Play play(Party::Harness);
    play.dialogue.establish();
    play.dialogue.request(Party::Harness, ExchangeType::INFORMATIONAL, 7, {});
    play.dialogue.wait(3s);
    scenarios::Alternative silence;
    silence.silence = true;
    play.step(expect({silence}), StepStatus::Done).alternative = 0;
    play.dialogue.wait(1s);
    // The runner's question (scenarios/runner/aftermath.hpp): a set-up under an SPI of its own.
    play.dialogue.spis = {{0x3333333333333333}, {0x4444444444444444}};
    if (asked)
      play.dialogue.request(Party::Harness, ExchangeType::IKE_SA_INIT, 0, {ike_offer(), key_exchange(), nonce(0x51)});
    if (answered)
      play.dialogue.response(Party::Dut, ExchangeType::IKE_SA_INIT, 0, {ike_choice(), key_exchange(), nonce(0x52)});
    return play.grade();
  };
  CHECK(verdict(false, false).status == Status::Pass);
  CHECK(verdict(true, true).status == Status::Pass);
  const ScenarioVerdict gone = verdict(true, false);
  CHECK(gone.status == Status::Inconclusive);
  CHECK(gone.reason == reasons::kDeviceGone);
  CHECK(gone.detail.find("IKE_SA_INIT request (frame ") != std::string::npos);
}

TEST_CASE("grade: a SHOULD that is not followed does not fail the scenario", "[reports][grader]") {
  Play play = answered_with(NotifyType::INVALID_SYNTAX);
  play.scenario.covers = {"should-a"};
  play.step(expect({with_notify(NotifyType::TS_UNACCEPTABLE)}), StepStatus::Unmet, {6});
  const ScenarioVerdict verdict = play.grade();
  CHECK(verdict.status == Status::PassLenient);
  CHECK(verdict.reason == reasons::kRecommendation);
  CHECK(verdict.requirements.at(0).status == Status::Fail);
  Verdicts all;
  all.scenarios = {verdict};
  CHECK(exit_code(all, catalogue(), false) == 0);
  CHECK(exit_code(all, catalogue(), true) == 1);
}

TEST_CASE("grade: checks over the trace are worked out again", "[reports][grader]") {
  Play play(Party::Dut);
  play.dialogue.establish();
  play.step(scenarios::Establish{}, StepStatus::Done, {1, 2, 3, 4});
  const std::size_t ask = play.dialogue.request(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
  using What = scenarios::Check::What;
  SECTION("identical") {
    play.dialogue.again(ask);
    play.step(scenarios::Check{What::IdenticalRetransmission, {}, 1, {}}, StepStatus::Done);
    CHECK(play.grade().status == Status::Pass);
  }
  SECTION("not identical, though the runner says so") {
    play.dialogue.request(Party::Dut, ExchangeType::INFORMATIONAL, 2, {});
    play.step(scenarios::Check{What::IdenticalRetransmission, {}, 1, {}}, StepStatus::Done);
    const ScenarioVerdict verdict = play.grade();
    CHECK(verdict.status == Status::Fail);
    CHECK(verdict.requirements[0].evidence.at(0).frames == std::vector<std::size_t>{5, 6});
  }
  SECTION("nothing was repeated: no evidence, no pass") {
    play.step(scenarios::Check{What::IdenticalRetransmission, {}, 1, {}}, StepStatus::Done);
    CHECK(play.grade().status == Status::Error);
  }
  SECTION("repeated often enough, with growing gaps") {
    for (const Duration gap : {1s, 2s, 4s}) {
      play.dialogue.wait(gap);
      play.dialogue.again(ask);
    }
    play.step(scenarios::Check{What::Retransmitted, {}, 3, {}}, StepStatus::Done);
    play.step(scenarios::Check{What::GapsGrow, {}, 1, {}}, StepStatus::Done);
    CHECK(play.grade().status == Status::Pass);
  }
  SECTION("silent") {
    play.dialogue.wait(1s);
    play.step(scenarios::Wait{5s}, StepStatus::Done, {}, 5s);
    play.dialogue.wait(5s);
    play.step(scenarios::Check{What::DutSilent, {}, 1, {}}, StepStatus::Done);
    CHECK(play.grade().status == Status::Pass);
    play.dialogue.wait(-2s);
    play.dialogue.request(Party::Dut, ExchangeType::INFORMATIONAL, 3, {});
    CHECK(play.grade().status == Status::Fail);
  }
}

TEST_CASE("grade: the same run gives the same verdict, and a broken rule does not fail the scenario",
          "[reports][grader]") {
  Play play = answered_with(NotifyType::INVALID_SYNTAX);
  play.dialogue.liveness(Party::Dut, 9);
  play.step(expect({with_notify(NotifyType::INVALID_SYNTAX)}), StepStatus::Done, {6}).alternative = 0;
  const ScenarioVerdict verdict = play.grade();
  CHECK(verdict == play.grade());
  CHECK(verdict.status == Status::Pass);
  CHECK(std::ranges::any_of(verdict.rules, [](const auto& r) { return r.status == Status::Fail; }));
  Verdicts all;
  all.scenarios = {verdict};
  CHECK(exit_code(all, catalogue(), false) == 1);
}

TEST_CASE("grade_capture: rules alone", "[reports][grader]") {
  Dialogue sound(Party::Harness), empty(Party::Harness), odd(Party::Harness);
  sound.establish();
  odd.establish();
  odd.liveness(Party::Dut, 9);
  CHECK(grade_capture("a.pcap", sound.trace(), {}).status == Status::Pass);
  CHECK(grade_capture("b.pcap", empty.trace(), {}).reason == reasons::kNoEvidence);
  CHECK(grade_capture("c.pcap", odd.trace(), {}).status == Status::Fail);
}
