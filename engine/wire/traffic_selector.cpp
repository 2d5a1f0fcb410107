#include "engine/wire/traffic_selector.hpp"

#include <algorithm>

namespace ikevet::wire {
namespace {

constexpr std::size_t kSelectorHeader = 4;

std::size_t address_size(TsType type) { return type == TsType::TS_IPV4_ADDR_RANGE ? 4 : 16; }

TsType type_for(const IpAddress& address) {
  return address.is_v4() ? TsType::TS_IPV4_ADDR_RANGE : TsType::TS_IPV6_ADDR_RANGE;
}

TrafficSelector parse_selector(Reader& in) {
  TrafficSelector ts;
  const std::size_t start = in.offset();
  ts.ts_type = in.u8<TsType>("TS Type");
  ts.ip_protocol = in.u8("IP Protocol ID");
  const std::size_t length = in.u16("Selector Length");
  if (in.ok() && (length < kSelectorHeader || length - kSelectorHeader > in.remaining())) {
    in.fail_at("Selector Length", start + 2,
               std::to_string(length) + ", with " + std::to_string(in.remaining() + kSelectorHeader) + " octets left");
    return ts;
  }
  Reader body = in.sub(in.ok() ? length - kSelectorHeader : 0, "Selector Length");
  if (!ts.is_address_range()) {
    ts.start_port = ts.end_port = 0;
    ts.opaque = body.rest();
    return ts;
  }
  ts.start_port = body.u16("Start Port");
  ts.end_port = body.u16("End Port");
  ts.start_address = body.bytes(address_size(ts.ts_type), "Starting Address");
  ts.end_address = body.bytes(address_size(ts.ts_type), "Ending Address");
  if (body.ok() && !body.at_end())
    body.fail_at("Selector Length", start + 2, std::to_string(length) + ", more than its TS Type has");
  in.adopt(body);
  return ts;
}

void serialise_selector(const TrafficSelector& ts, Writer& out) {
  const std::size_t start = out.size();
  out.u8(ts.ts_type).u8(ts.ip_protocol).u16(0);
  if (ts.is_address_range()) out.u16(ts.start_port).u16(ts.end_port).bytes(ts.start_address).bytes(ts.end_address);
  out.bytes(ts.opaque);
  out.patch_u16(start + 2, out.size() - start);
}

/// The first or the last address of a prefix: the host bits all zero or all one.
IpAddress edge(const IpAddress& address, std::size_t prefix_length, bool last) {
  Bytes octets = to_bytes(address.octets());
  for (std::size_t bit = prefix_length; bit < octets.size() * 8; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    std::uint8_t& octet = octets[bit / 8];
    octet = static_cast<std::uint8_t>(last ? octet | mask : octet & ~mask);
  }
  return *IpAddress::from_octets(octets);
}

}  // namespace

TrafficSelector TrafficSelector::range(const IpAddress& start, const IpAddress& end, std::uint8_t ip_protocol,
                                       std::uint16_t start_port, std::uint16_t end_port) {
  TrafficSelector ts;
  ts.ts_type = type_for(start);
  ts.ip_protocol = ip_protocol;
  ts.start_port = start_port;
  ts.end_port = end_port;
  ts.start_address = to_bytes(start.octets());
  ts.end_address = to_bytes(end.octets());
  return ts;
}

TrafficSelector TrafficSelector::prefix(const IpAddress& address, unsigned prefix_length, std::uint8_t ip_protocol,
                                        std::uint16_t start_port, std::uint16_t end_port) {
  const std::size_t bits = std::min<std::size_t>(prefix_length, address.octets().size() * 8);
  return range(edge(address, bits, false), edge(address, bits, true), ip_protocol, start_port, end_port);
}

std::optional<IpAddress> TrafficSelector::start() const {
  if (!is_address_range() || start_address.size() != address_size(ts_type)) return std::nullopt;
  return IpAddress::from_octets(start_address);
}

std::optional<IpAddress> TrafficSelector::end() const {
  if (!is_address_range() || end_address.size() != address_size(ts_type)) return std::nullopt;
  return IpAddress::from_octets(end_address);
}

std::string TrafficSelector::text() const {
  const auto first = start();
  const auto last = end();
  if (!first || !last) {
    const std::size_t size = start_address.size() + end_address.size() + opaque.size();
    return "TS type " + name_or_number(ts_type) + ", " + std::to_string(size) + " octets";
  }
  std::string out = *first == *last ? first->text() : first->text() + "-" + last->text();
  if (ip_protocol != 0) out += " protocol " + std::to_string(ip_protocol);
  if (has_opaque_ports()) {
    out += " ports OPAQUE";
  } else if (start_port != 0 || end_port != 65535) {
    out += " ports " + std::to_string(start_port) + "-" + std::to_string(end_port);
  }
  return out;
}

void TrafficSelectors::read(Reader& in) {
  const auto stated = in.u8("Number of TSs");
  for (std::uint8_t& octet : reserved) octet = in.u8("RESERVED");
  selectors.reserve(std::min<std::size_t>(stated, in.remaining() / kSelectorHeader));
  while (in.remaining() > 0) selectors.push_back(parse_selector(in));
  if (stated != (selectors.size() & 0xff)) count = stated;
}

void TrafficSelectors::serialise(Writer& out) const {
  out.u8(count.value_or(static_cast<std::uint8_t>(selectors.size()))).bytes(reserved);
  for (const TrafficSelector& ts : selectors) serialise_selector(ts, out);
}

Result<TSi> TSi::parse(Reader in) {
  TSi ts;
  ts.read(in);
  return in.finish(std::move(ts));
}

Result<TSr> TSr::parse(Reader in) {
  TSr ts;
  ts.read(in);
  return in.finish(std::move(ts));
}

}  // namespace ikevet::wire
