#include "engine/esp/ah.hpp"

#include <algorithm>
#include <array>

#include "engine/base/reader.hpp"
#include "engine/esp/ip.hpp"

namespace ikevet::esp {
namespace {

constexpr std::size_t kAhFixedSize = 12;
constexpr std::size_t kIpv4HeaderSize = 20;
constexpr std::size_t kIpv6HeaderSize = 40;

void zero(Bytes& octets, std::size_t at, std::size_t count) {
  std::fill_n(octets.begin() + static_cast<std::ptrdiff_t>(at), count, std::uint8_t{0});
}

/// RFC 4302 §3.3.3.1.1.2 and Appendix A1: IPv4 options that do not change on the way; all others count as zeros.
bool is_immutable_option(std::uint8_t type) {
  static constexpr std::array<std::uint8_t, 5> kImmutable{130, 133, 134, 148, 149};
  return std::ranges::find(kImmutable, type) != kImmutable.end();
}

/// The place of the Authentication Header, with everything mutable before it zeroed; empty: there is none.
std::optional<std::size_t> blank_ipv4(Bytes& packet) {
  const std::size_t size = static_cast<std::size_t>(packet[0] & 0x0f) * 4;
  if (size < kIpv4HeaderSize || size > packet.size() || packet[9] != kAh) return std::nullopt;
  zero(packet, 1, 1);   // DSCP and ECN
  zero(packet, 6, 2);   // flags and Fragment Offset
  zero(packet, 8, 1);   // Time to Live
  zero(packet, 10, 2);  // Header Checksum
  for (std::size_t at = kIpv4HeaderSize; at < size;) {
    const std::uint8_t type = packet[at];
    if (type == 0) break;  // End of Options List
    if (type == 1) {       // No Operation
      ++at;
      continue;
    }
    const std::size_t length = at + 1 < size ? packet[at + 1] : 0;
    if (length < 2 || at + length > size) return std::nullopt;
    if (!is_immutable_option(type)) zero(packet, at, length);
    at += length;
  }
  return size;
}

/// RFC 8200 §4.2: the third-highest bit of an option's type says that its data may change on the way.
bool blank_options(Bytes& packet, std::size_t at, std::size_t end) {
  while (at < end) {
    if (packet[at] == 0) {  // Pad1
      ++at;
      continue;
    }
    if (at + 2 > end || at + 2 + packet[at + 1] > end) return false;
    if ((packet[at] & 0x20) != 0) zero(packet, at + 2, packet[at + 1]);
    at += 2 + std::size_t{packet[at + 1]};
  }
  return true;
}

std::optional<std::size_t> blank_ipv6(Bytes& packet) {
  if (packet.size() < kIpv6HeaderSize) return std::nullopt;
  std::uint8_t next = packet[6];
  packet[0] &= 0xf0;  // Traffic Class
  zero(packet, 1, 3);
  zero(packet, 7, 1);  // Hop Limit
  std::size_t at = kIpv6HeaderSize;
  while (next == 0 || next == 60) {  // Hop-by-Hop Options, Destination Options
    if (at + 8 > packet.size()) return std::nullopt;
    const std::size_t end = at + 8 + std::size_t{packet[at + 1]} * 8;
    if (end > packet.size() || !blank_options(packet, at + 2, end)) return std::nullopt;
    next = packet[at];
    at = end;
  }
  if (next != kAh) return std::nullopt;
  return at;
}

}  // namespace

Result<AuthenticationHeader> parse_ah(BytesView octets) {
  Reader in(octets);
  AuthenticationHeader out;
  out.next_header = in.u8("Next Header");
  const std::size_t size = (std::size_t{in.u8("Payload Len")} + 2) * 4;  // §2.2: in units of four octets, minus two
  out.reserved = in.u16("RESERVED");
  out.spi = {in.u32("SPI")};
  out.sequence = in.u32("Sequence Number");
  if (in.ok() && size < kAhFixedSize) in.fail_at("Payload Len", 1, "shorter than the header itself");
  out.icv = in.view(in.ok() ? size - kAhFixedSize : 0, "Integrity Check Value");
  out.payload = in.rest_view();
  return in.finish(std::move(out));
}

std::optional<bool> verify_ah(const crypto::Integ& integ, BytesView key, BytesView ip_packet,
                              std::optional<std::uint32_t> upper) {
  if (ip_packet.size() < kIpv4HeaderSize || key.size() != integ.key_size()) return std::nullopt;
  const bool v6 = ip_packet[0] >> 4 == 6;
  Bytes packet = to_bytes(ip_packet);
  const auto at = v6 ? blank_ipv6(packet) : blank_ipv4(packet);
  if (!at) return std::nullopt;
  const auto header = parse_ah(ip_packet.subspan(*at));
  if (!header || header->icv.size() < integ.icv_size()) return std::nullopt;
  // §3.3.3.1.1.1: the ICV counts as zeros; explicit padding behind it as it stands.
  zero(packet, *at + kAhFixedSize, integ.icv_size());
  const std::array<std::uint8_t, 4> high{
      static_cast<std::uint8_t>(upper.value_or(0) >> 24), static_cast<std::uint8_t>(upper.value_or(0) >> 16),
      static_cast<std::uint8_t>(upper.value_or(0) >> 8), static_cast<std::uint8_t>(upper.value_or(0))};
  const BytesView icv = header->icv.first(integ.icv_size());
  return upper ? integ.verify(key, {packet, high}, icv) : integ.verify(key, {packet}, icv);
}

}  // namespace ikevet::esp
