// Steps about what lies beneath IKE: traffic through Child SAs, changing addresses, NATs, fragments.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/runner/step_player.hpp"

namespace ikevet::scenarios {
namespace {

using trace::Party;
using wire::NotifyType;

/// A step names so many frames of ESP as its evidence; the others look the same.
constexpr std::size_t kMostFrames = 20;
/// How long after the last request an answer is waited for.
constexpr Duration kPatience = std::chrono::seconds(1);
/// The device may be made to send by a command that takes its time, and its first packets may get lost.
constexpr int kAnswerTimesForTraffic = 5;
/// A move is an exchange, perhaps a COOKIE2 exchange after it, and a repetition of what was outstanding.
constexpr int kAnswerTimesForMove = 5;

bool has(const trace::MessageRecord& message, NotifyType type) {
  return wire::find_notify(message.payloads(), type) != nullptr;
}

}  // namespace

std::vector<std::size_t> StepPlayer::esp_frames() const {
  std::vector<std::size_t> out;
  const auto& packets = s_.trace().packets;
  for (std::size_t i = now_.packet; i < packets.size(); ++i)
    if (packets[i].frame != 0 && s_.plane().takes(packets[i].datagram)) out.push_back(packets[i].frame);
  out.resize(std::min(out.size(), kMostFrames));
  return out;
}

// --------------------------------------------------------------------------------------------------------- traffic

StepPlayer::Ending StepPlayer::on(const Traffic& traffic) {
  s_.release();
  s_.write_off_experiments();
  if (traffic.part == Traffic::Part::End) return end_traffic(traffic);
  const auto ike = live_ike_sa();
  if (!ike) return ike.error();
  const auto child = live_child(*ike);
  if (!child) return child.error();
  // A device that answered the last message must have read ours before it sees what goes through the Child SA.
  let_arrive();
  return traffic.by_dut ? answer_traffic(traffic) : begin_traffic(traffic);
}

StepPlayer::Ending StepPlayer::begin_traffic(const Traffic& traffic) {
  esp::PingPlan plan;
  plan.udp = traffic.udp;
  if (traffic.v6) plan.destination = *IpAddress::parse(*traffic.v6 ? "::" : "0.0.0.0");
  plan.count = static_cast<std::uint16_t>(traffic.count);
  plan.interval = s_.scaled(traffic.interval);
  plan.size = traffic.size;
  plan.patience = s_.scaled(kPatience);
  s_.send_dummies(traffic.dummies);
  s_.recorder().attack(traffic.attack);
  if (!s_.ping(plan)) {
    s_.recorder().attack(Traffic::Attack::None);
    return {StepStatus::HarnessError,
            "no data plane for this Child SA: it takes ESP, an algorithm that can be computed, and selectors with "
            "addresses of that family on both sides"};
  }
  return traffic.part == Traffic::Part::Begin ? Ending{} : end_traffic(traffic);
}

/// Waits for the account of what was sent, and judges it.
StepPlayer::Ending StepPlayer::end_traffic(const Traffic& traffic) {
  if (traffic.part == Traffic::Part::End) s_.stop_ping();
  const auto measured = [&]() -> const trace::TrafficMeasured* {
    for (auto it = s_.trace().events.rbegin(); it != s_.trace().events.rend(); ++it)
      if (const auto* event = std::get_if<trace::TrafficMeasured>(&it->event)) return event;
    return nullptr;
  };
  const bool attacked = s_.recorder().attacks();
  const Duration length = s_.scaled(traffic.interval) * traffic.count + s_.scaled(kPatience) + s_.answer_time();
  s_.pump(s_.now() + length, [&] { return !s_.plane().pinging(); });
  s_.recorder().attack(Traffic::Attack::None);
  out_->frames = esp_frames();
  const trace::TrafficMeasured* event = measured();
  if (event == nullptr || s_.plane().pinging())
    return {StepStatus::HarnessError, "no traffic was begun: put a `traffic` with \"background\" before this step"};
  const int lost = event->sent - event->answered;
  std::string detail = trace::text(*event);
  if (attacked && event->duplicates > 0)
    return {StepStatus::Unmet, detail + "; a request that arrived twice was answered twice"};
  if (event->sent > 0 && lost <= traffic.loss) return {StepStatus::Done, std::move(detail)};
  // Why, as far as this side knows.
  if (const auto* refused = event_since<trace::EspDiscarded>()) detail += fmt::format("; {}", trace::text(*refused));
  return {StepStatus::Unmet, std::move(detail)};
}

StepPlayer::Ending StepPlayer::answer_traffic(const Traffic& traffic) {
  const int before = s_.plane().answered();
  if (auto fired = fire("traffic"); !fired) return fired.error();
  const auto came = [&] { return s_.plane().answered() - before; };
  const auto over = [&] {
    return s_.trigger_state().kind == TriggerState::Kind::Unsupported || came() >= traffic.count;
  };
  s_.pump(s_.now() + kAnswerTimesForTraffic * s_.answer_time(), over);
  out_->frames = esp_frames();
  s_.recorder().on_event(trace::TrafficAnswered{came()}, s_.now());
  if (came() >= traffic.count) return {StepStatus::Done, fmt::format("{} echo requests were answered", came())};
  if (came() == 0 && s_.trigger_state().kind != TriggerState::Kind::Fired)
    return {StepStatus::TriggerFailed, s_.trigger_state().kind == TriggerState::Kind::Running
                                           ? std::string("the trigger `traffic` is still running")
                                           : s_.trigger_state().detail};
  std::string detail = fmt::format("{} of {} echo requests came", came(), traffic.count);
  if (const auto* refused = event_since<trace::EspDiscarded>()) detail += fmt::format("; {}", trace::text(*refused));
  return {StepStatus::Unmet, std::move(detail)};
}

// ------------------------------------------------------------------------------------------------------------ moves

/// The device's answer to an UPDATE_SA_ADDRESSES of ours since this step began, RFC 4555 §3.5.
const trace::MessageRecord* StepPlayer::answered_update() const {
  const auto& messages = s_.trace().messages;
  for (std::size_t i = messages.size(); i > now_.message; --i) {
    const trace::MessageRecord& answer = messages[i - 1];
    if (answer.from == Party::Dut && answer.is_response() && answer.request && *answer.request >= now_.message &&
        has(messages[*answer.request], NotifyType::UPDATE_SA_ADDRESSES))
      return &answer;
  }
  return nullptr;
}

/// Where a move goes; empty: the target gives the harness no such address.
std::optional<IpAddress> StepPlayer::destination(Move::To to, const IpAddress& from) const {
  const std::vector<IpAddress> ours = s_.harness_addresses();
  if (to == Move::To::First) return ours.front();
  const bool other_family = to == Move::To::OtherFamily;
  // The one behind the present one, round in a circle.
  auto at = std::ranges::find(ours, from);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (at == ours.end() || ++at == ours.end()) at = ours.begin();
    if (*at != from && (at->is_v6() != from.is_v6()) == other_family) return *at;
  }
  return std::nullopt;
}

