#include "engine/wire/configuration.hpp"

#include <algorithm>

namespace ikevet::wire {
namespace {

constexpr std::uint16_t kReservedBit = 0x8000;  // R, the upper bit of the Attribute Type octets

ConfigurationAttribute parse_attribute(Reader& in) {
  ConfigurationAttribute attribute;
  const auto reserved_and_type = in.u16("Attribute Type");
  attribute.reserved = (reserved_and_type & kReservedBit) != 0;
  attribute.type = static_cast<CfgAttribute>(reserved_and_type & ~kReservedBit);
  attribute.value = in.bytes(in.u16("Length"), "Value");
  return attribute;
}

void serialise_attribute(const ConfigurationAttribute& attribute, Writer& out) {
  const auto type = static_cast<std::uint16_t>(static_cast<std::uint16_t>(attribute.type) & ~kReservedBit);
  out.u16(attribute.reserved ? type | kReservedBit : type).u16(attribute.value.size()).bytes(attribute.value);
}

}  // namespace

const ConfigurationAttribute* Configuration::find(CfgAttribute type) const {
  const auto found = std::ranges::find(attributes, type, &ConfigurationAttribute::type);
  return found == attributes.end() ? nullptr : &*found;
}

Result<Configuration> Configuration::parse(Reader in) {
  Configuration cp;
  cp.cfg_type = in.u8<CfgType>("CFG Type");
  for (std::uint8_t& octet : cp.reserved) octet = in.u8("RESERVED");
  while (in.remaining() > 0) cp.attributes.push_back(parse_attribute(in));
  return in.finish(std::move(cp));
}

void Configuration::serialise(Writer& out) const {
  out.u8(cfg_type).bytes(reserved);
  for (const ConfigurationAttribute& attribute : attributes) serialise_attribute(attribute, out);
}

}  // namespace ikevet::wire
