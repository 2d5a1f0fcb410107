#include "engine/sa/configuration.hpp"

#include <algorithm>
#include <iterator>

#include "engine/base/writer.hpp"
#include "engine/sa/message_io.hpp"

namespace ikevet::sa {

using wire::CfgAttribute;
using wire::CfgType;
using wire::ConfigurationAttribute;

namespace {

constexpr std::size_t kV4 = 4, kV6 = 16, kV6WithPrefix = 17, kV4WithMask = 8;
constexpr std::size_t kTrustAnchorHeader = 4;  // RFC 8598 §4.2: Key Tag, Algorithm, Digest Type

/// RFC 7296 §3.15.1, the table; RFC 8598 §4.
struct Shape {
  CfgAttribute type;
  std::size_t size;  ///< octets of a value that is there
  bool any_size = false;
  bool empty = true;  ///< may have no value
};
constexpr std::array kShapes{
    Shape{CfgAttribute::INTERNAL_IP4_ADDRESS, kV4},
    Shape{CfgAttribute::INTERNAL_IP4_NETMASK, kV4},
    Shape{CfgAttribute::INTERNAL_IP4_DNS, kV4},
    Shape{CfgAttribute::INTERNAL_IP4_NBNS, kV4},
    Shape{CfgAttribute::INTERNAL_IP4_DHCP, kV4},
    Shape{CfgAttribute::APPLICATION_VERSION, 0, true},
    Shape{CfgAttribute::INTERNAL_IP6_ADDRESS, kV6WithPrefix},
    Shape{CfgAttribute::INTERNAL_IP6_DNS, kV6},
    Shape{CfgAttribute::INTERNAL_IP6_DHCP, kV6},
    Shape{CfgAttribute::INTERNAL_IP4_SUBNET, kV4WithMask},
    Shape{CfgAttribute::SUPPORTED_ATTRIBUTES, 0, true},
    Shape{CfgAttribute::INTERNAL_IP6_SUBNET, kV6WithPrefix, false, false},
    Shape{CfgAttribute::INTERNAL_DNS_DOMAIN, 0, true},
    Shape{CfgAttribute::INTERNAL_DNSSEC_TA, 0, true},
};

bool is_address(CfgAttribute type) {
  return type == CfgAttribute::INTERNAL_IP4_ADDRESS || type == CfgAttribute::INTERNAL_IP6_ADDRESS;
}
bool is_dns_server(CfgAttribute type) {
  return type == CfgAttribute::INTERNAL_IP4_DNS || type == CfgAttribute::INTERNAL_IP6_DNS;
}
/// What tells where to send traffic: given with an address, asked for or not (§2.19, §3.15.2).
bool goes_with(CfgAttribute type, bool v6) {
  if (v6) return type == CfgAttribute::INTERNAL_IP6_SUBNET;
  return type == CfgAttribute::INTERNAL_IP4_NETMASK || type == CfgAttribute::INTERNAL_IP4_SUBNET;
}

/// The address in INTERNAL_IP4_ADDRESS and INTERNAL_IP6_ADDRESS; the latter has a prefix length behind it.
std::optional<IpAddress> address_of(const ConfigurationAttribute& attribute) {
  if (!is_address(attribute.type) || attribute.value.empty() || !has_sound_length(attribute)) return std::nullopt;
  const bool v6 = attribute.type == CfgAttribute::INTERNAL_IP6_ADDRESS;
  return IpAddress::from_octets(BytesView(attribute.value).first(v6 ? kV6 : kV4));
}

ConfigurationAttribute address_attribute(const IpAddress& address, std::uint8_t prefix_length) {
  if (address.is_v4()) return {false, CfgAttribute::INTERNAL_IP4_ADDRESS, to_bytes(address.octets())};
  Bytes value = to_bytes(address.octets());
  value.push_back(prefix_length);
  return {false, CfgAttribute::INTERNAL_IP6_ADDRESS, std::move(value)};
}

std::vector<wire::TrafficSelector> selectors(const std::vector<IpAddress>& addresses) {
  std::vector<wire::TrafficSelector> out;
  for (const IpAddress& address : addresses) out.push_back(wire::TrafficSelector::range(address, address));
  return out;
}

std::size_t count(const std::vector<ConfigurationAttribute>& list, CfgAttribute type) {
  return static_cast<std::size_t>(std::ranges::count(list, type, &ConfigurationAttribute::type));
}

/// Gives addresses of one family: those that the IKE SA holds already first, then new ones. How many there are now.
std::size_t give_addresses(const wire::Configuration& request, bool v6, AddressPool& pool,
                           AssignedConfiguration& assigned, bool may_take) {
  const CfgAttribute type = v6 ? CfgAttribute::INTERNAL_IP6_ADDRESS : CfgAttribute::INTERNAL_IP4_ADDRESS;
  auto held = static_cast<std::size_t>(
      std::ranges::count_if(assigned.given, [&](const auto& lease) { return lease.address().is_v6() == v6; }));
  std::size_t asked = 0;
  for (const ConfigurationAttribute& wish : request.attributes) {
    if (wish.type != type || ++asked <= held || held >= kMaxInternalAddresses || !may_take) continue;
    auto lease = pool.take(v6, address_of(wish));
    if (!lease) break;
    assigned.given.push_back(std::move(*lease));
    ++held;
  }
  return std::min(asked, held);
}

std::vector<ConfigurationAttribute> reply_to(const wire::Configuration& request, const ConfigurationOptions& options,
                                             const AssignedConfiguration& assigned, std::size_t v4, std::size_t v6) {
  std::vector<ConfigurationAttribute> out;
  // §3.15.1: at most as many addresses as were asked for.
  std::size_t left_v4 = v4, left_v6 = v6;
  for (const auto& lease : assigned.given) {
    std::size_t& left = lease.address().is_v6() ? left_v6 : left_v4;
    if (left == 0) continue;
    --left;
    out.push_back(address_attribute(lease.address(), options.ip6_prefix_length));
  }
  const auto asked = [&](CfgAttribute type) { return request.find(type) != nullptr; };
  const bool has_servers =
      std::ranges::any_of(options.reply, [](const auto& attribute) { return is_dns_server(attribute.type); });
  // RFC 8598 §3.2: domains come with the servers that resolve them, trust anchors behind their domain.
  const bool domains = asked(CfgAttribute::INTERNAL_DNS_DOMAIN) && has_servers;
  for (const ConfigurationAttribute& attribute : options.reply) {
    const CfgAttribute type = attribute.type;
    bool wanted = asked(type) || (v4 != 0 && goes_with(type, false)) || (v6 != 0 && goes_with(type, true)) ||
                  (domains && is_dns_server(type));
    if (type == CfgAttribute::INTERNAL_DNS_DOMAIN) wanted = domains;
    if (type == CfgAttribute::INTERNAL_DNSSEC_TA) wanted = domains && asked(type);
    // §3.15.1: a netmask makes sense only beside an address.
    if (type == CfgAttribute::INTERNAL_IP4_NETMASK) wanted = v4 != 0;
    if (wanted) out.push_back(attribute);
  }
  // §2.20: a version that we have not or do not tell is an empty string.
  if (asked(CfgAttribute::APPLICATION_VERSION) && count(out, CfgAttribute::APPLICATION_VERSION) == 0)
    out.push_back({false, CfgAttribute::APPLICATION_VERSION, {}});
  if (asked(CfgAttribute::SUPPORTED_ATTRIBUTES)) {
    Writer list;
    for (const CfgAttribute type : supported_attributes()) list.u16(type);
    out.push_back({false, CfgAttribute::SUPPORTED_ATTRIBUTES, list.take()});
  }
  return out;
}

wire::Payload cp(CfgType type, std::vector<ConfigurationAttribute> attributes) {
  return payload(wire::Configuration{type, {}, std::move(attributes)});
}

}  // namespace

std::vector<IpAddress> AssignedConfiguration::addresses() const {
  std::vector<IpAddress> out;
  for (const ConfigurationAttribute& attribute : received)
    if (const auto address = address_of(attribute)) out.push_back(*address);
  for (const AddressPool::Lease& lease : given) out.push_back(lease.address());
  return out;
}

ChildScope AssignedConfiguration::scope() const {
  ChildScope out;
  (given.empty() ? out.local : out.remote) = selectors(addresses());
  return out;
}

std::vector<CfgAttribute> supported_attributes() {
  std::vector<CfgAttribute> out;
  for (const Shape& shape : kShapes) out.push_back(shape.type);
  return out;
}

bool has_sound_length(const ConfigurationAttribute& attribute) {
  const auto shape = std::ranges::find(kShapes, attribute.type, &Shape::type);
  if (shape == kShapes.end()) return true;
  const std::size_t size = attribute.value.size();
  if (size == 0) return shape->empty;
  if (attribute.type == CfgAttribute::SUPPORTED_ATTRIBUTES) return size % 2 == 0;
  if (attribute.type == CfgAttribute::INTERNAL_DNSSEC_TA) return size > kTrustAnchorHeader;
  return shape->any_size || size == shape->size;
}

std::string text(const ConfigurationAttribute& attribute) {
  std::string out = wire::name_or_number(attribute.type);
  if (attribute.value.empty()) return out;
  if (const auto address = address_of(attribute)) return out + " " + address->text();
  if (attribute.type == CfgAttribute::APPLICATION_VERSION || attribute.type == CfgAttribute::INTERNAL_DNS_DOMAIN) {
    out += " ";
    for (const std::uint8_t octet : attribute.value)
      out += octet > 0x20 && octet < 0x7f ? static_cast<char>(octet) : '.';
    return out;
  }
  if (const auto address = IpAddress::from_octets(attribute.value)) return out + " " + address->text();
  return out + " " + to_hex(attribute.value);
}

std::string text(const std::vector<ConfigurationAttribute>& attributes) {
  std::string out;
  for (const ConfigurationAttribute& attribute : attributes) out += (out.empty() ? "" : ", ") + text(attribute);
  return out.empty() ? "nothing" : out;
}

std::optional<wire::Payload> configuration_request(const ConfigurationOptions& options) {
  if (options.request.empty()) return std::nullopt;
  return cp(CfgType::CFG_REQUEST, options.request);
}

ConfigurationReply read_configuration_reply(const wire::Configuration& reply, const wire::Configuration& request) {
  ConfigurationReply out;
  if (reply.cfg_type != CfgType::CFG_REPLY || request.cfg_type != CfgType::CFG_REQUEST) {
    out.ignored.push_back("CP of type " + wire::name_or_number(reply.cfg_type) + " as an answer to " +
                          wire::name_or_number(request.cfg_type));
    return out;
  }
  bool behind_domain = false;
  for (const ConfigurationAttribute& attribute : reply.attributes) {
    const bool anchor = attribute.type == CfgAttribute::INTERNAL_DNSSEC_TA;
    const bool domain = attribute.type == CfgAttribute::INTERNAL_DNS_DOMAIN;
    std::string why;
    if (!has_sound_length(attribute)) {
      why = "has a length that its type does not allow";
    } else if (is_address(attribute.type) && attribute.value.empty()) {
      why = "is empty";
    } else if (is_address(attribute.type) &&
               count(out.attributes, attribute.type) >=
                   std::min(count(request.attributes, attribute.type), kMaxInternalAddresses)) {
      // §3.15.1: "The responder MAY only send up to the number of addresses requested."
      why = "was not asked for";
    } else if (anchor && !behind_domain) {
      // RFC 8598 §4.2: an anchor without its domain in front of it is ignored.
      why = "does not follow a domain";
    }
    behind_domain = domain || (anchor && behind_domain);
    if (why.empty())
      out.attributes.push_back(attribute);
    else
      out.ignored.push_back(wire::name_or_number(attribute.type) + " " + why);
  }
  return out;
}

ConfigurationAnswer answer_configuration(const std::vector<wire::Payload>& request, const ConfigurationOptions& options,
                                         AddressPool& pool, AssignedConfiguration& assigned, bool for_child_sa) {
  ConfigurationAnswer out;
  const auto* asked = wire::find<wire::Configuration>(request);
  if (asked && asked->cfg_type == CfgType::CFG_SET) {
    // §3.15.1: of what was to be set nothing is accepted, which an empty CFG_ACK says.
    out.cp = cp(CfgType::CFG_ACK, {});
    asked = nullptr;
  }
  const bool is_request = asked && asked->cfg_type == CfgType::CFG_REQUEST;
  if (!is_request) {
    // §2.19: the Child SA is refused, the IKE SA stands.
    if (for_child_sa && options.required && assigned.given.empty())
      out.child_failure = wire::NotifyType::FAILED_CP_REQUIRED;
    return out;
  }
  // §2.20: who does not do configuration sends no CP payload.
  if (!options.serves()) return out;
  const std::size_t v4 = give_addresses(*asked, false, pool, assigned, for_child_sa);
  const std::size_t v6 = give_addresses(*asked, true, pool, assigned, for_child_sa);
  const bool wants_address = count(asked->attributes, CfgAttribute::INTERNAL_IP4_ADDRESS) +
                                 count(asked->attributes, CfgAttribute::INTERNAL_IP6_ADDRESS) >
                             0;
  if (for_child_sa && wants_address && v4 + v6 == 0) {
    // §3.10.1: no address at all; one family of two would do.
    out.child_failure = wire::NotifyType::INTERNAL_ADDRESS_FAILURE;
    return out;
  }
  out.cp = cp(CfgType::CFG_REPLY, reply_to(*asked, options, assigned, v4, v6));
  return out;
}

}  // namespace ikevet::sa