/// Of the device, as seen from an address of ours: where it is, or its first one of that family.
std::optional<IpAddress> StepPlayer::counterpart(const IpAddress& local, const IpAddress& remote) const {
  if (local.is_v6() == remote.is_v6()) return remote;
  const std::vector<IpAddress> theirs = s_.dut_addresses();
  const auto found = std::ranges::find(theirs, local.is_v6(), &IpAddress::is_v6);
  return found == theirs.end() ? std::nullopt : std::optional(*found);
}

StepPlayer::Or<sa::IkeSaView> StepPlayer::mobile_ike_sa() const {
  const auto ike = live_ike_sa();
  if (!ike) return tl::unexpected(ike.error());
  const auto views = s_.engine().ike_sas();
  const auto view = std::ranges::find(views, *ike, &sa::IkeSaView::spis);
  if (view == views.end()) return tl::unexpected(Ending{StepStatus::Unmet, why_gone()});
  if (!view->mobike)
    return tl::unexpected(
        Ending{StepStatus::TriggerFailed, "unsupported: MOBIKE was not agreed in this IKE SA (RFC 4555 §3.2)"});
  return *view;
}

/// An UPDATE_SA_ADDRESSES of the device since this step began.
const trace::MessageRecord* StepPlayer::asked_for_update() const {
  const auto& messages = s_.trace().messages;
  for (std::size_t i = messages.size(); i > now_.message; --i)
    if (messages[i - 1].from == Party::Dut && !messages[i - 1].is_response() &&
        has(messages[i - 1], NotifyType::UPDATE_SA_ADDRESSES))
      return &messages[i - 1];
  return nullptr;
}

StepPlayer::Ending StepPlayer::on(const Move& move) {
  s_.release();
  s_.write_off_experiments();
  const auto view = mobile_ike_sa();
  if (!view) return view.error();
  return move.by_dut ? follow_move(*view) : make_move(*view, move);
}

