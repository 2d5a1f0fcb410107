// Elimination of transforms, see probe.hpp.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "engine/crypto/algorithms.hpp"
#include "scenarios/runner/probe_question.hpp"

namespace ikevet::scenarios {
namespace {

using Words = std::vector<std::string>;
using wire::TransformType;

/// What is offered, by type. The members are those of ProbedTransforms.
using Part = Words ProbedTransforms::*;

Words without(const Words& from, const Words& what) {
  Words out;
  for (const std::string& word : from)
    if (std::ranges::find(what, word) == what.end()) out.push_back(word);
  return out;
}

/// Combined modes and other ciphers never stand in one proposal, RFC 5282 §8.
Words proposals(const ProbedTransforms& offer, bool ike) {
  Words out;
  for (const bool aead : {true, false}) {
    Words words;
    for (const std::string& cipher : offer.encr)
      if (is_combined_mode(cipher) == aead) words.push_back(cipher);
    if (words.empty() || (!aead && offer.integ.empty())) continue;
    if (!aead) words.insert(words.end(), offer.integ.begin(), offer.integ.end());
    words.insert(words.end(), offer.prf.begin(), offer.prf.end());
    words.insert(words.end(), offer.groups.begin(), offer.groups.end());
    if (!ike) words.insert(words.end(), offer.esn.begin(), offer.esn.end());
    out.push_back(fmt::format("{}", fmt::join(words, "-")));
  }
  return out;
}

std::string word_of(const wire::Transform& transform) {
  switch (transform.type) {
    case TransformType::ENCR: {
      const auto* row = crypto::find_encr(static_cast<wire::EncrId>(transform.id), transform.key_length().value_or(0));
      return row ? std::string(row->name) : "";
    }
    case TransformType::PRF: {
      const auto* row = crypto::find_prf(static_cast<wire::PrfId>(transform.id));
      return row ? std::string(row->name) : "";
    }
    case TransformType::INTEG: {
      const auto* row = crypto::find_integ(static_cast<wire::IntegId>(transform.id));
      return row && row->id != wire::IntegId::NONE ? std::string(row->name) : "";
    }
    case TransformType::KE: {
      const auto* row = crypto::find_group(static_cast<wire::DhGroup>(transform.id));
      return row ? std::string(row->name) : "";
    }
    case TransformType::ESN:
      return static_cast<wire::EsnId>(transform.id) == wire::EsnId::ESN ? "esn" : "noesn";
    default:
      return "";
  }
}

class Elimination {
 public:
  /// Offers and tells what was chosen; empty when it was refused, and `silent` when nothing came.
  struct Outcome {
    bool chosen{}, silent{};
    ProbedTransforms what;
  };
  using Ask = std::function<Outcome(const ProbedTransforms& offer)>;

  Elimination(ProbedTransforms all, std::vector<Part> parts, Ask ask, ProbedTransforms& found)
      : all_(std::move(all)), parts_(std::move(parts)), ask_(std::move(ask)), found_(found) {}

  void run() {
    // All types at once, as long as the device goes along.
    for (ProbedTransforms offer = all_;;) {
      const Outcome outcome = ask_(offer);
      if (!outcome.chosen || !take(outcome.what)) break;
      for (const Part part : parts_) {
        const Words left = without(offer.*part, found_.*part);
        if (!left.empty()) offer.*part = left;  // a type whose last candidate was taken stays as it is
      }
      if (nothing_left(offer)) break;
    }
    // Then each type by itself, beside everything of the others.
    for (const Part part : parts_) one_type(part, without(all_.*part, found_.*part));
  }

 private:
  bool take(const ProbedTransforms& what) {
    bool fresh = false;
    for (const Part part : parts_)
      for (const std::string& word : what.*part)
        if (std::ranges::find(found_.*part, word) == (found_.*part).end()) {
          (found_.*part).push_back(word);
          fresh = true;
        }
    return fresh;
  }
  bool nothing_left(const ProbedTransforms& offer) const {
    return std::ranges::all_of(parts_, [&](Part part) { return without(offer.*part, found_.*part).empty(); });
  }

  void one_type(Part part, Words candidates) {
    while (!candidates.empty()) {
      ProbedTransforms offer = all_;
      offer.*part = candidates;
      if (part == &ProbedTransforms::integ) {
        // A combined mode would be chosen without any.
        std::erase_if(offer.encr, is_combined_mode);
        if (offer.encr.empty()) return;
      }
      const Outcome outcome = ask_(offer);
      if (outcome.silent && candidates.size() > 1) {
        const auto middle = candidates.begin() + static_cast<std::ptrdiff_t>(candidates.size() / 2);
        one_type(part, Words(candidates.begin(), middle));
        one_type(part, Words(middle, candidates.end()));
        return;
      }
      if (!outcome.chosen || !take(outcome.what)) return;
      candidates = without(candidates, found_.*part);
    }
  }

