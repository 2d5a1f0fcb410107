// A trigger of a target file as something that runs: started, asked how it goes, and judged when it has ended.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "scenarios/format/device_calls.hpp"
#include "scenarios/runner/dut.hpp"

namespace ikevet::scenarios {

class TriggerCall {
 public:
  virtual ~TriggerCall() = default;
  /// Running until it is over.
  virtual TriggerState poll() = 0;
  /// What it has said until now, for the message that it did not end in time.
  virtual std::string output() = 0;
};

/// Starts it. `name` is used in what is said about it. Throws std::runtime_error where this machine cannot.
std::unique_ptr<TriggerCall> start_call(std::string_view name, const DeviceCall& trigger, const Target& target);

/// The command of a trigger with "{lab}", "{harness}" and "{dut}" filled in; that of `ssh` for an SshCommand.
std::vector<std::string> filled_in(const std::vector<std::string>& command, const Target& target);
std::vector<std::string> ssh_command(const SshCommand& ssh, const Target& target);

}  // namespace ikevet::scenarios
