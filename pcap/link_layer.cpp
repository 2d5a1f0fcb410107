#include "pcap/link_layer.hpp"

#include <fmt/format.h>

#include "engine/base/reader.hpp"

namespace ikevet::pcap {
namespace {

// https://www.iana.org/assignments/ieee-802-numbers
constexpr std::uint16_t kEtherIpv4 = 0x0800;
constexpr std::uint16_t kEtherArp = 0x0806;
constexpr std::uint16_t kEtherVlan = 0x8100;
constexpr std::uint16_t kEtherIpv6 = 0x86dd;
constexpr std::uint16_t kEtherPppoeSession = 0x8864;
constexpr std::uint16_t kEtherServiceVlan = 0x88a8;
constexpr std::uint16_t kEtherEapol = 0x888e;
constexpr std::uint16_t kEtherLldp = 0x88cc;
constexpr std::uint16_t kEtherOldQinQ = 0x9100;
constexpr std::uint16_t kEtherFirstType = 0x0600;  // below: the length of an 802.3 frame

constexpr int kMaxVlanTags = 8;

NetworkPacket cut_off(std::string what) { return {std::nullopt, true, std::move(what) + " header cut off"}; }

NetworkPacket pppoe(Reader in) {
  in.view(6, "PPPoE header");  // version and type, code, session, length
  const auto protocol = in.u16("PPP protocol");
  if (!in.ok()) return cut_off("PPPoE");
  if (protocol == 0x0021 || protocol == 0x0057) return {in.rest_view(), false, {}};
  return {std::nullopt, false, fmt::format("PPP protocol {:#06x}", protocol)};
}

NetworkPacket by_ether_type(std::uint16_t type, Reader in) {
  for (int tags = 0; tags < kMaxVlanTags && (type == kEtherVlan || type == kEtherServiceVlan || type == kEtherOldQinQ);
       ++tags) {
    in.u16("tag control information");
    type = in.u16("Ethernet type");
    if (!in.ok()) return cut_off("VLAN");
  }
  switch (type) {
    case kEtherIpv4:
    case kEtherIpv6:
      return {in.rest_view(), false, {}};
    case kEtherPppoeSession:
      return pppoe(in);
    case kEtherArp:
      return {std::nullopt, false, "ARP"};
    case kEtherEapol:
      return {std::nullopt, false, "EAP over LAN"};
    case kEtherLldp:
      return {std::nullopt, false, "LLDP"};
    default:
      break;
  }
  if (type < kEtherFirstType) return {std::nullopt, false, "802.3 frame"};
  return {std::nullopt, false, fmt::format("Ethernet type {:#06x}", type)};
}

NetworkPacket ethernet(Reader in) {
  in.view(12, "MAC addresses");
  const auto type = in.u16("Ethernet type");
  return in.ok() ? by_ether_type(type, in) : cut_off("Ethernet");
}

// https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html
NetworkPacket linux_cooked(Reader in) {
  in.view(14, "cooked header");
  const auto type = in.u16("protocol type");
  return in.ok() ? by_ether_type(type, in) : cut_off("Linux cooked");
}

// https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html
NetworkPacket linux_cooked_v2(Reader in) {
  const auto type = in.u16("protocol type");
  in.view(18, "cooked header");
  return in.ok() ? by_ether_type(type, in) : cut_off("Linux cooked v2");
}

// AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 24, 28 or 30 on the BSDs and macOS.
bool is_ip_family(std::uint32_t family) {
  return family == 2 || family == 10 || family == 24 || family == 28 || family == 30;
}

/// The family is in the byte order of the machine that captured with Null, in network order with Loop.
NetworkPacket loopback(Reader in, bool either_order) {
  const auto family = in.u32("address family");
  if (!in.ok()) return cut_off("loopback");
  const std::uint32_t swapped = (family & 0xff) << 24 | (family & 0xff00) << 8 | (family >> 8 & 0xff00) | family >> 24;
  if (is_ip_family(family) || (either_order && is_ip_family(swapped))) return {in.rest_view(), false, {}};
  return {std::nullopt, false, fmt::format("loopback address family {:#x}", family)};
}

}  // namespace

std::optional<LinkType> known_link_type(int number) {
  switch (number) {
    case 12:  // DLT_RAW on most systems
    case 14:  // DLT_RAW on OpenBSD
      return LinkType::Raw;
    case static_cast<int>(LinkType::Null):
    case static_cast<int>(LinkType::Ethernet):
    case static_cast<int>(LinkType::Raw):
    case static_cast<int>(LinkType::Loop):
    case static_cast<int>(LinkType::LinuxSll):
    case static_cast<int>(LinkType::Ipv4):
    case static_cast<int>(LinkType::Ipv6):
    case static_cast<int>(LinkType::LinuxSll2):
      return static_cast<LinkType>(number);
    default:
      return std::nullopt;
  }
}

std::string_view known_link_types() { return "Ethernet, Linux cooked (v1, v2), raw IP, loopback"; }

NetworkPacket strip_link_layer(LinkType type, BytesView frame) {
  const Reader in(frame);
  switch (type) {
    case LinkType::Ethernet:
      return ethernet(in);
    case LinkType::LinuxSll:
      return linux_cooked(in);
    case LinkType::LinuxSll2:
      return linux_cooked_v2(in);
    case LinkType::Null:
      return loopback(in, true);
    case LinkType::Loop:
      return loopback(in, false);
    case LinkType::Raw:
    case LinkType::Ipv4:
    case LinkType::Ipv6:
      return {frame, false, {}};
  }
  return {std::nullopt, true, "unknown link type"};
}

}  // namespace ikevet::pcap
