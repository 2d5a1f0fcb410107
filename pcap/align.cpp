#include "pcap/align.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

namespace ikevet::pcap {
namespace {

/// What packet and frame have in common whatever address the socket was bound to.
using Key = std::tuple<std::uint16_t, std::uint16_t, std::string_view>;

Key key_of(const Datagram& datagram) {
  const auto* octets = reinterpret_cast<const char*>(datagram.payload.data());
  return {datagram.source.port, datagram.destination.port, {octets, datagram.payload.size()}};
}

bool fits(const IpAddress& packet, const IpAddress& frame) { return packet.is_unspecified() || packet == frame; }

}  // namespace

Alignment align(std::span<trace::Packet> packets, std::span<const CapturedPacket> frames) {
  std::map<Key, std::deque<const CapturedPacket*>> waiting;
  for (const CapturedPacket& frame : frames)
    if (frame.kind == PacketKind::Udp || frame.kind == PacketKind::Esp) waiting[key_of(frame.datagram)].push_back(&frame);

  Alignment result;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    trace::Packet& packet = packets[i];
    packet.frame = 0;
    const bool never_sent = packet.from == trace::Party::Harness && packet.fate == trace::Fate::DroppedByScenario;
    const auto found = never_sent ? waiting.end() : waiting.find(key_of(packet.datagram));
    if (found != waiting.end()) {
      std::deque<const CapturedPacket*>& candidates = found->second;
      const auto frame = std::ranges::find_if(candidates, [&](const CapturedPacket* one) {
        return fits(packet.datagram.source.address, one->datagram.source.address) &&
               fits(packet.datagram.destination.address, one->datagram.destination.address);
      });
      if (frame != candidates.end()) {
        packet.frame = (*frame)->frame;
        candidates.erase(frame);
      }
    }
    if (packet.frame != 0)
      ++result.matched;
    else
      result.unseen.push_back(i);
  }
  for (const auto& [key, left] : waiting)
    for (const CapturedPacket* frame : left) result.foreign.push_back(frame->frame);
  std::ranges::sort(result.foreign);
  return result;
}

}  // namespace ikevet::pcap
