#include "reports/cost/cost.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engine/wire/ike_header.hpp"

namespace ikevet::reports {
using trace::MessageRecord;
using trace::Party;
using wire::ExchangeType;

namespace {

Duration not_negative(Duration value) { return std::max(value, Duration::zero()); }

bool is_response_from_device(const Exchange& exchange) { return exchange.initiator == Party::Harness; }

Duration median(std::vector<Duration> values) {
  std::ranges::sort(values);
  return values.empty() ? Duration::zero() : values[(values.size() - 1) / 2];
}

/// The fastest answer that the device gave to anything.
PathTime estimate(const RunReport& report, const std::vector<std::vector<Exchange>>& exchanges) {
  PathTime out;
  for (std::size_t i = 0; i < report.played.size(); ++i)
    for (const Exchange& exchange : exchanges[i]) {
      if (!is_response_from_device(exchange) || !exchange.answer || *exchange.answer < Duration::zero()) continue;
      if (out.source != PathTime::Source::Unknown && *exchange.answer >= out.round_trip) continue;
      out.source = PathTime::Source::Estimated;
      out.round_trip = *exchange.answer;
      out.scenario = report.played[i].scenario.id;
      out.frames = exchange.frames;
    }
  return out;
}

PathTime path_of(const RunReport& report, const std::vector<std::vector<Exchange>>& exchanges,
                 const CostOptions& options) {
  if (options.round_trip) return {PathTime::Source::Given, *options.round_trip, {}, {}};
  PathTime out = estimate(report, exchanges);
  if (out.source == PathTime::Source::Estimated && report.info.dut_address.empty() && report.info.target == "embedded")
    out.source = PathTime::Source::Virtual;
  return out;
}

/// The device's longest row of repetitions of one request, as the gaps between them.
void note_curve(RunCost& out, const PlayedScenario& played) {
  const trace::Trace& trace = played.run.trace;
  std::map<std::size_t, std::vector<Instant>> rows;
  for (std::size_t i = 0; i < trace.messages.size(); ++i) {
    const MessageRecord& message = trace.messages[i];
    if (message.from != Party::Dut || !message.outer.header.is_request()) continue;
    if (wire::find<wire::EncryptedFragment>(message.outer.payloads) != nullptr) continue;
    const std::size_t first = message.repeats.value_or(i);
    if (first < trace.messages.size() && trace.messages[first].octets == message.octets)
      rows[first].push_back(message.at);
  }
  for (const auto& [first, times] : rows) {
    if (times.size() < 2 || times.size() - 1 <= out.device_gaps.size()) continue;
    out.device_gaps.clear();
    for (std::size_t i = 1; i < times.size(); ++i) out.device_gaps.push_back(times[i] - times[i - 1]);
    out.device_gaps_scenario = played.scenario.id;
  }
}

class Kinds {
 public:
  void add(const Exchange& exchange, const Cost& cost, const PathTime& path) {
    Row& row = rows_[{exchange.type, exchange.initiator}];
    ++row.kind.count;
    row.kind.sum += cost;
    if (!exchange.answer) return;
    ++row.kind.answered;
    row.answers.push_back(*exchange.answer);
    if (is_response_from_device(exchange) && path.source != PathTime::Source::Virtual)
      row.device.push_back(not_negative(*exchange.answer - path.round_trip));
  }
  std::vector<ExchangeKind> take() {
    std::vector<ExchangeKind> out;
    for (auto& [of, row] : rows_) {
      ExchangeKind& kind = row.kind;
      kind.type = wire::name_or_number(of.first);
      kind.initiator = of.second;
      if (!row.answers.empty()) {
        kind.answer_min = std::ranges::min(row.answers);
        kind.answer_max = std::ranges::max(row.answers);
        kind.answer_median = median(row.answers);
      }
      if (!row.device.empty()) kind.device_median = median(row.device);
      out.push_back(std::move(kind));
    }
    return out;
  }

