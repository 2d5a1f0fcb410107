#include "engine/esp/ip.hpp"

#include <catch2/catch.hpp>

#include "engine/esp/echo.hpp"
#include "engine/esp/selectors.hpp"
#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::esp;
using namespace ikevet::test;
using wire::TrafficSelector;

namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

/// RFC 7634 Appendix A, "Source Packet": an echo request as ping of BSD sends it.
const Bytes kPing = hex(
    "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b0c0d0e0f101112131415161718191a1b"
    "1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637");

}  // namespace

TEST_CASE("IP: somebody else's echo request is read and answered", "[esp][rfc792]") {
  const auto packet = parse_ip(kPing);
  REQUIRE(packet);
  CHECK(packet->source == ip("198.51.100.5"));
  CHECK(packet->destination == ip("192.0.2.5"));
  CHECK(packet->protocol == kIcmp);
  const auto echo = read_echo(kPing);
  REQUIRE(echo);
  CHECK(echo->id == 0x3a08);
  CHECK(echo->sequence == 0);
  CHECK_FALSE(echo->reply);

  const std::vector<TrafficSelector> local{TrafficSelector::prefix(ip("192.0.2.0"), 24)};
  const auto answer = EchoHost::answer(kPing, local);
  REQUIRE(answer);
  const auto reply = read_echo(*answer);
  REQUIRE(reply);
  CHECK(reply->reply);
  CHECK(reply->source == ip("192.0.2.5"));
  CHECK(reply->destination == ip("198.51.100.5"));
  CHECK(reply->data == echo->data);
  CHECK_FALSE(EchoHost::answer(*answer, {TrafficSelector::prefix(ip("0.0.0.0"), 0)}));  // an answer is not answered
  CHECK_FALSE(EchoHost::answer(kPing, {TrafficSelector::prefix(ip("192.0.3.0"), 24)}));
}

TEST_CASE("IP: echo by ICMP, ICMPv6 and UDP, there and back; a wrong checksum is nobody's echo", "[esp]") {
  const bool udp = GENERATE(false, true);
  const bool v6 = GENERATE(false, true);
  const Echo ask{
      false, udp, ip(v6 ? "2001:db8::1" : "10.1.0.1"), ip(v6 ? "2001:db8::2" : "10.2.0.1"), 4711, 3, hex("0102030405")};
  const Bytes packet = build_echo(ask);
  const auto read = read_echo(packet);
  REQUIRE(read);
  CHECK(read->udp == udp);
  CHECK(read->id == 4711);
  CHECK(read->sequence == 3);
  CHECK(read->data == ask.data);
  Bytes wrong = packet;
  wrong.back() ^= 1;
  CHECK_FALSE(read_echo(wrong));
  const auto answer = EchoHost::answer(packet, {TrafficSelector::prefix(ask.destination, v6 ? 128 : 32)});
  REQUIRE(answer);
  CHECK(read_echo(*answer)->reply);
  CHECK(read_echo(*answer)->id == 4711);
  for (std::size_t size = 0; size < packet.size(); ++size) CHECK_FALSE(read_echo(BytesView(packet).first(size)));
}

TEST_CASE("IP: two echo hosts do not talk for ever", "[esp]") {
  const Bytes loop = build_udp({ip("10.1.0.1"), 7}, {ip("10.2.0.1"), 7}, hex("0001ff"));
  CHECK_FALSE(EchoHost::answer(loop, {TrafficSelector::prefix(ip("0.0.0.0"), 0)}));
}

TEST_CASE("IP: octets behind the packet are passed over, contradictions named", "[esp][rfc4303-2.7]") {
  CHECK(parse_ip(cat(kPing, Bytes(100)))->length == kPing.size());
  CHECK(parse_ip({}).error().field == "Version");
  CHECK(parse_ip(hex("75")).error().field == "Version");
  Bytes wrong = kPing;
  wrong[3] = 0xff;
  CHECK(parse_ip(wrong).error().field == "Total Length");
  wrong = kPing;
  wrong[8] = 63;
  CHECK(parse_ip(wrong).error().field == "Header Checksum");
}

