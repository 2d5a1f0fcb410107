#include "scenarios/runner/deviation_forge.hpp"

#include <algorithm>
#include <array>

#include "engine/wire/field_tree.hpp"
#include "scenarios/runner/mutate.hpp"

namespace ikevet::scenarios {

void Complaints::note(const std::optional<std::string>& complaint) {
  if (complaint && std::ranges::find(all_, *complaint) == all_.end()) all_.push_back(*complaint);
}

Bytes framed(bool marked, BytesView octets) {
  static constexpr std::array<std::uint8_t, 4> kMarker{};
  Bytes out;
  if (marked) append(out, kMarker);
  append(out, octets);
  return out;
}

Bytes in_clear(const wire::IkeHeader& header, const std::vector<wire::Payload>& payloads) {
  return wire::Message{header, payloads, {}, {}}.octets();
}

std::optional<SetField> field_of(const Bytes& message, const std::string& path) {
  const wire::FieldNode tree = wire::field_tree(BytesView(message));
  const wire::FieldNode* field = wire::find_field(tree, path);
  if (field == nullptr || field->offset + field->size > message.size()) return std::nullopt;
  SetField out{path, {}, {}};
  if (field->mask != 0) {
    out.number = wire::field_number(message, *field);
  } else {
    const auto first = message.begin() + static_cast<std::ptrdiff_t>(field->offset);
    out.value = Bytes(first, first + static_cast<std::ptrdiff_t>(field->size));
  }
  return out.number || !out.value.empty() ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<Bytes> DeviationForge::made(const ForgedMessage& forged, const wire::IkeHeader& header) const {
  sa::OutboundMessage message;
  message.header = header;
  message.encrypted = forged.encrypted;
  const auto at = [&](Layer layer, const auto& alter) {
    for (const Mutation& mutation : forged.make)
      if (mutation.layer == layer) complaints_.note(alter(mutation.action));
  };
  at(Layer::Values, [&](const MutationAction& action) { return alter_values(action, message); });
  Bytes octets;
  if (message.encrypted) {
    Bytes plaintext = wire::serialise_chain(message.payloads);
    at(Layer::BeforeIntegrity, [&](const MutationAction& action) {
      return alter_plaintext(action, wire::first_type(message.payloads), plaintext);
    });
    auto closed = closer_.close(message, plaintext);
    if (!closed) return std::nullopt;
    octets = std::move(*closed);
  } else {
    octets = in_clear(message.header, message.payloads);
  }
  at(Layer::AfterIntegrity, [&](const MutationAction& action) { return alter_message(action, octets); });
  return octets;
}

std::optional<Datagram> DeviationForge::reaction(const ForgedMessage& forged, const trace::MessageRecord& to,
                                                 const Datagram& arrived) const {
  const wire::IkeHeader& theirs = to.outer.header;
  wire::IkeHeader header;
  header.spis = theirs.spis;
  header.exchange = forged.exchange.value_or(theirs.exchange);
  header.message_id = theirs.message_id;
  if (forged.request)
    header.message_id.value += 1;
  else
    header.flags = wire::kFlagResponse;
  if (!theirs.is_from_original_initiator()) header.flags |= wire::kFlagInitiator;
  const auto octets = made(forged, header);
  if (!octets) return std::nullopt;
  return Datagram{arrived.destination, arrived.source, framed(to.marker, *octets)};
}

std::optional<Datagram> DeviationForge::companion(const ForgedMessage& forged, const trace::MessageRecord& ours,
                                                  const Datagram& leaving) const {
  wire::IkeHeader header = ours.outer.header;
  header.message_id.value = ours.is_response() ? 0 : header.message_id.value + 1;
  header.flags = static_cast<std::uint8_t>(header.flags & ~wire::kFlagResponse);
  header.exchange = forged.exchange.value_or(header.exchange);
  const auto octets = made(forged, header);
  if (!octets) return std::nullopt;
  return Datagram{leaving.source, leaving.destination, framed(ours.marker, *octets)};
}

std::optional<Bytes> DeviationForge::altered(const InboundDeviation& rule, const trace::MessageRecord& message) const {
  sa::OutboundMessage copy;
  copy.header = message.outer.header;
  copy.encrypted = message.protection == trace::Protection::Opened || rule.protect;
  copy.payloads = message.payloads();
  const auto at = [&](Layer layer, const auto& alter) {
    for (const Mutation& mutation : rule.mutate)
      if (mutation.layer == layer) complaints_.note(alter(mutation.action));
  };
  at(Layer::Values, [&](const MutationAction& action) { return alter_values(action, copy); });
  Bytes octets;
  const bool opaque = !copy.encrypted && message.protection != trace::Protection::Clear;
  if (opaque || rule.mutate.empty()) {
    octets = message.octets;
  } else {
    octets = in_clear(copy.header, copy.payloads);
  }
  if (copy.encrypted) {
    Bytes plaintext = wire::serialise_chain(copy.payloads);
    const wire::PayloadType first = wire::first_type(copy.payloads);
    at(Layer::BeforeIntegrity, [&](const MutationAction& action) { return alter_plaintext(action, first, plaintext); });
    auto closed = closer_.close(copy, plaintext);
    if (!closed) return std::nullopt;
    octets = std::move(*closed);
  }
  at(Layer::AfterIntegrity, [&](const MutationAction& action) { return alter_message(action, octets); });
  return octets;
}

void DeviationForge::mirror(const wire::IkeHeader& original, const wire::IkeHeader& shown,
                            std::vector<Datagram>& answers) const {
  for (Datagram& datagram : answers) {
    const auto message = closer_.read(datagram, trace::Party::Dut);
    if (!message || !message->is_response()) continue;
    wire::IkeHeader header = message->outer.header;
    header.message_id = original.message_id;
    if (header.spis.i == shown.spis.i) header.spis.i = original.spis.i;
    if (!original.spis.r.is_zero() && header.spis.r == shown.spis.r) header.spis.r = original.spis.r;
    if (message->protection == trace::Protection::Clear) {
      datagram.payload = framed(message->marker, in_clear(header, message->outer.payloads));
    } else if (const auto closed = closer_.close_again(*message, header)) {
      datagram.payload = framed(message->marker, *closed);
    }
  }
}

}  // namespace ikevet::scenarios
