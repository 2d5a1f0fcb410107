#include "bindings/cli/packet_decoder.hpp"

#include <fmt/format.h>

#include <utility>

#include "engine/base/reader.hpp"
#include "engine/wire/describe.hpp"

namespace ikevet::cli {
namespace {

using pcap::UdpUse;
using trace::Protection;

/// RFC 2408 §3.1, RFC 2409 Appendix A.
std::string ikev1_exchange(std::uint8_t exchange) {
  switch (exchange) {
    case 1:
      return "Base";
    case 2:
      return "Identity Protection (main mode)";
    case 3:
      return "Authentication Only";
    case 4:
      return "Aggressive";
    case 5:
      return "Informational";
    case 6:
      return "Transaction";
    case 32:
      return "Quick Mode";
    case 33:
      return "New Group Mode";
    default:
      return fmt::format("exchange {}", exchange);
  }
}

std::optional<wire::IkeHeader> header_of(const Datagram& datagram) {
  const auto framed = trace::find_ike_message(datagram);
  if (!framed) return std::nullopt;
  Reader in(framed->message);
  const auto header = wire::IkeHeader::parse(in);
  return header ? std::optional(*header) : std::nullopt;
}

/// A Trace knows two parties. Whoever sets the I flag is one and the other side the other, whatever addresses and
/// however many pairs of hosts a capture has.
trace::Party party(const Datagram& datagram) {
  const auto header = header_of(datagram);
  return header && !header->is_from_original_initiator() ? trace::Party::Dut : trace::Party::Harness;
}

bool uses_ike_port(const Datagram& datagram) {
  const auto is_ike = [](std::uint16_t port) { return port == kIkePort || port == kNatTPort; };
  return is_ike(datagram.source.port) || is_ike(datagram.destination.port);
}

std::string flags(const wire::IkeHeader& header) {
  std::string out;
  if (header.is_from_original_initiator()) out += ", I";
  if (header.is_response()) out += ", R";
  if (header.offers_higher_version()) out += ", V";
  if (header.reserved_flags() != 0) out += fmt::format(", X={:#04x}", header.reserved_flags());
  return out;
}

}  // namespace

DecodedPacket PacketDecoder::decode(pcap::CapturedPacket packet) {
  DecodedPacket out;
  ++counts_.frames;
  out.packet = std::move(packet);
  out.what = pcap::name(out.packet.kind);
  out.detail = out.packet.note;
  if (out.packet.kind == pcap::PacketKind::Udp) {
    udp(out);
  } else {
    counts_.add(out.packet.kind);
    if (out.packet.kind == pcap::PacketKind::Esp) esp(out, out.packet.datagram.payload);
  }
  return out;
}

void PacketDecoder::udp(DecodedPacket& out) {
  const Datagram& datagram = out.packet.datagram;
  const UdpUse use = pcap::use_of(datagram);
  out.what = pcap::name(use);
  if (use == UdpUse::IkeV1) {
    const auto header = header_of(datagram);
    out.detail = fmt::format("{}, {} octets, not decoded: this is a tool for IKEv2",
                             ikev1_exchange(static_cast<std::uint8_t>(header->exchange)), datagram.payload.size());
  } else if (use == UdpUse::Other) {
    const bool too_short = uses_ike_port(datagram) && datagram.payload.size() < wire::kIkeHeaderSize;
    out.detail = fmt::format("{} octets{}", datagram.payload.size(), too_short ? ", too short for an IKE header" : "");
  }
  if (!out.packet.note.empty() && use != UdpUse::Ike) out.detail += (out.detail.empty() ? "" : "; ") + out.packet.note;

  if (out.packet.truncated) {
    ++counts_.cut;
    return cut_message(out);
  }
  if (use == UdpUse::IkeV1) return counts_.add(use);
  if (use == UdpUse::EspInUdp) {
    counts_.add(use);
    return esp(out, datagram.payload);
  }
  const auto index =
      builder_.add(trace::Packet{out.packet.frame, out.packet.at, party(datagram), datagram, trace::Fate::Delivered});
  if (!index) return counts_.add(use);
  ++counts_.ike;
  out.what = pcap::name(UdpUse::Ike);
  ike(out, *index);
}

void PacketDecoder::ike(DecodedPacket& out, std::size_t index) {
  const trace::Trace& trace = builder_.trace();
  out.message = trace.messages[index];
  if (out.message->repeats) out.repeats_frame = trace.messages[*out.message->repeats].frame;
  if (out.message->request) out.answers_frame = trace.messages[*out.message->request].frame;
  if (out.message->protection == Protection::Opened) ++opened_;
  if (!why_closed(out.message->protection).empty()) ++closed_;
}

/// What is left of a message is shown, but related to nothing and opened with nothing.
void PacketDecoder::cut_message(DecodedPacket& out) {
  if (pcap::use_of(out.packet.datagram) != UdpUse::Ike) return;
  trace::TraceBuilder alone(nullptr);
  if (alone.add(trace::Packet{out.packet.frame, out.packet.at, {}, out.packet.datagram, {}}))
    out.message = alone.trace().messages.front();
}

void PacketDecoder::esp(DecodedPacket& out, BytesView octets) {
  const auto header = pcap::esp_header(octets);
  if (!header) return;
  DecodedEsp esp{*header, octets.size(), {}, {}};
  if (const auto opened = pcap::open_esp(ring_, out.packet.datagram.destination.address, octets))
    esp.content = pcap::describe(*opened) + (opened->integrity_checked ? "" : " (integrity not checked)");
  else
    esp.closed = opened.error();
  out.esp = std::move(esp);
}

std::string why_closed(Protection protection) {
  switch (protection) {
    case Protection::Clear:
    case Protection::Opened:
    case Protection::Fragment:
      return {};
    case Protection::BadIntegrity:
      return "not decrypted: wrong Integrity Checksum Data";
    case Protection::BadPadding:
      return "not decrypted: Pad Length beyond the payload";
    case Protection::TooShort:
      return "not decrypted: too short";
    case Protection::NoKeys:
      return "not decrypted: no keys";
  }
  return {};
}

wire::PayloadType first_inner(const trace::MessageRecord& message) {
  if (const auto* sk = wire::find<wire::Encrypted>(message.outer.payloads)) return sk->first_inner;
  return wire::first_type(message.inner);  // of fragments only the first names it
}

std::string notation(const trace::MessageRecord& message) {
  const wire::IkeHeader& header = message.outer.header;
  const std::string list = message.protection == Protection::Opened ? wire::describe(message.outer, message.inner)
                                                                    : wire::describe(message.outer);
  const std::string version =
      header.version == 0x20 ? std::string() : fmt::format(", version {}.{}", header.major(), header.minor());
  constexpr std::string_view kHdr = "HDR";  // what describe() begins with
  return fmt::format("{} {}({:016x}, {:016x}, ID={}{}{}){}", wire::name_or_number(header.exchange), kHdr,
                     header.spis.i.value, header.spis.r.value, header.message_id.value, flags(header), version,
                     list.substr(kHdr.size()));
}

}  // namespace ikevet::cli