TEST_CASE("IP: what stands behind IPv6 extension headers is found; their number is bounded", "[esp][rfc8200-4]") {
  const Bytes inner = build_echo({false, false, ip("2001:db8::1"), ip("2001:db8::2"), 1, 1, hex("aa")});
  const BytesView icmp = BytesView(inner).subspan(40);
  Writer out;
  write_ip_header(out, ip("2001:db8::1"), ip("2001:db8::2"), 0, 16 + icmp.size());
  out.bytes(hex("3c00010400000000")).bytes(hex("3a00010400000000")).bytes(icmp);
  CHECK(parse_ip(out.view())->protocol == kIcmpv6);
  CHECK(read_echo(out.view()));

  Writer endless;
  write_ip_header(endless, ip("2001:db8::1"), ip("2001:db8::2"), 0, 80);
  for (int i = 0; i < 10; ++i) endless.bytes(hex("0000010400000000"));
  CHECK(parse_ip(endless.view()).error().why == "too many of them");
}

TEST_CASE("selectors: address, protocol and port; OPAQUE for what shows no port", "[esp][rfc4301-4.4.1.1]") {
  const auto from = [](std::string_view a, std::uint8_t protocol, std::uint16_t lo, std::uint16_t hi) {
    return std::vector<TrafficSelector>{TrafficSelector::range(ip(a), ip(a), protocol, lo, hi)};
  };
  const Bytes udp = build_udp({ip("10.1.0.1"), 1000}, {ip("10.2.0.1"), 53}, hex("00"));
  const PacketKey key = key_of(*parse_ip(udp));
  CHECK(key.source_port == 1000);
  CHECK(allowed(key, from("10.1.0.1", 17, 0, 65535), from("10.2.0.1", 17, 53, 53)));
  CHECK(allowed(key, from("10.1.0.1", 0, 1000, 2000), from("10.2.0.1", 0, 0, 65535)));
  CHECK_FALSE(allowed(key, from("10.1.0.1", 17, 0, 65535), from("10.2.0.1", 17, 54, 60)));
  CHECK_FALSE(allowed(key, from("10.1.0.1", 6, 0, 65535), from("10.2.0.1", 17, 53, 53)));
  CHECK_FALSE(allowed(key, from("10.1.0.2", 17, 0, 65535), from("10.2.0.1", 17, 53, 53)));
  CHECK_FALSE(allowed(key, from("10.1.0.1", 17, 65535, 0), from("10.2.0.1", 17, 53, 53)));

  // RFC 7296 §3.13.1: Type and Code of ICMP stand where others have a port.
  const PacketKey icmp = key_of(*parse_ip(kPing));
  CHECK(icmp.source_port == 0x0800);
  CHECK(allowed(icmp, from("198.51.100.5", 1, 0x0800, 0x08ff), from("192.0.2.5", 1, 0, 65535)));
  CHECK_FALSE(allowed(icmp, from("198.51.100.5", 1, 0, 0), from("192.0.2.5", 1, 0, 65535)));

  const PacketKey later{ip("10.1.0.1"), ip("10.2.0.1"), 17, {}, {}};
  CHECK(allowed(later, from("10.1.0.1", 17, 65535, 0), from("10.2.0.1", 17, 65535, 0)));
  CHECK_FALSE(allowed(later, from("10.1.0.1", 17, 0, 65535), from("10.2.0.1", 17, 53, 53)));
}

TEST_CASE("selectors: a host within them", "[esp]") {
  const auto prefix = [](std::string_view a, unsigned bits) {
    return std::vector<TrafficSelector>{TrafficSelector::prefix(ip(a), bits)};
  };
  CHECK(host_within(prefix("10.2.0.0", 24), false) == ip("10.2.0.1"));
  CHECK(host_within(prefix("10.2.0.7", 32), false) == ip("10.2.0.7"));
  CHECK(host_within(prefix("2001:db8::", 64), true) == ip("2001:db8::1"));
  CHECK_FALSE(host_within(prefix("10.2.0.0", 24), true));
}
