#include "engine/wire/field_tree.hpp"

#include <algorithm>

#include "engine/base/datagram.hpp"
#include "engine/wire/field_builder.hpp"
#include "engine/wire/ike_header.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::wire {
namespace detail {

std::string hex_value(BytesView octets) {
  constexpr std::size_t kShown = 32;
  if (octets.size() <= kShown) return to_hex(octets);
  return to_hex(octets.first(kShown)) + "... (" + std::to_string(octets.size()) + " octets)";
}

std::string text_value(BytesView octets) {
  const auto printable = [](std::uint8_t c) { return c >= 0x20 && c < 0x7f; };
  if (octets.empty() || !std::ranges::all_of(octets, printable)) return hex_value(octets);
  return '"' + std::string(octets.begin(), octets.end()) + '"';
}

std::string address_value(BytesView octets) {
  const auto address = IpAddress::from_octets(octets);
  return address ? address->text() : hex_value(octets);
}

std::size_t peek_u16(BytesView octets, std::size_t at) {
  return octets.size() < at + 2 ? 0 : static_cast<std::size_t>(octets[at] << 8 | octets[at + 1]);
}

BytesView FieldBuilder::take(std::string_view name, std::size_t size) {
  if (failed_) return {};
  const std::size_t present = std::min(size, left());
  FieldNode& leaf = node_.children.emplace_back();
  leaf.name = name;
  leaf.offset = where_.offset + at_;
  leaf.size = present;
  const BytesView taken = where_.octets.subspan(at_, present);
  at_ += present;
  if (present == size) return taken;
  leaf.value = hex_value(taken);
  leaf.fault = std::to_string(size) + " octets wanted, " + std::to_string(present) + " left";
  failed_ = true;
  return {};
}

std::uint64_t FieldBuilder::number(std::string_view name, std::size_t size) {
  const BytesView taken = take(name, size);
  if (failed_) return 0;
  std::uint64_t value = 0;
  for (const std::uint8_t octet : taken) value = value << 8 | octet;
  last().value = std::to_string(value);
  return value;
}

std::uint64_t FieldBuilder::bits(std::size_t size, std::initializer_list<BitField> fields) {
  const std::size_t first = children();
  const std::uint64_t whole = number(fields.begin()->name, size);
  if (failed_) return 0;
  const FieldNode leaf = child(first);
  node_.children.pop_back();
  for (const BitField& field : fields) {
    FieldNode& part = node_.children.emplace_back(leaf);
    part.name = field.name;
    part.mask = field.mask;
    part.value = std::to_string((whole & field.mask) / (field.mask & (~field.mask + 1)));
  }
  return whole;
}

}  // namespace detail

