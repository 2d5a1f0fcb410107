#include "reports/cost/projection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <stdexcept>

#include "scenarios/format/document.hpp"

namespace ikevet::reports {
namespace {

using namespace std::chrono_literals;
using Seconds = std::chrono::duration<double>;

Duration to_duration(Seconds value) { return std::chrono::round<Duration>(value); }

[[noreturn]] void wrong(std::string_view text, const std::string& why) {
  throw std::invalid_argument(
      fmt::format("\"{}\": {}; a link is written delay=50ms,loss=2%[,retransmit=1s/2s/4s]", text, why));
}

Duration duration_of(std::string_view text, std::string_view whole) {
  const auto value = scenarios::parse_duration(text);
  if (!value || *value < Duration::zero()) wrong(whole, fmt::format("\"{}\" is no duration", text));
  return *value;
}

double loss_of(std::string_view text, std::string_view whole) {
  const bool percent = text.ends_with("%");
  if (percent) text.remove_suffix(1);
  double value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) wrong(whole, fmt::format("\"{}\" is no loss", text));
  if (percent) value /= 100;
  if (value < 0 || value >= 1) wrong(whole, "the loss of a packet is at least 0 and less than 1");
  return value;
}

std::vector<Duration> gaps_of(std::string_view text, std::string_view whole) {
  std::vector<Duration> out;
  while (true) {
    const std::size_t end = text.find('/');
    out.push_back(duration_of(text.substr(0, end), whole));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

struct StepResult {
  Seconds without_loss{}, expected{};
  double packets{}, failure{};
};

StepResult exchange(const FlowStep& step, const Link& link) {
  const double arrives = std::pow(1 - link.loss, static_cast<double>(step.request_packets));
  const double s = arrives * std::pow(1 - link.loss, static_cast<double>(step.response_packets));
  const Seconds once = 2 * Seconds(link.delay) + Seconds(step.work);
  const double sent = static_cast<double>(step.request_packets) + arrives * static_cast<double>(step.response_packets);
  StepResult out{once, {}, 0, std::pow(1 - s, static_cast<double>(link.gaps.size() + 1))};
  std::vector<Seconds> answers;
  Seconds at{};
  for (std::size_t k = 0; k <= link.gaps.size(); ++k) {
    if (k > 0) at += Seconds(link.gaps[k - 1]);
    const auto answered_before =
        static_cast<double>(std::ranges::count_if(answers, [&](Seconds answer) { return answer <= at; }));
    out.packets += std::pow(1 - s, answered_before) * sent;
    out.expected += s * std::pow(1 - s, static_cast<double>(k)) * (at + once);
    answers.push_back(at + once);
  }
  if (out.failure < 1) out.expected /= 1 - out.failure;
  return out;
}

StepResult last_message(const FlowStep& step, const Link& link) {
  const double p = 1 - link.loss;
  const Seconds once = Seconds(link.delay) + Seconds(step.work);
  StepResult out{once, p * once, 1, link.loss};
  double through = p;
  Seconds at{};
  for (const Duration gap : link.gaps) {
    at += Seconds(gap);
    const double now = out.failure * p * p;
    out.expected += now * (at + once);
    out.packets += out.failure * (1 + p);  // the message before it, and this one where that arrives
    out.failure -= now;
    through += now;
  }
  if (through > 0) out.expected /= through;
  return out;
}

const std::vector<FlowStep> kIdealSteps{{"IKE_SA_INIT"}, {"IKE_AUTH"}};
const std::vector<FlowStep> kMainSteps{
    {"main mode 1-2"}, {"main mode 3-4"}, {"main mode 5-6"}, {"quick mode 1-2"}, {"quick mode 3", 1, 0}};
/// Aggressive mode's third message and quick mode's first go out together.
const std::vector<FlowStep> kAggressiveSteps{
    {"aggressive mode 1-2"}, {"aggressive mode 3, quick mode 1-2", 2, 1}, {"quick mode 3", 1, 0}};

}  // namespace

Link link_from_text(std::string_view text) {
  Link out;
  bool has_delay = false;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find(',');
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) wrong(text, fmt::format("\"{}\" has no value", part));
    const std::string_view key = part.substr(0, equals), value = part.substr(equals + 1);
    if (key == "delay") {
      out.delay = duration_of(value, text);
      has_delay = true;
    } else if (key == "loss") {
      out.loss = loss_of(value, text);
    } else if (key == "retransmit") {
      out.gaps = gaps_of(value, text);
      out.gaps_source = "given";
    } else {
      wrong(text, fmt::format("there is no \"{}\" of a link", key));
    }
  }
  if (!has_delay) wrong(text, "the delay is missing");
  return out;
}

Projection project(std::string flow, std::string source, const std::vector<FlowStep>& steps, const Link& link) {
  Projection out{std::move(flow), std::move(source), 0, {}, {}, 0, 0};
  Seconds without_loss{}, expected{};
  double through = 1;
  for (const FlowStep& step : steps) {
    const StepResult result = step.response_packets == 0 ? last_message(step, link) : exchange(step, link);
    out.packets += step.request_packets + step.response_packets;
    without_loss += result.without_loss;
    expected += result.expected;
    out.expected_packets += result.packets;
    through *= 1 - result.failure;
  }
  out.without_loss = to_duration(without_loss);
  out.expected = to_duration(expected);
  out.failure = 1 - through;
  return out;
}

std::vector<Projection> project(const RunCost& cost, Link& link) {
  if (link.gaps.empty() && cost.device_gaps.size() > 1) {
    link.gaps = cost.device_gaps;
    link.gaps_source = "the device's, in " + cost.device_gaps_scenario;
  } else if (link.gaps.empty()) {
    link.gaps = {1s, 2s, 4s, 8s, 16s, 32s};
    link.gaps_source = "assumed: the run does not show the device's";
  }
  std::vector<Projection> out;
  if (const SetUpCost* typical = cost.typical()) {
    std::vector<FlowStep> steps;
    for (const Exchange& exchange : typical->exchanges) {
      const Cost part = cost_of(exchange, cost.path);
      steps.push_back({std::string(wire::name_or_number(exchange.type)), exchange.request_packets,
                       std::max<std::size_t>(exchange.response_packets, 1), part.device + part.harness});
    }
    out.push_back(project("IKEv2, this device", "observed in " + typical->scenario, steps, link));
  }
  const auto ideal = [&](const IdealFlow& flow, const std::vector<FlowStep>& steps) {
    out.push_back(project(std::string(flow.name), std::string(flow.source), steps, link));
  };
  ideal(kIkev2Ideal, kIdealSteps);
  ideal(kIkev1Main, kMainSteps);
  ideal(kIkev1Aggressive, kAggressiveSteps);
  return out;
}

}  // namespace ikevet::reports
