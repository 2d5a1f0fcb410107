#include "pcap/dissector.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/pcap/capture_support.hpp"

using namespace ikevet;
using namespace ikevet::pcap;
using ikevet::test::datagram;
using ikevet::test::hex;

namespace {

const Datagram kAsk = datagram("192.0.2.1:500", "192.0.2.2:500", "IKE_SA_INIT");
const Datagram kAsk6 = datagram("[2001:db8::1]:4500", "[2001:db8::2]:4500", "IKE_SA_INIT");

CapturedPacket dissect(LinkType type, BytesView frame, std::size_t original_length = 0) {
  return Dissector().dissect(type, 1, Instant{}, frame, original_length == 0 ? frame.size() : original_length);
}

Bytes ethernet(std::string_view types) { return cat(hex("020000000001020000000002"), hex(types)); }

/// One fragment of the IPv4 packet `whole`; `offset` in octets.
Bytes fragment4(const Bytes& whole, std::size_t offset, std::size_t size, bool more) {
  constexpr std::size_t kHeader = 20;
  Writer out;
  out.bytes(BytesView(whole).first(kHeader)).bytes(BytesView(whole).subspan(kHeader + offset, size));
  out.patch_u16(2, kHeader + size);
  out.patch_u16(4, 77);
  out.patch_u16(6, offset / 8 | (more ? 0x2000U : 0U));
  return out.take();
}

Bytes fragment6(const Bytes& whole, std::size_t offset, std::size_t size, bool more) {
  constexpr std::size_t kHeader = 40;
  Writer out;
  out.bytes(BytesView(whole).first(kHeader)).u8(17).u8(0).u16(offset | (more ? 1U : 0U)).u32(0xabcdef01U);
  out.bytes(BytesView(whole).subspan(kHeader + offset, size));
  out.patch_u16(4, 8 + size);
  out.patch_u8(6, 44);
  return out.take();
}

}  // namespace

TEST_CASE("A datagram is found behind every link layer", "[pcap]") {
  const Bytes ip = udp_packet(kAsk);
  const Bytes ip6 = udp_packet(kAsk6);
  const auto [type, frame] = GENERATE_COPY(table<LinkType, Bytes>({
      {LinkType::Raw, ip},
      {LinkType::Ipv4, ip},
      {LinkType::Ethernet, cat(ethernet("0800"), ip)},
      {LinkType::Ethernet, cat(ethernet("8100 0005 0800"), ip)},            // 802.1Q
      {LinkType::Ethernet, cat(ethernet("88a8 0064 8100 0005 0800"), ip)},  // QinQ
      {LinkType::Ethernet, cat(ethernet("8864 11000001 0028 0021"), ip)},   // PPPoE
      {LinkType::LinuxSll, cat(hex("0004 0001 0006 020000000001 0000 0800"), ip)},
      {LinkType::LinuxSll2, cat(hex("0800 0000 00000003 0001 04 06 0200000000010000"), ip)},
      {LinkType::Null, cat(hex("02000000"), ip)},  // captured on a little-endian host
      {LinkType::Null, cat(hex("00000002"), ip)},
      {LinkType::Loop, cat(hex("00000002"), ip)},
  }));
  const CapturedPacket packet = dissect(type, frame);
  CHECK(packet.kind == PacketKind::Udp);
  CHECK(packet.datagram == kAsk);
  CHECK_FALSE(packet.truncated);

  CHECK(dissect(LinkType::Ipv6, ip6).datagram == kAsk6);
  CHECK(dissect(LinkType::Ethernet, cat(ethernet("86dd"), ip6)).datagram == kAsk6);
}

TEST_CASE("Ethernet padding is not part of the datagram", "[pcap]") {
  const Bytes frame = cat(ethernet("0800"), udp_packet(kAsk), hex("0000000000"));
  CHECK(dissect(LinkType::Ethernet, frame).datagram == kAsk);
}