 private:
  struct Row {
    ExchangeKind kind;
    std::vector<Duration> answers, device;
  };
  std::map<std::pair<ExchangeType, Party>, Row> rows_;
};

SetUpCost cost_of(const PlayedScenario& played, const SetUp& set_up, const std::vector<Exchange>& exchanges,
                  const PathTime& path) {
  SetUpCost out{played.scenario.id, set_up, {}, {}, {}};
  for (const std::size_t i : set_up.exchanges) {
    out.cost += cost_of(exchanges[i], path);
    out.frames.insert(out.frames.end(), exchanges[i].frames.begin(), exchanges[i].frames.end());
    out.exchanges.push_back(exchanges[i]);
  }
  return out;
}

}  // namespace

std::string_view name(PathTime::Source source) {
  switch (source) {
    case PathTime::Source::Given:
      return "given";
    case PathTime::Source::Estimated:
      return "estimated";
    case PathTime::Source::Virtual:
      return "virtual";
    case PathTime::Source::Unknown:
      return "unknown";
  }
  return "unknown";
}

Cost& Cost::operator+=(const Cost& other) {
  exchanges += other.exchanges;
  messages += other.messages;
  packets += other.packets;
  round_trips += other.round_trips;
  octets += other.octets;
  copies += other.copies;
  lost += other.lost;
  network += other.network;
  device += other.device;
  harness += other.harness;
  return *this;
}

Cost cost_of(const Exchange& exchange, const PathTime& path) {
  Cost out;
  out.exchanges = 1;
  out.messages = exchange.messages();
  out.packets = exchange.packets();
  out.round_trips = exchange.answered() ? 1 : 0;
  out.octets = exchange.octets;
  out.copies = exchange.copies;
  out.lost = exchange.lost;
  if (!exchange.answer) return out;
  // Half a round trip each way. What is fragmented travels at once: its packets do not wait for each other.
  if (is_response_from_device(exchange)) {
    const Duration answer = not_negative(*exchange.answer);
    out.network = std::min(path.round_trip, answer);
    out.device = answer - out.network;
    if (exchange.before) out.harness = *exchange.before;
  } else {
    out.network = path.round_trip;
    out.harness = not_negative(*exchange.answer);
    if (exchange.before) out.device = not_negative(*exchange.before - path.round_trip);
  }
  return out;
}

RunCost cost_of(const RunReport& report, const CostOptions& options) {
  RunCost out;
  std::vector<std::vector<Exchange>> exchanges;
  for (const PlayedScenario& played : report.played) exchanges.push_back(exchanges_of(played.run.trace));
  out.path = path_of(report, exchanges, options);
  Kinds kinds;
  for (std::size_t i = 0; i < report.played.size(); ++i) {
    const PlayedScenario& played = report.played[i];
    ScenarioCost scenario{played.scenario.id, {}};
    for (const Exchange& exchange : exchanges[i]) {
      const Cost cost = cost_of(exchange, out.path);
      kinds.add(exchange, cost, out.path);
      scenario.cost += cost;
    }
    out.total += scenario.cost;
    out.scenarios.push_back(std::move(scenario));
    for (const SetUp& set_up : set_ups_of(played.run.trace, exchanges[i]))
      if (set_up.complete) out.set_ups.push_back(cost_of(played, set_up, exchanges[i], out.path));
    note_curve(out, played);
  }
  out.kinds = kinds.take();
  return out;
}

const SetUpCost* RunCost::typical() const {
  std::vector<const SetUpCost*> clean;
  for (const SetUpCost& set_up : set_ups)
    if (set_up.cost.copies == 0 && set_up.cost.lost == 0) clean.push_back(&set_up);
  if (clean.empty()) return nullptr;
  // The usual number of messages first, then the middle of the times.
  std::map<std::size_t, std::size_t> sizes;
  for (const SetUpCost* set_up : clean) ++sizes[set_up->cost.messages];
  const std::size_t usual = std::ranges::max_element(sizes, {}, [](const auto& size) { return size.second; })->first;
  std::erase_if(clean, [&](const SetUpCost* set_up) { return set_up->cost.messages != usual; });
  std::ranges::stable_sort(clean, {}, [](const SetUpCost* set_up) { return set_up->cost.total(); });
  return clean[(clean.size() - 1) / 2];
}

namespace {

enum Ikev1Exchange : std::uint8_t { kMainMode = 2, kAggressiveMode = 4, kQuickMode = 32 };

struct Group {
  Ikev1Flow flow;
  std::set<Bytes> seen;           ///< a retransmission is no further message
  std::set<std::uint32_t> quick;  ///< Message IDs of quick modes
  std::optional<std::uint32_t> first_quick;
  Instant began, ended;
};

}  // namespace

std::vector<Ikev1Flow> ikev1_flows(const std::vector<trace::Packet>& packets) {
  std::vector<IkeSpi> order;
  std::map<IkeSpi, Group> groups;  // the initiator's cookie stays when the responder's comes
  for (const trace::Packet& packet : packets) {
    const auto framed = trace::find_ike_message(packet.datagram);
    if (!framed) continue;
    Reader in(framed->message);
    const auto header = wire::IkeHeader::parse(in);
    if (!header || header->major() != 1) continue;
    const auto exchange = static_cast<std::uint8_t>(header->exchange);
    const bool begins = exchange == kMainMode || exchange == kAggressiveMode;
    auto found = groups.find(header->spis.i);
    if (found == groups.end()) {
      if (!begins) continue;  // its phase 1 is not in the capture
      order.push_back(header->spis.i);
      found = groups.emplace(header->spis.i, Group{}).first;
      found->second.flow.mode = exchange == kMainMode ? "main mode" : "aggressive mode";
      found->second.began = packet.at;
    }
    Group& group = found->second;
    group.flow.octets += wire_octets(packet.datagram);
    if (!group.seen.insert(Bytes(framed->message.begin(), framed->message.end())).second) continue;
    if (begins) {
      ++group.flow.phase1_messages;
      group.ended = packet.at;
    } else if (exchange == kQuickMode) {
      ++group.flow.quick_messages;
      group.quick.insert(header->message_id.value);
      if (!group.first_quick) group.first_quick = header->message_id.value;
      if (*group.first_quick == header->message_id.value) group.ended = packet.at;
    } else {
      ++group.flow.other_messages;
    }
  }
  std::vector<Ikev1Flow> out;
  for (const IkeSpi& cookie : order) {
    Group& group = groups.at(cookie);
    group.flow.quick_modes = group.quick.size();
    group.flow.elapsed = group.ended - group.began;
    out.push_back(std::move(group.flow));
  }
  return out;
}

}  // namespace ikevet::reports
