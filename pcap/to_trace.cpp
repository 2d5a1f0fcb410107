#include "pcap/to_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

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

bool same(const Endpoint& pattern, const Endpoint& endpoint) {
  return pattern.address == endpoint.address && (pattern.port == 0 || pattern.port == endpoint.port);
}

std::optional<trace::Party> sender(const Datagram& datagram, std::span<const Endpoint> harness) {
  const auto is_harness = [&](const Endpoint& endpoint) {
    return std::ranges::any_of(harness, [&](const Endpoint& one) { return same(one, endpoint); });
  };
  if (is_harness(datagram.source)) return trace::Party::Harness;
  if (is_harness(datagram.destination)) return trace::Party::Dut;
  return std::nullopt;
}

}  // namespace

UdpUse use_of(const Datagram& datagram) {
  if (const auto framed = trace::find_ike_message(datagram))
    return is_ikev1(framed->message) ? UdpUse::IkeV1 : UdpUse::Ike;
  const BytesView payload = datagram.payload;
  if (payload.size() == 1 && payload[0] == kKeepaliveOctet) return UdpUse::Keepalive;
  const bool nat_t_port = datagram.source.port == kNatTPort || datagram.destination.port == kNatTPort;
  const bool zero_spi = std::ranges::all_of(payload.first(std::min(payload.size(), kNonEspMarkerSize)),
                                            [](std::uint8_t octet) { return octet == 0; });
  if (nat_t_port && payload.size() >= kEspHeaderSize && !zero_spi) return UdpUse::EspInUdp;
  return UdpUse::Other;
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

CaptureTrace to_trace(const std::filesystem::path& capture, const wire::SkOpener* opener,
                      std::span<const Endpoint> harness) {
  CaptureFile file(capture);
  trace::TraceBuilder builder(opener);
  CaptureTrace out;
  const auto count = [&](bool is_message, UdpUse use) {
    if (is_message)
      ++out.counts.ike;
    else
      out.counts.add(use);
  };
  while (std::optional<CapturedPacket> packet = file.next()) {
    if (packet->kind != PacketKind::Udp) {
      out.counts.add(packet->kind);
      continue;
    }
    if (packet->truncated) {
      ++out.counts.cut;
      continue;
    }
    const UdpUse use = use_of(packet->datagram);
    if (use == UdpUse::IkeV1) {
      out.counts.add(use);
      continue;
    }
    const auto from = sender(packet->datagram, harness);
    if (!from) {
      ++out.third_party;
      count(use == UdpUse::Ike, use);
      continue;
    }
    // The builder also knows damaged messages by the endpoints that spoke IKE before.
    const bool is_message =
        builder
            .add(trace::Packet{packet->frame, packet->at, *from, std::move(packet->datagram), trace::Fate::Delivered})
            .has_value();
    count(is_message, use);
  }
  out.counts.frames = file.frames();
  out.trouble = file.trouble();
  out.trace = builder.take();
  return out;
}

std::vector<Side> sides(const std::filesystem::path& capture) {
  CaptureFile file(capture);
  std::map<IpAddress, Side> found;
  std::map<IpAddress, std::set<IkeSpi>> initiated;
  const auto side = [&](const IpAddress& address) -> Side& {
    Side& one = found[address];
    one.address = address;
    return one;
  };
  while (const std::optional<CapturedPacket> packet = file.next()) {
    if (packet->kind != PacketKind::Udp || use_of(packet->datagram) != UdpUse::Ike) continue;
    const auto framed = trace::find_ike_message(packet->datagram);
    Reader in(framed->message);
    const auto header = wire::IkeHeader::parse(in);
    const Datagram& datagram = packet->datagram;
    ++side(datagram.source.address).messages;
    side(datagram.destination.address);
    if (header && header->exchange == wire::ExchangeType::IKE_SA_INIT && header->is_request())
      initiated[datagram.source.address].insert(header->spis.i);
  }
  std::vector<Side> out;
  for (auto& [address, one] : found) {
    one.initiated = initiated[address].size();
    out.push_back(one);
  }
  std::ranges::stable_sort(out, std::ranges::greater{}, &Side::messages);
  return out;
}

}  // namespace ikevet::pcap
