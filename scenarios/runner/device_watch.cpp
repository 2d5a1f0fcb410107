#include "scenarios/runner/device_watch.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "engine/base/random.hpp"
#include "engine/transport/engine_server.hpp"
#include "scenarios/runner/peer_setup.hpp"
#include "scenarios/runner/trigger_call.hpp"

namespace ikevet::scenarios {
namespace {

using State = DeviceHealth::State;

/// How often a running question is looked at, and how long it is waited between two tries.
constexpr auto kGlance = std::chrono::milliseconds(10);
constexpr auto kBetweenTries = std::chrono::milliseconds(500);
/// After this time a device has forgotten half-open IKE SAs: strongSwan after 30 s.
constexpr Duration kHalfOpenEnds = std::chrono::seconds(40);
/// As of a set-up: several exchanges.
constexpr int kAnswerTimesForSetUp = 4;

}  // namespace

std::string_view name(State state) {
  switch (state) {
    case State::Alive:
      return "alive";
    case State::Restarted:
      return "restarted";
    case State::Dead:
      return "dead";
    case State::Silent:
      return "silent";
    case State::Unknown:
      break;
  }
  return "unknown";
}

std::optional<State> health_from_name(std::string_view text) {
  for (const State state : {State::Alive, State::Restarted, State::Dead, State::Silent, State::Unknown})
    if (name(state) == text) return state;
  return std::nullopt;
}

/// An IKE SA on sockets of its own, in a thread of its own.
class DeviceWatch::Bystander final : private transport::DriverObserver {
 public:
  Bystander(const Target& target, double time_scale)
      : patience_(scale(target.answer_time, time_scale)), target_(target) {
    transport::UdpOptions udp;
    udp.local = target.harness_address;
    udp.ike_port = 0;
    udp.nat_t_port = 0;
    udp.bare_esp = false;
    udp.network_namespace = target.network_namespace;
    sa::Config config = harness_config(target, {}, time_scale);
    config.announce_initial_contact = false;  // it would end the IKE SAs of others, RFC 7296 §2.4
    server_ = std::make_unique<transport::EngineServer>(std::move(config), udp, std::make_unique<OsRandom>(),
                                                        sa::Seams{}, static_cast<transport::DriverObserver*>(this));
  }
  ~Bystander() override {
    // Deleted in agreement with the device, so that it is not left there.
    for (const sa::IkeSaView& view : server_->ike_sas())
      if (view.stage == sa::IkeSaView::Stage::Established) {
        command(sa::DeleteIkeSa{view.spis});
        wait([&] { return closed_; }, patience_);
      }
    server_->stop();
  }

  bool set_up() {
    {
      const std::lock_guard lock(mutex_);
      established_ = closed_ = false;
    }
    command(sa::Initiate{server_->ike_endpoint(), {target_.dut_address, target_.dut_ike_port}});
    return wait([&] { return established_ || closed_; }, kAnswerTimesForSetUp * patience_) && established_;
  }

  /// An empty INFORMATIONAL request is answered, RFC 7296 §2.4.
  bool lives() {
    for (const sa::IkeSaView& view : server_->ike_sas())
      if (view.stage == sa::IkeSaView::Stage::Established) {
        {
          const std::lock_guard lock(mutex_);
          answered_ = false;
        }
        command(sa::CheckLiveness{view.spis});
        return wait([&] { return answered_ || closed_; }, 2 * patience_) && answered_;
      }
    return false;
  }

  /// What stands is forgotten without a message: the device does not know it any more.
  void forget() { server_->reset(); }

 private:
  void command(const sa::Command& what) { server_->command(what); }

  template <class Condition>
  bool wait(const Condition& condition, Duration patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, condition);
  }

  void on_event(const trace::Event& event, Instant) override {
    const std::lock_guard lock(mutex_);
    if (std::holds_alternative<trace::IkeSaEstablished>(event)) established_ = true;
    if (std::holds_alternative<trace::IkeSaClosed>(event)) closed_ = true;
    if (std::holds_alternative<trace::RequestAnswered>(event)) answered_ = true;
    changed_.notify_all();
  }

  Duration patience_;
  const Target& target_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool established_{}, closed_{}, answered_{};  // guarded by mutex_
  std::unique_ptr<transport::EngineServer> server_;
};

DeviceWatch::DeviceWatch(const Target& target, double time_scale, std::function<bool()> stop,
                         std::function<Instant()> now)
    : target_(target),
      calls_(device_calls(target)),
      time_scale_(time_scale),
      stop_(std::move(stop)),
      now_(std::move(now)) {}
DeviceWatch::~DeviceWatch() = default;

std::optional<std::string> DeviceWatch::ask(const DeviceCall& question, std::string_view called) {
  const auto call = start_call(called, question, target_);
  const auto end = now_() + scale(question.timeout, time_scale_);
  for (;;) {
    const TriggerState state = call->poll();
    if (state.kind == TriggerState::Kind::Fired) return state.detail;
    if (state.kind != TriggerState::Kind::Running || now_() >= end || stopped()) return std::nullopt;
    std::this_thread::sleep_for(kGlance);
  }
}

