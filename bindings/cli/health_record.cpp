#include "bindings/cli/health_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/files.hpp"
#include "reports/reasons.hpp"

namespace ikevet::app {

using scenarios::DeviceHealth;

namespace {

/// Silence of the device satisfies the step.
bool takes_silence(const scenarios::Step& step) {
  if (const auto* check = std::get_if<scenarios::Check>(&step.action))
    return check->what == scenarios::Check::What::DutSilent;
  const auto* expect = std::get_if<scenarios::Expect>(&step.action);
  return expect != nullptr && (expect->absent || std::ranges::any_of(expect->one_of, &scenarios::Alternative::silence));
}

}  // namespace

bool tries_robustness(const scenarios::Scenario& scenario) {
  return std::ranges::any_of(scenario.steps, [](const scenarios::Step& step) {
    if (const auto* send = std::get_if<scenarios::Send>(&step.action)) return !send->mutate.empty();
    return std::holds_alternative<scenarios::Replay>(step.action) || takes_silence(step);
  });
}

void write_health(const std::filesystem::path& file, const DeviceHealth& health) {
  const nlohmann::ordered_json json{{"device", name(health.state)}, {"how", health.how}};
  reports::write_file(file, json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

std::optional<DeviceHealth> read_health(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return std::nullopt;
  const auto json = nlohmann::ordered_json::parse(reports::read_file(file), nullptr, false);
  if (json.is_object() && json.contains("device") && json["device"].is_string())
    if (const auto state = scenarios::health_from_name(json["device"].get<std::string>()))
      return DeviceHealth{*state, json.value("how", std::string())};
  throw reports::FileError(file.string() + ": is no record of a device's health; it was changed");
}

void apply_health(reports::ScenarioVerdict& verdict, const DeviceHealth& health) {
  using State = DeviceHealth::State;
  using reports::Status;
  const bool good = verdict.status == Status::Pass || verdict.status == Status::PassLenient;
  if (health.state == State::Silent && good) {
    verdict.status = Status::Inconclusive;
    verdict.reason = reports::reasons::kDeviceGone;
    verdict.detail = health.how;
  }
  if (health.state != State::Restarted && health.state != State::Dead) return;
  verdict.status = Status::Fail;
  verdict.reason.clear();
  verdict.detail = fmt::format("expected a device that goes on as before; actual: {}{}",
                               health.state == State::Restarted ? "it restarted: " : "", health.how);
}

}  // namespace ikevet::app
