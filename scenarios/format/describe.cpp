// Names and one-line descriptions of what scenarios are made of.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "scenarios/format/describe_path.hpp"
#include "scenarios/format/requirement.hpp"
#include "scenarios/format/run.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/format/target.hpp"

namespace ikevet::scenarios {
namespace {

template <class... Ts>
struct overloaded : Ts... {
  using Ts::operator()...;
};

std::string seconds(Duration length) {
  const double value = std::chrono::duration<double>(length).count();
  return value < 1 ? fmt::format("{:g} ms", value * 1000) : fmt::format("{:g} s", value);
}

std::string altered(const std::vector<Mutation>& mutations) {
  if (mutations.empty()) return "";
  std::vector<std::string> parts;
  for (const Mutation& mutation : mutations) parts.push_back(describe(mutation));
  return fmt::format(": {}", fmt::join(parts, "; "));
}

std::string_view request_called(std::string_view what) {
  if (what == "liveness") return " (liveness)";
  if (what == "rekey_child") return " (rekey the Child SA)";
  if (what == "rekey_ike") return " (rekey the IKE SA)";
  if (what == "create_child") return " (an additional Child SA)";
  if (what == "delete_child") return " (delete the Child SA)";
  if (what == "delete_ike") return " (delete the IKE SA)";
  return "";
}

std::string describe_alternative(const Alternative& alternative) {
  std::string out = alternative.silence ? "no answer" : describe(alternative.message);
  if (!alternative.citation.empty()) out += fmt::format(" [{}]", alternative.citation);
  return out;
}

std::string describe_expect(const Expect& expect) {
  std::vector<std::string> parts;
  for (const Alternative& alternative : expect.one_of) parts.push_back(describe_alternative(alternative));
  std::string out;
  if (!parts.empty()) out = fmt::format("expect {}", fmt::join(parts, ", or "));
  if (expect.within && !parts.empty()) out += " within " + seconds(*expect.within);
  if (expect.absent) {
    out += out.empty() ? "expect no " : ", and no ";
    out += describe(*expect.absent);
    if (expect.absent_for) out += " for " + seconds(*expect.absent_for);
  }
  return out;
}

std::string describe_silence(const Silence& silence) {
  std::string out = "fall silent";
  if (silence.length) out += " for " + seconds(*silence.length);
  if (!silence.length) out += " until the device gives up";
  if (silence.at_most) out += fmt::format(" (at most {})", seconds(*silence.at_most));
  if (!silence.trigger.empty()) out += fmt::format(", trigger {}", silence.trigger);
  return out;
}

std::string describe_check(const Check& check) {
  const std::string messages = check.message ? describe(*check.message) : std::string("requests");
  switch (check.what) {
    case Check::What::IkeSaAlive:
      return "check: the IKE SA is up";
    case Check::What::NoIkeSa:
      return "check: there is no IKE SA";
    case Check::What::ChildSas:
      return fmt::format("check: {} Child SA{}", check.count, check.count == 1 ? "" : "s");
    case Check::What::IdenticalRetransmission:
      return fmt::format("check: every repetition is the same octets ({})", messages);
    case Check::What::Retransmitted:
      return fmt::format("check: repeated at least {} times ({})", check.count, messages);
    case Check::What::GapsGrow:
      return fmt::format("check: the times between repetitions do not shrink ({})", messages);
    case Check::What::SameAnswer:
      return "check: a repeated request gets the same octets as answer";
    case Check::What::NewSpis:
      return "check: the Child SA has new SPIs";
    case Check::What::DutSilent:
      return "check: nothing came from the device";
  }
  return "check";
}

std::string_view who(bool by_dut) { return by_dut ? "the device" : "the harness"; }

std::string describe_action(const Action& action) {
  return std::visit(
      overloaded{
          [](const Establish&) { return std::string("establish an IKE SA and its first Child SA"); },
          [](const Send& s) {
            return fmt::format("send {}{}{}{}{}", wire::name_or_number(s.exchange), request_called(s.what),
                               s.leading_zero ? ", the shared secret beginning with a zero octet" : "",
                               s.once ? ", altered once" : "", altered(s.mutate));
          },
          [](const Expect& e) { return describe_expect(e); },
          [](const Liveness&) { return std::string("liveness check by the harness"); },
          [](const RekeyChild& r) { return fmt::format("{} rekeys the Child SA", who(r.by_dut)); },
          [](const RekeyIke& r) { return fmt::format("{} rekeys the IKE SA", who(r.by_dut)); },
          [](const CreateChild&) { return std::string("the harness sets up an additional Child SA"); },
          [](const Delete& d) { return fmt::format("{} deletes the {} SA", who(d.by_dut), d.child ? "Child" : "IKE"); },
          [](const Silence& s) { return describe_silence(s); },
          [](const Drop& d) {
            return fmt::format("the network loses {} from {}: {}",
                               d.count == 1 ? std::string("the next message") : fmt::format("{} messages", d.count),
                               who(d.from == trace::Party::Dut), describe(d.message));
          },
          [](const Duplicate& d) { return "the network doubles the next " + describe(d.message); },
          [](const Replay& r) { return "send again " + describe(r.message) + altered(r.mutate); },
          [](const Wait& w) { return "wait " + seconds(w.length); },
          [](const Trigger& t) { return "trigger " + t.name; },
          [](const Check& c) { return describe_check(c); },
          [](const auto& of_the_path) { return scenarios::describe(of_the_path); },
      },
      action);
}

}  // namespace

std::string_view name(const Action& action) {
  static constexpr std::array<std::string_view, std::variant_size_v<Action>> kNames{
      "establish",    "send",      "expect", "liveness",  "rekey_child", "delete",    "silence",
      "drop",         "duplicate", "replay", "wait",      "trigger",     "check",     "rekey_ike",
      "create_child", "traffic",   "move",   "path_test", "nat",         "nat_remap", "reorder"};
  return kNames[action.index()];
}

std::string_view name(Role role) { return role == Role::Initiator ? "initiator" : "responder"; }

std::string_view name(Check::What what) {
  switch (what) {
    case Check::What::IkeSaAlive:
      return "ike_sa_alive";
    case Check::What::NoIkeSa:
      return "no_ike_sa";
    case Check::What::ChildSas:
      return "child_sas";
    case Check::What::IdenticalRetransmission:
      return "identical_retransmission";
    case Check::What::Retransmitted:
      return "retransmitted";
    case Check::What::GapsGrow:
      return "gaps_grow";
    case Check::What::SameAnswer:
      return "same_answer";
    case Check::What::NewSpis:
      return "new_spis";
    case Check::What::DutSilent:
      return "dut_silent";
  }
  return "";
}

std::string_view requirement_of(const Step& step) {
  return std::visit(
      [](const auto& action) -> std::string_view {
        if constexpr (requires { action.requirement; })
          return action.requirement;
        else
          return {};
      },
      step.action);
}

std::string describe(const Step& step) {
  const std::string out = describe_action(step.action);
  return step.note.empty() ? out : fmt::format("{} ({})", out, step.note);
}

std::string_view name(StepStatus status) {
  switch (status) {
    case StepStatus::Done:
      return "done";
    case StepStatus::Unmet:
      return "unmet";
    case StepStatus::Violated:
      return "violated";
    case StepStatus::Refused:
      return "refused";
    case StepStatus::NoAnswer:
      return "no-answer";
    case StepStatus::TriggerFailed:
      return "trigger-failed";
    case StepStatus::HarnessError:
      return "harness-error";
    case StepStatus::NotReached:
      return "not-reached";
  }
  return "";
}

std::string_view name(Level level) {
  switch (level) {
    case Level::Must:
      return "MUST";
    case Level::MustNot:
      return "MUST NOT";
    case Level::Should:
      return "SHOULD";
    case Level::ShouldNot:
      return "SHOULD NOT";
    case Level::May:
      return "MAY";
    case Level::Stated:
      return "stated";
  }
  return "";
}

std::string_view name(Binds binds) {
  switch (binds) {
    case Binds::Initiator:
      return "initiator";
    case Binds::Responder:
      return "responder";
    case Binds::Both:
      return "both";
    case Binds::Sender:
      return "sender";
    case Binds::Receiver:
      return "receiver";
  }
  return "";
}

std::string_view name(Testability testability) {
  switch (testability) {
    case Testability::Wire:
      return "wire";
    case Testability::NeedsTrigger:
      return "needs-trigger";
    case Testability::NeedsAdminView:
      return "needs-admin-view";
    case Testability::NotObservable:
      return "not-observable";
  }
  return "";
}

std::string Requirement::citation() const { return fmt::format("RFC {} §{}", rfc, section); }

std::string_view name(TargetKind kind) {
  switch (kind) {
    case TargetKind::Embedded:
      return "embedded";
    case TargetKind::Loopback:
      return "loopback";
    case TargetKind::Live:
      return "live";
  }
  return "";
}

bool Target::claims(std::string_view capability) const {
  return std::ranges::find(capabilities, capability) != capabilities.end();
}

}  // namespace ikevet::scenarios
