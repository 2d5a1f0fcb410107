// What a program that embeds ikevet adds to a run: triggers, steps and rules of its own. The command line has none.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "reports/verdict.hpp"
#include "scenarios/format/scenario.hpp"
#include "scenarios/runner/dut.hpp"
#include "scenarios/runner/step_hook.hpp"

namespace ikevet::app {

/// Called from the thread that plays, one scenario at a time.
class RunHooks {
 public:
  virtual ~RunHooks() = default;
  /// Makes the device act. Empty: the target's own trigger of that name is meant.
  virtual std::optional<scenarios::TriggerState> trigger(std::string_view /*name*/) { return std::nullopt; }
  /// Who plays steps of this scenario; null: the runner plays them all. Lives until the next call.
  virtual scenarios::StepHook* steps_of(const scenarios::Scenario& /*scenario*/) { return nullptr; }
  /// Verdicts on what was seen, beside those of the rules for every message.
  virtual std::vector<reports::RequirementVerdict> judge(const scenarios::Scenario& /*scenario*/,
                                                         const trace::Trace& /*trace*/) {
    return {};
  }
};

/// A device some of whose triggers are the hooks'.
class HookedDut final : public scenarios::Dut {
 public:
  HookedDut(scenarios::Dut& dut, RunHooks& hooks) : dut_(dut), hooks_(hooks) {}
  scenarios::TriggerState trigger(std::string_view name, Instant now) override {
    ours_ = hooks_.trigger(name);
    return ours_ ? *ours_ : dut_.trigger(name, now);
  }
  scenarios::TriggerState poll(Instant now) override { return ours_ ? *ours_ : dut_.poll(now); }
  std::optional<std::size_t> ike_sas() override { return dut_.ike_sas(); }
  bool was_reset() const override { return dut_.was_reset(); }
  const scenarios::DeviceCall* call(std::string_view trigger) const override { return dut_.call(trigger); }

 private:
  scenarios::Dut& dut_;
  RunHooks& hooks_;
  std::optional<scenarios::TriggerState> ours_;
};

}  // namespace ikevet::app
