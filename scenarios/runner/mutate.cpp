#include "scenarios/runner/mutate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <functional>

#include "engine/wire/field_tree.hpp"
#include "engine/wire/message.hpp"
#include "scenarios/format/relative_number.hpp"

namespace ikevet::scenarios {
namespace {

using wire::FieldNode;
using wire::Payload;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

// ------------------------------------------------------------------------------------------------ the list of payloads

std::string list_of(const std::vector<Payload>& payloads) {
  std::string out;
  for (const Payload& payload : payloads) {
    if (!out.empty()) out += ", ";
    const auto* notify = std::get_if<wire::Notify>(&payload.body);
    out += notify ? fmt::format("N({})", wire::name_or_number(notify->type)) : wire::name_or_number(payload.type());
  }
  return out.empty() ? "none" : out;
}

bool selects(const PayloadSelector& which, const Payload& payload) {
  if (which.type && payload.type() != *which.type) return false;
  if (!which.notify) return true;
  const auto* notify = std::get_if<wire::Notify>(&payload.body);
  return notify && notify->type == *which.notify;
}

std::optional<std::size_t> find(const PayloadSelector& which, const std::vector<Payload>& payloads) {
  std::size_t to_skip = which.index;
  for (std::size_t i = 0; i < payloads.size(); ++i)
    if (selects(which, payloads[i]) && to_skip-- == 0) return i;
  return std::nullopt;
}

std::string no_such_payload(const PayloadSelector& which, const std::vector<Payload>& payloads) {
  const std::string wanted = which.notify ? fmt::format("N({})", wire::name_or_number(*which.notify))
                             : which.type ? wire::name_or_number(*which.type)
                                          : std::string("such");
  return fmt::format("there is no {} payload at place {}; there are {}", wanted, which.index, list_of(payloads));
}

/// Does something with the payload that is selected.
CannotAlter with(const PayloadSelector& which, std::vector<Payload>& payloads,
                 const std::function<void(std::size_t)>& change) {
  const auto place = find(which, payloads);
  if (!place) return no_such_payload(which, payloads);
  change(*place);
  return std::nullopt;
}

std::ptrdiff_t signed_place(std::size_t place) { return static_cast<std::ptrdiff_t>(place); }

/// A payload from its generic header's values and its body, whatever the body is.
Payload payload_of(wire::PayloadType type, bool critical, std::uint8_t reserved, BytesView body) {
  Payload out{wire::Unknown{type, to_bytes(body)}, critical, reserved};
  const Bytes octets = wire::serialise_chain(std::span<const Payload>(&out, 1));
  wire::Chain chain = wire::parse_chain(type, octets);
  // SK has no place among the values; it stays an octet string.
  if (chain.payloads.size() == 1 && type != wire::PayloadType::SK && type != wire::PayloadType::SKF)
    return std::move(chain.payloads.front());
  return out;
}

void insert(std::vector<Payload>& payloads, Payload payload, std::optional<std::size_t> at) {
  const std::size_t place = std::min(at.value_or(payloads.size()), payloads.size());
  payloads.insert(payloads.begin() + signed_place(place), std::move(payload));
}

void move(std::vector<Payload>& payloads, std::size_t from, std::size_t to) {
  Payload payload = std::move(payloads[from]);
  payloads.erase(payloads.begin() + signed_place(from));
  insert(payloads, std::move(payload), to);
}

// -------------------------------------------------------------------------------------------------- fields by their
// path

std::string no_such_field(const FieldNode& tree, std::string_view path) {
  return fmt::format("there is no field \"{}\"; there are {}", path, fmt::join(wire::known_fields(tree, path), ", "));
}

/// The nodes from the root to `wanted`, both included.
bool trail_to(const FieldNode& at, const FieldNode* wanted, std::vector<const FieldNode*>& trail) {
  trail.push_back(&at);
  if (&at == wanted) return true;
  for (const FieldNode& child : at.children)
    if (trail_to(child, wanted, trail)) return true;
  trail.pop_back();
  return false;
}

CannotAlter change_octets(Bytes& octets, const FieldNode& field, const SetField& set, std::int64_t difference) {
  const auto present = wire::field_number(octets, field);
  if (!present) return fmt::format("\"{}\" is no number of up to eight octets", set.path);
  const auto bits =
      field.mask == 0 ? static_cast<unsigned>(field.size * 8) : static_cast<unsigned>(std::popcount(field.mask));
  wire::set_field_number(octets, field, changed(*present, difference, bits));
  return std::nullopt;
}

CannotAlter set_octets(Bytes& octets, const FieldNode& field, const SetField& set) {
  if (const auto difference = difference_of(set)) return change_octets(octets, field, set, *difference);
  if (set.number) {
    if (!wire::set_field_number(octets, field, *set.number))
      return fmt::format("{} does not fit into the {} octets of \"{}\"", *set.number, field.size, set.path);
    return std::nullopt;
  }
  if (set.value.size() != field.size)
    return fmt::format("\"{}\" has {} octets, not {}; another size can be given among the values only", set.path,
                       field.size, set.value.size());
  std::ranges::copy(set.value, octets.begin() + signed_place(field.offset));
  return std::nullopt;
}

void flip(Bytes& octets, std::size_t offset, std::size_t size, const Bytes& mask) {
  for (std::size_t i = 0; i < std::min(size, mask.size()); ++i) octets[offset + i] ^= mask[i];
}

/// What octets allow, of which `dissect` gives the fields.
CannotAlter alter_octets(const MutationAction& action, Bytes& octets, const std::function<FieldNode()>& dissect) {
  const auto on_field = [&](std::string_view path, const std::function<CannotAlter(const FieldNode&)>& change) {
    const FieldNode tree = dissect();
    const FieldNode* field = wire::find_field(tree, path);
    if (!field) return CannotAlter(no_such_field(tree, path));
    if (field->offset + field->size > octets.size()) return CannotAlter(fmt::format("\"{}\" is cut off", path));
    return change(*field);
  };
  return std::visit(
      Overloaded{[&](const SetField& a) {
                   return on_field(a.path, [&](const FieldNode& field) { return set_octets(octets, field, a); });
                 },
                 [&](const FlipBits& a) -> CannotAlter {
                   if (a.path.empty()) {
                     flip(octets, 0, octets.size(), a.mask);
                     return std::nullopt;
                   }
                   return on_field(a.path, [&](const FieldNode& field) -> CannotAlter {
                     flip(octets, field.offset, field.size, a.mask);
                     return std::nullopt;
                   });
                 },
                 [&](const Truncate& a) -> CannotAlter {
                   if (a.octets > octets.size())
                     return fmt::format("{} octets cannot be cut off, there are {}", a.octets, octets.size());
                   octets.resize(octets.size() - a.octets);
                   return std::nullopt;
                 },
                 [&](const AppendOctets& a) -> CannotAlter {
                   append(octets, a.octets);
                   return std::nullopt;
                 },
                 [&](const RawMessage& a) -> CannotAlter {
                   octets = a.octets;
                   return std::nullopt;
                 },
                 [](const auto&) -> CannotAlter { return "the list of payloads exists among the values only"; }},
      action);
}

// -------------------------------------------------------------------------------------------------- fields among the
// values

/// The message in clear, as the paths of Layer::Values see it.
Bytes in_clear(const sa::OutboundMessage& message) {
  return wire::Message{message.header, message.payloads, {}, {}}.octets();
}

/// Replaces the octets of a field by others of any number, and puts right the lengths of all that it stands in.
CannotAlter splice(Bytes& octets, const FieldNode& tree, const FieldNode& field, BytesView replacement) {
  if (field.mask != 0) return "a field of a few bits has no other size";
  std::vector<const FieldNode*> trail;
  trail_to(tree, &field, trail);
  if (std::ranges::find(trail, std::string_view("HDR"), &FieldNode::name) != trail.end())
    return "the fields of the header have their sizes";
  const auto grow = [&](const FieldNode& length) {
    const auto present = wire::field_number(octets, length);
    return present && wire::set_field_number(octets, length, *present + replacement.size() - field.size);
  };
  for (const FieldNode* around : trail) {
    if (around == &tree || around == &field) continue;  // the header's Length is computed
    for (const FieldNode& child : around->children) {
      const bool holds_length = child.is_leaf() && child.name.ends_with("Length") && child.name != "Key Length";
      const bool of_this_spi = field.name.find("SPI") != std::string_view::npos && child.name == "SPI Size";
      if ((holds_length || of_this_spi) && !grow(child)) return fmt::format("{} cannot hold that size", child.name);
    }
  }
  const Bytes tail(octets.begin() + signed_place(field.offset + field.size), octets.end());
  octets.resize(field.offset);
  append(octets, replacement);
  append(octets, tail);
  return std::nullopt;
}

Bytes resized(BytesView octets, std::size_t size) {
  Bytes out;
  for (std::size_t i = 0; i < size; ++i) out.push_back(octets.empty() ? std::uint8_t{0} : octets[i % octets.size()]);
  return out;
}

/// Alters one field of the message in clear. Only ResizeField, and SetField with octets, may change the size.
CannotAlter alter_clear(const MutationAction& action, Bytes& octets) {
  const FieldNode tree = wire::field_tree(octets);
  const auto* set = std::get_if<SetField>(&action);
  const auto* resize = std::get_if<ResizeField>(&action);
  const std::string_view path = set ? std::string_view(set->path) : resize ? std::string_view(resize->path) : "";
  const FieldNode* field = path.empty() ? nullptr : wire::find_field(tree, path);
  if (!path.empty() && !field) return no_such_field(tree, path);
  if (resize) {
    const Bytes present(octets.begin() + signed_place(field->offset),
                        octets.begin() + signed_place(field->offset + field->size));
    return splice(octets, tree, *field, resized(present, resize->size));
  }
  if (set && !set->number && set->value.size() != field->size) return splice(octets, tree, *field, set->value);
  return alter_octets(action, octets, [&] { return tree; });
}

/// Payloads that are the same octets keep their typed form, so that an empty AUTH is still computed by the engine.
void take_over(std::vector<Payload>& payloads, wire::Chain altered) {
  if (altered.payloads.size() != payloads.size()) {
    payloads = std::move(altered.payloads);
    return;
  }
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const auto octets = [](const Payload& payload) {
      return wire::serialise_chain(std::span<const Payload>(&payload, 1));
    };
    if (octets(payloads[i]) != octets(altered.payloads[i])) payloads[i] = std::move(altered.payloads[i]);
  }
}

CannotAlter alter_field(const MutationAction& action, sa::OutboundMessage& message) {
  Bytes octets = in_clear(message);
  if (auto why = alter_clear(action, octets)) return why;
  Reader in(octets);
  message.header = wire::IkeHeader::parse(in).value();  // its 28 octets are always there
  take_over(message.payloads, wire::parse_chain(wire::first_type(message.payloads), in.rest_view()));
  return std::nullopt;
}

}  // namespace

