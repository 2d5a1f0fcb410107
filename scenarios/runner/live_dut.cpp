#include <fmt/format.h>

#include <stdexcept>

#include "scenarios/runner/dut.hpp"
#include "scenarios/runner/peer_setup.hpp"
#include "scenarios/runner/trigger_call.hpp"

namespace ikevet::scenarios {

using Kind = TriggerState::Kind;

LiveDut::LiveDut(const Target& target, double time_scale) : LiveDut(target, time_scale, device_calls(target)) {}
LiveDut::LiveDut(const Target& target, double time_scale, DeviceCalls calls)
    : target_(target), time_scale_(time_scale), calls_(std::move(calls)) {}
LiveDut::~LiveDut() = default;

const DeviceCall* LiveDut::call(std::string_view trigger) const {
  const auto found = calls_.triggers.find(std::string(trigger));
  return found == calls_.triggers.end() || found->second.kinds() == 0 ? nullptr : &found->second;
}

TriggerState LiveDut::trigger(std::string_view name, Instant now) {
  running_.reset();
  const DeviceCall* how = call(name);
  if (how == nullptr) {
    state_ = {Kind::Unsupported, fmt::format("unsupported: the target {} has no trigger \"{}\"; add one to {}",
                                             target_.name, name, target_.file.empty() ? "its file" : target_.file)};
    return state_;
  }
  if (name == "reset") was_reset_ = true;
  std::unique_ptr<TriggerCall> started;
  try {
    started = start_call(name, *how, target_);
  } catch (const std::runtime_error& error) {
    state_ = {Kind::Failed, fmt::format("trigger {}: {}", name, error.what())};
    return state_;
  }
  if (how->background) {
    std::erase_if(background_, [](const auto& earlier) { return earlier->poll().kind != Kind::Running; });
    background_.push_back(std::move(started));
    state_ = {Kind::Fired, ""};
    return state_;
  }
  running_.emplace(Running{std::string(name), std::move(started), now + scale(how->timeout, time_scale_)});
  return poll(now);
}

TriggerState LiveDut::poll(Instant now) {
  if (!running_) return state_;
  state_ = running_->call->poll();
  if (state_.kind != Kind::Running) {
    running_.reset();
  } else if (now >= running_->deadline) {
    const std::string said = running_->call->output();
    state_ = {Kind::Failed, fmt::format("trigger {} did not end in time and was stopped{}; see `timeout` in {}",
                                        running_->name, said.empty() ? "" : ": " + said, target_.file)};
    running_.reset();
  }
  return state_;
}

}  // namespace ikevet::scenarios
