#include "reports/ladder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>

#include "engine/wire/describe.hpp"
#include "reports/plain_text.hpp"

namespace ikevet::reports {

using trace::Fate;
using trace::MessageRecord;
using trace::Packet;
using trace::Party;

namespace {

// Geometry, in units of the view box.
constexpr int kWidth = 960;
constexpr int kHarnessX = 110;
constexpr int kDutX = 850;
constexpr int kMiddle = (kHarnessX + kDutX) / 2;
constexpr int kTop = 58;
constexpr int kLine = 16;                  ///< of text
constexpr std::size_t kLabelColumns = 92;  ///< characters that fit between the lifelines

/// Cuts the RFC's notation at its commas into lines that fit.
std::vector<std::string> wrap(const std::string& text) {
  std::vector<std::string> out;
  std::string line;
  std::size_t from = 0;
  while (from < text.size()) {
    const std::size_t comma = text.find(", ", from);
    const std::size_t end = comma == std::string::npos ? text.size() : comma + 2;
    std::string part = text.substr(from, end - from);
    if (!line.empty() && line.size() + part.size() > kLabelColumns) {
      out.push_back(std::move(line));
      line.clear();
    }
    line += part;
    from = end;
  }
  if (!line.empty()) out.push_back(std::move(line));
  return out;
}

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

class Drawing {
 public:
  Drawing(const PlayedScenario& played, const LadderOptions& options) : played_(played), options_(options) {
    const trace::Trace& trace = played.run.trace;
    for (std::size_t i = 0; i < trace.messages.size(); ++i) message_of_[trace.messages[i].packet] = i;
    if (!trace.packets.empty()) start_ = trace.packets.front().at;
  }

  std::string draw() {
    const trace::Trace& trace = played_.run.trace;
    const std::vector<std::size_t> first = first_packets(played_.run);
    std::size_t next_event = 0;
    for (std::size_t i = 0; i <= trace.packets.size(); ++i) {
      const bool end = i == trace.packets.size();
      for (; next_event < trace.events.size() && (end || trace.events[next_event].at < trace.packets[i].at);
           ++next_event)
        event(trace.events[next_event]);
      for (std::size_t step = 0; step < first.size(); ++step)
        if (first[step] == i) step_band(step);
      if (end) break;
      if (i == options_.rows_at_most) {
        note(fmt::format("{} further packets are in the capture", trace.packets.size() - i), "lad-note");
        break;
      }
      packet(i);
    }
    return frame();
  }

 private:
  void text(int x, int y, std::string_view anchor, std::string_view css, std::string_view content) {
    body_ += fmt::format(R"(<text x="{}" y="{}" text-anchor="{}" class="{}">{}</text>)", x, y, anchor, css,
                         html_text(content));
  }

  void step_band(std::size_t index) {
    const scenarios::Step& step = played_.scenario.steps[index];
    const auto outcome = std::ranges::find(played_.run.steps, index, &scenarios::StepOutcome::step);
    const bool done = outcome != played_.run.steps.end() && outcome->status == scenarios::StepStatus::Done;
    const bool reached = outcome != played_.run.steps.end() && outcome->status != scenarios::StepStatus::NotReached;
    body_ += fmt::format(R"(<rect x="0" y="{}" width="{}" height="22" rx="3" class="lad-band"/>)", y_ - 2, kWidth);
    body_ += fmt::format(R"(<circle cx="12" cy="{}" r="4" class="{}"/>)", y_ + 9,
                         !reached ? "lad-dot-off"
                         : done   ? "lad-dot-good"
                                  : "lad-dot-bad");
    text(24, y_ + 13, "start", "lad-step", fmt::format("{}. {}", index + 1, cut(scenarios::describe(step), 130)));
    y_ += 32;
  }

  void event(const trace::EventRecord& record) {
    if (worth_showing(record.event)) note(trace::text(record.event), "lad-note");
  }

  void note(const std::string& content, std::string_view css) {
    body_ += fmt::format(R"(<circle cx="{}" cy="{}" r="3" class="lad-event"/>)", kHarnessX, y_ + 4);
    text(kHarnessX + 10, y_ + 8, "start", css, cut(content, 120));
    y_ += 22;
  }

