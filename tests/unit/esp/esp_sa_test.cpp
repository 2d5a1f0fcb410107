#include "engine/esp/esp_sa.hpp"

#include <catch2/catch.hpp>

#include "engine/esp/echo.hpp"
#include "engine/esp/ip.hpp"
#include "tests/support/vectors.hpp"

using namespace ikevet;
using namespace ikevet::esp;
using namespace ikevet::test;
using wire::TrafficSelector;

namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

const IpAddress kLeft = ip("192.0.2.1");
const IpAddress kRight = ip("192.0.2.2");

struct Ends {
  SeededRandom random{1};
  EspSa left;
  EspSa right;

  explicit Ends(crypto::ChildSuite suite, bool transport = false, EspSaSettings base = {})
      : left(make(suite, transport, base, true)), right(make(suite, transport, base, false)) {}

  Result<Accepted, Refusal> to_right(BytesView packet) { return right.accept(packet, kLeft, kRight); }
  Bytes leaves_left(BytesView inner) { return left.protect(inner, random).value(); }

 private:
  static EspSa make(crypto::ChildSuite suite, bool transport, EspSaSettings s, bool is_left) {
    SeededRandom keys(99);
    const crypto::EncrInfo* encr = crypto::find_encr(suite.encr, suite.key_bits);
    const crypto::IntegInfo* integ = crypto::find_integ(suite.integ);
    suite.protocol = wire::ProtocolId::ESP;
    s.suite = suite;
    s.inbound = {is_left ? 0x1111U : 0x2222U};
    s.outbound = {is_left ? 0x2222U : 0x1111U};
    const SecretBytes e1(keys.bytes(encr->key_size()));
    const SecretBytes i1(keys.bytes(integ->key_size));
    const SecretBytes e2(keys.bytes(encr->key_size()));
    const SecretBytes i2(keys.bytes(integ->key_size));
    s.encr_out = is_left ? e1 : e2;
    s.integ_out = is_left ? i1 : i2;
    s.encr_in = is_left ? e2 : e1;
    s.integ_in = is_left ? i2 : i1;
    const std::vector a{transport ? TrafficSelector::prefix(kLeft, 32) : TrafficSelector::prefix(ip("10.1.0.0"), 24),
                        TrafficSelector::prefix(ip("2001:db8:1::"), 64)};
    const std::vector b{transport ? TrafficSelector::prefix(kRight, 32) : TrafficSelector::prefix(ip("10.2.0.0"), 24),
                        TrafficSelector::prefix(ip("2001:db8:2::"), 64)};
    s.local_ts = is_left ? a : b;
    s.remote_ts = is_left ? b : a;
    s.transport_mode = transport;
    return EspSa::create(std::move(s)).value();
  }
};

crypto::ChildSuite gcm(bool esn = false) {
  crypto::ChildSuite suite;
  suite.encr = wire::EncrId::ENCR_AES_GCM_16;
  suite.key_bits = 256;
  suite.esn = esn;
  return suite;
}

Bytes echo(std::string_view from = "10.1.0.1", std::string_view to = "10.2.0.1", std::uint16_t sequence = 1) {
  return build_echo({false, false, ip(from), ip(to), 7, sequence, Bytes(33)});
}

}  // namespace

TEST_CASE("an SA carries IPv4 and IPv6 in tunnel mode with every algorithm and both kinds of numbers", "[esp]") {
  for (const crypto::EncrInfo& encr : crypto::encr_table())
    for (const crypto::IntegInfo& integ : crypto::integ_table())
      for (const bool esn : {false, true}) {
        if (encr.is_aead() != (integ.id == wire::IntegId::NONE)) continue;
        INFO(encr.name << " " << integ.name << " " << esn);
        Ends ends({wire::ProtocolId::ESP, encr.id, encr.key_bits, integ.id, wire::DhGroup::NONE, esn});
        for (const Bytes& inner : {echo(), echo("2001:db8:1::1", "2001:db8:2::1")}) {
          const Bytes packet = ends.leaves_left(inner);
          CHECK(read_header(packet)->spi == ChildSpi{0x2222});
          const auto accepted = ends.to_right(packet);
          REQUIRE(accepted);
          CHECK(accepted->packet == inner);
          CHECK_FALSE(ends.to_right(packet));  // once only
        }
        CHECK(ends.left.sent().packets == 2);
        CHECK(ends.right.received().packets == 2);
        CHECK(ends.right.received().octets == ends.left.sent().octets);
      }
}

TEST_CASE("transport mode takes its addresses from the outer header", "[esp][rfc4303-3.1.1]") {
  Ends ends(gcm(), true);
  const Bytes inner = echo("192.0.2.1", "192.0.2.2");
  const Bytes packet = ends.leaves_left(inner);
  CHECK(packet.size() < inner.size() + 8 + 8 + 16);  // no inner header
  const auto accepted = ends.to_right(packet);
  REQUIRE(accepted);
  CHECK(read_echo(accepted->packet)->source == kLeft);
  CHECK(read_echo(accepted->packet)->data == Bytes(33));

  // The same octets from elsewhere are another packet, which no selector allows.
  const auto strange = ends.right.accept(ends.leaves_left(inner), ip("192.0.2.9"), kRight);
  REQUIRE_FALSE(strange);
  CHECK(strange.error().section == "RFC 4301 §5.2");
}

