// What a peer can put into ESP: packets without its keys, and any inner packet with them. RFC 4303 §3.4, RFC 4301 §5.2.
//
// The first octet says how the others are taken, bit by bit: 0 transport mode, 1 extended sequence numbers, 2 CBC with
// HMAC in place of GCM, 3 outer addresses of IPv6, 4 a NAT in between. The second is the Next Header. What follows is a
// list of packets: kind, size, octets. Kinds: 0 a whole packet as it comes, 1 plaintext that is sealed with the right
// keys, 2 the same delivered twice, 3 the same with one octet altered, 4 an IP packet that is only read, 5 AH.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "engine/base/reader.hpp"
#include "engine/esp/ah.hpp"
#include "engine/esp/echo.hpp"
#include "engine/esp/esp_sa.hpp"
#include "engine/esp/ip.hpp"
#include "engine/esp/packet.hpp"

namespace {

using namespace ikevet;
using wire::TrafficSelector;

constexpr std::uint32_t kInbound = 0x2222;

void check(bool holds) {
  if (!holds) std::abort();
}

struct Way {
  bool transport{}, esn{}, cbc{}, v6{}, translated{};
  IpAddress us() const { return *IpAddress::parse(v6 ? "2001:db8::2" : "192.0.2.2"); }
  IpAddress peer() const { return *IpAddress::parse(v6 ? "2001:db8::1" : "192.0.2.1"); }
};

crypto::ChildSuite suite(const Way& way) {
  crypto::ChildSuite out;
  out.protocol = wire::ProtocolId::ESP;
  out.encr = way.cbc ? wire::EncrId::ENCR_AES_CBC : wire::EncrId::ENCR_AES_GCM_16;
  out.key_bits = 256;
  out.integ = way.cbc ? wire::IntegId::AUTH_HMAC_SHA2_256_128 : wire::IntegId::NONE;
  out.esn = way.esn;
  return out;
}

SecretBytes encr_key(const Way& way) { return SecretBytes(Bytes(way.cbc ? 32 : 36, 0x42)); }
SecretBytes integ_key(const Way& way) { return SecretBytes(Bytes(way.cbc ? 32 : 0, 0x24)); }

esp::EspSa receiver(const Way& way) {
  esp::EspSaSettings out;
  out.suite = suite(way);
  out.inbound = {kInbound};
  out.outbound = {0x1111};
  out.encr_in = out.encr_out = encr_key(way);
  out.integ_in = out.integ_out = integ_key(way);
  out.local_ts = {TrafficSelector::prefix(*IpAddress::parse("10.2.0.0"), 16),
                  TrafficSelector::prefix(*IpAddress::parse("2001:db8:2::"), 64),
                  TrafficSelector::prefix(way.us(), way.v6 ? 128 : 32)};
  out.remote_ts = {TrafficSelector::prefix(*IpAddress::parse("10.1.0.0"), 16),
                   TrafficSelector::prefix(*IpAddress::parse("2001:db8:1::"), 64),
                   TrafficSelector::prefix(way.peer(), way.v6 ? 128 : 32)};
  out.transport_mode = way.transport;
  return *esp::EspSa::create(std::move(out));
}

/// What is let through is an IP packet between the selectors, and an answer to it goes the other way.
void judge(const esp::EspSa& sa, const Way& way, const esp::Accepted& accepted) {
  if (accepted.packet.empty()) return;  // a dummy
  const auto inner = esp::parse_ip(accepted.packet);
  check(inner.has_value());
  check(inner->length == accepted.packet.size());
  if (way.transport) check(inner->source == way.peer() && inner->destination == way.us());
  const auto answer = esp::EchoHost::answer(accepted.packet, sa.settings().local_ts);
  if (!answer) return;
  const auto request = esp::read_echo(accepted.packet);
  const auto reply = esp::read_echo(*answer);
  check(request && reply && !request->reply && reply->reply);
  check(reply->source == request->destination && reply->destination == request->source);
  check(reply->data == request->data && reply->sequence == request->sequence);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Reader in(BytesView(data, size));
  const auto flags = in.u8("flags");
  const auto next_header = in.u8("next header");
  const Way way{(flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, (flags & 8) != 0, (flags & 16) != 0};
  SeededRandom random(1);
  esp::EspSa sa = receiver(way);
  const auto keys = esp::Protection::create(suite(way).encr, 256, suite(way).integ, encr_key(way), integ_key(way));
  std::uint64_t sequence = 0;
  while (in.ok() && !in.at_end()) {
    const auto kind = in.u8("kind");
    const auto length = in.u16("size");
    const BytesView octets = in.view(std::min<std::size_t>(length, 2048), "octets");
    if (!in.ok()) break;
    if (kind == 4) {
      (void)esp::parse_ip(octets);
      (void)esp::read_echo(octets);
      continue;
    }
    if (kind == 5) {
      (void)esp::parse_ah(octets);
      const auto integ = crypto::Integ::find(wire::IntegId::AUTH_HMAC_SHA2_256_128);
      check(integ.has_value());
      check(esp::verify_ah(*integ, Bytes(32, 1), octets) != std::optional(true));
      continue;
    }
    if (kind == 0) {
      const auto before = sa.window().highest();
      // Nobody without the keys makes a packet that passes, or moves the window.
      check(!sa.accept(octets, way.peer(), way.us(), way.translated));
      check(sa.window().highest() == before);
      continue;
    }
    Bytes packet = esp::seal(*keys, {{kInbound}, ++sequence, way.esn, next_header, octets, 0, {}}, random);
    if (kind == 3) {
      Bytes forged = packet;
      forged[length % forged.size()] ^= 1;
      check(!sa.accept(forged, way.peer(), way.us(), way.translated));
    }
    if (const auto accepted = sa.accept(packet, way.peer(), way.us(), way.translated)) {
      check(accepted->sequence == sequence);
      judge(sa, way, *accepted);
      check(!sa.accept(packet, way.peer(), way.us(), way.translated));
    }
  }
  return 0;
}
