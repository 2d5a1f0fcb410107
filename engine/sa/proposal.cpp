#include "engine/sa/proposal.hpp"

#include <algorithm>

#include "engine/sa/additional_key_exchanges.hpp"

namespace ikevet::sa {

namespace {

using wire::Proposal;
using wire::Transform;
using wire::TransformType;

constexpr std::uint16_t kNone = 0;

/// RFC 7296 §3.3.6: a transform with an attribute that is not understood, or with another value, is another transform.
bool same_transform(const Transform& a, const Transform& b) {
  return a.type == b.type && a.id == b.id && a.attributes == b.attributes;
}

std::vector<TransformType> types_of(const Proposal& proposal) {
  std::vector<TransformType> types;
  for (const Transform& transform : proposal.transforms)
    if (std::ranges::find(types, transform.type) == types.end()) types.push_back(transform.type);
  return types;
}

/// RFC 7296 §3.3.2, §3.3.3, RFC 9370 §2.2.1: for INTEG, KE and the additional key exchanges a proposal without the type
/// says the same as one that offers NONE.
bool may_be_left_out(const Proposal& proposal, TransformType type) {
  if (type != TransformType::INTEG && type != TransformType::KE && !is_additional(type)) return false;
  bool seen = false;
  for (const Transform& transform : proposal.transforms) {
    if (transform.type != type) continue;
    if (transform.id == kNone) return true;
    seen = true;
  }
  return !seen;
}

/// The first transform of `type` that stands in both, in the order of `preferred`.
const Transform* common(const Proposal& preferred, const Proposal& other, TransformType type) {
  for (const Transform& wish : preferred.transforms) {
    if (wish.type != type) continue;
    for (const Transform& transform : other.transforms)
      if (same_transform(wish, transform)) return &transform;
  }
  return nullptr;
}

std::optional<Proposal> meet(const Proposal& offered, const Proposal& acceptable) {
  if (offered.protocol != acceptable.protocol) return std::nullopt;
  Proposal chosen;
  chosen.number = offered.number;
  chosen.protocol = offered.protocol;
  chosen.spi = offered.spi;
  // RFC 9370 §2.2.1: these depend on each other.
  auto additional = choose_additional(offered, acceptable);
  if (!additional) return std::nullopt;
  for (const TransformType type : types_of(offered)) {
    if (is_additional(type)) continue;
    if (const Transform* transform = common(acceptable, offered, type)) {
      // Built anew, so that reserved octets of the offer do not come back in the answer (§2.5).
      Transform answer;
      answer.type = transform->type;
      answer.id = transform->id;
      answer.attributes = transform->attributes;
      chosen.transforms.push_back(std::move(answer));
    } else if (!may_be_left_out(offered, type) || !may_be_left_out(acceptable, type)) {
      return std::nullopt;
    }
  }
  for (const TransformType type : types_of(acceptable)) {
    if (is_additional(type)) continue;
    const bool answered =
        std::ranges::any_of(chosen.transforms, [&](const Transform& transform) { return transform.type == type; });
    if (!answered && (!may_be_left_out(acceptable, type) || !may_be_left_out(offered, type))) return std::nullopt;
  }
  std::ranges::move(*additional, std::back_inserter(chosen.transforms));
  return chosen;
}

std::uint16_t id_of(const Proposal& proposal, TransformType type) {
  for (const Transform& transform : proposal.transforms)
    if (transform.type == type) return transform.id;
  return kNone;
}

std::uint16_t key_bits_of(const Proposal& proposal) {
  for (const Transform& transform : proposal.transforms)
    if (transform.type == TransformType::ENCR) return transform.key_length().value_or(0);
  return 0;
}

}  // namespace

std::vector<Proposal> offer(std::span<const Proposal> configured, BytesView spi) {
  std::vector<Proposal> out;
  for (Proposal proposal : configured) {
    proposal.spi = to_bytes(spi);
    proposal.number = 1;
    const bool seen = std::ranges::any_of(out, [&](const Proposal& earlier) {
      return earlier.protocol == proposal.protocol && earlier.transforms == proposal.transforms;
    });
    if (!seen) out.push_back(std::move(proposal));
  }
  for (std::size_t i = 0; i < out.size(); ++i) out[i].number = static_cast<std::uint8_t>(i + 1);
  return out;
}

std::vector<Proposal> without_key_exchange(std::span<const Proposal> proposals) {
  std::vector<Proposal> out(proposals.begin(), proposals.end());
  for (Proposal& proposal : out)
    std::erase_if(proposal.transforms, [](const Transform& transform) {
      return transform.type == TransformType::KE || is_additional(transform.type);
    });
  return out;
}

std::optional<Proposal> choose(std::span<const Proposal> offered, std::span<const Proposal> acceptable) {
  for (const Proposal& ours : acceptable)
    for (const Proposal& theirs : offered) {
      // RFC 7296 §3.3: the counts are checked; one that is not that of the transforms makes the proposal unacceptable.
      if (theirs.transform_count) continue;
      if (auto chosen = meet(theirs, ours)) return chosen;
    }
  return std::nullopt;
}

std::optional<std::string> not_chosen_from(std::span<const Proposal> answer, std::span<const Proposal> offered) {
  if (answer.size() != 1) return std::to_string(answer.size()) + " proposals in the answer, 1 wanted";
  const Proposal& chosen = answer.front();
  const auto original = std::ranges::find(offered, chosen.number, &Proposal::number);
  if (original == offered.end()) return "proposal number " + std::to_string(chosen.number) + " was not offered";
  if (original->protocol != chosen.protocol) return "another protocol than the proposal has";
  std::vector<TransformType> seen;
  for (const Transform& transform : chosen.transforms) {
    if (std::ranges::find(seen, transform.type) != seen.end())
      return "two transforms of type " + wire::name_or_number(transform.type);
    seen.push_back(transform.type);
    const bool offered_so = std::ranges::any_of(
        original->transforms, [&](const Transform& candidate) { return same_transform(candidate, transform); });
    if (!offered_so) return "a transform of type " + wire::name_or_number(transform.type) + " that was not offered";
  }
  if (const auto twice = chosen_twice(chosen)) return *twice + " for two additional key exchanges (RFC 9370 §2.2.1)";
  for (const TransformType type : types_of(*original))
    if (std::ranges::find(seen, type) == seen.end() && !may_be_left_out(*original, type))
      return "no transform of type " + wire::name_or_number(type);
  return std::nullopt;
}

crypto::IkeSuite ike_suite(const Proposal& chosen) {
  return {static_cast<wire::EncrId>(id_of(chosen, TransformType::ENCR)),
          key_bits_of(chosen),
          static_cast<wire::PrfId>(id_of(chosen, TransformType::PRF)),
          static_cast<wire::IntegId>(id_of(chosen, TransformType::INTEG)),
          static_cast<wire::DhGroup>(id_of(chosen, TransformType::KE)),
          additional_groups(chosen)};
}

crypto::ChildSuite child_suite(const Proposal& chosen) {
  // AH encrypts nothing.
  const bool ah = chosen.protocol == wire::ProtocolId::AH;
  return {chosen.protocol,
          ah ? wire::EncrId::ENCR_NULL : static_cast<wire::EncrId>(id_of(chosen, TransformType::ENCR)),
          key_bits_of(chosen),
          static_cast<wire::IntegId>(id_of(chosen, TransformType::INTEG)),
          static_cast<wire::DhGroup>(id_of(chosen, TransformType::KE)),
          id_of(chosen, TransformType::ESN) == static_cast<std::uint16_t>(wire::EsnId::ESN),
          additional_groups(chosen)};
}

std::optional<wire::DhGroup> first_group(std::span<const Proposal> proposals) {
  for (const Proposal& proposal : proposals)
    for (const Transform& transform : proposal.transforms)
      if (transform.type == TransformType::KE && transform.id != kNone) return static_cast<wire::DhGroup>(transform.id);
  return std::nullopt;
}

bool offers_group(std::span<const Proposal> proposals, wire::DhGroup group) {
  return std::ranges::any_of(proposals, [&](const Proposal& proposal) {
    return std::ranges::any_of(proposal.transforms, [&](const Transform& transform) {
      return transform.type == TransformType::KE && transform.id == static_cast<std::uint16_t>(group);
    });
  });
}

}  // namespace ikevet::sa
