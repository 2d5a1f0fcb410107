#include "engine/esp/esp_sa.hpp"

#include <fmt/format.h>

#include <utility>

#include "engine/esp/ip.hpp"
#include "engine/esp/selectors.hpp"

namespace ikevet::esp {
namespace {

constexpr std::uint64_t kLast32 = 0xffff'ffff;

Unexpected<Refusal> refuse(std::string why, std::string section) {
  return Unexpected<Refusal>(Refusal{std::move(why), std::move(section)});
}

bool reached(const std::optional<std::uint64_t>& limit, std::uint64_t value) { return limit && value >= *limit; }

/// A NAT changed addresses that the checksum of the protocol covers: RFC 3948 §3.1.2 lets the receiver make it anew,
/// since the ICV vouches for the octets.
Bytes with_new_checksum(Bytes payload, std::uint8_t protocol, const IpAddress& source, const IpAddress& destination) {
  std::size_t at = 0;
  if (protocol == kUdp) at = 6;
  if (protocol == kTcp) at = 16;
  if (protocol == kIcmpv6) at = 2;
  if (at == 0 || payload.size() < at + 2) return payload;
  payload[at] = payload[at + 1] = 0;
  const std::uint16_t sum = transport_checksum(source, destination, protocol, payload);
  payload[at] = static_cast<std::uint8_t>(sum >> 8);
  payload[at + 1] = static_cast<std::uint8_t>(sum);
  return payload;
}

}  // namespace

EspSa::EspSa(EspSaSettings settings, Protection in, Protection out)
    : settings_(std::move(settings)),
      in_(std::move(in)),
      out_(std::move(out)),
      window_(settings_.replay_window, settings_.suite.esn) {}

std::optional<EspSa> EspSa::create(EspSaSettings settings) {
  const crypto::ChildSuite& suite = settings.suite;
  auto in = Protection::create(suite.encr, suite.key_bits, suite.integ, settings.encr_in, settings.integ_in);
  auto out = Protection::create(suite.encr, suite.key_bits, suite.integ, settings.encr_out, settings.integ_out);
  if (suite.protocol != wire::ProtocolId::ESP || !in || !out) return std::nullopt;
  return EspSa(std::move(settings), std::move(*in), std::move(*out));
}

EspSa::Spent EspSa::spent() const {
  const std::uint64_t octets = sent_.octets + received_.octets;
  const std::uint64_t packets = sent_.packets + received_.packets;
  const Lifetime& life = settings_.lifetime;
  if (reached(life.hard_octets, octets) || reached(life.hard_packets, packets)) return Spent::Hard;
  if (reached(life.soft_octets, octets) || reached(life.soft_packets, packets)) return Spent::Soft;
  return Spent::No;
}

bool EspSa::carries(BytesView inner) const {
  const auto packet = parse_ip(inner);
  return packet && allowed(key_of(*packet), settings_.local_ts, settings_.remote_ts);
}

Result<Bytes, Refusal> EspSa::send(std::uint8_t next_header, BytesView payload, std::size_t tfc_padding,
                                   RandomSource& random) {
  if (spent() == Spent::Hard) return refuse("the SA has carried all that its lifetime allows", "RFC 4301 §4.4.2.1");
  // RFC 4303 §3.3.3: the counter never cycles; a new SA has to be made before.
  const std::uint64_t last = settings_.suite.esn ? ~std::uint64_t{0} : kLast32;
  if (sequence_ == last) return refuse("the sequence numbers are used up", "RFC 4303 §3.3.3");
  ++sequence_;
  return seal(out_, {settings_.outbound, sequence_, settings_.suite.esn, next_header, payload, tfc_padding, {}},
              random);
}

Result<Bytes, Refusal> EspSa::protect(BytesView inner, RandomSource& random) {
  const auto packet = parse_ip(inner);
  if (!packet) return refuse("no IP packet: " + packet.error().text(), "RFC 4301 §5.1");
  if (!allowed(key_of(*packet), settings_.local_ts, settings_.remote_ts))
    return refuse("outside the traffic selectors", "RFC 4301 §5.1");
  const BytesView whole = inner.first(packet->length);
  const bool v6 = packet->source.is_v6();
  // RFC 4303 §3.1.1: in transport mode a fragment cannot be protected; ESP comes before fragmentation.
  if (settings_.transport_mode && packet->is_fragment())
    return refuse("a fragment in transport mode", "RFC 4303 §3.3.4");
  std::size_t tfc = 0;
  if (settings_.tfc_multiple > 1 && !settings_.transport_mode)
    tfc = (settings_.tfc_multiple - whole.size() % settings_.tfc_multiple) % settings_.tfc_multiple;
  auto out = settings_.transport_mode ? send(packet->protocol, packet->payload, 0, random)
                                      : send(v6 ? kNextIpv6 : kNextIpv4, whole, tfc, random);
  if (out) {
    ++sent_.packets;
    sent_.octets += whole.size();
  }
  return out;
}

Result<Bytes, Refusal> EspSa::dummy(std::size_t size, RandomSource& random) {
  const Bytes content = random.bytes(size);
  return send(kNextDummy, content, 0, random);
}

Result<Accepted, Refusal> EspSa::accept(BytesView packet, const IpAddress& source, const IpAddress& destination,
                                        bool translated) {
  const auto header = read_header(packet);
  if (!header || header->spi != settings_.inbound) return refuse("not for this SA", "RFC 4303 §3.4.2");
  const std::uint64_t sequence = window_.infer(header->sequence);
  switch (window_.look(sequence)) {
    case ReplayWindow::Verdict::Fresh:
      break;
    case ReplayWindow::Verdict::Replayed:
      return refuse(fmt::format("sequence number {} came before", sequence), "RFC 4303 §3.4.3");
    case ReplayWindow::Verdict::TooOld:
      return refuse(fmt::format("sequence number {} lies left of the window", sequence), "RFC 4303 §3.4.3");
    case ReplayWindow::Verdict::Zero:
      return refuse("sequence number 0", "RFC 4303 §3.3.3");
  }
  const auto upper = settings_.suite.esn ? std::optional(static_cast<std::uint32_t>(sequence >> 32)) : std::nullopt;
  const auto opened = open(in_, packet, upper);
  if (!opened) {
    const bool integrity = opened.error() == Failure::BadIntegrity;
    return refuse(std::string(text(opened.error())), integrity ? "RFC 4303 §3.4.4" : "RFC 4303 §2");
  }
  // §3.4.3: the window moves only once the ICV was right.
  window_.accept(sequence);
  if (spent() == Spent::Hard) return refuse("the SA has carried all that its lifetime allows", "RFC 4301 §4.4.2.1");
  if (opened->next_header == kNextDummy) return Accepted{{}, sequence};  // §2.6: discarded without complaint

  auto inner = inner_packet(*opened, source, destination, translated);
  if (!inner) return Unexpected<Refusal>(inner.error());
  ++received_.packets;
  received_.octets += inner->size();
  return Accepted{std::move(*inner), sequence};
}

Result<Bytes, Refusal> EspSa::inner_packet(const Opened& opened, const IpAddress& source, const IpAddress& destination,
                                           bool translated) const {
  Bytes inner;
  if (settings_.transport_mode) {
    if (opened.payload.size() + ip_header_size(source) > kLast32 >> 16) return refuse("too long", "RFC 791 §3.1");
    const Bytes payload =
        translated ? with_new_checksum(opened.payload, opened.next_header, source, destination) : opened.payload;
    inner = build_ip(source, destination, opened.next_header, payload);
  } else {
    if (opened.next_header != kNextIpv4 && opened.next_header != kNextIpv6)
      return refuse(fmt::format("next header {} in tunnel mode", opened.next_header), "RFC 4303 §2.6");
    inner = opened.payload;
  }
  const auto packet = parse_ip(inner);
  if (!packet) return refuse("no IP packet inside: " + packet.error().text(), "RFC 4303 §3.4.4");
  if (!settings_.transport_mode && packet->source.is_v6() != (opened.next_header == kNextIpv6))
    return refuse("next header and IP version contradict each other", "RFC 4303 §2.6");
  // RFC 4301 §5.2, step 4: what came through an SA must fit its selectors.
  if (!allowed(key_of(*packet), settings_.remote_ts, settings_.local_ts))
    return refuse(fmt::format("inner packet {} > {} protocol {} outside the traffic selectors", packet->source.text(),
                              packet->destination.text(), packet->protocol),
                  "RFC 4301 §5.2");
  inner.resize(packet->length);  // RFC 4303 §2.7: padding for traffic flow confidentiality goes
  return inner;
}

}  // namespace ikevet::esp
