#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ostream>
#include <string>

#include "bindings/cli/decode_writers.hpp"
#include "bindings/cli/printable.hpp"
#include "engine/wire/field_tree.hpp"
#include "engine/wire/ikev1.hpp"

namespace ikevet::cli {
namespace {

constexpr std::string_view kUnder = "         ";  // where what belongs to a packet begins
constexpr std::size_t kBeforeName = 2;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string esp_text(const DecodedEsp& esp) {
  std::string out = fmt::format("SPI {:#010x}, sequence number {}, ", esp.header.spi.value, esp.header.sequence);
  if (esp.closed) return out + fmt::format("{} octets (not decrypted: {})", esp.size, pcap::text(*esp.closed));
  return out + "{" + esp.content + "}";
}

std::string remarks(const DecodedPacket& packet) {
  std::string out;
  const auto add = [&](const std::string& remark) {
    if (!remark.empty()) out += " (" + remark + ")";
  };
  if (packet.message) {
    if (packet.repeats_frame) add(fmt::format("retransmission of frame {}", *packet.repeats_frame));
    if (!packet.packet.truncated) add(why_closed(packet.message->protection));
    add(packet.packet.note);
  }
  if (packet.ikev1) add(packet.packet.note);
  if (packet.packet.over_tcp) add("in TCP");
  if (packet.packet.truncated) add("cut off in the capture");
  return out;
}

std::string content(const DecodedPacket& packet) {
  if (packet.message) return notation(*packet.message);
  if (packet.ikev1) return "IKEv1 " + notation(*packet.ikev1);
  if (packet.esp) return packet.what + " " + esp_text(*packet.esp);
  return packet.detail.empty() ? packet.what : packet.what + ": " + packet.detail;
}

/// Most of what is shown is ours and printable: only what is not is gone through character by character.
void append_printable(std::string& to, std::string_view text) {
  // Without leaving the loop early, so that it becomes a few wide comparisons.
  bool plain = true;
  for (const char c : text) plain &= c >= 0x20 && c < 0x7f;
  if (plain)
    to += text;
  else
    to += printable(text);
}

/// Offsets and sizes stand in columns of five digits with a blank between; there are a hundred of them in a message.
void append_right_aligned(std::string& to, std::size_t number) {
  constexpr std::size_t kColumn = 5;
  const fmt::format_int digits(number);
  if (!to.empty() && to.back() != ' ') to += ' ';
  if (digits.size() < kColumn) to.append(kColumn - digits.size(), ' ');
  to.append(digits.data(), digits.size());
}

std::string endpoints(const pcap::CapturedPacket& packet) {
  const Datagram& datagram = packet.datagram;
  if (packet.kind == pcap::PacketKind::Udp || packet.kind == pcap::PacketKind::Tcp)
    return fmt::format("{} > {}", datagram.source.text(), datagram.destination.text());
  if (datagram.source.address.is_unspecified() && datagram.destination.address.is_unspecified()) return {};
  return fmt::format("{} > {}", datagram.source.address.text(), datagram.destination.address.text());
}

class TextWriter final : public DecodeWriter {
 public:
  TextWriter(const DecodeOptions& options, std::ostream& out) : options_(options), out_(out) {}

  void packet(const DecodedPacket& packet, bool shown) override {
    if (!first_) first_ = packet.packet.at;
    if (!shown) return;
    ++shown_;
    const std::string between = endpoints(packet.packet);
    print("{:>5} {:>12.6f}  {}{}", packet.packet.frame, seconds(packet.packet.at - *first_), between,
          between.empty() ? "" : "  ");
    append_printable(text_, content(packet));
    append_printable(text_, remarks(packet));
    text_ += '\n';
    if (packet.message) message(*packet.message);
    if (packet.ikev1) ikev1(*packet.ikev1);
    for (const std::string& comment : packet.comments) print("{}# {}\n", kUnder, printable(comment));
    if (text_.size() >= kKept) flush();
  }

  void flush() override {
    out_.write(text_.data(), static_cast<std::streamsize>(text_.size()));
    out_.flush();
    text_.clear();
  }

  void finish(const PacketDecoder& decoder, const std::optional<pcap::CaptureError>&) override {
    const pcap::FrameCounts& counts = decoder.counts();
    print("\n{} frame{}: {} with IKE", counts.frames, counts.frames == 1 ? "" : "s", counts.ike);
    if (decoder.opened() + decoder.closed() != 0) print(" ({} decrypted, {} not)", decoder.opened(), decoder.closed());
    const std::string others = counts.not_ike();
    print("{}{}\n", others.empty() ? "" : "; not IKE: ", others);
    if (options_.filter.any()) print("{} shown\n", shown_);
    flush();
  }

 private:
  static constexpr std::size_t kKept = std::size_t{1} << 16;

  template <class... Arguments>
  void print(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
  }

  void message(const trace::MessageRecord& message) {
    for (const ParseError& fault : message.outer.faults) print("{}! {}\n", kUnder, printable(fault.text()));
    for (const ParseError& fault : message.inner_faults) print("{}! in SK: {}\n", kUnder, printable(fault.text()));
    const bool opened = message.protection == trace::Protection::Opened;
    if (options_.tree) {
      tree(wire::field_tree(message.octets));
      if (opened) tree(wire::field_tree(first_inner(message), message.plaintext));
    }
    if (options_.hex) {
      hex("message", message.octets);
      if (opened) hex("inside SK", message.plaintext);
    }
  }

  void ikev1(const DecodedIkev1& message) {
    if (options_.tree) tree(wire::ikev1_tree(message.octets));
    if (options_.hex) hex("message", message.octets);
  }

  void tree(const wire::FieldNode& node, std::size_t depth = 0) {
    text_ += kUnder;
    append_right_aligned(text_, node.offset);
    append_right_aligned(text_, node.size);
    text_.append(kBeforeName + 2 * depth, ' ');
    text_ += node.name;
    if (!node.value.empty()) {
      text_ += ": ";
      append_printable(text_, node.value);
    }
    if (!node.fault.empty()) {
      text_ += "  !! ";
      append_printable(text_, node.fault);
    }
    text_ += '\n';
    for (const wire::FieldNode& child : node.children) tree(child, depth + 1);
  }

  void hex(std::string_view title, BytesView octets) {
    constexpr std::size_t kRow = 16;
    print("{}{}, {} octets:\n", kUnder, title, octets.size());
    for (std::size_t at = 0; at < octets.size(); at += kRow) {
      const BytesView row = octets.subspan(at, std::min(kRow, octets.size() - at));
      std::string digits;
      std::string letters;
      for (const std::uint8_t octet : row) {
        digits += fmt::format("{:02x} ", octet);
        letters += octet >= 0x20 && octet < 0x7f ? static_cast<char>(octet) : '.';
      }
      print("{}{:04x}  {:<48} {}\n", kUnder, at, digits, letters);
    }
  }

  const DecodeOptions& options_;
  std::ostream& out_;
  std::string text_;  // not yet written
  std::size_t shown_{};
  std::optional<Instant> first_;
};

}  // namespace

std::unique_ptr<DecodeWriter> text_writer(const DecodeOptions& options, std::ostream& out) {
  return std::make_unique<TextWriter>(options, out);
}

}  // namespace ikevet::cli
