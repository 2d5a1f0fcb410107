#include "scenarios/runner/step_player.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>
#include <stdexcept>

#include "engine/wire/describe.hpp"
#include "scenarios/runner/leading_zero.hpp"
#include "scenarios/runner/trace_checks.hpp"

namespace ikevet::scenarios {
namespace {

using trace::MessageRecord;
using trace::Party;
using wire::ExchangeType;

/// A trigger's command has a time limit of its own; this one only bounds the wait for it.
constexpr Duration kLongestTrigger = std::chrono::minutes(10);
/// After this time the device has read what we sent.
constexpr Duration kOnTheWay = std::chrono::milliseconds(200);
/// A device that was silent for this many times its longest gap between repetitions will not send another.
constexpr double kGivenUpAfterGaps = 2.5;

std::string text(const MessageRecord& message) {
  return fmt::format("frame {}: {}, {}", message.frame, wire::describe_header(message.outer.header),
                     message.protection == trace::Protection::Opened ? wire::describe(message.outer, message.inner)
                                                                     : wire::describe(message.outer));
}

std::string seconds(Duration duration) {
  return fmt::format("{:.3g} s", std::chrono::duration<double>(duration).count());
}

/// Steps that leave what is held where it is; see play() in runner.hpp.
bool is_passive(const Action& action) {
  if (const auto* expect = std::get_if<Expect>(&action)) return expect->one_of.empty();
  if (const auto* check = std::get_if<Check>(&action)) return is_about_trace(check->what);
  return std::holds_alternative<Drop>(action) || std::holds_alternative<Duplicate>(action) ||
         std::holds_alternative<Replay>(action) || std::holds_alternative<Wait>(action) ||
         std::holds_alternative<NatRemap>(action) || std::holds_alternative<Reorder>(action);
}

std::optional<std::size_t> first_match(const Expect& expect, const MessageRecord& message) {
  for (std::size_t i = 0; i < expect.one_of.size(); ++i)
    if (!expect.one_of[i].silence && is_expected(expect.one_of[i].message, message)) return i;
  return std::nullopt;
}

bool allows_silence(const Expect& expect) { return std::ranges::any_of(expect.one_of, &Alternative::silence); }

}  // namespace

StepPlayer::Mark StepPlayer::mark() const {
  return {s_.now(), s_.trace().packets.size(), s_.trace().messages.size(), s_.trace().events.size(), s_.seen().size()};
}

StepOutcome StepPlayer::play(std::size_t index) {
  const Action& action = s_.scenario().steps.at(index).action;
  before_ = std::exchange(now_, mark());
  StepOutcome out;
  out.step = index;
  out.began = now_.at;
  out_ = &out;
  hold_back_for(index);
  Ending ending = std::visit([this](const auto& a) { return on(a); }, action);
  s_.hold_back({});
  if (!is_passive(action)) replayed_ = false;

  out.status = ending.status;
  out.detail = std::move(ending.detail);
  out.ended = s_.now();
  for (std::size_t i = first_unused_; i < s_.trace().messages.size(); ++i) {
    const MessageRecord& message = s_.trace().messages[i];
    if (message.from == Party::Dut && message.frame != 0 &&
        std::ranges::find(out.frames, message.frame) != out.frames.end())
      first_unused_ = i + 1;
  }
  return out;
}

/// The expects that come up while nothing but passive steps and other expects stand before a step that answers them.
std::vector<const Expect*> StepPlayer::expects_ahead(std::size_t index) const {
  std::vector<const Expect*> out;
  const std::vector<Step>& steps = s_.scenario().steps;
  for (std::size_t i = index + 1; i < steps.size(); ++i) {
    const Action& action = steps[i].action;
    if (std::holds_alternative<Send>(action) || std::holds_alternative<Silence>(action)) return out;
    const auto* expect = std::get_if<Expect>(&action);
    if (expect && !expect->one_of.empty())
      out.push_back(expect);
    else if (!is_passive(action))
      break;
  }
  return {};
}

void StepPlayer::hold_back_for(std::size_t index) {
  const Action& action = s_.scenario().steps[index].action;
  std::vector<const Expect*> wanted;
  const auto* current = std::get_if<Expect>(&action);
  if (current) wanted.push_back(current);
  // Compound steps need their answers at once.
  if (current || is_passive(action) || std::holds_alternative<Trigger>(action) || std::holds_alternative<Send>(action))
    std::ranges::copy(expects_ahead(index), std::back_inserter(wanted));
  if (wanted.empty()) return;
  s_.hold_back([wanted = std::move(wanted)](const MessageRecord& message) {
    return std::ranges::any_of(wanted, [&](const Expect* expect) { return first_match(*expect, message).has_value(); });
  });
}

// ------------------------------------------------------------------------------------------------------------------
// send

bool StepPlayer::left(const Send& send, bool response) const {
  if (s_.tap().made()) return true;
  const auto& messages = s_.trace().messages;
  return std::any_of(messages.begin() + static_cast<std::ptrdiff_t>(now_.message), messages.end(),
                     [&](const MessageRecord& message) {
                       return message.from == Party::Harness && message.outer.header.exchange == send.exchange &&
                              message.is_response() == response;
                     });
}

StepPlayer::Ending StepPlayer::on(const Send& send) {
  const bool response = send.what.empty() && s_.holds_request_of(send.exchange);
  if (!send.what.empty()) {
    s_.release();
    s_.write_off_experiments();
  }
  s_.tap().arm({send.exchange, response, send.mutate, send.once});
  choose_nonce(send, response);
  if (send.leading_zero && !choose_private_value(send))
    return {StepStatus::HarnessError, "no private value makes the shared secret begin with a zero octet"};
  s_.release();
  if (!left(send, response)) {
    if (response) return nothing_to_send(send);
    if (Ending ending = begin_request(send); ending.status != StepStatus::Done) return ending;
  }
  // The window lets one request out at a time, RFC 7296 §2.3: an earlier one may still have to be answered.
  const bool gone = s_.pump(s_.now() + 2 * s_.answer_time(), [&] { return left(send, response); });
  const auto made = s_.tap().disarm();
  s_.random().forget();
  out_->frames = s_.frames_since(now_.message, Party::Harness);
  if (!gone) return {StepStatus::HarnessError, "the message did not leave: an earlier request was never answered"};
  if (!made && !send.mutate.empty())
    return {StepStatus::HarnessError, "the engine repeated an answer it had given before: there was nothing to alter"};
  if (made && !made->failure.empty()) return {StepStatus::HarnessError, "cannot alter the message: " + made->failure};
  if (made) s_.note_experiment(*made);
  return {};
}

/// A Nonce that is set among the values enters our keys too, as far as the engine would have made one of that size: so
/// a scenario wins or loses a collision (RFC 7296 §2.8.1).
void StepPlayer::choose_nonce(const Send& send, bool response) {
  if (send.once) return;
  for (const Mutation& mutation : send.mutate) {
    const auto* set = std::get_if<SetField>(&mutation.action);
    if (!set || set->number || mutation.layer != Layer::Values || set->path != "Nonce/Nonce Data") continue;
    // Who answers with a KE payload of a group of 256 bits has drawn its private value before the nonce.
    const auto& messages = s_.trace().messages;
    const auto asked = std::find_if(messages.rbegin(), messages.rend(), [&](const MessageRecord& message) {
      return message.from == Party::Dut && !message.is_response() && message.outer.header.exchange == send.exchange;
    });
    const std::vector<wire::Payload>* request = nullptr;
    if (response && asked != messages.rend()) request = asked->inner.empty() ? &asked->outer.payloads : &asked->inner;
    const auto* ke = request ? wire::find<wire::KeyExchange>(*request) : nullptr;
    // A Child SA gets a key exchange of its own only where the harness is configured for one: none is drawn for it.
    const bool child = request && wire::find<wire::TSi>(*request);
    const bool drawn_before = ke && !child &&
                              (ke->group == wire::DhGroup::CURVE25519 || ke->group == wire::DhGroup::ECP_256 ||
                               ke->group == wire::DhGroup::MODP_2048);
    s_.random().choose(set->value, drawn_before ? 1 : 0);
  }
}

const wire::KeyExchange* StepPlayer::asked_key(ExchangeType exchange) const {
  const auto& messages = s_.trace().messages;
  const auto asked = std::find_if(messages.rbegin(), messages.rend(), [&](const MessageRecord& message) {
    return message.from == Party::Dut && !message.is_response() && message.outer.header.exchange == exchange;
  });
  return asked == messages.rend() ? nullptr : wire::find<wire::KeyExchange>(asked->payloads());
}

bool StepPlayer::choose_private_value(const Send& send) {
  const wire::KeyExchange* ke = asked_key(send.exchange);
  if (ke == nullptr) return false;
  auto octets = private_value_with_leading_zero(ke->group, ke->data, s_.random());
  // Who answers draws the private value before anything else of its size.
  if (octets) s_.random().choose(std::move(*octets), 0);
  return octets.has_value();
}

StepPlayer::Ending StepPlayer::begin_request(const Send& send) {
  if (send.exchange == ExchangeType::IKE_SA_INIT) {
    s_.write_off_experiments();
    s_.command(s_.initiation());
    return {};
  }
  if (send.exchange == ExchangeType::IKE_SESSION_RESUME) {
    s_.write_off_experiments();
    const auto lost = live_ike_sa();
    if (!lost) return lost.error();
    // RFC 5723 §1: the client has lost the IKE SA, so that no Delete payload tells the gateway.
    s_.command(sa::Abandon{*lost});
    s_.command(sa::Resume{*lost, s_.link().harness_ike, s_.link().dut_ike});
    return {};
  }
  std::string what = send.what;
  if (what.empty() && send.exchange == ExchangeType::INFORMATIONAL) what = "liveness";
  if (what.empty() && send.exchange == ExchangeType::CREATE_CHILD_SA) what = "rekey_child";
  if (what.empty()) return nothing_to_send(send);

  const auto ike = live_ike_sa();
  if (!ike) return ike.error();
  if (what == "liveness") {
    s_.command(sa::CheckLiveness{*ike});
  } else if (what == "delete_ike") {
    s_.command(sa::DeleteIkeSa{*ike});
  } else if (what == "rekey_ike") {
    s_.command(sa::RekeyIkeSa{*ike});
  } else if (what == "create_child") {
    s_.command(sa::CreateChildSa{*ike});
  } else {
    const auto child = live_child(*ike);
    if (!child) return child.error();
    if (what == "rekey_child")
      s_.command(sa::RekeyChildSa{*ike, *child});
    else if (what == "delete_child")
      s_.command(sa::DeleteChildSa{*ike, *child});
    else
      return {StepStatus::HarnessError, fmt::format("the engine does not know how to send \"{}\"", what)};
  }
  return {};
}

StepPlayer::Ending StepPlayer::nothing_to_send(const Send& send) const {
  if (event_since<trace::RequestRefused>() || event_since<trace::IkeSaClosed>())
    return {StepStatus::Refused, refusal()};
  return {StepStatus::HarnessError,
          fmt::format("there is no {} to send here: it follows from a message of the device that an `expect` step took "
                      "before",
                      wire::name_or_number(send.exchange))};
}

// ----------------------------------------------------------------------------------------------------------------
// expect

/// Not a straggler of an earlier scenario: the IKE SA began in this run.
bool StepPlayer::is_of_this_run(const MessageRecord& message) const {
  // One that a rekeying made has no IKE_SA_INIT.
  const auto keyed = [&](const trace::EventRecord& record) {
    const auto* ike = std::get_if<trace::IkeSaKeyed>(&record.event);
    return ike && ike->spis.i == message.outer.header.spis.i;
  };
  if (std::ranges::any_of(s_.trace().events, keyed)) return true;
  return std::ranges::any_of(s_.trace().messages, [&](const MessageRecord& other) {
    const bool introduces = other.from == Party::Harness ||
                            (other.outer.header.exchange == ExchangeType::IKE_SA_INIT && !other.is_response());
    return introduces && other.outer.header.spis.i == message.outer.header.spis.i;
  });
}

bool StepPlayer::take_match(const Expect& expect) {
  for (std::size_t i = before_.seen; i < s_.seen().size(); ++i) {
    const Session::Seen seen = s_.seen()[i];
    if (seen.consumed || seen.lost) continue;
    const MessageRecord& message = s_.trace().messages[seen.message];
    const auto alternative = first_match(expect, message);
    if (!alternative || !is_of_this_run(message)) continue;
    s_.consume(seen.message);
    out_->alternative = alternative;
    out_->frames = {message.frame};
    return true;
  }
  return false;
}

std::optional<std::size_t> StepPlayer::find_absent(const MessagePattern& pattern) const {
  for (std::size_t i = std::max(before_.message, first_unused_); i < s_.trace().messages.size(); ++i) {
    const MessageRecord& message = s_.trace().messages[i];
    if (message.from == Party::Dut && matches(pattern, message) && is_of_this_run(message)) return i;
  }
  return std::nullopt;
}

/// Responses of the device to our last message, or to something that is not in the record.
std::vector<std::size_t> StepPlayer::answers_to_last_message() const {
  std::vector<std::size_t> out;
  std::optional<std::size_t> asked;
  const auto& messages = s_.trace().messages;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const MessageRecord& message = messages[i];
    if (message.from == Party::Harness) {
      if (message.at <= before_.at || !asked) asked = i;
      continue;
    }
    if (i < std::max(before_.message, first_unused_) || !asked || !message.is_response()) continue;
    if ((!message.request || *message.request >= *asked) && is_of_this_run(message)) out.push_back(i);
  }
  return out;
}

