#include "bindings/cli/packet_decoder.hpp"

#include <fmt/format.h>

#include <utility>

#include "engine/base/reader.hpp"
#include "engine/wire/describe.hpp"
#include "engine/wire/ikev1.hpp"

namespace ikevet::cli {
namespace {

using pcap::UdpUse;
using trace::Protection;

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
  // A TCP segment may have given several packets.
  if (packet.frame != last_frame_ || packet.frame == 0) ++counts_.frames;
  last_frame_ = packet.frame;
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
  const auto [use, framed] = paths_.look(out.packet);
  out.what = pcap::name(use);
  if (out.packet.over_tcp && use == UdpUse::EspInUdp) out.what = "ESP in TCP";
  if (use == UdpUse::Other) {
    const bool too_short = uses_ike_port(datagram) && datagram.payload.size() < wire::kIkeHeaderSize;
    out.detail = fmt::format("{} octets{}", datagram.payload.size(), too_short ? ", too short for an IKE header" : "");
  }
  if (!out.packet.note.empty() && use != UdpUse::Ike) out.detail += (out.detail.empty() ? "" : "; ") + out.packet.note;

  if (use == UdpUse::IkeV1) ikev1(out, *framed);
  if (out.packet.truncated) {
    ++counts_.cut;
    if (use == UdpUse::Ike) cut_message(out, *framed);
    return;
  }
  if (use == UdpUse::Ike) return ike(out, *framed);
  counts_.add(use);
  if (use == UdpUse::EspInUdp) esp(out, datagram.payload);
}

void PacketDecoder::ike(DecodedPacket& out, const trace::FramedMessage& framed) {
  pcap::StreamedMessage message;
  trace::MessageRecord& record = message.record;
  record.frame = out.packet.frame;
  record.at = out.packet.at;
  record.source = out.packet.datagram.source;
  record.destination = out.packet.datagram.destination;
  record.marker = framed.marker;
  record.octets = to_bytes(framed.message);
  if (!stream_.take(message)) return counts_.add(UdpUse::Other);
  ++counts_.ike;
  keys_.learn(record);
  count_closed(record);
  if (record.protection == Protection::Opened) ++opened_;
  if (is_closed(record.protection)) ++closed_;
  out.repeats_frame = message.repeats_frame;
  out.answers_frame = message.answers_frame;
  out.message = std::move(message.record);
}

void PacketDecoder::ikev1(DecodedPacket& out, const trace::FramedMessage& framed) {
  Reader in(framed.message);
  const auto header = wire::IkeHeader::parse(in);
  out.ikev1 = DecodedIkev1{*header, to_bytes(framed.message), framed.marker};
}

/// What is left of a message is shown, but related to nothing and opened with nothing.
void PacketDecoder::cut_message(DecodedPacket& out, const trace::FramedMessage& framed) {
  pcap::StreamedMessage message;
  message.record.frame = out.packet.frame;
  message.record.marker = framed.marker;
  message.record.octets = to_bytes(framed.message);
  if (pcap::MessageStream(nullptr).take(message)) out.message = std::move(message.record);
}

void PacketDecoder::esp(DecodedPacket& out, BytesView octets) {
  const auto header = pcap::esp_header(octets);
  if (!header) return;
  DecodedEsp esp{*header, octets.size(), {}, {}};
  if (const auto opened = keys_.open_esp(out.packet.datagram.destination.address, octets))
    esp.content = pcap::describe(*opened) + (opened->integrity_checked ? "" : " (integrity not checked)");
  else
    esp.closed = opened.error();
  if (by_esp_spi_.size() < kMaxCounted || by_esp_spi_.contains(header->spi)) {
    Closed& of = by_esp_spi_[header->spi];
    if (!esp.closed)
      ++of.opened;
    else if (*esp.closed == pcap::EspFailure::NoKeys)
      ++of.no_keys;
    else if (*esp.closed == pcap::EspFailure::BadIntegrity)
      ++of.bad_integrity;
    else
      ++of.other;
  }
  out.esp = std::move(esp);
}

void PacketDecoder::count_closed(const trace::MessageRecord& record) {
  if (record.protection == Protection::Clear) return;
  const IkeSpis spis = record.outer.header.spis;
  if (by_ike_sa_.size() >= kMaxCounted && !by_ike_sa_.contains(spis)) return;
  Closed& of = by_ike_sa_[spis];
  if (!is_closed(record.protection))
    ++of.opened;
  else if (record.protection == Protection::NoKeys)
    ++of.no_keys;
  else if (record.protection == Protection::BadIntegrity)
    ++of.bad_integrity;
  else
    ++of.other;
}

std::vector<std::string> PacketDecoder::lacking() const {
  constexpr std::size_t kShown = 20;
  std::vector<std::string> out;
  std::size_t more = 0;
  const auto tell = [&](const std::string& sa, const Closed& of, std::string_view what, std::string_view keys) {
    if (of.no_keys + of.bad_integrity == 0) return;
    if (out.size() == kShown) {
      ++more;
      return;
    }
    if (of.no_keys != 0)
      out.push_back(fmt::format("{}: {} for {} {}", sa, keys, of.no_keys, what));
    else if (of.opened == 0)
      out.push_back(
          fmt::format("{}: the keys do not fit, the integrity check fails for all {} {}", sa, of.bad_integrity, what));
    else
      out.push_back(fmt::format("{}: the integrity check fails for {} of {} {}", sa, of.bad_integrity,
                                of.bad_integrity + of.opened + of.other, what));
  };
  for (const auto& [spis, of] : by_ike_sa_)
    tell(fmt::format("IKE SA {:016x}/{:016x}", spis.i.value, spis.r.value), of, "messages",
         "no SK_ei, SK_er, SK_ai, SK_ar");
  for (const auto& [spi, of] : by_esp_spi_)
    tell(fmt::format("ESP SPI {:08x}", spi.value), of, "packets", "no encryption and integrity key");
  if (more != 0) out.push_back(fmt::format("and {} more SAs", more));
  return out;
}

bool is_closed(Protection protection) {
  return protection == Protection::BadIntegrity || protection == Protection::BadPadding ||
         protection == Protection::TooShort || protection == Protection::NoKeys;
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

std::string notation(const DecodedIkev1& message) {
  const std::string list = wire::ikev1_notation(wire::ikev1_tree(message.octets));
  const std::size_t hdr = list.starts_with("HDR*") ? 4 : 3;
  return fmt::format("{} {}({:016x}, {:016x}, ID={:08x}){}",
                     wire::ikev1_exchange_name(static_cast<std::uint8_t>(message.header.exchange)), list.substr(0, hdr),
                     message.header.spis.i.value, message.header.spis.r.value, message.header.message_id.value,
                     list.substr(hdr));
}

}  // namespace ikevet::cli
