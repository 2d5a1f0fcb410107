#include "reports/ladder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>

namespace ikevet::reports {

using trace::Fate;
using trace::MessageRecord;
using trace::Packet;
using trace::Party;

namespace {

/// What is special about how a packet travelled or what could be made of it; empty for an ordinary one.
std::string remark(const scenarios::ScenarioRun& run, const Packet& packet, const MessageRecord* message) {
  std::vector<std::string> parts;
  if (packet.fate == Fate::DroppedByScenario) parts.emplace_back("lost on the way");
  if (packet.fate == Fate::Injected) parts.emplace_back("injected");
  if (message != nullptr && message->repeats) {
    const std::size_t first = run.trace.messages[*message->repeats].frame;
    parts.push_back(first == 0 ? std::string("sent again") : fmt::format("frame {} again", first));
  }
  if (message != nullptr && message->protection == trace::Protection::BadIntegrity)
    parts.emplace_back("wrong checksum");
  if (message != nullptr && message->protection == trace::Protection::NoKeys) parts.emplace_back("keys not known");
  if (message != nullptr && (!message->outer.faults.empty() || !message->inner_faults.empty()))
    parts.emplace_back("malformed");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string what_it_is(const Packet& packet) {
  const std::size_t size = packet.datagram.payload.size();
  if (size == 1 && packet.datagram.payload.front() == 0xff) return "NAT keepalive";
  const std::uint16_t from = packet.datagram.source.port;
  const std::uint16_t to = packet.datagram.destination.port;
  const char* what = from == kNatTPort || to == kNatTPort ? "ESP in UDP" : from == 0 && to == 0 ? "ESP" : "datagram";
  return fmt::format("{}, {} octets", what, size);
}

/// Events that a reader of the ladder misses when only packets are shown.
bool worth_showing(const trace::Event& event) {
  return std::holds_alternative<trace::IkeSaEstablished>(event) || std::holds_alternative<trace::IkeSaClosed>(event) ||
         std::holds_alternative<trace::ChildSaEstablished>(event) ||
         std::holds_alternative<trace::ChildSaClosed>(event) || std::holds_alternative<trace::RequestTimedOut>(event) ||
         std::holds_alternative<trace::Discarded>(event) || std::holds_alternative<trace::PeerFault>(event) ||
         std::holds_alternative<trace::EspDiscarded>(event) || std::holds_alternative<trace::EspPeerMoved>(event) ||
         std::holds_alternative<trace::ChildSaSpent>(event) || std::holds_alternative<trace::TrafficMeasured>(event) ||
         std::holds_alternative<trace::TrafficAnswered>(event);
}

class Rows {
 public:
  using Json = nlohmann::ordered_json;

  Rows(const PlayedScenario& played, HtmlPool& pool, std::size_t at_most)
      : played_(played), pool_(pool), at_most_(at_most) {
    const trace::Trace& trace = played.run.trace;
    for (std::size_t i = 0; i < trace.messages.size(); ++i) message_of_[trace.messages[i].packet] = i;
    if (!trace.packets.empty()) start_ = trace.packets.front().at;
  }

  Json all() {
    const trace::Trace& trace = played_.run.trace;
    const std::vector<std::size_t> first = first_packets(played_.run);
    std::size_t next_event = 0;
    for (std::size_t i = 0; i <= trace.packets.size(); ++i) {
      const bool end = i == trace.packets.size();
      for (; next_event < trace.events.size() && (end || trace.events[next_event].at < trace.packets[i].at);
           ++next_event)
        event(trace.events[next_event]);
      for (std::size_t step = 0; step < first.size(); ++step)
        if (first[step] == i) out_.push_back(Json::array({kStep, step}));
      if (end) break;
      if (i == at_most_) {
        const std::string rest = fmt::format("{} further packets are in the capture", trace.packets.size() - i);
        out_.push_back(Json::array({kEvent, microseconds(trace.packets[i].at), pool_.text(rest)}));
        break;
      }
      packet(i);
    }
    return std::move(out_);
  }

 private:
  static constexpr int kStep = 0, kPacket = 1, kEvent = 2;

  std::int64_t microseconds(Instant at) const { return (at - start_) / std::chrono::microseconds(1); }

  void event(const trace::EventRecord& record) {
    if (worth_showing(record.event))
      out_.push_back(Json::array({kEvent, microseconds(record.at), pool_.text(trace::text(record.event))}));
  }

  void packet(std::size_t index) {
    const Packet& packet = played_.run.trace.packets[index];
    const auto known = message_of_.find(index);
    const MessageRecord* message = known == message_of_.end() ? nullptr : &played_.run.trace.messages[known->second];
    Json row = Json::array({kPacket, microseconds(packet.at), packet.from == Party::Harness ? 0 : 1,
                            static_cast<int>(packet.fate), packet.frame});
    row.push_back(message == nullptr ? Json(-1) : Json(known->second));
    row.push_back(pool_.text(remark(played_.run, packet, message)));
    if (message == nullptr) row.push_back(pool_.text(what_it_is(packet)));
    out_.push_back(std::move(row));
  }

  const PlayedScenario& played_;
  HtmlPool& pool_;
  std::size_t at_most_;
  std::map<std::size_t, std::size_t> message_of_;  ///< packet -> message
  Instant start_;
  Json out_ = Json::array();
};

}  // namespace

std::vector<std::size_t> first_packets(const scenarios::ScenarioRun& run) {
  // Times alone do not order what happens at one instant of a virtual clock: a packet that an earlier step names as its
  // evidence stands before the later step.
  std::vector<std::size_t> out;
  std::size_t earliest = 0;
  for (const scenarios::StepOutcome& step : run.steps) {
    if (step.status == scenarios::StepStatus::NotReached) break;
    std::size_t at = earliest;
    while (at < run.trace.packets.size() && run.trace.packets[at].at < step.began) ++at;
    out.push_back(at);
    earliest = at;
    for (std::size_t i = at; i < run.trace.packets.size(); ++i)
      if (run.trace.packets[i].frame != 0 &&
          std::ranges::find(step.frames, run.trace.packets[i].frame) != step.frames.end())
        earliest = i + 1;
  }
  return out;
}

nlohmann::ordered_json ladder_rows(const PlayedScenario& played, HtmlPool& pool, std::size_t at_most) {
  return Rows(played, pool, at_most).all();
}

}  // namespace ikevet::reports