StepPlayer::Ending StepPlayer::on(const Expect& expect) {
  // The step sees what came since the one before it began; so that whoever judges looks at the same stretch, it begins
  // there too.
  out_->began = before_.at;
  bool matched = false;
  std::optional<std::size_t> broken;
  const auto absent_seen = [&] {
    if (expect.absent) broken = find_absent(*expect.absent);
    return broken.has_value();
  };
  if (!expect.one_of.empty()) {
    if (!replayed_) s_.release_unwanted();
    const Duration within = expect.within ? s_.scaled(*expect.within) : s_.answer_time();
    s_.pump(now_.at + within, [&] { return absent_seen() || (matched = take_match(expect)); });
  }
  if (expect.absent && !broken) s_.pump(now_.at + s_.scaled(expect.absent_for.value_or(Duration{})), absent_seen);
  if (broken) {
    out_->frames = {s_.trace().messages[*broken].frame};
    return {StepStatus::Violated, text(s_.trace().messages[*broken])};
  }
  if (matched || expect.one_of.empty()) return {};
  return allows_silence(expect) ? judge_silence(expect) : unmet(expect);
}

StepPlayer::Ending StepPlayer::judge_silence(const Expect& expect) {
  if (!answers_to_last_message().empty()) return unmet(expect);
  const auto silence = std::ranges::find_if(expect.one_of, &Alternative::silence);
  out_->alternative = static_cast<std::size_t>(silence - expect.one_of.begin());
  return {};
}