TEST_CASE("IPv4 options and IPv6 extension headers are stepped over", "[pcap]") {
  Bytes with_options = udp_packet(kAsk);
  with_options[0] = 0x46;
  with_options[3] = static_cast<std::uint8_t>(with_options[3] + 4);
  const Bytes router_alert = hex("94040000");
  with_options.insert(with_options.begin() + 20, router_alert.begin(), router_alert.end());
  CHECK(dissect(LinkType::Raw, with_options).datagram == kAsk);

  Bytes extended = udp_packet(kAsk6);
  extended[6] = 0;  // Next Header: Hop-by-Hop
  extended[5] = static_cast<std::uint8_t>(extended[5] + 8 + 16);
  const Bytes headers = cat(hex("3c00 050200000100"), hex("1101 010c 000000000000000000000000"));  // then Destination
  extended.insert(extended.begin() + 40, headers.begin(), headers.end());
  CHECK(dissect(LinkType::Raw, extended).datagram == kAsk6);
}

TEST_CASE("What is not UDP is named, not dropped", "[pcap]") {
  const Bytes base = udp_packet(kAsk);
  const auto with_protocol = [&](std::uint8_t protocol, std::string_view body) {
    Bytes packet(base.begin(), base.begin() + 20);
    append(packet, hex(body));
    packet[3] = static_cast<std::uint8_t>(packet.size());
    packet[9] = protocol;
    return dissect(LinkType::Raw, packet);
  };
  const CapturedPacket esp = with_protocol(50, "c0ffee01 00000007 aabbccdd");
  CHECK(esp.kind == PacketKind::Esp);
  CHECK(esp.note == "SPI 0xc0ffee01, sequence number 7");
  CHECK(esp.datagram.source.address == kAsk.source.address);

  const CapturedPacket ah = with_protocol(51, "04040000 c0ffee02 00000001");
  CHECK(ah.kind == PacketKind::Ah);
  CHECK(ah.note == "SPI 0xc0ffee02, sequence number 1");

  const CapturedPacket icmp = with_protocol(1, "0303 0000");
  CHECK(icmp.kind == PacketKind::Icmp);
  CHECK(icmp.note == "destination unreachable (type 3, code 3)");

  const CapturedPacket tcp = with_protocol(6, "1194 01bb 00000001 00000000 5018 ffff 0000 0000 494b45");
  CHECK(tcp.kind == PacketKind::Tcp);
  CHECK(tcp.datagram.source.port == 4500);
  CHECK(tcp.datagram.payload == hex("494b45"));

  CHECK(with_protocol(47, "00").note == "GRE");
  CHECK(with_protocol(200, "00").kind == PacketKind::OtherIp);

  const CapturedPacket arp = dissect(LinkType::Ethernet, ethernet("0806 0001"));
  CHECK(arp.kind == PacketKind::NotIp);
  CHECK(arp.note == "ARP");
}

TEST_CASE("Headers that are cut off or lie are told apart from sound ones", "[pcap]") {
  const Bytes whole = udp_packet(kAsk);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size << " of " << whole.size() << " octets captured");
    const CapturedPacket packet = dissect(LinkType::Raw, BytesView(whole).first(size), whole.size());
    CHECK(packet.truncated);
    CHECK(packet.kind == (size < 28 ? PacketKind::Unreadable : PacketKind::Udp));
    if (size >= 28) CHECK(packet.datagram.payload.size() == size - 28);
  }

  Bytes wrong_udp_length = whole;
  wrong_udp_length[25] = 200;
  const CapturedPacket longer = dissect(LinkType::Raw, wrong_udp_length);
  CHECK(longer.truncated);
  CHECK(longer.note == "UDP announces 192 octets, the capture has 11");
  wrong_udp_length[25] = 7;
  CHECK(dissect(LinkType::Raw, wrong_udp_length).note == "UDP Length is 7");

  Bytes short_ihl = whole;
  short_ihl[0] = 0x42;
  CHECK(dissect(LinkType::Raw, short_ihl).note == "IPv4 IHL of 8 octets");
  CHECK(dissect(LinkType::Raw, hex("7500")).note == "IP version 7");
}

