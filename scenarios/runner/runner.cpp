#include "scenarios/runner/runner.hpp"

#include <algorithm>
#include <exception>

#include "scenarios/runner/aftermath.hpp"
#include "scenarios/runner/session.hpp"
#include "scenarios/runner/step_hook.hpp"
#include "scenarios/runner/step_player.hpp"

namespace ikevet::scenarios {
namespace {

constexpr Duration kLongestReset = std::chrono::minutes(2);

/// A check that does not hold says something of the device and leaves everything else as it was.
bool goes_on_after(const Step& step, StepStatus status) {
  return status == StepStatus::Done || (status == StepStatus::Unmet && std::holds_alternative<Check>(step.action));
}

StepOutcome play_step(StepPlayer& player, Session& session, std::size_t index, StepHook* hook) {
  const Instant began = session.now();
  try {
    if (auto played = hook ? hook->play(index, session) : std::nullopt) {
      played->step = index;
      played->began = began;
      played->ended = session.now();
      return std::move(*played);
    }
    return player.play(index);
  } catch (const std::exception& error) {
    StepOutcome out;
    out.step = index;
    out.status = StepStatus::HarnessError;
    out.began = began;
    out.ended = session.now();
    out.detail = error.what();
    return out;
  }
}

/// Was every IKE SA of the run taken down in agreement with the device?
bool left_nothing_behind(const trace::Trace& trace) {
  const auto taken_down = [&](IkeSpi spi_i) {
    return std::ranges::any_of(trace.events, [&](const trace::EventRecord& record) {
      const auto* closed = std::get_if<trace::IkeSaClosed>(&record.event);
      return closed && closed->spis.i == spi_i &&
             (closed->reason == trace::CloseReason::DeletedByUs || closed->reason == trace::CloseReason::DeletedByPeer);
    });
  };
  return std::ranges::all_of(trace.messages, [&](const trace::MessageRecord& message) {
    return message.outer.header.exchange != wire::ExchangeType::IKE_SA_INIT || message.is_response() ||
           taken_down(message.outer.header.spis.i);
  });
}

bool used_trigger(const Scenario& scenario, std::string_view name) {
  return std::ranges::any_of(scenario.steps, [&](const Step& step) {
    const auto* trigger = std::get_if<Trigger>(&step.action);
    const auto* move = std::get_if<Move>(&step.action);
    return (trigger && trigger->name == name) || (move && move->by_dut && name == "move");
  });
}

/// Honest deletion of what stands; a live device is reset where that is not enough, so that the next scenario finds it
/// as this one did.
void take_down(Session& session, const RunOptions& options) {
  session.hold_back({});
  session.release();
  session.write_off_experiments();
  for (const sa::IkeSaView& view : session.engine().ike_sas()) {
    if (view.stage == sa::IkeSaView::Stage::Established)
      session.command(sa::DeleteIkeSa{view.spis});
    else if (view.we_are_original_initiator)
      session.command(sa::Abandon{view.spis});
    // What the device began stays half-open: forgotten, its retransmitted request would get a second, different answer.
  }
  session.pump(session.now() + session.answer_time(), [&] {
    return std::ranges::all_of(session.engine().ike_sas(),
                               [](const sa::IkeSaView& view) { return view.stage == sa::IkeSaView::Stage::HalfOpen; });
  });

  if (session.target().kind != TargetKind::Live || !session.target().triggers.contains("reset")) return;
  const bool changed = used_trigger(session.scenario(), "demand_cookie") || used_trigger(session.scenario(), "move");
  if (left_nothing_behind(session.trace()) && !changed) return;
  if (options.on_leftover) return options.on_leftover();
  session.trigger("reset");
  session.pump(session.now() + session.scaled(kLongestReset),
               [&] { return session.trigger_state().kind != TriggerState::Kind::Running; });
}

}  // namespace

std::uint64_t scenario_seed(std::uint64_t seed, std::string_view scenario) {
  std::uint64_t hash = 0xcbf29ce484222325U ^ seed;  // FNV-1a, 64 bits
  for (const char c : scenario) {
    hash ^= static_cast<std::uint8_t>(c);
    hash *= 0x100000001b3U;
  }
  return hash;
}

ScenarioRun play(const Scenario& scenario, const Target& target, const Link& link, const RunOptions& options,
                 keys::KeySet* keys) {
  return play_hooked(scenario, target, link, options, keys, nullptr);
}

ScenarioRun play_hooked(const Scenario& scenario, const Target& target, const Link& link, const RunOptions& options,
                        keys::KeySet* keys, StepHook* hook) {
  ScenarioRun run;
  run.scenario = scenario.id;
  run.seed = options.seed.value_or(0);
  run.harness_endpoints = {link.harness_ike, link.harness_nat_t};
  for (const IpAddress& address : target.harness_other_addresses)
    for (const std::uint16_t port : {link.harness_ike.port, link.harness_nat_t.port})
      run.harness_endpoints.push_back({address, port});

  Session session(scenario, target, link, options);
  StepPlayer player(session);
  bool going = true;
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
    StepOutcome outcome;
    outcome.step = i;
    if (going) outcome = play_step(player, session, i, hook);
    if (going && session.interrupted()) {
      // What was seen until then stays in the trace; the step was cut off and says nothing.
      outcome = StepOutcome{};
      outcome.step = i;
      run.interrupted = true;
    }
    going = going && goes_on_after(scenario.steps[i], outcome.status);
    if (options.on_step) options.on_step(outcome);
    run.steps.push_back(std::move(outcome));
  }
  if (!run.interrupted) {
    try {
      // The embedded device is this process: it cannot be gone.
      if (target.kind == TargetKind::Live &&
          std::ranges::find(target.capabilities, "responder") != target.capabilities.end() &&
          rests_on_silence(scenario, run.steps))
        ask_whether_it_lives(session);
      take_down(session, options);
    } catch (const std::exception&) {
      // The steps have been played; a network that fails now takes nothing from what they showed.
    }
    run.interrupted = session.interrupted() && run.steps.back().status == StepStatus::NotReached;
  }
  run.trace = session.recorder().take_trace();
  if (keys) *keys = session.recorder().keys();
  return run;
}

}  // namespace ikevet::scenarios
