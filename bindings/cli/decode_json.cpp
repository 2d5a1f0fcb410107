#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "bindings/cli/decode_writers.hpp"
#include "engine/wire/describe.hpp"
#include "engine/wire/field_tree.hpp"

namespace ikevet::cli {
namespace {

using nlohmann::ordered_json;

/// Octets that are no UTF-8 (a file name, a comment) become the replacement character.
std::string dump(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json fields(const wire::FieldNode& node) {
  ordered_json out{{"name", node.name}, {"offset", node.offset}, {"size", node.size}};
  if (node.mask != 0) out["mask"] = node.mask;
  if (!node.value.empty()) out["value"] = node.value;
  if (!node.fault.empty()) out["fault"] = node.fault;
  if (node.children.empty()) return out;
  ordered_json& children = out["fields"] = ordered_json::array();
  for (const wire::FieldNode& child : node.children) children.push_back(fields(child));
  return out;
}

ordered_json faults(const std::vector<ParseError>& found) {
  ordered_json out = ordered_json::array();
  for (const ParseError& fault : found)
    out.push_back({{"field", fault.field}, {"offset", fault.offset}, {"why", fault.why}});
  return out;
}

ordered_json payload_names(const std::vector<wire::Payload>& payloads, const wire::IkeHeader& header) {
  ordered_json out = ordered_json::array();
  for (const wire::Payload& payload : payloads)
    out.push_back(wire::describe({&payload, 1}, header.exchange, header.is_response()));
  return out;
}

ordered_json message_json(const DecodedPacket& packet, bool hex) {
  const trace::MessageRecord& message = *packet.message;
  const wire::IkeHeader& header = message.outer.header;
  const bool opened = message.protection == trace::Protection::Opened;
  ordered_json out{{"text", notation(message)},
                   {"spi_i", fmt::format("{:016x}", header.spis.i.value)},
                   {"spi_r", fmt::format("{:016x}", header.spis.r.value)},
                   {"version", fmt::format("{}.{}", header.major(), header.minor())},
                   {"exchange", wire::name_or_number(header.exchange)},
                   {"message_id", header.message_id.value},
                   {"response", header.is_response()},
                   {"original_initiator", header.is_from_original_initiator()},
                   {"non_esp_marker", message.marker},
                   {"protection", trace::name(message.protection)},
                   {"payloads", payload_names(message.outer.payloads, header)}};
  if (opened) out["inner_payloads"] = payload_names(message.inner, header);
  if (packet.repeats_frame) out["retransmission_of"] = *packet.repeats_frame;
  if (packet.answers_frame) out["answers"] = *packet.answers_frame;
  out["faults"] = faults(message.outer.faults);
  if (opened) out["inner_faults"] = faults(message.inner_faults);
  out["tree"] = fields(wire::field_tree(message.octets));
  if (opened) out["inner_tree"] = fields(wire::field_tree(first_inner(message), message.plaintext));
  if (hex) {
    out["octets"] = to_hex(message.octets);
    if (opened) out["inner_octets"] = to_hex(message.plaintext);
  }
  return out;
}

ordered_json esp_json(const DecodedEsp& esp) {
  ordered_json out{{"spi", fmt::format("{:08x}", esp.header.spi.value)},
                   {"sequence_number", esp.header.sequence},
                   {"size", esp.size}};
  if (esp.closed)
    out["not_decrypted"] = pcap::text(*esp.closed);
  else
    out["content"] = esp.content;
  return out;
}

class JsonWriter final : public DecodeWriter {
 public:
  JsonWriter(const DecodeOptions& options, std::string_view format, std::ostream& out) : options_(options), out_(out) {
    out_ << "{\"file\":" << dump(options.capture) << ",\"format\":" << dump(std::string(format)) << ",\"packets\":[";
  }

  void packet(const DecodedPacket& packet) override {
    if (!first_) first_ = packet.packet.at;
    if (options_.ike_only && !packet.message) return;
    const Datagram& datagram = packet.packet.datagram;
    ordered_json out{{"frame", packet.packet.frame},
                     {"time_ns", packet.packet.at.time_since_epoch().count()},
                     {"relative_ns", (packet.packet.at - *first_).count()},
                     {"source", datagram.source.text()},
                     {"destination", datagram.destination.text()},
                     {"kind", packet.what}};
    if (packet.packet.truncated) out["cut"] = true;
    if (!packet.detail.empty()) out["detail"] = packet.detail;
    if (!packet.comments.empty()) out["comments"] = packet.comments;
    if (packet.message) out["message"] = message_json(packet, options_.hex);
    if (packet.esp) out["esp"] = esp_json(*packet.esp);
    out_ << separator_ << '\n' << dump(out);
    separator_ = ",";
  }

  void finish(const PacketDecoder& decoder, const std::optional<pcap::CaptureError>& trouble) override {
    const pcap::FrameCounts& counts = decoder.counts();
    ordered_json summary{{"frames", counts.frames},
                         {"ike", counts.ike},
                         {"decrypted", decoder.opened()},
                         {"not_decrypted", decoder.closed()},
                         {"not_ike", counts.not_ike()}};
    if (trouble) summary["trouble"] = trouble->what();
    out_ << "\n],\"summary\":" << dump(summary) << "}\n";
  }

 private:
  const DecodeOptions& options_;
  std::ostream& out_;
  std::string_view separator_;
  std::optional<Instant> first_;
};

}  // namespace

std::unique_ptr<DecodeWriter> json_writer(const DecodeOptions& options, std::string_view format, std::ostream& out) {
  return std::make_unique<JsonWriter>(options, format, out);
}

}  // namespace ikevet::cli
