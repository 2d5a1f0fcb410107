// What stands in front of the IP header.
#pragma once

#include <optional>
#include <string>

#include "engine/base/bytes.hpp"
#include "pcap/captured_packet.hpp"

namespace ikevet::pcap {

/// The link type with this number, if it is one that strip_link_layer knows. The numbers that some systems give raw IP
/// (12 and 14) are understood too.
std::optional<LinkType> known_link_type(int number);
/// The known link types for messages: "Ethernet, Linux cooked (v1, v2), raw IP, loopback".
std::string_view known_link_types();

/// A frame without its link-layer header.
struct NetworkPacket {
  std::optional<BytesView> ip;  ///< starts with an IP header; empty when the frame carries something else
  bool unreadable{};            ///< the link-layer header itself is cut off
  std::string note;             ///< what it is instead, e.g. "ARP"
};

/// Takes off Ethernet with VLAN tags (802.1Q, 802.1ad) and PPPoE, Linux cooked headers, and loopback headers.
NetworkPacket strip_link_layer(LinkType type, BytesView frame);

}  // namespace ikevet::pcap
