#include "engine/wire/ikev1.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "engine/wire/field_builder.hpp"
#include "engine/wire/ike_header.hpp"

namespace ikevet::wire {
namespace {

using detail::FieldBuilder;
using detail::Region;

using Named = std::pair<std::uint16_t, std::string_view>;

// RFC 2408 §3.1; NAT-D and NAT-OA: RFC 3947 §9, and the numbers of the drafts before it, which are still sent.
constexpr std::array<Named, 19> kPayloads{{{1, "SA"},
                                           {2, "P"},
                                           {3, "T"},
                                           {4, "KE"},
                                           {5, "ID"},
                                           {6, "CERT"},
                                           {7, "CR"},
                                           {8, "HASH"},
                                           {9, "SIG"},
                                           {10, "NONCE"},
                                           {11, "N"},
                                           {12, "D"},
                                           {13, "VID"},
                                           {14, "ATTR"},
                                           {20, "NAT-D"},
                                           {21, "NAT-OA"},
                                           {130, "NAT-D"},
                                           {131, "NAT-OA"},
                                           {132, "FRAGMENT"}}};

constexpr std::uint16_t kSa = 1, kKe = 4, kId = 5, kCert = 6, kCr = 7, kHash = 8, kSig = 9, kNonce = 10, kNotify = 11,
                        kDelete = 12, kVid = 13, kAttr = 14, kNatD = 20, kNatOa = 21, kDraftNatD = 130,
                        kDraftNatOa = 131;

constexpr std::array<Named, 9> kExchanges{{{1, "Base"},
                                           {2, "Identity Protection (main mode)"},
                                           {3, "Authentication Only"},
                                           {4, "Aggressive"},
                                           {5, "Informational"},
                                           {6, "Transaction"},
                                           {32, "Quick Mode"},
                                           {33, "New Group Mode"},
                                           {34, "Acknowledged Informational"}}};

// RFC 2407 §4.4.1.
constexpr std::array<Named, 4> kProtocols{{{1, "ISAKMP"}, {2, "AH"}, {3, "ESP"}, {4, "IPCOMP"}}};

// RFC 2407 §4.6.2.1.
constexpr std::array<Named, 11> kIdTypes{{{1, "ID_IPV4_ADDR"},
                                          {2, "ID_FQDN"},
                                          {3, "ID_USER_FQDN"},
                                          {4, "ID_IPV4_ADDR_SUBNET"},
                                          {5, "ID_IPV6_ADDR"},
                                          {6, "ID_IPV6_ADDR_SUBNET"},
                                          {7, "ID_IPV4_ADDR_RANGE"},
                                          {8, "ID_IPV6_ADDR_RANGE"},
                                          {9, "ID_DER_ASN1_DN"},
                                          {10, "ID_DER_ASN1_GN"},
                                          {11, "ID_KEY_ID"}}};

// RFC 2408 §3.14.1, RFC 2407 §4.6.3, RFC 3706 §5.
constexpr std::array<Named, 36> kNotifyTypes{{{1, "INVALID-PAYLOAD-TYPE"},
                                              {2, "DOI-NOT-SUPPORTED"},
                                              {3, "SITUATION-NOT-SUPPORTED"},
                                              {4, "INVALID-COOKIE"},
                                              {5, "INVALID-MAJOR-VERSION"},
                                              {6, "INVALID-MINOR-VERSION"},
                                              {7, "INVALID-EXCHANGE-TYPE"},
                                              {8, "INVALID-FLAGS"},
                                              {9, "INVALID-MESSAGE-ID"},
                                              {10, "INVALID-PROTOCOL-ID"},
                                              {11, "INVALID-SPI"},
                                              {12, "INVALID-TRANSFORM-ID"},
                                              {13, "ATTRIBUTES-NOT-SUPPORTED"},
                                              {14, "NO-PROPOSAL-CHOSEN"},
                                              {15, "BAD-PROPOSAL-SYNTAX"},
                                              {16, "PAYLOAD-MALFORMED"},
                                              {17, "INVALID-KEY-INFORMATION"},
                                              {18, "INVALID-ID-INFORMATION"},
                                              {19, "INVALID-CERT-ENCODING"},
                                              {20, "INVALID-CERTIFICATE"},
                                              {21, "CERT-TYPE-UNSUPPORTED"},
                                              {22, "INVALID-CERT-AUTHORITY"},
                                              {23, "INVALID-HASH-INFORMATION"},
                                              {24, "AUTHENTICATION-FAILED"},
                                              {25, "INVALID-SIGNATURE"},
                                              {26, "ADDRESS-NOTIFICATION"},
                                              {27, "NOTIFY-SA-LIFETIME"},
                                              {28, "CERTIFICATE-UNAVAILABLE"},
                                              {29, "UNSUPPORTED-EXCHANGE-TYPE"},
                                              {30, "UNEQUAL-PAYLOAD-LENGTHS"},
                                              {16384, "CONNECTED"},
                                              {24576, "RESPONDER-LIFETIME"},
                                              {24577, "REPLAY-STATUS"},
                                              {24578, "INITIAL-CONTACT"},
                                              {36136, "R-U-THERE"},
                                              {36137, "R-U-THERE-ACK"}}};

// RFC 2409 Appendix A: attributes of a transform of protocol ISAKMP.
constexpr std::array<Named, 16> kPhase1Attributes{{{1, "Encryption Algorithm"},
                                                   {2, "Hash Algorithm"},
                                                   {3, "Authentication Method"},
                                                   {4, "Group Description"},
                                                   {5, "Group Type"},
                                                   {6, "Group Prime/Irreducible Polynomial"},
                                                   {7, "Group Generator One"},
                                                   {8, "Group Generator Two"},
                                                   {9, "Group Curve A"},
                                                   {10, "Group Curve B"},
                                                   {11, "Life Type"},
                                                   {12, "Life Duration"},
                                                   {13, "PRF"},
                                                   {14, "Key Length"},
                                                   {15, "Field Size"},
                                                   {16, "Group Order"}}};

// RFC 2407 §4.5: attributes of the transforms of the other protocols.
constexpr std::array<Named, 9> kPhase2Attributes{{{1, "SA Life Type"},
                                                  {2, "SA Life Duration"},
                                                  {3, "Group Description"},
                                                  {4, "Encapsulation Mode"},
                                                  {5, "Authentication Algorithm"},
                                                  {6, "Key Length"},
                                                  {7, "Key Rounds"},
                                                  {8, "Compress Dictionary Size"},
                                                  {9, "Compress Private Algorithm"}}};

std::string_view find_name(std::span<const Named> names, std::uint64_t number) {
  const auto found = std::ranges::find(names, number, &Named::first);
  return found == names.end() ? std::string_view() : found->second;
}

/// "ESP (3)", or the number alone.
auto shown(std::span<const Named> names) {
  return [names](std::uint64_t number) {
    const std::string_view known = find_name(names, number);
    return known.empty() ? std::to_string(number) : std::string(known) + " (" + std::to_string(number) + ")";
  };
}

/// The octets of a structure that states its own length in its octets 2 and 3; all that is left when that cannot be.
Region carve(const FieldBuilder& f) {
  constexpr std::size_t kLeast = 4;
  const Region rest = f.ahead();
  const std::size_t length = detail::peek_u16(rest.octets, 2);
  const bool sound = length >= kLeast && length <= rest.octets.size();
  return {rest.octets.first(sound ? length : rest.octets.size()), rest.offset};
}

/// The generic header in front of payloads, proposals and transforms alike, RFC 2408 §3.2.
void generic_header(FieldBuilder& f, std::size_t size) {
  f.number("Next Payload", 1, shown(kPayloads));
  f.number("RESERVED", 1);
  const std::uint64_t length = f.number("Payload Length", 2);
  if (f.ok() && length != size) f.last().fault = std::to_string(size) + " octets left";
}

/// RFC 2408 §3.3.
FieldNode dissect_attribute(const FieldBuilder& parent, std::span<const Named> names) {
  const Region rest = parent.ahead();
  const bool tv = (detail::peek_u16(rest.octets, 0) & 0x8000) != 0;
  const std::size_t wanted = tv ? 4 : 4 + detail::peek_u16(rest.octets, 2);
  FieldBuilder f("Attribute", {rest.octets.first(std::min(wanted, rest.octets.size())), rest.offset});
  const std::uint64_t type = f.bits(2, {{"AF", 0x8000}, {"Attribute Type", 0x7fff}}) & 0x7fff;
  if (f.ok()) f.node().value = f.last().value = shown(names)(type);
  if (tv)
    f.number("Attribute Value", 2);
  else
    f.octets("Attribute Value", static_cast<std::size_t>(f.number("Attribute Length", 2)));
  return f.finish();
}

/// RFC 2408 §3.6.
FieldNode dissect_transform(Region where, std::span<const Named> attributes) {
  FieldBuilder f("T", where);
  generic_header(f, where.octets.size());
  f.number("Transform #", 1);
  f.number("Transform-Id", 1);
  f.number("RESERVED2", 2);
  while (f.left() > 0) f.add(dissect_attribute(f, attributes));
  return f.finish();
}

/// RFC 2408 §3.5.
FieldNode dissect_proposal(Region where) {
  FieldBuilder f("P", where);
  generic_header(f, where.octets.size());
  f.number("Proposal #", 1);
  const std::uint64_t protocol = f.number("Protocol-Id", 1, shown(kProtocols));
  if (f.ok()) f.node().value = f.last().value;
  const std::uint64_t spi_size = f.number("SPI Size", 1);
  const std::uint64_t stated = f.number("# of Transforms", 1);
  const std::size_t stated_at = f.children() - 1;
  f.octets("SPI", static_cast<std::size_t>(spi_size));
  std::size_t counted = 0;
  const std::span<const Named> attributes =
      protocol == 1 ? std::span<const Named>(kPhase1Attributes) : std::span<const Named>(kPhase2Attributes);
  for (; f.left() > 0; ++counted) f.add(dissect_transform(carve(f), attributes));
  if (f.ok() && stated != counted) f.child(stated_at).fault = std::to_string(counted) + " follow";
  return f.finish();
}

/// RFC 2408 §3.4, RFC 2407 §4.6.1. What follows the situation depends on secrecy and integrity labels, which nobody
/// uses: they are left as they are.
void dissect_sa(FieldBuilder& f) {
  constexpr std::uint64_t kIpsecDoi = 1, kIdentityOnly = 1;
  const std::uint64_t doi = f.number("Domain of Interpretation", 4);
  if (doi > kIpsecDoi) {
    f.rest("Situation and proposals");
    return;
  }
  if (f.number("Situation", 4) == kIdentityOnly)
    while (f.left() > 0) f.add(dissect_proposal(carve(f)));
  else
    f.rest("Labels and proposals");
}

/// RFC 2407 §4.6.2.
void dissect_id(FieldBuilder& f, bool nat_oa) {
  const std::uint64_t type = f.number("ID Type", 1, shown(kIdTypes));
  if (nat_oa) {
    f.number("RESERVED", 3);
  } else {
    f.number("Protocol ID", 1);
    f.number("Port", 2);
  }
  const bool is_text = type == 2 || type == 3 || type == 11;
  f.rest("Identification Data", is_text ? detail::text_value : detail::address_value);
  if (f.ok()) f.node().value = f.last().value;
}

/// RFC 2408 §3.14.
void dissect_notify(FieldBuilder& f) {
  f.number("Domain of Interpretation", 4);
  f.number("Protocol-ID", 1, shown(kProtocols));
  const std::uint64_t spi_size = f.number("SPI Size", 1);
  f.number("Notify Message Type", 2, shown(kNotifyTypes));
  if (f.ok()) f.node().value = f.last().value;
  f.octets("Security Parameter Index (SPI)", static_cast<std::size_t>(spi_size));
  f.rest("Notification Data");
}

/// RFC 2408 §3.15.
void dissect_delete(FieldBuilder& f) {
  f.number("Domain of Interpretation", 4);
  f.number("Protocol-Id", 1, shown(kProtocols));
  if (f.ok()) f.node().value = f.last().value;
  const std::uint64_t spi_size = f.number("SPI Size", 1);
  const std::uint64_t spis = f.number("# of SPIs", 2);
  for (std::uint64_t i = 0; i < spis && f.ok() && f.left() > 0 && spi_size > 0; ++i)
    f.octets("Security Parameter Index (SPI)", static_cast<std::size_t>(spi_size));
}

void dissect_body(std::uint64_t type, FieldBuilder& f) {
  if (!f.ok()) return;
  switch (type) {
    case kSa:
      return dissect_sa(f);
    case kId:
      return dissect_id(f, false);
    case kNatOa:
    case kDraftNatOa:
      return dissect_id(f, true);
    case kNotify:
      return dissect_notify(f);
    case kDelete:
      return dissect_delete(f);
    case kCert:
    case kCr:
      f.number(type == kCert ? "Cert Encoding" : "Cert. Type", 1);
      f.rest(type == kCert ? "Certificate Data" : "Certificate Authority");
      return;
    case kAttr:
      f.number("Type", 1);
      f.number("RESERVED", 1);
      f.number("Identifier", 2);
      while (f.left() > 0) f.add(dissect_attribute(f, {}));
      return;
    case kVid:
      f.rest("Vendor ID (VID)", detail::text_value);
      return;
    case kKe:
      f.rest("Key Exchange Data");
      return;
    case kHash:
      f.rest("Hash Data");
      return;
    case kSig:
      f.rest("Signature Data");
      return;
    case kNonce:
      f.rest("Nonce Data");
      return;
    case kNatD:
    case kDraftNatD:
      f.rest("HASH of the address and port");
      return;
    default:
      f.rest("Payload Data");
  }
}

FieldNode dissect_payload(std::uint64_t type, Region where) {
  const std::string_view known = find_name(kPayloads, type);
  FieldBuilder f(known.empty() ? "Unknown" : known, where);
  if (known.empty()) f.node().value = std::to_string(type);
  generic_header(f, where.octets.size());
  dissect_body(type, f);
  return f.finish();
}

std::string cookie(BytesView octets) { return to_hex(octets); }

struct Header {
  std::uint64_t next{};
  std::size_t length{};
  bool encrypted{};
};

/// RFC 2408 §3.1.
FieldNode dissect_header(Region where, std::size_t message_size, Header& out) {
  FieldBuilder f("HDR", where);
  f.octets("Initiator Cookie", 8, cookie);
  f.octets("Responder Cookie", 8, cookie);
  out.next = f.number("Next Payload", 1, shown(kPayloads));
  f.bits(1, {{"MjVer", 0xf0}, {"MnVer", 0x0f}});
  const auto exchange = static_cast<std::uint8_t>(f.number("Exchange Type", 1, shown(kExchanges)));
  const std::uint64_t flags =
      f.bits(1, {{"Encryption", 0x01}, {"Commit", 0x02}, {"Authentication Only", 0x04}, {"Reserved", 0xf8}});
  f.number("Message ID", 4, [](std::uint64_t id) {
    Writer writer;
    return to_hex(writer.u32(id).view());
  });
  const std::uint64_t length = f.number("Length", 4);
  out.length = message_size;
  if (f.ok()) {
    f.node().value = ikev1_exchange_name(exchange);
    out.encrypted = (flags & 0x01) != 0;
    out.length = static_cast<std::size_t>(length);
    if (length != message_size) f.last().fault = std::to_string(message_size) + " octets came";
  }
  return f.finish();
}

}  // namespace

std::string ikev1_exchange_name(std::uint8_t exchange) {
  const std::string_view known = find_name(kExchanges, exchange);
  return known.empty() ? "exchange " + std::to_string(exchange) : std::string(known);
}

FieldNode ikev1_tree(BytesView message) {
  FieldBuilder f("Message", {message, 0});
  Header header;
  f.add(dissect_header({message.first(std::min(message.size(), kIkeHeaderSize)), 0}, message.size(), header));
  if (message.size() <= kIkeHeaderSize) return f.finish();
  if (header.encrypted) {
    f.rest("Encrypted Data");
    return f.finish();
  }
  const bool sound = header.length >= kIkeHeaderSize && header.length <= message.size();
  const std::size_t end = sound ? header.length : message.size();
  std::uint64_t type = header.next;
  FieldBuilder chain("Payloads", {message.subspan(kIkeHeaderSize, end - kIkeHeaderSize), kIkeHeaderSize});
  while (type != 0 && chain.left() > 0) {
    const Region where = carve(chain);
    const std::uint8_t next = where.octets[0];
    chain.add(dissect_payload(type, where));
    type = next;
  }
  for (FieldNode& payload : chain.finish().children) f.add(std::move(payload));
  return f.finish();
}

std::string ikev1_notation(const FieldNode& tree) {
  std::string out = "HDR";
  for (const FieldNode& part : tree.children) {
    if (part.name == "HDR") continue;
    if (part.name == "Encrypted Data") {
      out += "* {" + std::to_string(part.size) + " octets}";
      continue;
    }
    out += ", ";
    out += part.name == "Unknown" ? "payload " + part.value : std::string(part.name);
    if (part.name == "N" && !part.value.empty()) out += "(" + part.value.substr(0, part.value.find(" (")) + ")";
    const auto broken = [](const FieldNode& node, const auto& self) -> bool {
      return !node.fault.empty() ||
             std::ranges::any_of(node.children, [&](const FieldNode& child) { return self(child, self); });
    };
    if (broken(part, broken)) out += "!";
  }
  return out;
}

}  // namespace ikevet::wire
