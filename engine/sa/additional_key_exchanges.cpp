#include "engine/sa/additional_key_exchanges.hpp"

#include <algorithm>

namespace ikevet::sa {

namespace {

using wire::Proposal;
using wire::Transform;
using wire::TransformType;

constexpr std::uint16_t kNone = 0;
constexpr std::array kTypes{TransformType::ADDKE1, TransformType::ADDKE2, TransformType::ADDKE3, TransformType::ADDKE4,
                            TransformType::ADDKE5, TransformType::ADDKE6, TransformType::ADDKE7};

/// §2.2.1: the same Transform ID with the same attributes, whatever the attributes' order and the Transform Type.
bool same_algorithm(const Transform& a, const Transform& b) {
  return a.id == b.id && std::ranges::is_permutation(a.attributes, b.attributes);
}

/// What one proposal offers for a type, in its order; NONE where the type is left out.
std::vector<Transform> of_type(const Proposal& proposal, TransformType type) {
  std::vector<Transform> out;
  for (const Transform& transform : proposal.transforms)
    if (transform.type == type) out.push_back(transform);
  if (out.empty()) out.push_back(Transform::of(type, kNone));
  return out;
}

bool has_type(const Proposal& proposal, TransformType type) {
  return std::ranges::find(proposal.transforms, type, &Transform::type) != proposal.transforms.end();
}

/// The candidates for one type, best first.
std::vector<Transform> in_common(const Proposal& offered, const Proposal& acceptable, TransformType type) {
  std::vector<Transform> out;
  const std::vector<Transform> theirs = of_type(offered, type);
  for (const Transform& wish : of_type(acceptable, type)) {
    const bool there = std::ranges::any_of(theirs, [&](const Transform& t) { return same_algorithm(t, wish); });
    // Built anew, so that reserved octets of the offer do not come back in the answer (RFC 7296 §2.5).
    Transform answer = Transform::of(type, wish.id);
    answer.attributes = wish.attributes;
    if (there) out.push_back(std::move(answer));
  }
  return out;
}

bool is_taken(const std::vector<Transform>& chosen, const Transform& candidate) {
  return candidate.id != kNone &&
         std::ranges::any_of(chosen, [&](const Transform& other) { return same_algorithm(other, candidate); });
}

}  // namespace

bool is_additional(TransformType type) { return type >= TransformType::ADDKE1 && type <= TransformType::ADDKE7; }

bool has_additional(const Proposal& proposal) {
  return std::ranges::any_of(proposal.transforms, is_additional, &Transform::type);
}
bool has_additional(std::span<const Proposal> proposals) {
  return std::ranges::any_of(proposals, [](const Proposal& proposal) { return has_additional(proposal); });
}

std::optional<std::vector<Transform>> choose_additional(const Proposal& offered, const Proposal& acceptable) {
  std::array<std::vector<Transform>, kTypes.size()> candidates;
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    candidates[i] = in_common(offered, acceptable, kTypes[i]);
    if (candidates[i].empty()) return std::nullopt;
  }
  // Depth first, since taking the best for one type may leave nothing for a later one (§2.2.1: no duplicates). `next`
  // is the candidate to try for each type. An offer that makes many combinations fail is cut off: no honest one comes
  // near the limit.
  constexpr int kMaxTries = 10'000;
  std::array<std::size_t, kTypes.size()> next{};
  std::vector<Transform> chosen;
  for (int tries = 0; chosen.size() < kTypes.size(); ++tries) {
    if (tries == kMaxTries) return std::nullopt;
    const std::size_t depth = chosen.size();
    while (next[depth] < candidates[depth].size() && is_taken(chosen, candidates[depth][next[depth]])) ++next[depth];
    if (next[depth] < candidates[depth].size()) {
      chosen.push_back(candidates[depth][next[depth]++]);
      continue;
    }
    if (depth == 0) return std::nullopt;
    next[depth] = 0;
    chosen.pop_back();
  }
  std::erase_if(chosen, [&](const Transform& transform) { return !has_type(offered, transform.type); });
  return chosen;
}

std::optional<std::string> chosen_twice(const Proposal& chosen) {
  std::vector<Transform> seen;
  for (const Transform& transform : chosen.transforms) {
    if (!is_additional(transform.type)) continue;
    if (is_taken(seen, transform)) return wire::name_or_number(static_cast<wire::DhGroup>(transform.id));
    seen.push_back(transform);
  }
  return std::nullopt;
}

std::vector<Proposal> without_additional(std::span<const Proposal> proposals) {
  std::vector<Proposal> out;
  std::ranges::copy_if(proposals, std::back_inserter(out),
                       [](const Proposal& proposal) { return !has_additional(proposal); });
  return out;
}

crypto::AdditionalGroups additional_groups(const Proposal& chosen) {
  crypto::AdditionalGroups out{};
  for (const Transform& transform : chosen.transforms)
    if (is_additional(transform.type))
      out.at(static_cast<std::size_t>(transform.type) - static_cast<std::size_t>(TransformType::ADDKE1)) =
          static_cast<wire::DhGroup>(transform.id);
  return out;
}

std::vector<wire::DhGroup> to_be_done(const crypto::AdditionalGroups& groups) {
  std::vector<wire::DhGroup> out;
  std::ranges::copy_if(groups, std::back_inserter(out),
                       [](wire::DhGroup group) { return group != wire::DhGroup::NONE; });
  return out;
}

}  // namespace ikevet::sa