CannotAlter alter_values(const MutationAction& action, sa::OutboundMessage& message) {
  std::vector<Payload>& list = message.payloads;
  return std::visit(
      Overloaded{[&](const AppendPayload& a) -> CannotAlter {
                   insert(list, payload_of(static_cast<wire::PayloadType>(a.type), a.critical, 0, a.body), a.at);
                   return std::nullopt;
                 },
                 [&](const AppendNotify& a) -> CannotAlter {
                   insert(list, Payload{wire::Notify::of(a.notify, a.data), false, 0}, std::nullopt);
                   return std::nullopt;
                 },
                 [&](const RemovePayload& a) {
                   return with(a.which, list, [&](std::size_t i) { list.erase(list.begin() + signed_place(i)); });
                 },
                 [&](const DoublePayload& a) {
                   return with(a.which, list, [&](std::size_t i) { insert(list, Payload(list[i]), i + 1); });
                 },
                 [&](const ReplacePayload& a) {
                   return with(a.which, list, [&](std::size_t i) {
                     list[i] = payload_of(list[i].type(), list[i].critical, list[i].reserved, a.body);
                   });
                 },
                 [&](const SetCritical& a) {
                   return with(a.which, list, [&](std::size_t i) { list[i].critical = a.critical; });
                 },
                 [&](const SetPayloadReserved& a) {
                   return with(a.which, list, [&](std::size_t i) { list[i].reserved = a.bits; });
                 },
                 [&](const MovePayload& a) { return with(a.which, list, [&](std::size_t i) { move(list, i, a.to); }); },
                 [&](const auto&) { return alter_field(action, message); }},
      action);
}

CannotAlter alter_plaintext(const MutationAction& action, wire::PayloadType first, Bytes& plaintext) {
  return alter_octets(action, plaintext, [&] { return wire::field_tree(first, plaintext); });
}

CannotAlter alter_message(const MutationAction& action, Bytes& message, const Dissector& dissect) {
  return alter_octets(action, message,
                      [&] { return dissect ? dissect(message) : wire::field_tree(BytesView(message)); });
}

}  // namespace ikevet::scenarios