TEST_CASE("Fragments are put together in any order", "[pcap]") {
  const std::string text(3000, 'x');
  const Datagram big = datagram("192.0.2.1:500", "192.0.2.2:500", text);
  const Datagram big6 = datagram("[2001:db8::1]:500", "[2001:db8::2]:500", text);
  const bool v6 = GENERATE(false, true);
  const Bytes whole = udp_packet(v6 ? big6 : big);
  const auto piece = [&](std::size_t offset, std::size_t size, bool more) {
    return v6 ? fragment6(whole, offset, size, more) : fragment4(whole, offset, size, more);
  };
  const std::array<Bytes, 3> pieces{piece(0, 1480, true), piece(1480, 1480, true), piece(2960, 48, false)};
  const auto order = GENERATE(std::array{0, 1, 2}, std::array{2, 1, 0}, std::array{1, 2, 0});

  Dissector dissector;
  std::size_t frame = 0;
  const auto feed = [&](const Bytes& octets) {
    return dissector.dissect(LinkType::Raw, ++frame, Instant{}, octets, octets.size());
  };
  const CapturedPacket first = feed(pieces.at(static_cast<std::size_t>(order[0])));
  CHECK(first.kind == PacketKind::IpFragment);
  CHECK_THAT(first.note, Catch::Contains("fragment of IP packet"));
  CHECK_THAT(feed(pieces.at(static_cast<std::size_t>(order[0]))).note, Catch::Contains("repeated"));
  feed(pieces.at(static_cast<std::size_t>(order[1])));
  const CapturedPacket last = feed(pieces.at(static_cast<std::size_t>(order[2])));
  CHECK(last.kind == PacketKind::Udp);
  CHECK(last.frame == 4);
  CHECK(last.datagram == (v6 ? big6 : big));
  CHECK(last.note == "put together from frames 1, 3, 4");
}

TEST_CASE("Overlapping fragments spoil the packet", "[pcap]") {
  // RFC 5722 §4: the whole datagram is to be ignored, also what still comes of it.
  const Bytes whole = udp_packet(datagram("[2001:db8::1]:500", "[2001:db8::2]:500", std::string(3000, 'x')));
  Dissector dissector;
  const auto feed = [&](const Bytes& octets) {
    return dissector.dissect(LinkType::Raw, 1, Instant{}, octets, octets.size());
  };
  feed(fragment6(whole, 0, 1480, true));
  CHECK_THAT(feed(fragment6(whole, 1472, 1480, true)).note, Catch::Contains("fragments overlap"));
  CHECK_THAT(feed(fragment6(whole, 2960, 48, false)).note, Catch::Contains("given up before"));
}

TEST_CASE("Fragments that never become whole do not accumulate", "[pcap]") {
  IpReassembler reassembler;
  const Bytes part(1480);
  for (std::uint32_t id = 0; id < 10 * IpReassembler::kMaxPending; ++id)
    reassembler.add({{{}, {}, id, 17}, id, Instant{}, 17, 0, true, part});
  // The oldest were let go: their last fragment completes nothing.
  CHECK_FALSE(reassembler.add({{{}, {}, 0, 17}, 0, Instant{}, 17, 1480, false, part}).packet);
  const std::uint32_t newest = 10 * IpReassembler::kMaxPending - 1;
  CHECK(reassembler.add({{{}, {}, newest, 17}, 0, Instant{}, 17, 1480, false, part}).packet);

  // RFC 8200 §4.5: what is not complete after 60 seconds is given up.
  reassembler.add({{{}, {}, 9999, 17}, 0, Instant{}, 17, 0, true, part});
  CHECK_FALSE(
      reassembler.add({{{}, {}, 9999, 17}, 0, Instant{} + std::chrono::seconds(61), 17, 1480, false, part}).packet);
}
