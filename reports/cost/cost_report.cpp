#include "reports/cost/cost_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "reports/json_text.hpp"
#include "reports/plain_text.hpp"
#include "reports/run_info_json.hpp"

namespace ikevet::reports {
namespace {

constexpr int kCostVersion = 1;

std::int64_t ns(Duration duration) { return duration.count(); }

Json to_json(const Cost& cost) {
  Json json = Json::object();
  json["exchanges"] = cost.exchanges;
  json["messages"] = cost.messages;
  json["packets"] = cost.packets;
  json["round_trips"] = cost.round_trips;
  json["octets"] = cost.octets;
  json["repeated"] = cost.copies;
  json["lost"] = cost.lost;
  json["network_ns"] = ns(cost.network);
  json["device_ns"] = ns(cost.device);
  json["harness_ns"] = ns(cost.harness);
  json["total_ns"] = ns(cost.total());
  return json;
}

Json path_json(const PathTime& path) {
  Json json = Json::object();
  json["source"] = name(path.source);
  if (path.source != PathTime::Source::Unknown) json["round_trip_ns"] = ns(path.round_trip);
  if (!path.scenario.empty()) json["scenario"] = path.scenario;
  if (!path.frames.empty()) json["frames"] = path.frames;
  return json;
}

Json ideal_json(const IdealFlow& flow) {
  Json json = Json::object();
  json["flow"] = flow.name;
  json["messages"] = flow.messages;
  json["round_trips"] = flow.round_trips;
  json["source"] = flow.source;
  return json;
}

Json kind_json(const ExchangeKind& kind) {
  Json json = Json::object();
  json["exchange"] = kind.type;
  json["initiator"] = trace::name(kind.initiator);
  json["count"] = kind.count;
  json["answered"] = kind.answered;
  json["cost"] = to_json(kind.sum);
  if (kind.answer_min) json["answer_min_ns"] = ns(*kind.answer_min);
  if (kind.answer_median) json["answer_median_ns"] = ns(*kind.answer_median);
  if (kind.answer_max) json["answer_max_ns"] = ns(*kind.answer_max);
  if (kind.device_median) json["device_median_ns"] = ns(*kind.device_median);
  return json;
}

Json exchange_json(const Exchange& exchange, const PathTime& path) {
  Json json = Json::object();
  json["exchange"] = wire::name_or_number(exchange.type);
  json["initiator"] = trace::name(exchange.initiator);
  json["message_id"] = exchange.message_id.value;
  json["frames"] = exchange.frames;
  if (!exchange.note.empty()) json["because"] = exchange.note;
  json["cost"] = to_json(cost_of(exchange, path));
  return json;
}

/// Exchange by exchange for one alone: thousands of scenarios set up alike.
Json set_up_json(const SetUpCost& set_up, const PathTime* path) {
  Json json = Json::object();
  json["scenario"] = set_up.scenario;
  json["initiator"] = trace::name(set_up.set_up.initiator);
  json["beyond_ideal"] = set_up.set_up.extras;
  json["cost"] = to_json(set_up.cost);
  if (path == nullptr) return json;
  json["exchanges"] = Json::array();
  for (const Exchange& exchange : set_up.exchanges) json["exchanges"].push_back(exchange_json(exchange, *path));
  return json;
}

Json ikev1_json(const Ikev1Flow& flow) {
  Json json = Json::object();
  json["mode"] = flow.mode;
  json["phase1_messages"] = flow.phase1_messages;
  json["quick_modes"] = flow.quick_modes;
  json["quick_messages"] = flow.quick_messages;
  json["other_messages"] = flow.other_messages;
  json["octets"] = flow.octets;
  json["elapsed_ns"] = ns(flow.elapsed);
  return json;
}

Json projection_json(const ProjectedLink& projected) {
  Json json = Json::object();
  json["delay_ns"] = ns(projected.link.delay);
  json["loss"] = projected.link.loss;
  json["gaps_ns"] = Json::array();
  for (const Duration gap : projected.link.gaps) json["gaps_ns"].push_back(ns(gap));
  json["gaps_source"] = projected.link.gaps_source;
  json["flows"] = Json::array();
  for (const Projection& flow : projected.flows) {
    Json one = Json::object();
    one["flow"] = flow.flow;
    one["source"] = flow.source;
    one["packets"] = flow.packets;
    one["without_loss_ns"] = ns(flow.without_loss);
    one["expected_ns"] = ns(flow.expected);
    one["expected_packets"] = flow.expected_packets;
    one["failure"] = flow.failure;
    json["flows"].push_back(std::move(one));
  }
  return json;
}

}  // namespace

std::string cost_json(const RunInfo& info, const RunCost& cost, const std::optional<ProjectedLink>& projected) {
  Json json = Json::object();
  json["format"] = "ikevet-cost";
  json["version"] = kCostVersion;
  json["run"] = to_json(info);
  json["path"] = path_json(cost.path);
  json["ideal"] = Json::array({ideal_json(kIkev2Ideal), ideal_json(kIkev1Main), ideal_json(kIkev1Aggressive)});
  json["total"] = to_json(cost.total);
  json["kinds"] = Json::array();
  for (const ExchangeKind& kind : cost.kinds) json["kinds"].push_back(kind_json(kind));
  if (const SetUpCost* typical = cost.typical()) json["typical_set_up"] = set_up_json(*typical, &cost.path);
  json["set_ups"] = Json::array();
  for (const SetUpCost& set_up : cost.set_ups) json["set_ups"].push_back(set_up_json(set_up, nullptr));
  json["scenarios"] = Json::array();
  for (const ScenarioCost& scenario : cost.scenarios)
    json["scenarios"].push_back({{"scenario", scenario.scenario}, {"cost", to_json(scenario.cost)}});
  json["device_gaps_ns"] = Json::array();
  for (const Duration gap : cost.device_gaps) json["device_gaps_ns"].push_back(ns(gap));
  if (!cost.ikev1_capture.empty()) {
    json["ikev1"] = Json::object();
    json["ikev1"]["capture"] = cost.ikev1_capture;
    json["ikev1"]["flows"] = Json::array();
    for (const Ikev1Flow& flow : cost.ikev1) json["ikev1"]["flows"].push_back(ikev1_json(flow));
  }
  if (projected) json["projection"] = projection_json(*projected);
  return to_text(json, 1) + "\n";
}

namespace {

std::string md(std::string_view text) { return markdown_text(text); }

std::string flow_row(std::string_view flow, double messages, double round_trips, std::string_view octets,
                     std::string_view time, std::string_view source) {
  return fmt::format("| {} | {} | {} | {} | {} | {} |\n", md(flow), messages, round_trips, octets, time, md(source));
}

std::string set_up_table(const RunCost& cost) {
  std::string out = "| flow | messages | round trips | octets | time | source |\n|---|---|---|---|---|---|\n";
  if (const SetUpCost* typical = cost.typical())
    out += flow_row("this device, IKEv2", static_cast<double>(typical->cost.messages), typical->cost.round_trips,
                    std::to_string(typical->cost.octets), short_time(typical->cost.total()),
                    fmt::format("{}, frames {}", typical->scenario, fmt::join(typical->frames, ", ")));
  for (const IdealFlow& flow : {kIkev2Ideal, kIkev1Main, kIkev1Aggressive})
    out += flow_row(flow.name, static_cast<double>(flow.messages), flow.round_trips, "", "", flow.source);
  for (const Ikev1Flow& flow : cost.ikev1)
    out += flow_row(fmt::format("IKEv1 {}{}, measured", flow.mode, flow.quick_modes == 0 ? "" : " + quick mode"),
                    static_cast<double>(flow.phase1_messages + flow.quick_messages),
                    static_cast<double>(flow.phase1_messages + flow.quick_messages) / 2, std::to_string(flow.octets),
                    short_time(flow.elapsed), cost.ikev1_capture);
  return out + "\n";
}

std::string split_table(const RunCost& cost) {
  const SetUpCost* typical = cost.typical();
  if (typical == nullptr) return "No set-up came through without a repetition.\n\n";
  std::string out =
      "C_total = sum over packets (C_network + C_crypto), of this set-up:\n\n| exchange | packets | octets | network | "
      "device | harness | total |\n|---|---|---|---|---|---|---|\n";
  const auto row = [](std::string_view name, const Cost& c) {
    return fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", name, c.packets, c.octets, short_time(c.network),
                       short_time(c.device), short_time(c.harness), short_time(c.total()));
  };
  for (const Exchange& exchange : typical->exchanges)
    out += row(wire::name_or_number(exchange.type), cost_of(exchange, cost.path));
  out += row("**sum**", typical->cost) + "\n";
  if (!typical->set_up.extras.empty())
    out += fmt::format("Beyond two exchanges: {}.\n\n", md(fmt::format("{}", fmt::join(typical->set_up.extras, ", "))));
  return out;
}

std::string kind_table(const RunCost& cost) {
  std::string out =
      "## Exchanges\n\n| exchange | asked by | number | answered | packets | octets | repeated | answer: least | "
      "median | "
      "most | device's part |\n|---|---|---|---|---|---|---|---|---|---|---|\n";
  const auto time = [](const std::optional<Duration>& value) { return value ? short_time(*value) : std::string("–"); };
  for (const ExchangeKind& kind : cost.kinds)
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", kind.type,
                       kind.initiator == trace::Party::Dut ? "device" : "harness", kind.count, kind.answered,
                       kind.sum.packets, kind.sum.octets, kind.sum.copies, time(kind.answer_min),
                       time(kind.answer_median), time(kind.answer_max), time(kind.device_median));
  return out + "\n";
}

