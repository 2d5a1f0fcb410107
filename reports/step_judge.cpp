#include "reports/step_judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <utility>

#include "reports/plain_text.hpp"
#include "reports/reasons.hpp"
#include "scenarios/format/outcome_text.hpp"
#include "scenarios/format/pattern.hpp"

namespace ikevet::reports {

using scenarios::StepOutcome;
using scenarios::StepStatus;
using trace::MessageRecord;
using wire::NotifyType;

namespace {

template <class... Ts>
struct Overload : Ts... {
  using Ts::operator()...;
};

StepVerdict give(StepVerdict base, Status status, std::string_view reason = {}, std::string detail = {}) {
  base.status = status;
  base.reason = reason;
  base.detail = std::move(detail);
  return base;
}

StepVerdict fail(StepVerdict base, std::string actual, std::vector<std::size_t> frames = {}) {
  base.evidence.actual = std::move(actual);
  if (!frames.empty()) base.evidence.frames = std::move(frames);
  return give(std::move(base), Status::Fail);
}

StepVerdict mismatch(StepVerdict base, const std::string& why) {
  return give(std::move(base), Status::Error, reasons::kEvidenceMismatch,
              "The runner's account does not agree with the trace: " + why);
}

std::string expected_text(const scenarios::Alternative& alternative) {
  std::string text = alternative.silence ? std::string("no answer") : scenarios::describe(alternative.message);
  if (!alternative.citation.empty()) text += " (" + alternative.citation + ")";
  return text;
}

/// Nothing was sent before this step that the control does not send, too: altered, or to another port.
bool is_unprovoked(const scenarios::Scenario& scenario, std::size_t step) {
  if (scenario.control.empty()) return true;
  if (scenario.config.nat.begin_on_4500.value_or(false)) return false;
  return std::none_of(scenario.steps.begin(), scenario.steps.begin() + static_cast<std::ptrdiff_t>(step),
                      [](const scenarios::Step& before) {
                        const auto* send = std::get_if<scenarios::Send>(&before.action);
                        return send != nullptr && !send->mutate.empty();
                      });
}

std::string expected_text(const scenarios::Expect& expect) {
  std::string text;
  for (const scenarios::Alternative& alternative : expect.one_of)
    text += (text.empty() ? "" : "; or ") + expected_text(alternative);
  if (expect.absent) text += (text.empty() ? "" : "; and ") + ("never " + scenarios::describe(*expect.absent));
  return text;
}

/// The messages of the device among these frames. Frame 0 stands for "not in the capture".
std::vector<std::size_t> dut_messages(const TraceView& view, const std::vector<std::size_t>& frames) {
  std::vector<std::size_t> out;
  for (const std::size_t index : view.from_dut()) {
    const std::size_t frame = view.message(index).frame;
    if (frame != 0 && std::ranges::find(frames, frame) != frames.end()) out.push_back(index);
  }
  return out;
}

std::vector<std::size_t> frames_of(const TraceView& view, const std::vector<std::size_t>& messages) {
  std::vector<std::size_t> frames;
  for (const std::size_t index : messages) frames.push_back(view.message(index).frame);
  return frames;
}

std::string describe_all(const TraceView& view, const std::vector<std::size_t>& messages) {
  std::string text;
  for (const std::size_t index : messages) text += (text.empty() ? "" : "; ") + describe(view.message(index));
  return text;
}

struct Hint {
  NotifyType notify;
  std::string_view check;
};
constexpr std::array kHints{
    Hint{NotifyType::NO_PROPOSAL_CHOSEN,
         "compare ike_proposals and child_proposals of the target file with the device's"},
    Hint{NotifyType::AUTHENTICATION_FAILED, "compare the pre-shared key or certificates and both identities"},
    Hint{NotifyType::TS_UNACCEPTABLE, "compare harness_ts and dut_ts of the target file with the device's selectors"},
    Hint{NotifyType::INVALID_KE_PAYLOAD,
         "the group that the device wants is not among those that the target file offers"},
    Hint{NotifyType::SINGLE_PAIR_REQUIRED,
         "the device wants selectors with one address each: narrow harness_ts and dut_ts"},
    Hint{NotifyType::FAILED_CP_REQUIRED, "the device insists on a configuration payload for this connection"},
    Hint{NotifyType::INTERNAL_ADDRESS_FAILURE, "the device's address pool is empty"},
    Hint{NotifyType::NO_ADDITIONAL_SAS, "the device takes no further Child SA: delete old ones, lower concurrency"},
    Hint{NotifyType::INVALID_SYNTAX, "the device finds the request malformed; its log may say why"},
};

std::string hint_for(NotifyType notify) {
  const auto found = std::ranges::find(kHints, notify, &Hint::notify);
  return found == kHints.end() ? std::string("the device's log may say why") : std::string(found->check);
}

/// The notification with which the device refused: in the messages named as evidence, else the last one in the trace.
const wire::Notify* refusal(const TraceView& view, const StepOutcome& outcome) {
  std::vector<std::size_t> candidates = dut_messages(view, outcome.frames);
  if (candidates.empty()) candidates = view.from_dut();
  for (auto it = candidates.rbegin(); it != candidates.rend(); ++it) {
    const MessageRecord& message = view.message(*it);
    if (message.at > outcome.ended) continue;
    if (const wire::Notify* notify = wire::find_error(message.payloads())) return notify;
  }
  return nullptr;
}

/// What a rekeying that ended badly broke, where that is another requirement than those that the scenario is about: the
/// SA was replaced, and the old one stays. Empty: the scenario's own.
std::string_view broken_by_leaving(const scenarios::Step& step, const StepOutcome& outcome) {
  if (outcome.status == StepStatus::Done || outcome.detail.find(scenarios::kOldSaStays) == std::string::npos) return {};
  const auto of = [](bool by_dut, std::string_view theirs) {
    // Whoever rekeys deletes (§2.8); a deletion by the harness is a request that has to be answered (§1.4).
    return by_dut ? theirs : std::string_view("rfc7296-1.4-informational-answered");
  };
  if (const auto* child = std::get_if<scenarios::RekeyChild>(&step.action))
    return of(child->by_dut, "rfc7296-2.8-old-deleted-after-rekey");
  if (const auto* ike = std::get_if<scenarios::RekeyIke>(&step.action)) return of(ike->by_dut, {});
  return {};
}

}  // namespace

StepVerdict StepJudge::judge(std::size_t step) const {
  const StepOutcome* known = outcome_of(step);
  StepOutcome outcome = known == nullptr ? StepOutcome{} : *known;
  // As trace.jsonl holds it: a stored run gives the same text.
  outcome.detail = plain_text(outcome.detail);
  return verdict(step, outcome);
}

const StepOutcome* StepJudge::outcome_of(std::size_t step) const {
  const auto found = std::ranges::find(run_.steps, step, &StepOutcome::step);
  return found == run_.steps.end() ? nullptr : &*found;
}

StepVerdict StepJudge::verdict(std::size_t step, const StepOutcome& outcome) const {
  const scenarios::Step& played = scenario_.steps[step];
  StepVerdict base;
  base.step = step;
  base.reached = outcome.status != StepStatus::NotReached;
  base.evidence.scenario = scenario_.id;
  base.evidence.step = step;
  base.evidence.frames = outcome.frames;
  base.evidence.expected = played.note.empty() ? scenarios::describe(played) : played.note;

  switch (outcome.status) {
    case StepStatus::NotReached:
      return give(std::move(base), Status::Inconclusive,
                  run_.interrupted ? reasons::kInterrupted : reasons::kNotReached);
    case StepStatus::HarnessError:
      return give(std::move(base), Status::Error, reasons::kHarnessError, outcome.detail);
    case StepStatus::TriggerFailed: {
      // Contract with the runner: a missing trigger, exit 127 or 89 give a detail that begins with "unsupported".
      const bool unsupported = outcome.detail.starts_with("unsupported");
      return give(std::move(base), unsupported ? Status::Unsupported : Status::Inconclusive,
                  unsupported ? reasons::kTriggerUnsupported : reasons::kTriggerFailed, outcome.detail);
    }
    case StepStatus::Refused:
      return refused(std::move(base), outcome);
    case StepStatus::NoAnswer:
      // Without its control a silent device cannot be told from one that is switched off; nor with it where nothing was
      // altered yet: the control may have been played before something else ended the device.
      if (is_unprovoked(scenario_, base.step) && !dut_was_seen(outcome.ended)) return unreachable(std::move(base));
      break;
    case StepStatus::Done:
    case StepStatus::Unmet:
    case StepStatus::Violated:
      break;
  }
  return std::visit(Overload{[&](const scenarios::Expect& e) { return expect(e, std::move(base), outcome); },
                             [&](const scenarios::Check& c) { return check(c, std::move(base), outcome); },
                             [&](const scenarios::Establish&) {
                               if (outcome.status == StepStatus::NoAnswer && !dut_was_seen(outcome.ended))
                                 return unreachable(std::move(base));
                               return compound(std::move(base), outcome);
                             },
                             [&](const scenarios::Traffic& traffic) {
                               base.requirement = traffic.requirement;
                               if (outcome.status == StepStatus::Done) base.evidence.actual = outcome.detail;
                               return compound(std::move(base), outcome);
                             },
                             [&](const auto& action) {
                               if constexpr (requires { action.requirement; }) base.requirement = action.requirement;
                               if (base.requirement.empty()) base.requirement = broken_by_leaving(played, outcome);
                               return compound(std::move(base), outcome);
                             }},
                    played.action);
}

StepVerdict StepJudge::compound(StepVerdict base, const StepOutcome& outcome) const {
  if (outcome.status == StepStatus::Done) return give(std::move(base), Status::Pass);
  const std::vector<std::size_t> seen = dut_messages(view_, outcome.frames);
  std::string actual = outcome.detail;
  if (actual.empty()) actual = seen.empty() ? std::string("nothing came") : describe_all(view_, seen);
  return fail(std::move(base), std::move(actual));
}

StepVerdict StepJudge::refused(StepVerdict base, const StepOutcome& outcome) const {
  const wire::Notify* notify = refusal(view_, outcome);
  const bool setting_up = std::holds_alternative<scenarios::Establish>(scenario_.steps[base.step].action);
  if (notify == nullptr)
    return give(
        std::move(base), Status::Inconclusive, setting_up ? reasons::kSetupRefused : reasons::kRequestRefused,
        outcome.detail.empty() ? std::string("the device refused; the device's log may say why") : outcome.detail);
  const std::string said = fmt::format("the device answered N({})", wire::name_or_number(notify->type));
  // The scenario asks for algorithms of its own: the device said on the wire that it has none of them.
  const bool own_proposals = scenario_.config.ike_proposals || scenario_.config.child_proposals;
  if (notify->type == NotifyType::NO_PROPOSAL_CHOSEN && own_proposals)
    return give(std::move(base), Status::Unsupported, reasons::kRefused,
                said + " to the algorithms that this scenario is about");
  // RFC 7296 §1.3: an implementation MAY refuse all CREATE_CHILD_SA requests within an IKE SA.
  if (!setting_up && notify->type == NotifyType::NO_ADDITIONAL_SAS)
    return give(std::move(base), Status::Unsupported, reasons::kRefused, said);
  if (!setting_up && notify->type == NotifyType::TEMPORARY_FAILURE)
    return give(std::move(base), Status::Inconclusive, reasons::kTemporaryFailure, said);
  return give(std::move(base), Status::Inconclusive, setting_up ? reasons::kSetupRefused : reasons::kRequestRefused,
              said + ": " + hint_for(notify->type));
}

StepVerdict StepJudge::unreachable(StepVerdict base) const {
  if (scenario_.harness == scenarios::Role::Responder)
    return give(std::move(base), Status::Inconclusive, reasons::kTriggerNoEffect,
                "the device was triggered and sent nothing");
  return give(std::move(base), Status::Inconclusive, reasons::kDutUnreachable, "nothing came from the device");
}

bool StepJudge::dut_was_seen(Instant until) const {
  return std::ranges::any_of(view_.trace().packets, [&](const trace::Packet& packet) {
    return packet.from == trace::Party::Dut && packet.fate != trace::Fate::Injected && packet.at <= until;
  });
}

Window StepJudge::window(std::size_t step, const StepOutcome& outcome) const {
  Window window;
  window.began = outcome.began;
  window.ended = outcome.ended;
  for (const StepOutcome& other : run_.steps)
    for (const std::size_t index : dut_messages(view_, other.frames)) {
      if (other.step < step) window.first = std::max(window.first, index + 1);
      if (other.step > step) window.last = std::min(window.last, index);
    }
  return window;
}

/// "Since the step before began". An `expect` reaches back to the step before it, so that its own beginning is where
/// that one ended.
Window StepJudge::silent_window(std::size_t step, const StepOutcome& outcome) const {
  Window span = window(step, outcome);
  const StepOutcome* before = step == 0 ? nullptr : outcome_of(step - 1);
  if (before == nullptr) return span;
  const bool reaches_back = std::holds_alternative<scenarios::Expect>(scenario_.steps[step - 1].action);
  const StepOutcome* earlier = reaches_back && step >= 2 ? outcome_of(step - 2) : nullptr;
  span.began = earlier == nullptr ? before->began : earlier->ended;
  return span;
}

StepVerdict StepJudge::nothing_came(StepVerdict base, const StepOutcome& outcome, std::string what) const {
  // The evidence for an absence is what might have been answered, and how long that was waited for.
  const MessageRecord* stimulus = nullptr;
  for (const std::size_t index : view_.from_harness())
    if (view_.message(index).at <= outcome.ended && view_.message(index).frame != 0) stimulus = &view_.message(index);
  const double seconds = std::chrono::duration<double>(outcome.ended - outcome.began).count();
  base.evidence.actual = fmt::format("{} in {:.1f} s", what, seconds);
  if (stimulus != nullptr) {
    base.evidence.actual += fmt::format(", the last message of the harness being frame {}", stimulus->frame);
    base.evidence.frames = {stimulus->frame};
  }
  return base;
}

/// The runner's question after the last step (scenarios/runner/aftermath.hpp): frames of the IKE_SA_INIT requests that
/// nobody answered. Empty: it was answered, or not asked.
std::vector<std::size_t> StepJudge::unanswered_in_the_end() const {
  Instant over = Instant::min();
  for (const StepOutcome& step : run_.steps)
    if (step.status != StepStatus::NotReached) over = std::max(over, step.ended);
  std::vector<std::size_t> asked;
  std::set<IkeSpi> known;
  Instant first = Instant::max();
  for (const std::size_t index : view_.from_harness()) {
    const MessageRecord& message = view_.message(index);
    const wire::IkeHeader& header = message.outer.header;
    if (header.exchange != wire::ExchangeType::IKE_SA_INIT || message.is_response()) continue;
    if (message.at < over) {
      known.insert(header.spis.i);
    } else if (!known.contains(header.spis.i)) {
      asked.push_back(message.frame);
      first = std::min(first, message.at);
    }
  }
  const bool heard = std::ranges::any_of(view_.trace().packets, [&](const trace::Packet& packet) {
    return packet.from == trace::Party::Dut && packet.fate != trace::Fate::Injected && packet.at >= first;
  });
  return heard ? std::vector<std::size_t>{} : asked;
}

StepVerdict StepJudge::give_if_alive(StepVerdict base, Status status) const {
  const std::vector<std::size_t> asked = unanswered_in_the_end();
  if (asked.empty()) return give(std::move(base), status);
  base.evidence.frames.insert(base.evidence.frames.end(), asked.begin(), asked.end());
  return give(
      std::move(base), Status::Inconclusive, reasons::kDeviceGone,
      fmt::format("{}; and nothing came after that: a plain IKE_SA_INIT request ({} {}) stayed without an answer",
                  base.evidence.actual, asked.size() == 1 ? "frame" : "frames", fmt::join(asked, ", ")));
}

StepVerdict StepJudge::expect(const scenarios::Expect& expect, StepVerdict base, const StepOutcome& outcome) const {
  base.requirement = expect.requirement;
  base.evidence.expected = expected_text(expect);
  if (expect.absent) {
    const std::vector<std::size_t> seen = matching(*expect.absent, view_, window(base.step, outcome));
    if (!seen.empty()) return fail(std::move(base), describe_all(view_, seen), frames_of(view_, seen));
    if (outcome.status == StepStatus::Violated && expect.one_of.empty())
      return mismatch(std::move(base), "no message in the time of this step is one that must be absent");
  }
  if (outcome.status == StepStatus::Done) return expect_done(expect, std::move(base), outcome);
  return expect_unmet(expect, std::move(base), outcome);
}

StepVerdict StepJudge::expect_done(const scenarios::Expect& expect, StepVerdict base,
                                   const StepOutcome& outcome) const {
  if (expect.one_of.empty()) {
    return give_if_alive(nothing_came(std::move(base), outcome, "nothing of the kind came"), Status::Pass);
  }
  const std::size_t index = outcome.alternative.value_or(0);
  if (index >= expect.one_of.size() || (!outcome.alternative && expect.one_of.size() > 1))
    return mismatch(std::move(base), "it does not say which alternative matched");
  const scenarios::Alternative& alternative = expect.one_of[index];
  const Status good = alternative.lenient ? Status::PassLenient : Status::Pass;

  if (alternative.silence) {
    const std::vector<std::size_t> seen = answers(view_, window(base.step, outcome));
    if (!seen.empty()) return fail(std::move(base), describe_all(view_, seen), frames_of(view_, seen));
    return give_if_alive(nothing_came(std::move(base), outcome, "no answer"), good);
  }
  const std::vector<std::size_t> seen = dut_messages(view_, outcome.frames);
  if (seen.empty()) return mismatch(std::move(base), "no message of the device stands in the frames it names");
  std::string why;
  for (const std::size_t candidate : seen) {
    const MessageRecord& message = view_.message(candidate);
    const std::vector<std::string> differences = scenarios::mismatches(alternative.message, message);
    if (differences.empty()) {
      base.evidence.actual = describe(message);
      return give(std::move(base), good);
    }
    why += fmt::format("{}frame {}: {}", why.empty() ? "" : "; ", message.frame, fmt::join(differences, ", "));
  }
  return mismatch(std::move(base), why);
}

StepVerdict StepJudge::expect_unmet(const scenarios::Expect& expect, StepVerdict base,
                                    const StepOutcome& outcome) const {
  const std::vector<std::size_t> seen = dut_messages(view_, outcome.frames);
  for (const scenarios::Alternative& alternative : expect.one_of) {
    if (alternative.silence) continue;
    for (const std::size_t index : seen)
      if (scenarios::is_expected(alternative.message, view_.message(index)))
        return mismatch(std::move(base), fmt::format("frame {} is what was expected", view_.message(index).frame));
  }
  if (is_unprovoked(scenario_, base.step) && !dut_was_seen(outcome.ended)) return unreachable(std::move(base));
  std::string actual = seen.empty() ? std::string() : describe_all(view_, seen);
  if (!outcome.detail.empty()) actual += (actual.empty() ? "" : ". ") + outcome.detail;
  if (actual.empty()) actual = "nothing came";
  return fail(std::move(base), std::move(actual));
}

StepVerdict StepJudge::check(const scenarios::Check& check, StepVerdict base, const StepOutcome& outcome) const {
  base.requirement = check.requirement;
  const std::optional<TraceCheck> settled = settle(check, view_, outcome.ended, silent_window(base.step, outcome));
  if (!settled) return compound(std::move(base), outcome);

  const bool runner_says_holds = outcome.status == StepStatus::Done;
  switch (settled->answer) {
    case TraceCheck::Answer::Broken:
      return fail(std::move(base), settled->detail, settled->frames);
    case TraceCheck::Answer::NoEvidence:
      if (runner_says_holds) return mismatch(std::move(base), settled->detail);
      return compound(std::move(base), outcome);
    case TraceCheck::Answer::Holds:
      // How much shorter a gap may be is a matter of tolerance, and where a silence begins one of instants: there the
      // runner is believed.
      if (!runner_says_holds && check.what != scenarios::Check::What::GapsGrow &&
          check.what != scenarios::Check::What::DutSilent)
        return mismatch(std::move(base), settled->detail);
      if (runner_says_holds) {
        base.evidence.actual = settled->detail;
        base.evidence.frames = settled->frames;
      }
      return compound(std::move(base), outcome);
  }
  return compound(std::move(base), outcome);
}

}  // namespace ikevet::reports
