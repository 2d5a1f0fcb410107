#include "pcap/to_trace.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/base/reader.hpp"

namespace ikevet::pcap {
namespace {

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

CaptureTrace to_trace(const std::filesystem::path& capture, const wire::SkOpener* opener,
                      std::span<const Endpoint> harness) {
  CaptureFile file(capture);
  trace::TraceBuilder builder(opener);
  UdpPaths paths;
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
    const UdpUse use = paths.look(*packet).use;
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