std::string scenario_table(const RunCost& cost) {
  std::string out =
      "## Scenarios\n\n| scenario | messages | packets | round trips | octets | network | device | harness |\n"
      "|---|---|---|---|---|---|---|---|\n";
  for (const ScenarioCost& scenario : cost.scenarios)
    out += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", md(scenario.scenario), scenario.cost.messages,
                       scenario.cost.packets, scenario.cost.round_trips, scenario.cost.octets,
                       short_time(scenario.cost.network), short_time(scenario.cost.device),
                       short_time(scenario.cost.harness));
  return out + "\n";
}

std::string projection_table(const ProjectedLink& projected) {
  std::vector<std::string> gaps;
  for (const Duration gap : projected.link.gaps) gaps.push_back(short_time(gap));
  std::string out = fmt::format(
      "## Over a link of {} one way and {:.3g} % loss\n\nRetransmissions after {} ({}). The formula is in "
      "docs/cost.md.\n\n"
      "| flow | packets | without loss | expected time | expected packets | set-ups that fail "
      "|\n|---|---|---|---|---|---|\n",
      short_time(projected.link.delay), projected.link.loss * 100, fmt::join(gaps, ", "),
      md(projected.link.gaps_source));
  for (const Projection& flow : projected.flows)
    out += fmt::format("| {} | {} | {} | {} | {:.3g} | {:.3g} % |\n", md(flow.flow), flow.packets,
                       short_time(flow.without_loss), short_time(flow.expected), flow.expected_packets,
                       flow.failure * 100);
  return out + "\n";
}

}  // namespace

