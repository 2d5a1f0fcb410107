// Written member by member: a document tree for every packet would cost more than decoding it.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "bindings/cli/decode_writers.hpp"
#include "engine/wire/describe.hpp"
#include "engine/wire/field_tree.hpp"
#include "engine/wire/ikev1.hpp"

namespace ikevet::cli {
namespace {

/// JSON text that grows. The caller puts members in order; commas are added where they belong.
class JsonText {
 public:
  void open(char bracket) {
    value_comes();
    text_ += bracket;
    first_ = true;
  }
  void close(char bracket) {
    text_ += bracket;
    first_ = false;
  }
  /// The name is one of ours: nothing in it needs an escape.
  void name(std::string_view key) {
    if (!first_) text_ += ',';
    text_ += '"';
    text_ += key;
    text_ += "\":";
    first_ = true;
  }
  void string(std::string_view value) {
    value_comes();
    // Without leaving the loop early, so that it becomes a few wide comparisons.
    bool plain = true;
    for (const char c : value) plain &= c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
    if (plain) {
      text_ += '"';
      text_ += value;
      text_ += '"';
      return;
    }
    // Octets that are no UTF-8 (a file name, a comment) become the replacement character.
    text_ += nlohmann::json(std::string(value)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  template <class Number>
  void number(Number value) {
    value_comes();
    const fmt::format_int digits(value);
    text_.append(digits.data(), digits.size());
  }
  void boolean(bool value) {
    value_comes();
    text_ += value ? "true" : "false";
  }
  void member(std::string_view key, std::string_view value) {
    name(key);
    string(value);
  }
  void member(std::string_view key, const std::string& value) { member(key, std::string_view(value)); }
  void member(std::string_view key, const char* value) { member(key, std::string_view(value)); }
  void member(std::string_view key, bool value) {
    name(key);
    boolean(value);
  }
  template <class Number>
  void member(std::string_view key, Number value) {
    name(key);
    number(value);
  }
  /// A line end between two values: the next one needs its comma all the same.
  void raw(std::string_view text) { text_ += text; }

  std::string& text() { return text_; }

 private:
  void value_comes() {
    if (!first_) text_ += ',';
    first_ = false;
  }

  std::string text_;
  bool first_ = true;
};

void fields(JsonText& out, const wire::FieldNode& node) {
  out.open('{');
  out.member("name", node.name);
  out.member("offset", node.offset);
  out.member("size", node.size);
  if (node.mask != 0) out.member("mask", node.mask);
  if (!node.value.empty()) out.member("value", node.value);
  if (!node.fault.empty()) out.member("fault", node.fault);
  if (!node.children.empty()) {
    out.name("fields");
    out.open('[');
    for (const wire::FieldNode& child : node.children) fields(out, child);
    out.close(']');
  }
  out.close('}');
}

void faults(JsonText& out, std::string_view name, const std::vector<ParseError>& found) {
  out.name(name);
  out.open('[');
  for (const ParseError& fault : found) {
    out.open('{');
    out.member("field", fault.field);
    out.member("offset", fault.offset);
    out.member("why", fault.why);
    out.close('}');
  }
  out.close(']');
}

void payload_names(JsonText& out, std::string_view name, const std::vector<wire::Payload>& payloads,
                   const wire::IkeHeader& header) {
  out.name(name);
  out.open('[');
  for (const wire::Payload& payload : payloads)
    out.string(wire::describe({&payload, 1}, header.exchange, header.is_response()));
  out.close(']');
}

void message_json(JsonText& out, const DecodedPacket& packet, bool hex) {
  const trace::MessageRecord& message = *packet.message;
  const wire::IkeHeader& header = message.outer.header;
  const bool opened = message.protection == trace::Protection::Opened;
  out.open('{');
  out.member("text", notation(message));
  out.member("spi_i", fmt::format("{:016x}", header.spis.i.value));
  out.member("spi_r", fmt::format("{:016x}", header.spis.r.value));
  out.member("version", fmt::format("{}.{}", header.major(), header.minor()));
  out.member("exchange", wire::name_or_number(header.exchange));
  out.member("message_id", header.message_id.value);
  out.member("response", header.is_response());
  out.member("original_initiator", header.is_from_original_initiator());
  out.member("non_esp_marker", message.marker);
  out.member("protection", trace::name(message.protection));
  payload_names(out, "payloads", message.outer.payloads, header);
  if (opened) payload_names(out, "inner_payloads", message.inner, header);
  if (packet.repeats_frame) out.member("retransmission_of", *packet.repeats_frame);
  if (packet.answers_frame) out.member("answers", *packet.answers_frame);
  faults(out, "faults", message.outer.faults);
  if (opened) faults(out, "inner_faults", message.inner_faults);
  out.name("tree");
  fields(out, wire::field_tree(message.octets));
  if (opened) {
    out.name("inner_tree");
    fields(out, wire::field_tree(first_inner(message), message.plaintext));
  }
  if (hex) {
    out.member("octets", to_hex(message.octets));
    if (opened) out.member("inner_octets", to_hex(message.plaintext));
  }
  out.close('}');
}

void ikev1_json(JsonText& out, const DecodedIkev1& message, bool hex) {
  out.open('{');
  out.member("text", notation(message));
  out.member("initiator_cookie", fmt::format("{:016x}", message.header.spis.i.value));
  out.member("responder_cookie", fmt::format("{:016x}", message.header.spis.r.value));
  out.member("exchange", wire::ikev1_exchange_name(static_cast<std::uint8_t>(message.header.exchange)));
  out.member("message_id", message.header.message_id.value);
  out.member("non_esp_marker", message.marker);
  out.name("tree");
  fields(out, wire::ikev1_tree(message.octets));
  if (hex) out.member("octets", to_hex(message.octets));
  out.close('}');
}

void esp_json(JsonText& out, const DecodedEsp& esp) {
  out.open('{');
  out.member("spi", fmt::format("{:08x}", esp.header.spi.value));
  out.member("sequence_number", esp.header.sequence);
  out.member("size", esp.size);
  if (esp.closed)
    out.member("not_decrypted", pcap::text(*esp.closed));
  else
    out.member("content", esp.content);
  out.close('}');
}

class JsonWriter final : public DecodeWriter {
 public:
  JsonWriter(const DecodeOptions& options, std::string_view source, std::string_view format, std::ostream& out)
      : options_(options), out_(out) {
    json_.open('{');
    json_.member("file", source);
    json_.member("format", format);
    json_.name("packets");
    json_.open('[');
  }

  void packet(const DecodedPacket& packet, bool shown) override {
    if (!first_) first_ = packet.packet.at;
    if (!shown) return;
    const Datagram& datagram = packet.packet.datagram;
    json_.open('{');
    json_.member("frame", packet.packet.frame);
    json_.member("time_ns", packet.packet.at.time_since_epoch().count());
    json_.member("relative_ns", (packet.packet.at - *first_).count());
    json_.member("source", datagram.source.text());
    json_.member("destination", datagram.destination.text());
    json_.member("kind", packet.what);
    if (packet.packet.truncated) json_.member("cut", true);
    if (packet.packet.over_tcp) json_.member("tcp", true);
    if (!packet.detail.empty()) json_.member("detail", packet.detail);
    if (!packet.comments.empty()) {
      json_.name("comments");
      json_.open('[');
      for (const std::string& comment : packet.comments) json_.string(comment);
      json_.close(']');
    }
    if (packet.message) {
      json_.name("message");
      message_json(json_, packet, options_.hex);
    }
    if (packet.ikev1) {
      json_.name("ikev1");
      ikev1_json(json_, *packet.ikev1, options_.hex);
    }
    if (packet.esp) {
      json_.name("esp");
      esp_json(json_, *packet.esp);
    }
    json_.close('}');
    json_.raw("\n");
    if (json_.text().size() >= kKept) flush();
  }

  void flush() override {
    out_.write(json_.text().data(), static_cast<std::streamsize>(json_.text().size()));
    out_.flush();
    json_.text().clear();
  }

  void finish(const PacketDecoder& decoder, const std::optional<pcap::CaptureError>& trouble) override {
    const pcap::FrameCounts& counts = decoder.counts();
    json_.close(']');
    json_.name("summary");
    json_.open('{');
    json_.member("frames", counts.frames);
    json_.member("ike", counts.ike);
    json_.member("decrypted", decoder.opened());
    json_.member("not_decrypted", decoder.closed());
    json_.member("not_ike", counts.not_ike());
    if (trouble) json_.member("trouble", trouble->what());
    json_.close('}');
    json_.close('}');
    json_.raw("\n");
    flush();
  }

 private:
  static constexpr std::size_t kKept = std::size_t{1} << 16;

  const DecodeOptions& options_;
  std::ostream& out_;
  JsonText json_;
  std::optional<Instant> first_;
};

}  // namespace

std::unique_ptr<DecodeWriter> json_writer(const DecodeOptions& options, std::string_view source,
                                          std::string_view format, std::ostream& out) {
  return std::make_unique<JsonWriter>(options, source, format, out);
}

}  // namespace ikevet::cli
