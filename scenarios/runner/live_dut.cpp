#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "scenarios/runner/dut.hpp"
#include "scenarios/runner/peer_setup.hpp"

namespace ikevet::scenarios {

using Kind = TriggerState::Kind;

namespace {

/// A command says with these that it cannot do what it was asked (style of shells and of BoringSSL's shim).
constexpr int kCommandNotFound = 127;
constexpr int kUnsupported = 89;

std::string quoted(const std::string& output) { return output.empty() ? "" : fmt::format(": {}", output); }

TriggerState ended(std::string_view name, int status, const std::string& output) {
  if (status == 0) return {Kind::Fired, output};
  if (status == kCommandNotFound || status == kUnsupported)
    return {Kind::Unsupported, fmt::format("unsupported: trigger {} ended with {}{}", name, status, quoted(output))};
  return {Kind::Failed, fmt::format("trigger {} ended with {}{}", name, status, quoted(output))};
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

}  // namespace

std::vector<std::string> filled_in(const std::vector<std::string>& command, const Target& target) {
  const std::filesystem::path lab = std::filesystem::path(target.file).parent_path() / "lab";
  std::vector<std::string> out = command;
  for (std::string& argument : out) {
    replace_all(argument, "{lab}", lab.string());
    replace_all(argument, "{harness}", target.harness_address.text());
    replace_all(argument, "{dut}", target.dut_address.text());
  }
  return out;
}

TriggerState LiveDut::trigger(std::string_view name, Instant now) {
  running_.reset();
  const auto found = target_.triggers.find(std::string(name));
  if (found == target_.triggers.end() || found->second.command.empty()) {
    state_ = {Kind::Unsupported, fmt::format("unsupported: the target {} has no trigger \"{}\"; add one to {}",
                                             target_.name, name, target_.file.empty() ? "its file" : target_.file)};
    return state_;
  }
  const TargetTrigger& trigger = found->second;
  ChildProcess process(filled_in(trigger.command, target_));
  if (trigger.background) {
    std::erase_if(background_, [](ChildProcess& earlier) { return earlier.exit_status().has_value(); });
    background_.push_back(std::move(process));
    state_ = {Kind::Fired, ""};
    return state_;
  }
  running_.emplace(Running{std::string(name), std::move(process), now + scale(trigger.timeout, time_scale_)});
  return poll(now);
}

TriggerState LiveDut::poll(Instant now) {
  if (!running_) return state_;
  if (const auto status = running_->process.exit_status()) {
    state_ = ended(running_->name, *status, running_->process.output());
    running_.reset();
  } else if (now >= running_->deadline) {
    state_ = {Kind::Failed, fmt::format("trigger {} did not end in time and was stopped{}; see `timeout` in {}",
                                        running_->name, quoted(running_->process.output()), target_.file)};
    running_.reset();
  } else {
    state_ = {Kind::Running, ""};
  }
  return state_;
}

}  // namespace ikevet::scenarios