StepPlayer::Ending StepPlayer::unmet(const Expect& expect) {
  std::string came;
  for (std::size_t i = before_.seen; i < s_.seen().size(); ++i) {
    const Session::Seen& seen = s_.seen()[i];
    if (seen.consumed || seen.lost) continue;
    const MessageRecord& message = s_.trace().messages[seen.message];
    out_->frames.push_back(message.frame);
    std::vector<std::string> why;
    for (const Alternative& alternative : expect.one_of) {
      if (alternative.silence) continue;
      const auto differences = mismatches(alternative.message, message);
      if (!differences.empty())
        why.push_back(fmt::format("{}", fmt::join(differences, ", ")));
      else
        why.emplace_back(is_expected(alternative.message, message) ? "not of an IKE SA of this run"
                                                                   : "asks for the request in another form");
    }
    came += fmt::format("{}frame {}: {}", came.empty() ? "" : "; ", message.frame, fmt::join(why, " / "));
  }
  const Duration within = expect.within ? s_.scaled(*expect.within) : s_.answer_time();
  if (!came.empty()) return {StepStatus::Unmet, "not what was expected: " + came};
  return {s_.arrivals() == 0 ? StepStatus::NoAnswer : StepStatus::Unmet, "nothing came within " + seconds(within)};
}

