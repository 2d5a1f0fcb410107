#include "reports/run_record.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "reports/event_json.hpp"
#include "reports/files.hpp"
#include "reports/json_text.hpp"
#include "reports/plain_text.hpp"
#include "reports/verdict_json.hpp"

namespace ikevet::reports {

using scenarios::StepStatus;
using trace::Fate;
using trace::Party;

namespace {

constexpr int kRecordVersion = 1;

constexpr std::array<std::pair<Fate, std::string_view>, 3> kFates{{
    {Fate::Delivered, "delivered"},
    {Fate::DroppedByScenario, "dropped"},
    {Fate::Injected, "injected"},
}};

std::string_view fate_name(Fate fate) {
  for (const auto& [value, text] : kFates)
    if (value == fate) return text;
  return "delivered";
}

Fate fate_from(const std::string& text) {
  for (const auto& [value, known] : kFates)
    if (known == text) return value;
  throw FileError("no such fate of a packet: \"" + text + "\"");
}

Party party_from(const std::string& text) {
  for (const Party party : {Party::Harness, Party::Dut})
    if (trace::name(party) == text) return party;
  throw FileError("no such party: \"" + text + "\"");
}

StepStatus step_status_from(const std::string& text) {
  for (int i = 0; i <= static_cast<int>(StepStatus::NotReached); ++i)
    if (scenarios::name(static_cast<StepStatus>(i)) == text) return static_cast<StepStatus>(i);
  throw FileError("no such status of a step: \"" + text + "\"");
}

std::int64_t nanoseconds(Instant at) { return at.time_since_epoch().count(); }
Instant instant(const Json& json) { return Instant(Duration(json.get<std::int64_t>())); }

Endpoint endpoint_from(const std::string& text) {
  const auto endpoint = Endpoint::parse(text);
  if (!endpoint) throw FileError("not an address with a port: \"" + text + "\"");
  return *endpoint;
}

Json head_line(const RunRecord& record) {
  Json json = Json::object();
  json["kind"] = "run";
  json["version"] = kRecordVersion;
  json["scenario"] = record.scenario;
  json["seed"] = record.seed;
  json["interrupted"] = record.interrupted;
  json["harness_endpoints"] = Json::array();
  for (const Endpoint& endpoint : record.harness_endpoints) json["harness_endpoints"].push_back(endpoint.text());
  return json;
}

Json step_line(const scenarios::StepOutcome& step) {
  Json json = Json::object();
  json["kind"] = "step";
  json["step"] = step.step;
  json["status"] = scenarios::name(step.status);
  json["began"] = nanoseconds(step.began);
  json["ended"] = nanoseconds(step.ended);
  json["frames"] = step.frames;
  if (step.alternative) json["alternative"] = *step.alternative;
  if (!step.detail.empty()) json["detail"] = plain_text(step.detail);
  return json;
}

Json packet_line(const PacketNote& packet) {
  Json json = Json::object();
  json["kind"] = "packet";
  json["frame"] = packet.frame;
  json["at"] = nanoseconds(packet.at);
  json["from"] = trace::name(packet.from);
  json["fate"] = fate_name(packet.fate);
  if (packet.datagram) {
    json["source"] = packet.datagram->source.text();
    json["destination"] = packet.datagram->destination.text();
    json["octets"] = to_hex(packet.datagram->payload);
  }
  return json;
}

Json event_line(const trace::EventRecord& event) {
  Json json = Json::object();
  json["kind"] = "event";
  json["at"] = nanoseconds(event.at);
  json["event"] = trace::name(event.event);
  json["text"] = trace::text(event.event);  // for people; reading goes by the fields
  json["fields"] = fields_of(event.event);
  return json;
}

void read_head(const Json& json, RunRecord& out) {
  const int version = json.at("version").get<int>();
  if (version != kRecordVersion)
    throw FileError(fmt::format("version {} of the record; this ikevet reads version {}", version, kRecordVersion));
  out.scenario = json.at("scenario").get<std::string>();
  out.seed = json.at("seed").get<std::uint64_t>();
  out.interrupted = json.at("interrupted").get<bool>();
  for (const Json& text : json.at("harness_endpoints"))
    out.harness_endpoints.push_back(endpoint_from(text.get<std::string>()));
}

void read_step(const Json& json, RunRecord& out) {
  scenarios::StepOutcome step;
  step.step = json.at("step").get<std::size_t>();
  step.status = step_status_from(json.at("status").get<std::string>());
  step.began = instant(json.at("began"));
  step.ended = instant(json.at("ended"));
  step.frames = json.at("frames").get<std::vector<std::size_t>>();
  if (json.contains("alternative")) step.alternative = json.at("alternative").get<std::size_t>();
  step.detail = json.value("detail", std::string());
  out.steps.push_back(std::move(step));
}

void read_packet(const Json& json, RunRecord& out) {
  PacketNote packet;
  packet.frame = json.at("frame").get<std::size_t>();
  packet.at = instant(json.at("at"));
  packet.from = party_from(json.at("from").get<std::string>());
  packet.fate = fate_from(json.at("fate").get<std::string>());
  if (json.contains("octets")) {
    const auto octets = from_hex(json.at("octets").get<std::string>());
    if (!octets) throw FileError("\"octets\" is not hexadecimal");
    packet.datagram = Datagram{endpoint_from(json.at("source").get<std::string>()),
                               endpoint_from(json.at("destination").get<std::string>()), *octets};
  } else if (packet.frame == 0) {
    throw FileError("a packet that is not in the capture needs \"octets\"");
  }
  out.packets.push_back(std::move(packet));
}

void read_event(const Json& json, RunRecord& out) {
  if (auto event = event_from(json.at("event").get<std::string>(), json.at("fields")))
    out.events.push_back({instant(json.at("at")), std::move(*event)});
}

void read_line(const Json& json, bool first, RunRecord& out) {
  const std::string kind = json.at("kind").get<std::string>();
  if (first != (kind == "run")) throw FileError("the first line, and no other, is of kind \"run\"");
  if (kind == "run") return read_head(json, out);
  if (kind == "step") return read_step(json, out);
  if (kind == "packet") return read_packet(json, out);
  if (kind == "event") return read_event(json, out);
  throw FileError("no such kind of line: \"" + kind + "\"");
}

}  // namespace

RunRecord record_of(const scenarios::ScenarioRun& run) {
  RunRecord out{run.scenario, run.seed, run.interrupted, run.harness_endpoints, run.steps, run.trace.events, {}};
  for (const trace::Packet& packet : run.trace.packets) {
    PacketNote note{packet.frame, packet.at, packet.from, packet.fate, std::nullopt};
    if (packet.frame == 0) note.datagram = packet.datagram;
    out.packets.push_back(std::move(note));
  }
  return out;
}

std::string to_jsonl(const RunRecord& record) {
  std::string out = to_text(head_line(record)) + "\n";
  for (const scenarios::StepOutcome& step : record.steps) out += to_text(step_line(step)) + "\n";
  for (const PacketNote& packet : record.packets) out += to_text(packet_line(packet)) + "\n";
  for (const trace::EventRecord& event : record.events) out += to_text(event_line(event)) + "\n";
  return out;
}

RunRecord record_from_jsonl(std::string_view text, const std::string& file) {
  RunRecord out;
  std::size_t line = 0;
  while (!text.empty()) {
    ++line;
    const std::size_t end = text.find('\n');
    const bool complete = end != std::string_view::npos;
    const std::string_view object = text.substr(0, end);
    text.remove_prefix(complete ? end + 1 : text.size());
    try {
      read_line(Json::parse(object), line == 1, out);
    } catch (const std::exception& fault) {
      if (!complete && line > 1) {  // the writer did not get further: what is there is good
        out.interrupted = true;
        break;
      }
      throw FileError(fmt::format("{}:{}: {}", file, line, fault.what()));
    }
  }
  if (line == 0) throw FileError(file + ": is empty; the run ended before its record was written");
  return out;
}

void write_run_record(const std::filesystem::path& file, const scenarios::ScenarioRun& run) {
  write_file(file, to_jsonl(record_of(run)));
}

RunRecord read_run_record(const std::filesystem::path& file) {
  return record_from_jsonl(read_file(file), file.string());
}

scenarios::ScenarioRun rebuild(const RunRecord& record, const std::vector<trace::Packet>& captured,
                               const wire::SkOpener* opener) {
  trace::TraceBuilder builder(opener);
  for (const PacketNote& note : record.packets) {
    trace::Packet packet{note.frame, note.at, note.from, {}, note.fate};
    if (note.datagram) {
      packet.datagram = *note.datagram;
    } else if (note.frame <= captured.size()) {
      packet.datagram = captured[note.frame - 1].datagram;
    } else {
      throw FileError(
          fmt::format("{}: the record names frame {}, the capture has {}; it was cut or belongs to another run",
                      record.scenario, note.frame, captured.size()));
    }
    builder.add(std::move(packet));
  }
  builder.reopen();
  scenarios::ScenarioRun out;
  out.scenario = record.scenario;
  out.trace = builder.take();
  out.trace.events = record.events;
  out.steps = record.steps;
  out.harness_endpoints = record.harness_endpoints;
  out.seed = record.seed;
  out.interrupted = record.interrupted;
  return out;
}

}  // namespace ikevet::reports