std::string DeviceWatch::wait_until_ready() {
  if (!calls_.ready) return "";
  const auto end = now_() + scale(calls_.ready_time, time_scale_);
  while (!ask(*calls_.ready, "ready")) {
    if (stopped()) return "interrupted";
    if (now_() >= end)
      return fmt::format("the device is not ready after {:g} s",
                         std::chrono::duration<double>(scale(calls_.ready_time, time_scale_)).count());
    std::this_thread::sleep_for(kBetweenTries);
  }
  return "";
}

std::string DeviceWatch::begin() {
  if (calls_.life) life_ = ask(*calls_.life, "life");
  const bool responder = target_.claims("responder");
  answers_ = responder && answers_plain_request(target_, time_scale_);
  std::string note;
  if (calls_.life && !life_) note = "`life` of the target gave no answer: restarts are looked for without it";
  if (responder && !answers_) return "the device does not answer a plain IKE_SA_INIT request to begin with";
  if (target_.concurrency < 2 || !responder) return note;
  auto bystander = std::make_unique<Bystander>(target_, time_scale_);
  // It has to live through an ordinary set-up with the same identities: some devices allow one IKE SA for each.
  auto other = std::make_unique<Bystander>(target_, time_scale_);
  keeps_bystander_ = bystander->set_up() && other->set_up() && bystander->lives();
  if (keeps_bystander_)
    bystander_ = std::move(bystander);
  else if (!life_)
    note =
        "no bystander: the device does not keep a second IKE SA with the same identities; restarts are seen only if "
        "it stops answering (see `life` in docs/device-life.md)";
  return note;
}

void DeviceWatch::make_ready_for(bool acts) {
  if (acts) return bystander_.reset();
  if (bystander_ || !keeps_bystander_) return;
  bystander_ = std::make_unique<Bystander>(target_, time_scale_);
  if (!bystander_->set_up()) bystander_.reset();
}

bool DeviceWatch::has_bystander() const { return bystander_ != nullptr; }

std::string DeviceWatch::reset() {
  const auto trigger = calls_.triggers.find("reset");
  if (trigger == calls_.triggers.end() || trigger->second.kinds() == 0) return "";
  if (!ask(trigger->second, "reset")) return "the trigger reset did not fire";
  return wait_until_ready();
}

/// A peer with too many half-open IKE SAs is not answered by some; they end by themselves.
bool DeviceWatch::answers_after_all() {
  const auto end = now_() + scale(kHalfOpenEnds, time_scale_);
  while (now_() < end && !stopped()) {
    if (answers_plain_request(target_, time_scale_)) return true;
    std::this_thread::sleep_for(kBetweenTries);
  }
  return false;
}

/// It does not answer: gone, or only tired of us? Empty: it answers after all.
std::optional<DeviceHealth> DeviceWatch::why_silent() {
  // Perhaps it is on its way back.
  std::string why = wait_until_ready();
  if (why.empty()) {
    if (answers_after_all()) return std::nullopt;
    why = "plain IKE_SA_INIT requests are not answered any more";
  }
  const bool gone = life_ && !ask(*calls_.life, "life");
  return DeviceHealth{gone ? State::Dead : State::Silent, gone ? why + ", and `life` gives no answer" : why};
}

DeviceHealth DeviceWatch::look(bool was_reset) {
  if (was_reset) {
    if (calls_.life) life_ = ask(*calls_.life, "life");
    if (bystander_) {
      bystander_->forget();
      if (!bystander_->set_up()) bystander_.reset();
    }
    if (const std::string not_ready = wait_until_ready(); !not_ready.empty()) return {State::Silent, not_ready};
  }
  const bool responder = target_.claims("responder");
  if (responder && !answers_plain_request(target_, time_scale_)) {
    // One that was silent before this scenario was not silenced by it, and is not waited for each time.
    if (!std::exchange(answers_, false)) return {State::Unknown, "it did not answer plain requests before either"};
    if (auto silent = why_silent()) return *silent;
  }
  answers_ = responder;
  if (calls_.life && life_) {
    const std::optional<std::string> now = ask(*calls_.life, "life");
    const std::string before = std::exchange(life_, now).value_or("");
    if (now && *now != before)
      return {State::Restarted, fmt::format("`life` said \"{}\" before, and says \"{}\" now", before, *now)};
  }
  if (bystander_ && !bystander_->lives()) {
    bystander_->forget();
    if (!bystander_->set_up()) bystander_.reset();
    return {State::Restarted, "an IKE SA that had nothing to do with the scenario is gone"};
  }
  if (!responder && !life_) return {};
  return {State::Alive, responder ? "a plain IKE_SA_INIT request is answered" : "`life` says the same as before"};
}

}  // namespace ikevet::scenarios