std::string path_text(const PathTime& path) {
  switch (path.source) {
    case PathTime::Source::Given:
      return fmt::format("The round trip of the path is {}, as given.", short_time(path.round_trip));
    case PathTime::Source::Estimated:
      return fmt::format(
          "The round trip of the path is taken as {}, the fastest answer of the device ({}, frames {}): it includes "
          "the "
          "least that the device ever worked, so the device's times below are lower bounds.",
          short_time(path.round_trip), path.scenario, fmt::join(path.frames, ", "));
    case PathTime::Source::Virtual:
      return fmt::format(
          "The device ran on a virtual clock, behind a simulated network with a round trip of {}: its own work takes "
          "no "
          "time there, and is not measured.",
          short_time(path.round_trip));
    case PathTime::Source::Unknown:
      break;
  }
  return "The device answered nothing: there is no time to split.";
}

std::string short_time(Duration duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  if (seconds == 0) return "0";
  if (seconds < 1e-3) return fmt::format("{:.3g} µs", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.3g} ms", seconds * 1e3);
  return fmt::format("{:.3g} s", seconds);
}

std::string cost_summary(const RunCost& cost) { return "## Cost of a set-up\n\n" + set_up_table(cost); }

std::string cost_markdown(const RunInfo& info, const RunCost& cost, const std::optional<ProjectedLink>& projected) {
  std::string out =
      fmt::format("# Cost of IKE with {}\n\n{}\n\n", md(info.target_title.empty() ? info.target : info.target_title),
                  md(path_text(cost.path)));
  out += "## Setting up\n\n" + set_up_table(cost) + split_table(cost) + kind_table(cost);
  if (projected) out += projection_table(*projected);
  return out + scenario_table(cost);
}

}  // namespace ikevet::reports