  ProbedTransforms all_;
  std::vector<Part> parts_;
  Ask ask_;
  ProbedTransforms& found_;
};

/// Strongest first within each type, so that a device that takes the first it knows shows its best.
ProbedTransforms everything(bool ike) {
  ProbedTransforms out;
  for (const crypto::EncrInfo& row : crypto::encr_table())
    if (row.openssl != nullptr && row.mode != crypto::EncrMode::Gmac && row.mode != crypto::EncrMode::Null)
      out.encr.emplace_back(row.name);
  for (const crypto::IntegInfo& row : crypto::integ_table())
    if (row.id != wire::IntegId::NONE) out.integ.emplace_back(row.name);
  if (!ike) {
    out.esn = {"noesn", "esn"};
    return out;
  }
  for (const crypto::PrfInfo& row : crypto::prf_table()) out.prf.emplace_back(row.name);
  for (const crypto::GroupInfo& row : crypto::group_table())
    if (!row.is_kem()) out.groups.emplace_back(row.name);
  return out;
}

/// A group whose key exchange the device is likely to take saves a round trip.
std::string first_group(const ProbedTransforms& offer, const ProbedTransforms& found) {
  for (const std::string& group : offer.groups)
    if (std::ranges::find(found.groups, group) != found.groups.end()) return group;
  for (const char* common : {"ecp256", "x25519", "modp2048"})
    if (std::ranges::find(offer.groups, common) != offer.groups.end()) return common;
  return offer.groups.front();
}

}  // namespace

ProbedTransforms chosen_transforms(const wire::SecurityAssociation& sa) {
  ProbedTransforms out;
  if (sa.proposals.empty()) return out;
  for (const wire::Transform& transform : sa.proposals.front().transforms) {
    const std::string word = word_of(transform);
    if (word.empty()) continue;
    if (transform.type == TransformType::ENCR) out.encr.push_back(word);
    if (transform.type == TransformType::PRF) out.prf.push_back(word);
    if (transform.type == TransformType::INTEG) out.integ.push_back(word);
    if (transform.type == TransformType::KE) out.groups.push_back(word);
    if (transform.type == TransformType::ESN) out.esn.push_back(word);
  }
  return out;
}

bool is_combined_mode(const std::string& cipher) {
  const auto* row = crypto::find_encr(cipher);
  return row != nullptr && row->is_aead();
}

void probe_ike_transforms(ProbeAsker& asker, ProbedTransforms& found) {
  const auto ask = [&](const ProbedTransforms& offer) {
    ConfigOverrides config;
    config.ike_proposals = proposals(offer, true);
    config.ke_group = first_group(offer, found);
    Elimination::Outcome out;
    if (config.ike_proposals->empty()) return out;
    const ProbeAnswer answer =
        asker.ask(fmt::format("IKE transforms: {} ciphers, {} prfs, {} integrity algorithms, {} groups offered",
                              offer.encr.size(), offer.prf.size(), offer.integ.size(), offer.groups.size()),
                  {Establish{}}, config);
    out.silent = answer.kind == ProbeAnswer::Kind::Silent && !asker.stopped();
    out.chosen = answer.kind == ProbeAnswer::Kind::Chosen;
    if (out.chosen) out.what = chosen_transforms(*wire::find<wire::SecurityAssociation>(answer.init()->payloads()));
    return out;
  };
  Elimination(everything(true),
              {&ProbedTransforms::encr, &ProbedTransforms::prf, &ProbedTransforms::integ, &ProbedTransforms::groups},
              ask, found)
      .run();
}

void probe_child_transforms(ProbeAsker& asker, const ProbedTransforms& ike, ProbedTransforms& found) {
  const auto ask = [&](const ProbedTransforms& offer) {
    ConfigOverrides config;
    config.ike_proposals = proposals(ike, true);
    config.ke_group = ike.groups.front();
    config.child_proposals = proposals(offer, false);
    Elimination::Outcome out;
    if (config.child_proposals->empty()) return out;
    const ProbeAnswer answer = asker.ask(fmt::format("ESP transforms: {} ciphers, {} integrity algorithms offered",
                                                     offer.encr.size(), offer.integ.size()),
                                         {Establish{}}, config);
    const trace::MessageRecord* auth = answer.auth();
    out.silent = auth == nullptr && !asker.stopped();
    const auto* sa = auth ? wire::find<wire::SecurityAssociation>(auth->payloads()) : nullptr;
    out.chosen = sa != nullptr;
    if (sa) out.what = chosen_transforms(*sa);
    return out;
  };
  Elimination(everything(false), {&ProbedTransforms::encr, &ProbedTransforms::integ, &ProbedTransforms::esn}, ask,
              found)
      .run();
}

}  // namespace ikevet::scenarios