StepPlayer::Ending StepPlayer::make_move(const sa::IkeSaView& ike, const Move& move) {
  const IpAddress from = ike.local.address;
  const auto to = destination(move.to, from);
  const auto remote = to ? counterpart(*to, ike.remote.address) : std::nullopt;
  if (!to || !remote || *to == from)
    return {StepStatus::TriggerFailed,
            fmt::format("unsupported: the target gives {} no address to go to ({}.other_addresses)",
                        to && !remote ? "the device" : "the harness", to && !remote ? "dut" : "harness")};
  s_.recorder().change_address(from, *to);
  // RFC 4555 §3.5, §3.6: the party that began the IKE SA decides; the other one says where it can be reached.
  const bool ours_to_decide = s_.scenario().harness == Role::Initiator;
  if (ours_to_decide)
    s_.command(sa::Move{ike.spis, *to, *remote});
  else
    s_.command(sa::AddressesChanged{{*to}});
  if (move.begin) return {};
  const auto moved = [&] {
    return event_since<trace::ChildSaMoved>([&](const auto& e) { return e.local.address == *to; }) != nullptr;
  };
  const auto agreed = [&] { return answered_update() != nullptr; };
  const auto refused = [&] {
    const auto* answer = answered_update();
    return answer != nullptr && has(*answer, NotifyType::UNACCEPTABLE_ADDRESSES);
  };
  // As responder we are followed by an UPDATE_SA_ADDRESSES of the device.
  const auto done = [&] { return moved() && (ours_to_decide ? agreed() : asked_for_update() != nullptr); };
  s_.pump(s_.now() + kAnswerTimesForMove * s_.answer_time(), [&] { return done() || refused(); });
  settle_move();
  if (refused()) return {StepStatus::Unmet, "the device answered N(UNACCEPTABLE_ADDRESSES)"};
  return after_waiting(done(), ours_to_decide ? "UPDATE_SA_ADDRESSES was not answered"
                                              : "the device did not send UPDATE_SA_ADDRESSES to the new address");
}

StepPlayer::Ending StepPlayer::follow_move(const sa::IkeSaView& ike) {
  const IpAddress before = ike.remote.address;
  if (auto fired = fire("move"); !fired) return fired.error();
  const auto moved = [&] {
    return event_since<trace::ChildSaMoved>([&](const auto& e) { return e.remote.address != before; }) != nullptr;
  };
  s_.pump(s_.now() + kAnswerTimesForMove * s_.answer_time(), [&] { return moved() || trigger_had_no_effect(); });
  settle_move();
  return after_waiting(moved(), "the Child SAs did not move to another address of the device");
}

/// RFC 4555 §3.7: the device may ask with COOKIE2 before its Child SAs follow.
void StepPlayer::settle_move() {
  s_.pump(s_.now() + s_.answer_time() / 4, [] { return false; });
  out_->frames = s_.frames_since(now_.message);
}

StepPlayer::Ending StepPlayer::on(const PathTest&) {
  s_.release();
  s_.write_off_experiments();
  const auto view = mobile_ike_sa();
  if (!view) return view.error();
  const auto from = destination(Move::To::Next, view->local.address);
  if (!from)
    return {StepStatus::TriggerFailed,
            "unsupported: the target gives the harness no other address (harness.other_addresses)"};
  s_.recorder().send_next_from(*from);
  s_.command(sa::CheckLiveness{view->spis});
  const auto answer = [&]() -> const trace::MessageRecord* {
    const auto& messages = s_.trace().messages;
    for (std::size_t i = now_.message; i < messages.size(); ++i)
      if (messages[i].from == Party::Dut && messages[i].request && *messages[i].request >= now_.message &&
          messages[*messages[i].request].source.address == *from)
        return &messages[i];
    return nullptr;
  };
  s_.pump(s_.now() + s_.answer_time(), [&] { return answer() != nullptr; });
  out_->frames = s_.frames_since(now_.message);
  // A device that took this for a move sends what follows to an address where nobody is any more.
  s_.recorder().change_address(*from, view->local.address);
  if (answer() != nullptr && answer()->destination.address != *from)
    return {StepStatus::Unmet, fmt::format("asked from {}, the device answered to {}", from->text(),
                                           answer()->destination.address.text())};
  return after_waiting(answer() != nullptr, "the request from another address was not answered");
}

// ---------------------------------------------------------------------------------------------------------- network

StepPlayer::Ending StepPlayer::on(const Nat&) {
  transport::NatBox* box = s_.link().nat;
  if (box == nullptr) return {StepStatus::TriggerFailed, "unsupported: there is no NAT on the way to this target"};
  const Link& link = s_.link();
  if (s_.scenario().harness == Role::Initiator) {
    box->place(link.harness_ike.address);
  } else {
    box->place(link.dut_ike.address);
    for (const IpAddress& seen_as : {box->outside(), box->spare()}) s_.recorder().also_from(seen_as);
  }
  return {};
}

StepPlayer::Ending StepPlayer::on(const NatRemap& remap) {
  transport::NatBox* box = s_.link().nat;
  if (box == nullptr || !box->placed())
    return {StepStatus::HarnessError, "there is no NAT: put a `nat` at the beginning"};
  if (remap.address)
    box->remap_address();
  else
    box->remap_port();
  return {};
}

StepPlayer::Ending StepPlayer::on(const Reorder& reorder) {
  s_.recorder().reorder_next(reorder);
  return {};
}

}  // namespace ikevet::scenarios
