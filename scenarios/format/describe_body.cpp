#include "scenarios/format/describe_body.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "engine/wire/describe.hpp"
#include "engine/wire/payload.hpp"

namespace ikevet::scenarios {
namespace {

std::string text_of(const wire::SecurityAssociation& sa) {
  std::vector<std::string> all;
  for (const wire::Proposal& proposal : sa.proposals) all.push_back(wire::describe(proposal));
  return fmt::format("{}", fmt::join(all, "; "));
}

std::string text_of(const wire::TrafficSelectors& ts) {
  constexpr std::size_t kShown = 4;
  std::vector<std::string> all;
  for (const wire::TrafficSelector& selector : ts.selectors) all.push_back(selector.text());
  if (all.empty()) return "no selectors";
  const std::size_t more = all.size() - std::min(all.size(), kShown);
  all.resize(all.size() - more);
  return fmt::format("{}{}", fmt::join(all, ", "), more == 0 ? "" : fmt::format(", and {} more", more));
}

std::string text_of(const wire::Delete& deletion) {
  if (deletion.protocol == wire::ProtocolId::IKE) return "the IKE SA";
  std::vector<std::string> all;
  for (const ChildSpi spi : deletion.child_spis()) all.push_back(fmt::format("{:08x}", spi.value));
  return fmt::format("{} {}", wire::name_or_number(deletion.protocol), fmt::join(all, ", "));
}

std::string text_of(const wire::Configuration& cp) {
  std::vector<std::string> all;
  for (const wire::ConfigurationAttribute& attribute : cp.attributes)
    all.push_back(wire::name_or_number(attribute.type) +
                  (attribute.value.empty() ? "" : " " + describe_octets(attribute.value)));
  return fmt::format("{} {}", wire::name_or_number(cp.cfg_type), fmt::join(all, ", "));
}

std::string text_of(const wire::Eap& eap) {
  return wire::name_or_number(eap.code) + (eap.type ? "/" + wire::name_or_number(*eap.type) : "");
}

template <class Body>
std::string read(const Bytes& octets) {
  const auto body = Body::parse(Reader(octets));
  return body ? text_of(*body) : describe_octets(octets) + ", which cannot be read";
}

}  // namespace

std::string describe_octets(const Bytes& octets) {
  constexpr std::size_t kShown = 8;
  if (octets.empty()) return "nothing";
  if (octets.size() <= kShown) return to_hex(octets);
  return fmt::format("{}... ({} octets)", to_hex(BytesView(octets).first(kShown)), octets.size());
}

std::string describe_body(wire::PayloadType type, const Bytes& body) {
  if (body.empty()) return describe_octets(body);
  switch (type) {
    case wire::PayloadType::SA:
      return read<wire::SecurityAssociation>(body);
    case wire::PayloadType::TSi:
      return read<wire::TSi>(body);
    case wire::PayloadType::TSr:
      return read<wire::TSr>(body);
    case wire::PayloadType::Delete:
      return read<wire::Delete>(body);
    case wire::PayloadType::CP:
      return read<wire::Configuration>(body);
    case wire::PayloadType::EAP:
      return read<wire::Eap>(body);
    default:
      return describe_octets(body);
  }
}

}  // namespace ikevet::scenarios