namespace {

using detail::FieldBuilder;
using detail::Region;

std::string spi_value(std::uint64_t spi) {
  Writer out;
  return to_hex(out.u64(spi).view());
}

FieldNode dissect_version(Region octet) {
  FieldBuilder f("Version", octet);
  const std::uint64_t version = f.bits(1, {{"Major Version", 0xf0}, {"Minor Version", 0x0f}});
  f.node().value = std::to_string(version >> 4) + "." + std::to_string(version & 0x0f);
  return f.finish();
}

FieldNode dissect_flags(Region octet) {
  FieldBuilder f("Flags", octet);
  const std::uint64_t flags = f.bits(
      1, {{"Response", kFlagResponse}, {"Version", kFlagVersion}, {"Initiator", kFlagInitiator}, {"Reserved", 0xc7}});
  std::string& value = f.node().value;
  if ((flags & kFlagResponse) != 0) value += "Response ";
  if ((flags & kFlagVersion) != 0) value += "Version ";
  if ((flags & kFlagInitiator) != 0) value += "Initiator ";
  if (!value.empty()) value.pop_back();
  return f.finish();
}

/// RFC 7296 §3.1. `stated` gets the value of Length; it stays as it is when the header is cut short.
FieldNode dissect_header(Region where, std::size_t message_size, PayloadType& next, std::size_t& stated) {
  FieldBuilder f("HDR", where);
  f.number("IKE SA Initiator's SPI", 8, spi_value);
  f.number("IKE SA Responder's SPI", 8, spi_value);
  next = f.named<PayloadType>("Next Payload", 1);
  if (f.left() > 0) f.add(dissect_version({f.ahead().octets.first(1), f.ahead().offset}));
  const auto exchange = f.named<ExchangeType>("Exchange Type", 1);
  if (f.left() > 0) f.add(dissect_flags({f.ahead().octets.first(1), f.ahead().offset}));
  f.number("Message ID", 4);
  const std::uint64_t length = f.number("Length", 4);
  if (f.ok()) {
    stated = static_cast<std::size_t>(length);
    f.node().value = name_or_number(exchange);
    if (stated != message_size) f.last().fault = std::to_string(message_size) + " octets came";
  }
  return f.finish();
}

/// The notation of a payload type, as paths use it.
std::string_view payload_name(PayloadType type) {
  const std::string_view known = name(type);
  return known.empty() ? "Unknown" : known;
}

/// RFC 7296 §3.2: the generic header in front of a body.
FieldNode dissect_payload(PayloadType type, Region where) {
  FieldBuilder f(payload_name(type), where);
  if (name(type).empty()) f.node().value = name_or_number(type);
  f.named<PayloadType>("Next Payload", 1);
  f.bits(1, {{"Critical", 0x80}, {"RESERVED", 0x7f}});
  const std::uint64_t length = f.number("Payload Length", 2);
  if (f.ok() && length != where.octets.size())
    f.last().fault = length < kGenericHeaderSize ? "at least " + std::to_string(kGenericHeaderSize) + " wanted"
                                                 : std::to_string(where.octets.size()) + " octets left";
  detail::dissect_body(type, f);
  return f.finish();
}

/// Adds the payloads of a chain as children, and what cannot be told apart as "Trailing".
void dissect_chain(PayloadType type, FieldBuilder& f) {
  while (type != PayloadType::None && f.left() > 0) {
    const Region rest = f.ahead();
    const std::size_t length = detail::peek_u16(rest.octets, 2);
    const bool sound = length >= kGenericHeaderSize && length <= rest.octets.size();
    f.add(dissect_payload(type, {rest.octets.first(sound ? length : rest.octets.size()), rest.offset}));
    // RFC 7296 §3.14: after SK, Next Payload speaks of what is inside.
    const bool last = type == PayloadType::SK || type == PayloadType::SKF;
    type = last ? PayloadType::None : static_cast<PayloadType>(rest.octets[0]);
  }
  if (type == PayloadType::None || f.left() > 0) return;
  FieldNode missing;
  missing.name = payload_name(type);
  missing.offset = f.ahead().offset;
  missing.fault = "announced, but not there";
  f.add(std::move(missing));
}

}  // namespace

FieldNode field_tree(BytesView message) {
  FieldBuilder f("Message", {message, 0});
  PayloadType next{};
  std::size_t stated = message.size();
  f.add(dissect_header({message.first(std::min(message.size(), kIkeHeaderSize)), 0}, message.size(), next, stated));
  if (f.left() == 0 && message.size() < kIkeHeaderSize) return f.finish();

  const bool sound = stated >= kIkeHeaderSize && stated <= message.size();
  const std::size_t end = sound ? stated : message.size();
  FieldBuilder chain("Payloads", {message.subspan(kIkeHeaderSize, end - kIkeHeaderSize), kIkeHeaderSize});
  dissect_chain(next, chain);
  for (FieldNode& payload : chain.finish().children) f.add(std::move(payload));
  return f.finish();
}

FieldNode field_tree(PayloadType first, BytesView octets, std::size_t base_offset) {
  FieldBuilder f("Payloads", {octets, base_offset});
  dissect_chain(first, f);
  return f.finish();
}

}  // namespace ikevet::wire