  void packet(std::size_t index) {
    const Packet& packet = played_.run.trace.packets[index];
    const auto known = message_of_.find(index);
    const MessageRecord* message = known == message_of_.end() ? nullptr : &played_.run.trace.messages[known->second];
    const bool marked = packet.frame != 0 && options_.marked.contains(packet.frame);
    std::string css = "lad-arrow";
    if (message != nullptr && message->repeats) css += " lad-again";
    if (packet.fate == Fate::DroppedByScenario) css += " lad-lost";
    if (packet.fate == Fate::Injected) css += " lad-injected";
    if (marked) css += " lad-marked";

    if (message != nullptr) body_ += fmt::format(R"(<a href="#{}{}">)", options_.anchor, known->second);
    body_ += fmt::format(R"(<g class="{}">)", css);
    labels(packet, message);
    arrow(packet);
    body_ += "</g>";
    if (message != nullptr) body_ += "</a>";
    y_ += 20;
  }

  void labels(const Packet& packet, const MessageRecord* message) {
    if (message == nullptr) {
      y_ += kLine;
      text(kMiddle, y_, "middle", "lad-what", what_it_is(packet));
    } else {
      const std::string extra = remark(played_.run, packet, message);
      std::string title = wire::describe_header(message->outer.header);
      y_ += kLine;
      body_ += fmt::format(
          R"(<text x="{}" y="{}" text-anchor="middle" class="lad-what">{}{}</text>)", kMiddle, y_, html_text(title),
          extra.empty() ? std::string() : R"(<tspan class="lad-remark">  )" + html_text(extra) + "</tspan>");
      const bool opened = message->protection == trace::Protection::Opened;
      for (const std::string& line :
           wrap(opened ? wire::describe(message->outer, message->inner) : wire::describe(message->outer))) {
        y_ += kLine;
        text(kMiddle, y_, "middle", "lad-payloads", line);
      }
    }
    y_ += 10;
    const double seconds = std::chrono::duration<double>(packet.at - start_).count();
    text(kHarnessX - 12, y_ + 4, "end", "lad-time", fmt::format("{:.3f} s", seconds));
    if (packet.frame != 0) text(kDutX + 12, y_ + 4, "start", "lad-time", fmt::format("frame {}", packet.frame));
  }

  void arrow(const Packet& packet) {
    const bool to_dut = packet.from == Party::Harness;
    const int sign = to_dut ? 1 : -1;
    const int from = to_dut ? kHarnessX : kDutX;
    int to = to_dut ? kDutX : kHarnessX;
    if (packet.fate == Fate::DroppedByScenario) {
      to = from + sign * (kDutX - kHarnessX) * 2 / 3;
      body_ += fmt::format(R"(<path d="M{0} {1}l10 10m0 -10l-10 10" class="lad-cross"/>)", to - 5, y_ - 5);
    } else {
      body_ += fmt::format(R"(<path d="M{} {}l{} -4.5v9z" class="lad-head"/>)", to, y_, -sign * 10);
    }
    body_ += fmt::format(R"(<line x1="{}" y1="{}" x2="{}" y2="{}"/>)", from, y_, to - sign * 6, y_);
  }

  std::string frame() const {
    const int height = y_ + 8;
    std::string out = fmt::format(
        R"(<svg class="ladder" viewBox="0 0 {} {}" role="img" aria-label="Ladder diagram of the messages">)", kWidth,
        height);
    for (const auto& [x, label] : {std::pair(kHarnessX, "harness"), std::pair(kDutX, "device under test")}) {
      out += fmt::format(R"(<rect x="{}" y="8" width="164" height="26" rx="5" class="lad-party"/>)", x - 82);
      out += fmt::format(R"(<text x="{}" y="25" text-anchor="middle" class="lad-name">{}</text>)", x, label);
      out += fmt::format(R"(<line x1="{0}" y1="34" x2="{0}" y2="{1}" class="lad-life"/>)", x, height);
    }
    return out + body_ + "</svg>";
  }

  static std::string cut(const std::string& content, std::size_t columns) {
    if (content.size() <= columns) return content;
    std::size_t end = columns - 1;
    while (end > 0 && (static_cast<unsigned char>(content[end]) & 0xC0) == 0x80) --end;  // not within a character
    return content.substr(0, end) + "…";
  }

  const PlayedScenario& played_;
  const LadderOptions& options_;
  std::map<std::size_t, std::size_t> message_of_;  ///< packet -> message
  Instant start_;
  std::string body_;
  int y_ = kTop;
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

std::string ladder_svg(const PlayedScenario& played, const LadderOptions& options) {
  return Drawing(played, options).draw();
}

}  // namespace ikevet::reports
