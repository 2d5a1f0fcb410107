#include "engine/wire/security_association.hpp"

#include <algorithm>
#include <utility>

namespace ikevet::wire {
namespace {

constexpr std::size_t kProposalHeader = 8;
constexpr std::size_t kTransformHeader = 8;
constexpr std::size_t kAttributeHeader = 4;
constexpr std::uint16_t kAttributeFormat = 0x8000;  // AF, the upper bit of the Attribute Type octets

// RFC 7296 §3.3.1 and §3.3.2: "more follow" is the number that ISAKMP gave to the payload of that kind.
constexpr std::uint8_t kMoreProposals = 2;
constexpr std::uint8_t kMoreTransforms = 3;

std::uint8_t expected_last_substruc(bool last, std::uint8_t more) { return last ? std::uint8_t{0} : more; }

/// A reader over the rest of a substructure whose own header says how long it is, that header included.
Reader substructure(Reader& in, std::size_t start, std::size_t length, std::size_t header, const char* field) {
  const std::size_t read = in.offset() - start;
  if (in.ok() && length < header) {
    in.fail_at(field, start + 2, std::to_string(length) + ", at least " + std::to_string(header) + " wanted");
  } else if (in.ok() && length - read > in.remaining()) {
    in.fail_at(field, start + 2, std::to_string(length) + ", but " + std::to_string(in.remaining() + read) + " left");
  }
  return in.sub(in.ok() ? length - read : 0, field);
}

Attribute parse_attribute(Reader& in) {
  Attribute attribute;
  const auto format_and_type = in.u16("Attribute Type");
  attribute.tv = (format_and_type & kAttributeFormat) != 0;
  attribute.type = static_cast<AttributeType>(format_and_type & ~kAttributeFormat);
  if (attribute.tv) {
    attribute.value = in.u16("Attribute Value");
  } else {
    attribute.data = in.bytes(in.u16("Attribute Length"), "Attribute Value");
  }
  return attribute;
}

/// Reads one transform into `transform`, which is already in its place.
void parse_transform(Reader& in, Transform& transform) {
  const std::size_t start = in.offset();
  const std::uint8_t last = in.u8("Last Substruc");
  transform.reserved1 = in.u8("RESERVED");
  const std::size_t length = in.u16("Transform Length");
  Reader body = substructure(in, start, length, kTransformHeader, "Transform Length");
  transform.type = body.u8<TransformType>("Transform Type");
  transform.reserved2 = body.u8("RESERVED");
  transform.id = body.u16("Transform ID");
  while (body.remaining() > 0) transform.attributes.push_back(parse_attribute(body));
  in.adopt(body);
  if (last != expected_last_substruc(in.at_end(), kMoreTransforms)) transform.last_substruc = last;
}

void parse_proposal(Reader& in, Proposal& proposal) {
  const std::size_t start = in.offset();
  const std::uint8_t last = in.u8("Last Substruc");
  proposal.reserved = in.u8("RESERVED");
  const std::size_t length = in.u16("Proposal Length");
  Reader body = substructure(in, start, length, kProposalHeader, "Proposal Length");
  proposal.number = body.u8("Proposal Num");
  proposal.protocol = body.u8<ProtocolId>("Protocol ID");
  const std::size_t spi_size = body.u8("SPI Size");
  const std::uint8_t transform_count = body.u8("Num Transforms");
  proposal.spi = body.bytes(spi_size, "SPI");
  // The count is a peer's word: it may guide the reservation only as far as octets stand behind it.
  proposal.transforms.reserve(std::min<std::size_t>(transform_count, body.remaining() / kTransformHeader));
  while (body.remaining() > 0) parse_transform(body, proposal.transforms.emplace_back());
  in.adopt(body);
  if (transform_count != (proposal.transforms.size() & 0xff)) proposal.transform_count = transform_count;
  if (last != expected_last_substruc(in.at_end(), kMoreProposals)) proposal.last_substruc = last;
}

void serialise_attribute(const Attribute& attribute, Writer& out) {
  const auto type = static_cast<std::uint16_t>(static_cast<std::uint16_t>(attribute.type) & ~kAttributeFormat);
  if (attribute.tv) {
    out.fields<2, 2>(type | kAttributeFormat, attribute.value);
  } else {
    out.u16(type).u16(attribute.data.size()).bytes(attribute.data);
  }
}

std::size_t wire_size(const Transform& transform) {
  std::size_t size = kTransformHeader;
  for (const Attribute& attribute : transform.attributes)
    size += kAttributeHeader + (attribute.tv ? 0 : attribute.data.size());
  return size;
}

void serialise_transform(const Transform& transform, bool last, Writer& out) {
  out.fields<1, 1, 2, 1, 1, 2>(transform.last_substruc.value_or(expected_last_substruc(last, kMoreTransforms)),
                               transform.reserved1, wire_size(transform), transform.type, transform.reserved2,
                               transform.id);
  for (const Attribute& attribute : transform.attributes) serialise_attribute(attribute, out);
}

void serialise_proposal(const Proposal& proposal, bool last, Writer& out) {
  const std::size_t start = out.size();
  out.fields<1, 1, 2, 1, 1, 1, 1>(
      proposal.last_substruc.value_or(expected_last_substruc(last, kMoreProposals)), proposal.reserved, 0,
      proposal.number, proposal.protocol, proposal.spi.size(),
      proposal.transform_count.value_or(static_cast<std::uint8_t>(proposal.transforms.size())));
  out.bytes(proposal.spi);
  for (const Transform& transform : proposal.transforms)
    serialise_transform(transform, &transform == &proposal.transforms.back(), out);
  out.patch_u16(start + 2, out.size() - start);
}

/// How many proposals the octets hold if their lengths are right: so that the list is allocated once.
std::size_t count_proposals(BytesView octets) {
  std::size_t count = 0;
  for (std::size_t at = 0; at + kProposalHeader <= octets.size(); ++count) {
    const std::size_t length = static_cast<std::size_t>(octets[at + 2] << 8 | octets[at + 3]);
    at += std::max(length, kProposalHeader);
  }
  return count;
}

}  // namespace

std::optional<std::uint16_t> Transform::key_length() const {
  for (const Attribute& attribute : attributes)
    if (attribute.type == AttributeType::KeyLength && attribute.tv) return attribute.value;
  return std::nullopt;
}

Result<SecurityAssociation> SecurityAssociation::parse(Reader in) {
  SecurityAssociation sa;
  sa.proposals.reserve(count_proposals(Reader(in).rest_view()));
  while (in.remaining() > 0) parse_proposal(in, sa.proposals.emplace_back());
  return in.finish(std::move(sa));
}

void SecurityAssociation::serialise(Writer& out) const {
  for (const Proposal& proposal : proposals) serialise_proposal(proposal, &proposal == &proposals.back(), out);
}

}  // namespace ikevet::wire