// ---------------------------------------------------------------------------------------------------- network and time

StepPlayer::Ending StepPlayer::on(const Silence& silence) {
  s_.throw_away_held();
  if (!silence.trigger.empty())
    if (auto fired = fire(silence.trigger); !fired) return fired.error();
  const Duration at_most = s_.scaled(silence.length.value_or(silence.at_most.value_or(s_.target().give_up_time)));
  // Has the device stopped asking? Known once it was silent for much longer than between two repetitions.
  const auto given_up = [&] {
    if (silence.length) return false;
    Duration longest{};
    std::optional<Instant> last;
    for (std::size_t i = now_.message; i < s_.trace().messages.size(); ++i) {
      const MessageRecord& message = s_.trace().messages[i];
      if (last) longest = std::max(longest, message.at - *last);
      last = message.at;
    }
    if (longest == Duration{}) return false;
    const auto patience = std::chrono::duration_cast<Duration>(longest * kGivenUpAfterGaps);
    return s_.now() - *last > std::max(patience, s_.answer_time());
  };
  // The clock of a virtual network jumps: without small steps it would pass the moment by.
  const Instant end = s_.now() + at_most;
  bool over = false;
  while (!over && !s_.interrupted() && s_.now() < end && !trigger_had_no_effect())
    over = s_.pump_in_silence(std::min(end, s_.now() + s_.answer_time()), given_up);
  out_->frames = s_.frames_since(now_.message, Party::Dut);
  if (!silence.trigger.empty() && out_->frames.empty() && s_.trigger_state().kind != TriggerState::Kind::Fired)
    return {StepStatus::TriggerFailed, s_.trigger_state().detail};
  return {};
}

