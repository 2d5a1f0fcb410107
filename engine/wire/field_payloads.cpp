// The fields of each payload's body, in the order in which RFC 7296 §3.3 to §3.16 draw them.
#include <algorithm>

#include "engine/base/datagram.hpp"
#include "engine/wire/field_builder.hpp"

namespace ikevet::wire::detail {
namespace {

constexpr std::size_t kSubstructureHeader = 8;  // of proposals and transforms

/// The octets of a substructure that states its own length in its octets 2 and 3; all that is left when that cannot be.
Region carve(const FieldBuilder& f, std::size_t least) {
  const Region rest = f.ahead();
  const std::size_t length = peek_u16(rest.octets, 2);
  const bool sound = length >= least && length <= rest.octets.size();
  return {rest.octets.first(sound ? length : rest.octets.size()), rest.offset};
}

/// Reads the length of what `f` is about, and marks it when it is not the number of octets that are there.
void own_length(FieldBuilder& f, std::string_view name, std::size_t present) {
  const std::uint64_t length = f.number(name, 2);
  if (f.ok() && length != present) f.last().fault = std::to_string(present) + " octets left";
}

/// Marks a count of substructures when it is not the number of those that follow.
void own_count(FieldBuilder& f, std::size_t index, std::uint64_t stated, std::size_t counted) {
  if (f.ok() && stated != counted) f.child(index).fault = std::to_string(counted) + " follow";
}

FieldNode dissect_attribute(const FieldBuilder& parent) {
  const Region rest = parent.ahead();
  const bool tv = (peek_u16(rest.octets, 0) & 0x8000) != 0;
  const std::size_t wanted = tv ? 4 : 4 + peek_u16(rest.octets, 2);
  FieldBuilder f("Attribute", {rest.octets.first(std::min(wanted, rest.octets.size())), rest.offset});
  const auto format_and_type = f.bits(2, {{"AF", 0x8000}, {"Attribute Type", 0x7fff}});
  const auto type = static_cast<AttributeType>(format_and_type & 0x7fff);
  if (f.ok()) f.last().value = name_and_number(type);
  if (tv) {
    const std::uint64_t value = f.number("Attribute Value", 2);
    f.node().value = name_or_number(type) + " " + std::to_string(value);
  } else {
    const std::uint64_t length = f.number("Attribute Length", 2);
    f.octets("Attribute Value", static_cast<std::size_t>(length));
    f.node().value = name_or_number(type);
  }
  return f.finish();
}

/// "ENCR_AES_CBC (12)": a Transform ID in the registry of its type.
std::string transform_id_value(TransformType type, std::uint64_t id) {
  const std::string_view known = transform_id_name(type, static_cast<std::uint16_t>(id));
  return known.empty() ? std::to_string(id) : std::string(known) + " (" + std::to_string(id) + ")";
}

FieldNode dissect_transform(Region where) {
  FieldBuilder f("Transform", where);
  f.number("Last Substruc", 1);
  f.number("RESERVED", 1);
  own_length(f, "Transform Length", where.octets.size());
  const auto type = f.named<TransformType>("Transform Type", 1);
  f.number("RESERVED", 1);
  f.number("Transform ID", 2, [type](std::uint64_t id) { return transform_id_value(type, id); });
  if (f.ok()) f.node().value = name_or_number(type) + " " + f.last().value;
  while (f.left() > 0) f.add(dissect_attribute(f));
  return f.finish();
}

FieldNode dissect_proposal(Region where) {
  FieldBuilder f("Proposal", where);
  f.number("Last Substruc", 1);
  f.number("RESERVED", 1);
  own_length(f, "Proposal Length", where.octets.size());
  const std::uint64_t number = f.number("Proposal Num", 1);
  const auto protocol = f.named<ProtocolId>("Protocol ID", 1);
  if (f.ok()) f.node().value = std::to_string(number) + " " + name_or_number(protocol);
  const std::uint64_t spi_size = f.number("SPI Size", 1);
  const std::uint64_t stated = f.number("Num Transforms", 1);
  const std::size_t stated_at = f.children() - 1;
  f.octets("SPI", static_cast<std::size_t>(spi_size));
  std::size_t counted = 0;
  for (; f.left() > 0; ++counted) f.add(dissect_transform(carve(f, kSubstructureHeader)));
  own_count(f, stated_at, stated, counted);
  return f.finish();
}

void dissect_sa(FieldBuilder& f) {
  while (f.left() > 0) f.add(dissect_proposal(carve(f, kSubstructureHeader)));
}

void dissect_ke(FieldBuilder& f) {
  const auto group = f.named<DhGroup>("Diffie-Hellman Group Num", 2);
  f.number("RESERVED", 2);
  f.rest("Key Exchange Data");
  f.node().value = name_or_number(group);
}

std::string id_value(IdType type, BytesView data) {
  switch (type) {
    case IdType::ID_IPV4_ADDR:
    case IdType::ID_IPV6_ADDR:
      return address_value(data);
    case IdType::ID_FQDN:
    case IdType::ID_RFC822_ADDR:
    case IdType::ID_KEY_ID:
      return text_value(data);
    case IdType::ID_DER_ASN1_DN:
    case IdType::ID_DER_ASN1_GN:
    case IdType::ID_FC_NAME:
    case IdType::ID_NULL:
      break;
  }
  return hex_value(data);
}

void dissect_id(FieldBuilder& f) {
  const auto type = f.named<IdType>("ID Type", 1);
  f.number("RESERVED", 3);
  f.rest("Identification Data", [type](BytesView data) { return id_value(type, data); });
  if (f.ok()) f.node().value = f.last().value;
}

void dissect_cert(FieldBuilder& f) {
  const auto encoding = f.named<CertEncoding>("Cert Encoding", 1);
  f.rest("Certificate Data");
  f.node().value = name_or_number(encoding);
}

void dissect_certreq(FieldBuilder& f) {
  const auto encoding = f.named<CertEncoding>("Cert Encoding", 1);
  f.rest("Certification Authority");
  f.node().value = name_or_number(encoding);
}

void dissect_auth(FieldBuilder& f) {
  const auto method = f.named<AuthMethod>("Auth Method", 1);
  f.number("RESERVED", 3);
  f.rest("Authentication Data");
  f.node().value = name_or_number(method);
}

std::string hash_list(BytesView data) {
  if (data.size() % 2 != 0) return hex_value(data);
  std::string out;
  for (std::size_t at = 0; at < data.size(); at += 2) {
    if (at > 0) out += ", ";
    out += name_or_number(static_cast<HashAlgorithm>(peek_u16(data, at)));
  }
  return out;
}

/// Notification Data of the types that give it a form (RFC 7296 §3.10.1 and the RFCs beside the enumerators).
std::string notification_value(NotifyType type, BytesView data) {
  const auto number = [data] {
    std::uint64_t value = 0;
    for (const std::uint8_t octet : data) value = value << 8 | octet;
    return value;
  };
  switch (type) {
    case NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD:
      return data.size() == 1 ? name_and_number(static_cast<PayloadType>(data[0])) : hex_value(data);
    case NotifyType::INVALID_KE_PAYLOAD:
      return data.size() == 2 ? name_and_number(static_cast<DhGroup>(number())) : hex_value(data);
    case NotifyType::SET_WINDOW_SIZE:
    case NotifyType::AUTH_LIFETIME:
    case NotifyType::INVALID_MESSAGE_ID:
      return data.size() == 4 ? std::to_string(number()) : hex_value(data);
    case NotifyType::IPCOMP_SUPPORTED:
      if (data.size() != 3) return hex_value(data);
      return "CPI " + std::to_string(peek_u16(data, 0)) + ", " + name_and_number(static_cast<IpcompTransform>(data[2]));
    case NotifyType::SIGNATURE_HASH_ALGORITHMS:
      return hash_list(data);
    case NotifyType::ADDITIONAL_IP4_ADDRESS:
    case NotifyType::ADDITIONAL_IP6_ADDRESS:
      return address_value(data);
    case NotifyType::PPK_IDENTITY:
      return data.empty() ? "" : "type " + std::to_string(data[0]) + " " + text_value(data.subspan(1));
    default:
      return hex_value(data);
  }
}

void dissect_notify(FieldBuilder& f) {
  f.named<ProtocolId>("Protocol ID", 1);
  const std::uint64_t spi_size = f.number("SPI Size", 1);
  const auto type = f.named<NotifyType>("Notify Message Type", 2);
  if (f.ok()) f.node().value = f.last().value;
  f.octets("Security Parameter Index (SPI)", static_cast<std::size_t>(spi_size));
  f.rest("Notification Data", [type](BytesView data) { return notification_value(type, data); });
}

void dissect_delete(FieldBuilder& f) {
  const auto protocol = f.named<ProtocolId>("Protocol ID", 1);
  f.node().value = name_or_number(protocol);
  const auto spi_size = static_cast<std::size_t>(f.number("SPI Size", 1));
  const auto count = static_cast<std::size_t>(f.number("Num of SPIs", 2));
  // Without a size no SPI takes an octet, however many there are said to be.
  for (std::size_t i = 0; spi_size > 0 && i < count && f.ok(); ++i)
    f.octets("Security Parameter Index (SPI)", spi_size);
}

bool is_address_range(TsType type) { return type == TsType::TS_IPV4_ADDR_RANGE || type == TsType::TS_IPV6_ADDR_RANGE; }

FieldNode dissect_selector(Region where) {
  FieldBuilder f("Traffic Selector", where);
  const auto type = f.named<TsType>("TS Type", 1);
  f.number("IP Protocol ID", 1);
  own_length(f, "Selector Length", where.octets.size());
  if (!is_address_range(type)) {
    f.rest("Selector Data");
    return f.finish();
  }
  const std::size_t address_size = type == TsType::TS_IPV4_ADDR_RANGE ? 4 : 16;
  f.number("Start Port", 2);
  f.number("End Port", 2);
  f.octets("Starting Address", address_size, address_value);
  const std::string start = f.ok() ? f.last().value : "";
  f.octets("Ending Address", address_size, address_value);
  if (f.ok()) f.node().value = start + "-" + f.last().value;
  return f.finish();
}

void dissect_ts(FieldBuilder& f) {
  constexpr std::size_t kSelectorHeader = 4;
  const std::uint64_t stated = f.number("Number of TSs", 1);
  const std::size_t stated_at = f.children() - 1;
  f.number("RESERVED", 3);
  std::size_t counted = 0;
  for (; f.left() > 0; ++counted) f.add(dissect_selector(carve(f, kSelectorHeader)));
  own_count(f, stated_at, stated, counted);
}

void dissect_skf(FieldBuilder& f) {
  const std::uint64_t number = f.number("Fragment Number", 2);
  const std::uint64_t total = f.number("Total Fragments", 2);
  f.rest("Encrypted Data");
  f.node().value = std::to_string(number) + "/" + std::to_string(total);
}

std::string configuration_value(CfgAttribute type, BytesView value) {
  if (type == CfgAttribute::APPLICATION_VERSION || type == CfgAttribute::INTERNAL_DNS_DOMAIN) return text_value(value);
  const bool with_prefix_length = value.size() == 17;  // an IPv6 address and a prefix length, RFC 7296 §3.15.1
  if (with_prefix_length) return address_value(value.first(16)) + "/" + std::to_string(value[16]);
  return address_value(value);
}

FieldNode dissect_configuration_attribute(const FieldBuilder& parent) {
  const Region rest = parent.ahead();
  const std::size_t wanted = 4 + peek_u16(rest.octets, 2);
  FieldBuilder f("Configuration Attribute", {rest.octets.first(std::min(wanted, rest.octets.size())), rest.offset});
  const std::uint64_t reserved_and_type = f.bits(2, {{"Reserved", 0x8000}, {"Attribute Type", 0x7fff}});
  const auto type = static_cast<CfgAttribute>(reserved_and_type & 0x7fff);
  if (f.ok()) f.node().value = f.last().value = name_and_number(type);
  const std::uint64_t length = f.number("Length", 2);
  f.octets("Value", static_cast<std::size_t>(length),
           [type](BytesView value) { return configuration_value(type, value); });
  return f.finish();
}

void dissect_cp(FieldBuilder& f) {
  const auto type = f.named<CfgType>("CFG Type", 1);
  f.node().value = name_or_number(type);
  f.number("RESERVED", 3);
  while (f.left() > 0) f.add(dissect_configuration_attribute(f));
}

void dissect_eap(FieldBuilder& f) {
  const std::size_t present = f.left();
  const auto code = f.named<EapCode>("Code", 1);
  f.node().value = name_or_number(code);
  f.number("Identifier", 1);
  own_length(f, "Length", present);
  // RFC 3748 §4.2: Success and Failure have no Type.
  if (code != EapCode::Success && code != EapCode::Failure && f.left() > 0) f.named<EapType>("Type", 1);
  f.rest("Type_Data");
}

}  // namespace

void dissect_body(PayloadType type, FieldBuilder& f) {
  if (!f.ok()) return;
  switch (type) {
    case PayloadType::SA:
      return dissect_sa(f);
    case PayloadType::KE:
      return dissect_ke(f);
    case PayloadType::IDi:
    case PayloadType::IDr:
      return dissect_id(f);
    case PayloadType::CERT:
      return dissect_cert(f);
    case PayloadType::CERTREQ:
      return dissect_certreq(f);
    case PayloadType::AUTH:
      return dissect_auth(f);
    case PayloadType::Nonce:
      f.rest("Nonce Data");
      return;
    case PayloadType::Notify:
      return dissect_notify(f);
    case PayloadType::Delete:
      return dissect_delete(f);
    case PayloadType::VendorId:
      f.rest("Vendor ID (VID)", text_value);
      return;
    case PayloadType::TSi:
    case PayloadType::TSr:
      return dissect_ts(f);
    case PayloadType::SK:
      f.rest("Encrypted Data");
      return;
    case PayloadType::SKF:
      return dissect_skf(f);
    case PayloadType::CP:
      return dissect_cp(f);
    case PayloadType::EAP:
      return dissect_eap(f);
    case PayloadType::None:
    case PayloadType::GSPM:
    case PayloadType::IDg:
    case PayloadType::GSA:
    case PayloadType::KD:
    case PayloadType::PS:
      break;
  }
  f.rest("Payload Data");
}

}  // namespace ikevet::wire::detail
