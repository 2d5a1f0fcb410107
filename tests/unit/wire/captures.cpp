#include "tests/unit/wire/captures.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>

namespace ikevet::test {
namespace {

using Octets = std::span<const std::uint8_t>;

/// Numbers of a file in the byte order that the file announces.
struct Order {
  bool little = true;

  std::uint32_t number(Octets in, std::size_t at, std::size_t size) const {
    if (at + size > in.size()) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | in[at + (little ? size - 1 - i : i)];
    return value;
  }
  std::uint32_t u16(Octets in, std::size_t at) const { return number(in, at, 2); }
  std::uint32_t u32(Octets in, std::size_t at) const { return number(in, at, 4); }
};

constexpr Order kNetwork{false};

Octets from(Octets in, std::size_t at) { return at < in.size() ? in.subspan(at) : Octets{}; }

/// A frame of a link layer.
struct Frame {
  std::uint32_t link_type{};
  Octets octets;
};

/// The IP packet in a frame; empty for other network protocols and unknown link layers.
Octets ip_packet(const Frame& frame) {
  switch (frame.link_type) {
    case 0:  // BSD loopback
      return from(frame.octets, 4);
    case 1: {  // Ethernet, with VLAN tags
      std::size_t at = 12;
      while (kNetwork.u16(frame.octets, at) == 0x8100) at += 4;
      const std::uint32_t type = kNetwork.u16(frame.octets, at);
      return type == 0x0800 || type == 0x86dd ? from(frame.octets, at + 2) : Octets{};
    }
    case 12:
    case 14:
    case 101:  // raw IP
      return frame.octets;
    case 113:  // Linux cooked
      return from(frame.octets, 16);
    case 276:  // Linux cooked, version 2
      return from(frame.octets, 20);
    default:
      return {};
  }
}

/// The UDP datagram in an IP packet, header included; empty for fragments and other protocols.
Octets udp_datagram(Octets ip) {
  if (ip.empty()) return {};
  if (ip[0] >> 4 == 4) {
    const std::size_t header = (ip[0] & 0x0fU) * 4;
    const bool fragment = (kNetwork.u16(ip, 6) & 0x3fff) != 0;
    return ip.size() > header && ip[9] == 17 && !fragment ? from(ip, header) : Octets{};
  }
  if (ip[0] >> 4 == 6 && ip.size() > 40 && ip[6] == 17) return from(ip, 40);
  return {};
}

/// The IKE message in a UDP datagram of one of IKE's ports; empty for ESP, keepalives and everything else.
Octets ike_message(Octets udp) {
  if (udp.size() < 8) return {};
  const std::uint32_t source = kNetwork.u16(udp, 0);
  const std::uint32_t destination = kNetwork.u16(udp, 2);
  const std::size_t length = kNetwork.u16(udp, 4);
  const Octets payload = udp.subspan(8, std::min(udp.size(), std::max<std::size_t>(length, 8)) - 8);
  if (source == 500 || destination == 500) return payload;
  if (source != 4500 && destination != 4500) return {};
  return payload.size() > 4 && kNetwork.u32(payload, 0) == 0 ? payload.subspan(4) : Octets{};
}

std::vector<Frame> pcap_frames(Octets file, Order order) {
  std::vector<Frame> out;
  const std::uint32_t link_type = order.u32(file, 20) & 0xffff;
  for (Octets rest = from(file, 24); rest.size() >= 16;) {
    const std::size_t size = std::min<std::size_t>(order.u32(rest, 8), rest.size() - 16);
    out.push_back({link_type, rest.subspan(16, size)});
    rest = rest.subspan(16 + size);
  }
  return out;
}

std::vector<Frame> pcapng_frames(Octets file) {
  constexpr std::uint32_t kSection = 0x0a0d0d0a;
  constexpr std::uint32_t kInterface = 1;
  constexpr std::uint32_t kEnhancedPacket = 6;
  std::vector<Frame> out;
  std::vector<std::uint32_t> link_types;
  Order order;
  for (Octets rest = file; rest.size() >= 12;) {
    if (order.u32(rest, 0) == kSection) {
      order.little = rest[8] == 0x4d;
      link_types.clear();
    }
    const std::uint32_t type = order.u32(rest, 0);
    const std::size_t size = order.u32(rest, 4);
    if (size < 12 || size > rest.size()) break;
    if (type == kInterface) link_types.push_back(order.u16(rest, 8));
    const std::uint32_t interface = order.u32(rest, 8);
    if (type == kEnhancedPacket && interface < link_types.size() && size > 32)
      out.push_back({link_types[interface], rest.subspan(28, std::min<std::size_t>(order.u32(rest, 20), size - 32))});
    rest = rest.subspan(size);
  }
  return out;
}

std::vector<Frame> frames(Octets file) {
  if (file.size() < 24) return {};
  const Order little{true};
  switch (little.u32(file, 0)) {
    case 0xa1b2c3d4:
    case 0xa1b23c4d:
      return pcap_frames(file, little);
    case 0xd4c3b2a1:
    case 0x4d3cb2a1:
      return pcap_frames(file, kNetwork);
    case 0x0a0d0d0a:
      return pcapng_frames(file);
    default:
      return {};
  }
}

}  // namespace

std::vector<CapturedMessage> ike_messages(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::vector<std::uint8_t> octets{std::istreambuf_iterator<char>(in), {}};
  std::vector<CapturedMessage> out;
  std::size_t number = 0;
  for (const Frame& frame : frames(octets)) {
    ++number;
    const Octets message = ike_message(udp_datagram(ip_packet(frame)));
    if (message.empty()) continue;
    out.push_back({file.filename().string() + " frame " + std::to_string(number), {message.begin(), message.end()}});
  }
  return out;
}

std::vector<CapturedMessage> ike_messages_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
      if (entry.is_regular_file()) files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<CapturedMessage> out;
  for (const auto& file : files) std::ranges::move(ike_messages(file), std::back_inserter(out));
  return out;
}

}  // namespace ikevet::test