StepPlayer::Ending StepPlayer::on(const Drop& drop) {
  s_.recorder().lose(drop);
  return {};
}

StepPlayer::Ending StepPlayer::on(const Duplicate& duplicate) {
  s_.recorder().double_next(duplicate);
  return {};
}

StepPlayer::Ending StepPlayer::on(const Replay& replay) {
  const auto& messages = s_.trace().messages;
  const auto found = std::find_if(messages.rbegin(), messages.rend(), [&](const MessageRecord& message) {
    return message.from == Party::Harness && matches(replay.message, message);
  });
  if (found == messages.rend())
    return {StepStatus::HarnessError,
            fmt::format("the harness has sent no {} that could be replayed", describe(replay.message))};
  Datagram datagram = s_.trace().packets[found->packet].datagram;
  Bytes octets = found->octets;
  for (const Mutation& mutation : replay.mutate)
    if (const CannotAlter why = alter_message(mutation.action, octets))
      return {StepStatus::HarnessError, "cannot alter the message: " + *why};
  datagram.payload.resize(datagram.payload.size() - found->octets.size());
  append(datagram.payload, octets);
  s_.send_raw(datagram);
  out_->frames = s_.frames_since(now_.message, Party::Harness);
  replayed_ = true;
  return {};
}

StepPlayer::Ending StepPlayer::on(const Wait& wait) {
  s_.pump(now_.at + s_.scaled(wait.length), [] { return false; });
  return {};
}

// ------------------------------------------------------------------------------------------------------ trigger and
// check

/// Our last answer has to reach the device before it can be made to act on it: as responder we are set up by the answer
/// that it has yet to read.
void StepPlayer::let_arrive() {
  const auto& messages = s_.trace().messages;
  if (messages.empty() || messages.back().from != Party::Harness) return;
  s_.pump(messages.back().at + s_.scaled(kOnTheWay), [] { return false; });
}

StepPlayer::Or<void> StepPlayer::fire(const std::string& trigger) {
  let_arrive();
  const TriggerState state = s_.trigger(trigger);
  const bool failed = state.kind == TriggerState::Kind::Unsupported || state.kind == TriggerState::Kind::Failed;
  if (failed) return tl::unexpected(Ending{StepStatus::TriggerFailed, state.detail});
  return {};
}

/// A command that ends with an error after the device has acted (because the exchange was refused, say) has done its
/// work.
bool StepPlayer::trigger_had_no_effect() const {
  const TriggerState::Kind kind = s_.trigger_state().kind;
  const bool failed = kind == TriggerState::Kind::Unsupported || kind == TriggerState::Kind::Failed;
  return failed && s_.seen().size() == now_.seen;
}

StepPlayer::Ending StepPlayer::on(const Trigger& trigger) {
  s_.release();
  if (auto fired = fire(trigger.name); !fired) return fired.error();
  s_.pump(s_.now() + kLongestTrigger,
          [&] { return s_.trigger_state().kind != TriggerState::Kind::Running || s_.holding(); });
  if (trigger_had_no_effect()) return {StepStatus::TriggerFailed, s_.trigger_state().detail};
  return {};
}

StepPlayer::Ending StepPlayer::on(const Check& check) {
  CheckResult result;
  if (is_about_trace(check.what)) {
    result = check_trace(check, s_.trace(), before_.message);
  } else {
    s_.release();
    const std::size_t alive = s_.book().ike_sas().size();
    switch (check.what) {
      case Check::What::IkeSaAlive:
        result = {alive > 0, alive > 0 ? "an IKE SA is alive" : why_gone(), {}};
        break;
      case Check::What::NoIkeSa:
        result = {alive == 0, fmt::format("{} IKE SAs are alive", alive), {}};
        break;
      case Check::What::ChildSas: {
        std::size_t children = 0;
        for (const sa::IkeSaView& view : s_.engine().ike_sas()) children += view.children.size();
        result = {
            children == static_cast<std::size_t>(check.count), fmt::format("there are {} Child SAs", children), {}};
        break;
      }
      default:
        result = check_new_spis(s_.trace());
    }
  }
  out_->frames = std::move(result.frames);
  return {result.holds ? StepStatus::Done : StepStatus::Unmet, std::move(result.detail)};
}

}  // namespace ikevet::scenarios
