// Plays the steps of a scenario one by one in a session.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "engine/wire/key_exchange.hpp"
#include "scenarios/format/run.hpp"
#include "scenarios/runner/session.hpp"

namespace ikevet::scenarios {

class StepPlayer {
 public:
  explicit StepPlayer(Session& session) : s_(session), now_{mark()}, before_{mark()} {}

  /// Plays a step. Throws what goes wrong on our side.
  StepOutcome play(std::size_t index);

 private:
  /// A point in the run.
  struct Mark {
    Instant at;
    std::size_t packet{};
    std::size_t message{};  ///< of the next one to be recorded
    std::size_t event{};
    std::size_t seen{};
  };
  /// How a step ended.
  struct Ending {
    StepStatus status = StepStatus::Done;
    std::string detail;
  };
  /// What was asked for, or why the step ends here.
  template <class T>
  using Or = tl::expected<T, Ending>;

  Mark mark() const;

  // step_player.cpp
  Ending on(const Send&);
  Ending on(const Expect&);
  Ending on(const Silence&);
  Ending on(const Drop&);
  Ending on(const Duplicate&);
  Ending on(const Replay&);
  Ending on(const Wait&);
  Ending on(const Trigger&);
  Ending on(const Check&);
  // step_player_compound.cpp
  Ending on(const Establish&);
  Ending on(const Liveness&);
  Ending on(const RekeyChild&);
  Ending on(const RekeyIke&);
  Ending on(const CreateChild&);
  Ending on(const Delete&);

  // step_player_path.cpp
  Ending on(const Traffic&);
  Ending on(const Move&);
  Ending on(const PathTest&);
  Ending on(const Nat&);
  Ending on(const NatRemap&);
  Ending on(const Reorder&);
  Ending begin_traffic(const Traffic&);
  Ending end_traffic(const Traffic&);
  Ending answer_traffic(const Traffic&);
  std::vector<std::size_t> esp_frames() const;
  Ending make_move(const sa::IkeSaView& ike, const Move& move);
  Ending follow_move(const sa::IkeSaView& ike);
  void settle_move();
  Or<sa::IkeSaView> mobile_ike_sa() const;
  std::optional<IpAddress> destination(Move::To to, const IpAddress& from) const;
  std::optional<IpAddress> counterpart(const IpAddress& local, const IpAddress& remote) const;
  const trace::MessageRecord* answered_update() const;
  const trace::MessageRecord* asked_for_update() const;

  void hold_back_for(std::size_t index);
  std::vector<const Expect*> expects_ahead(std::size_t index) const;

  // send
  void choose_nonce(const Send&, bool response);
  /// False when there is no KE payload to answer, or none of the private values tried does.
  bool choose_private_value(const Send&);
  /// The KE payload of the device's latest request of this exchange; null: none.
  const wire::KeyExchange* asked_key(wire::ExchangeType) const;
  Ending begin_request(const Send&);
  bool left(const Send&, bool response) const;
  Ending nothing_to_send(const Send&) const;

  // expect
  bool is_of_this_run(const trace::MessageRecord&) const;
  bool take_match(const Expect&);
  std::optional<std::size_t> find_absent(const MessagePattern&) const;
  std::vector<std::size_t> answers_to_last_message() const;
  Ending judge_silence(const Expect&);
  Ending unmet(const Expect&);

  // what compound steps share
  Or<IkeSpis> live_ike_sa() const;
  Or<ChildSpi> live_child(IkeSpis) const;
  std::string why_gone() const;
  /// The last event of a kind since this step began that `which` accepts.
  template <class Event, class Which>
  const Event* event_since(const Which& which) const;
  template <class Event>
  const Event* event_since() const {
    return event_since<Event>([](const Event&) { return true; });
  }
  Or<void> fire(const std::string& trigger);
  void let_arrive();
  bool trigger_had_no_effect() const;
  Ending after_waiting(bool came, const std::string& what);
  std::string refusal() const;

  Session& s_;
  Mark now_;     ///< where this step began
  Mark before_;  ///< where the step before it began
  StepOutcome* out_ = nullptr;
  std::size_t first_unused_{};  ///< messages before it were evidence of an earlier step
  bool replayed_{};             ///< a replay's reaction is awaited: what is held stays held
};

template <class Event, class Which>
const Event* StepPlayer::event_since(const Which& which) const {
  const auto& events = s_.trace().events;
  for (std::size_t i = events.size(); i > now_.event; --i)
    if (const auto* event = std::get_if<Event>(&events[i - 1].event))
      if (which(*event)) return event;
  return nullptr;
}

}  // namespace ikevet::scenarios
