// Steps that are whole exchanges.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/format/outcome_text.hpp"
#include "scenarios/runner/step_player.hpp"

namespace ikevet::scenarios {
namespace {

using trace::CloseReason;

/// A set-up is two exchanges, each of which may be repeated with a cookie or another group, or because it was lost.
constexpr int kAnswerTimesForSetUp = 5;
/// A rekey is two exchanges; some devices keep the old Child SA for several seconds before they delete it.
constexpr Duration kLeastTimeForRekey = std::chrono::seconds(10);

}  // namespace

std::string StepPlayer::why_gone() const {
  const auto& events = s_.trace().events;
  for (std::size_t i = events.size(); i > 0; --i)
    if (const auto* closed = std::get_if<trace::IkeSaClosed>(&events[i - 1].event))
      return fmt::format("the IKE SA is gone: {}{}{}", trace::name(closed->reason), closed->detail.empty() ? "" : ", ",
                         closed->detail);
  return "there is no IKE SA";
}

StepPlayer::Or<IkeSpis> StepPlayer::live_ike_sa() const {
  if (const auto ike = s_.book().newest_ike()) return *ike;
  const bool refused = std::ranges::any_of(s_.trace().events, [](const trace::EventRecord& record) {
    return std::holds_alternative<trace::IkeSaClosed>(record.event);
  });
  if (refused || s_.book().ever_established()) return tl::unexpected(Ending{StepStatus::Unmet, why_gone()});
  return tl::unexpected(Ending{StepStatus::HarnessError, "this step needs an IKE SA: put an `establish` before it"});
}

StepPlayer::Or<ChildSpi> StepPlayer::live_child(IkeSpis ike) const {
  if (const auto child = s_.book().newest_child(ike)) return *child;
  return tl::unexpected(Ending{StepStatus::Unmet, "the IKE SA has no Child SA"});
}

std::string StepPlayer::refusal() const {
  if (const auto* refused = event_since<trace::RequestRefused>())
    return fmt::format("the device answered {} with N({})", wire::name_or_number(refused->exchange),
                       wire::name_or_number(refused->error));
  if (const auto* fault = event_since<trace::PeerFault>()) return trace::text(*fault);
  if (const auto* closed = event_since<trace::IkeSaClosed>()) return trace::text(*closed);
  return "the device refused";
}

/// What a step that waited for something came to.
StepPlayer::Ending StepPlayer::after_waiting(bool came, const std::string& what) {
  out_->frames = s_.frames_since(now_.message);
  if (came) return {};
  if (trigger_had_no_effect()) return {StepStatus::TriggerFailed, s_.trigger_state().detail};
  if (event_since<trace::RequestRefused>()) return {StepStatus::Refused, refusal()};
  if (s_.arrivals() == 0) return {StepStatus::NoAnswer, "the device sent nothing"};
  if (s_.seen().size() == now_.seen) return {StepStatus::Unmet, fmt::format("{}: nothing came", what)};
  return {StepStatus::Unmet, what};
}

StepPlayer::Ending StepPlayer::on(const Establish&) {
  s_.release();
  const auto up = [&] { return event_since<trace::IkeSaEstablished>(); };
  if (!up()) {
    s_.write_off_experiments();
    if (!s_.set_up_in_progress()) {
      if (s_.scenario().harness == Role::Initiator)
        s_.command(s_.initiation());
      else if (auto fired = fire("initiate"); !fired)
        return fired.error();
    }
  }
  const auto over = [&] {
    return event_since<trace::IkeSaClosed>([](const auto& e) { return e.reason != CloseReason::Abandoned; }) != nullptr;
  };
  s_.pump(s_.now() + kAnswerTimesForSetUp * s_.answer_time(),
          [&] { return up() || (over() && !s_.set_up_in_progress()) || trigger_had_no_effect(); });

  const trace::IkeSaEstablished* established = up();
  if (established && s_.book().newest_child(established->spis)) return after_waiting(true, "");
  out_->frames = s_.frames_since(now_.message);
  if (established) return {StepStatus::Refused, "an IKE SA without a Child SA: " + refusal()};
  if (trigger_had_no_effect()) return {StepStatus::TriggerFailed, s_.trigger_state().detail};
  if (s_.seen().size() == now_.seen) return {StepStatus::NoAnswer, "the device sent nothing"};
  if (event_since<trace::RequestRefused>() || event_since<trace::PeerFault>() || over())
    return {StepStatus::Refused, refusal()};
  return {StepStatus::Unmet, "the device began to set up an IKE SA and went no further"};
}

StepPlayer::Ending StepPlayer::on(const Liveness&) {
  s_.release();
  s_.write_off_experiments();
  const auto ike = live_ike_sa();
  if (!ike) return ike.error();
  const auto asked = [&] {
    for (const sa::IkeSaView& view : s_.engine().ike_sas())
      if (view.spis == *ike) return view.next_request;
    return MessageId{};
  }();
  s_.command(sa::CheckLiveness{*ike});
  const auto is_ours = [&](const auto& e) {
    return e.ike == *ike && e.exchange == wire::ExchangeType::INFORMATIONAL && e.message_id >= asked;
  };
  const auto answered = [&] { return event_since<trace::RequestAnswered>(is_ours) != nullptr; };
  const auto refused = [&] { return event_since<trace::RequestRefused>(is_ours) != nullptr; };
  s_.pump(s_.now() + s_.answer_time(), [&] { return answered() || refused(); });
  if (refused()) {
    out_->frames = s_.frames_since(now_.message);
    return {StepStatus::Unmet, refusal()};
  }
  return after_waiting(answered(), "the liveness check was not answered");
}

StepPlayer::Ending StepPlayer::on(const RekeyChild& rekey) {
  s_.release();
  s_.write_off_experiments();
  const auto ike = live_ike_sa();
  if (!ike) return ike.error();
  const auto old = live_child(*ike);
  if (!old) return old.error();
  if (!rekey.by_dut)
    s_.command(sa::RekeyChildSa{*ike, *old});
  else if (auto fired = fire("rekey_child"); !fired)
    return fired.error();

  const auto replaced = [&] {
    return event_since<trace::ChildSaEstablished>([&](const auto& e) { return e.rekeys == *old; }) != nullptr;
  };
  const auto closed = [&] {
    return event_since<trace::ChildSaClosed>([&](const auto& e) { return e.inbound == *old; }) != nullptr;
  };
  const auto refused = [&] { return event_since<trace::RequestRefused>() != nullptr; };
  const Duration patience = std::max(2 * s_.answer_time(), s_.scaled(kLeastTimeForRekey));
  s_.pump(s_.now() + patience, [&] { return (replaced() && closed()) || refused() || trigger_had_no_effect(); });
  return after_waiting(replaced() && closed(),
                       replaced() ? fmt::format("the old Child SA {}", kOldSaStays) : "the Child SA was not rekeyed");
}

StepPlayer::Ending StepPlayer::on(const RekeyIke& rekey) {
  s_.release();
  s_.write_off_experiments();
  const auto old = live_ike_sa();
  if (!old) return old.error();
  if (!rekey.by_dut)
    s_.command(sa::RekeyIkeSa{*old});
  else if (auto fired = fire("rekey_ike"); !fired)
    return fired.error();

  const auto replaced = [&] {
    return event_since<trace::IkeSaRekeyed>([&](const auto& e) { return e.ike == *old; }) != nullptr;
  };
  const auto closed = [&] {
    return event_since<trace::IkeSaClosed>([&](const auto& e) { return e.spis == *old; }) != nullptr;
  };
  const auto refused = [&] { return event_since<trace::RequestRefused>() != nullptr; };
  const Duration patience = std::max(2 * s_.answer_time(), s_.scaled(kLeastTimeForRekey));
  s_.pump(s_.now() + patience, [&] { return (replaced() && closed()) || refused() || trigger_had_no_effect(); });
  return after_waiting(replaced() && closed(),
                       replaced() ? fmt::format("the old IKE SA {}", kOldSaStays) : "the IKE SA was not rekeyed");
}

StepPlayer::Ending StepPlayer::on(const CreateChild&) {
  s_.release();
  s_.write_off_experiments();
  const auto ike = live_ike_sa();
  if (!ike) return ike.error();
  s_.command(sa::CreateChildSa{*ike});
  const auto made = [&] {
    return event_since<trace::ChildSaEstablished>([&](const auto& e) { return e.ike == *ike && !e.rekeys; }) != nullptr;
  };
  const auto refused = [&] { return event_since<trace::RequestRefused>() != nullptr; };
  s_.pump(s_.now() + 2 * s_.answer_time(), [&] { return made() || refused(); });
  return after_waiting(made(), "no additional Child SA came up");
}

StepPlayer::Ending StepPlayer::on(const Delete& step) {
  s_.release();
  s_.write_off_experiments();
  const auto ike = live_ike_sa();
  if (!ike) return ike.error();
  std::optional<ChildSpi> child;
  if (step.child) {
    const auto found = live_child(*ike);
    if (!found) return found.error();
    child = *found;
  }
  if (step.by_dut) {
    if (auto fired = fire(step.child ? "delete_child" : "delete_ike"); !fired) return fired.error();
  } else if (child) {
    s_.command(sa::DeleteChildSa{*ike, *child});
  } else {
    s_.command(sa::DeleteIkeSa{*ike});
  }
  const CloseReason wanted = step.by_dut ? CloseReason::DeletedByPeer : CloseReason::DeletedByUs;
  const auto gone = [&] {
    // RFC 7296 §1.4.1: the device may decide the same at the same time, and its deletion close the Child SA first.
    if (child)
      return event_since<trace::ChildSaClosed>([&](const auto& e) {
               return e.inbound == *child && (e.reason == wanted || e.reason == CloseReason::DeletedByPeer);
             }) != nullptr;
    return event_since<trace::IkeSaClosed>([&](const auto& e) { return e.spis == *ike && e.reason == wanted; }) !=
           nullptr;
  };
  s_.pump(s_.now() + 2 * s_.answer_time(), [&] { return gone() || trigger_had_no_effect(); });
  return after_waiting(gone(), step.by_dut ? "the device did not delete it" : "the deletion was not answered");
}

}  // namespace ikevet::scenarios