TEST_CASE("transport mode behind a NAT: checksums are made for the addresses that arrive", "[esp][rfc3948-3.1.2]") {
  Ends ends(gcm(), true);
  const Bytes inner = build_udp({ip("192.0.2.1"), 1000}, {ip("192.0.2.2"), 7}, hex("0001abcd"));
  EspSaSettings settings = ends.right.settings();
  settings.remote_ts = {TrafficSelector::prefix(ip("198.51.100.1"), 32)};
  EspSa behind = EspSa::create(settings).value();
  const auto accepted = behind.accept(ends.leaves_left(inner), ip("198.51.100.1"), kRight, true);
  REQUIRE(accepted);
  CHECK(read_echo(accepted->packet));
}

TEST_CASE("what is outside the selectors neither leaves nor arrives", "[esp][rfc4301-5.2]") {
  Ends ends(gcm());
  const auto refused = ends.left.protect(echo("10.1.0.1", "10.3.0.1"), ends.random);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().section == "RFC 4301 §5.1");
  CHECK(ends.left.last_sequence() == 0);  // no number was used up

  EspSaSettings wide = ends.left.settings();
  wide.local_ts = wide.remote_ts = {TrafficSelector::prefix(ip("0.0.0.0"), 0)};
  EspSa liar = EspSa::create(wide).value();
  const auto forged = ends.to_right(liar.protect(echo("10.9.0.1", "10.2.0.1"), ends.random).value());
  REQUIRE_FALSE(forged);
  CHECK(forged.error().section == "RFC 4301 §5.2");
  CHECK(ends.right.received().packets == 0);
}

TEST_CASE("replay: the window moves for authentic packets alone", "[esp][rfc4303-3.4.3]") {
  Ends ends(gcm());
  const Bytes first = ends.leaves_left(echo());
  Bytes forged = first;
  forged[4] = 0x7f;  // a sequence number far ahead
  const auto refused = ends.to_right(forged);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().section == "RFC 4303 §3.4.4");
  CHECK(ends.right.window().highest() == 0);
  CHECK(ends.to_right(first));
  const auto again = ends.to_right(first);
  REQUIRE_FALSE(again);
  CHECK(again.error().why == "sequence number 1 came before");
  Bytes zero = ends.leaves_left(echo());
  zero[7] = 0;
  CHECK(ends.to_right(zero).error().why == "sequence number 0");
}

TEST_CASE("extended sequence numbers cross the border of the low half, reordered", "[esp][rfc4303-2.2.1]") {
  constexpr std::uint64_t kBorder = std::uint64_t{1} << 32;
  Ends ends(gcm(true));
  ends.left.set_last_sequence(kBorder - 3);
  std::vector<Bytes> packets;
  for (int i = 0; i < 5; ++i) packets.push_back(ends.leaves_left(echo()));
  CHECK(ends.left.last_sequence() == kBorder + 2);
  for (const int i : {0, 3, 1, 4, 2}) {
    const auto accepted = ends.to_right(packets[static_cast<std::size_t>(i)]);
    REQUIRE(accepted);
    CHECK(accepted->sequence == kBorder - 2 + static_cast<std::uint64_t>(i));
  }
  CHECK_FALSE(ends.to_right(packets[1]));
}

TEST_CASE("32-bit sequence numbers never come round", "[esp][rfc4303-3.3.3]") {
  Ends ends(gcm());
  ends.left.set_last_sequence(0xfffffffe);
  CHECK(ends.left.protect(echo(), ends.random));
  const auto refused = ends.left.protect(echo(), ends.random);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().section == "RFC 4303 §3.3.3");
}

TEST_CASE("padding for traffic flow confidentiality hides the size and goes again", "[esp][rfc4303-2.7]") {
  EspSaSettings base;
  base.tfc_multiple = 256;
  Ends ends(gcm(), false, base);
  const Bytes small = echo();
  const Bytes larger = build_echo({false, false, ip("10.1.0.1"), ip("10.2.0.1"), 7, 1, Bytes(120)});
  const Bytes a = ends.leaves_left(small);
  const Bytes b = ends.leaves_left(larger);
  CHECK(a.size() == b.size());
  CHECK(ends.to_right(a)->packet == small);
  CHECK(ends.to_right(b)->packet == larger);
}

TEST_CASE("dummy packets are sent, numbered and silently taken", "[esp][rfc4303-2.6]") {
  Ends ends(gcm());
  const Bytes dummy = ends.left.dummy(40, ends.random).value();
  const auto accepted = ends.to_right(dummy);
  REQUIRE(accepted);
  CHECK(accepted->packet.empty());
  CHECK(ends.right.received().packets == 0);
  CHECK_FALSE(ends.to_right(dummy));
}

TEST_CASE("lifetime in octets and packets: a warning, then nothing passes", "[esp][rfc4301-4.4.2.1]") {
  EspSaSettings base;
  base.lifetime.soft_packets = 2;
  base.lifetime.hard_octets = 3 * echo().size();
  Ends ends(gcm(), false, base);
  CHECK(ends.left.spent() == EspSa::Spent::No);
  const Bytes last = [&] {
    ends.leaves_left(echo());
    ends.leaves_left(echo());
    CHECK(ends.left.spent() == EspSa::Spent::Soft);
    return ends.leaves_left(echo());
  }();
  CHECK(ends.left.spent() == EspSa::Spent::Hard);
  CHECK(ends.left.protect(echo(), ends.random).error().section == "RFC 4301 §4.4.2.1");
  CHECK(ends.to_right(last));
}

TEST_CASE("an SA without the right keys or for AH is not made", "[esp]") {
  EspSaSettings settings;
  settings.suite = gcm();
  settings.suite.protocol = wire::ProtocolId::ESP;
  CHECK_FALSE(EspSa::create(settings));
}
