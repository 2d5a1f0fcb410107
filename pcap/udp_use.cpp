#include "pcap/udp_use.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "engine/base/reader.hpp"

namespace ikevet::pcap {
namespace {

constexpr std::uint8_t kKeepaliveOctet = 0xff;
constexpr std::size_t kEspHeaderSize = 8;

/// ISAKMP's exchange types end where those of IKEv2 begin: RFC 2408 §3.1, RFC 7296 §3.1. A message of an exchange of
/// IKEv2 that says "version 1" is a broken IKEv2 message, and stays one.
bool is_ikev1(BytesView message) {
  Reader in(message);
  const auto header = wire::IkeHeader::parse(in);
  return header && header->major() == 1 && header->exchange < wire::ExchangeType::IKE_SA_INIT;
}

/// Where ESP has its SPI, which is never zero on the wire (RFC 4303 §2.1), IKE has the marker.
bool starts_with_zeros(BytesView payload) {
  return std::ranges::all_of(payload.first(std::min(payload.size(), kNonEspMarkerSize)),
                             [](std::uint8_t octet) { return octet == 0; });
}

}  // namespace

UdpUse use_of(const Datagram& datagram) {
  if (const auto framed = trace::find_ike_message(datagram))
    return is_ikev1(framed->message) ? UdpUse::IkeV1 : UdpUse::Ike;
  const BytesView payload = datagram.payload;
  if (payload.size() == 1 && payload[0] == kKeepaliveOctet) return UdpUse::Keepalive;
  const bool nat_t_port = datagram.source.port == kNatTPort || datagram.destination.port == kNatTPort;
  if (nat_t_port && payload.size() >= kEspHeaderSize && !starts_with_zeros(payload)) return UdpUse::EspInUdp;
  return UdpUse::Other;
}

UdpPaths::Found UdpPaths::look(const CapturedPacket& packet) {
  const Datagram& datagram = packet.datagram;
  Found out{use_of(datagram), trace::find_ike_message(datagram)};
  const auto known_port = [](std::uint16_t port) { return port == kIkePort || port == kNatTPort; };
  const bool telling = known_port(datagram.source.port) || known_port(datagram.destination.port);
  if (telling) return out;
  const BytesView payload = datagram.payload;
  const Path path = std::minmax(datagram.source, datagram.destination);
  if (out.message) {
    remember(path, out.message->marker);
    return out;
  }
  if (out.use != UdpUse::Other) return out;
  const auto known = known_.find(path);
  if (known == known_.end() && !packet.over_tcp) return out;
  const bool marked = packet.over_tcp || known->second;
  const bool zeros = starts_with_zeros(payload);
  if (marked && payload.size() >= kEspHeaderSize && !zeros) return {UdpUse::EspInUdp, std::nullopt};
  const std::size_t before = marked ? kNonEspMarkerSize : 0;
  if (marked == zeros && payload.size() >= before + wire::kIkeHeaderSize)
    return {UdpUse::Ike, trace::FramedMessage{payload.subspan(before), marked}};
  return out;
}

void UdpPaths::remember(const Path& path, bool marker) {
  const auto [known, is_new] = known_.try_emplace(path, marker);
  known->second = known->second || marker;
  if (!is_new) return;
  order_.push_back(path);
  if (order_.size() <= kMaxPaths) return;
  known_.erase(order_.front());
  order_.pop_front();
}

std::string_view name(UdpUse use) {
  switch (use) {
    case UdpUse::Ike:
      return "IKE";
    case UdpUse::IkeV1:
      return "IKEv1";
    case UdpUse::EspInUdp:
      return "ESP in UDP";
    case UdpUse::Keepalive:
      return "NAT keepalive";
    case UdpUse::Other:
      return "other UDP";
  }
  return "other UDP";
}

std::string FrameCounts::not_ike() const {
  std::vector<std::pair<std::size_t, std::string>> parts;
  parts.reserve(udp.size() + other.size() + 1);
  for (std::size_t i = 0; i < udp.size(); ++i) parts.emplace_back(udp.at(i), name(static_cast<UdpUse>(i)));
  for (std::size_t i = 0; i < other.size(); ++i) parts.emplace_back(other.at(i), name(static_cast<PacketKind>(i)));
  parts.emplace_back(cut, "UDP cut off in the capture");
  std::string out;
  for (const auto& [count, what] : parts)
    if (count != 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, what);
  return out;
}

}  // namespace ikevet::pcap
