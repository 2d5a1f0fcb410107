#include "scenarios/runner/oddities.hpp"

#include <algorithm>

namespace ikevet::scenarios {
namespace {

using trace::MessageRecord;
using wire::Proposal;
using wire::TransformType;

constexpr std::uint16_t kFifteenFragments = 15;

const wire::EncryptedFragment* fragment_of(const MessageRecord& message) {
  return wire::find<wire::EncryptedFragment>(message.outer.payloads);
}

bool any_payload(const MessageRecord& message, bool (*holds)(const wire::Payload&)) {
  return std::ranges::any_of(message.outer.payloads, holds) || std::ranges::any_of(message.inner, holds);
}

template <class Holds>
bool any_proposal(const MessageRecord& message, Holds holds) {
  const auto* sa = wire::find<wire::SecurityAssociation>(message.payloads());
  return sa != nullptr && std::ranges::any_of(sa->proposals, holds);
}

bool has(const Proposal& proposal, TransformType type) {
  return std::ranges::find(proposal.transforms, type, &wire::Transform::type) != proposal.transforms.end();
}

/// RFC 7296 §3.3.2 and RFC 9370 §2.2.1: types 1 to 5, and 6 to 12 for additional key exchanges.
bool has_unknown_type(const Proposal& proposal) {
  constexpr std::uint8_t kLast = 12;
  return std::ranges::any_of(proposal.transforms, [](const wire::Transform& transform) {
    const auto type = static_cast<std::uint8_t>(transform.type);
    return type == 0 || type > kLast;
  });
}

/// RFC 7296 §3.3.3; integrity goes without saying only beside a combined mode, so that a proposal without it is
/// incomplete when its ciphers are none.
bool lacks_mandatory_type(const Proposal& proposal) {
  if (proposal.protocol != wire::ProtocolId::IKE) return !has(proposal, TransformType::ESN);
  const bool combined = std::ranges::any_of(proposal.transforms, [](const wire::Transform& transform) {
    constexpr std::uint16_t kFirstCombined = 14;  // AES-CCM-8, IANA "Transform Type 1"
    return transform.type == TransformType::ENCR && transform.id >= kFirstCombined;
  });
  return !has(proposal, TransformType::ENCR) || !has(proposal, TransformType::PRF) ||
         !has(proposal, TransformType::KE) || (!combined && !has(proposal, TransformType::INTEG));
}

bool offers_none(const Proposal& proposal) {
  return std::ranges::any_of(proposal.transforms, [](const wire::Transform& transform) {
    return transform.type >= TransformType::ADDKE1 && transform.type <= TransformType::ADDKE7 && transform.id == 0;
  });
}

/// RFC 7296 §1.3.2: the SPIs of a new IKE SA stand in the proposals.
bool has_unfit_spi(const MessageRecord& message) {
  if (message.outer.header.exchange != wire::ExchangeType::CREATE_CHILD_SA) return false;
  return any_proposal(message, [](const Proposal& proposal) {
    constexpr std::size_t kIkeSpiSize = 8;
    const bool zero = std::ranges::all_of(proposal.spi, [](std::uint8_t octet) { return octet == 0; });
    return proposal.protocol == wire::ProtocolId::IKE && (proposal.spi.size() != kIkeSpiSize || zero);
  });
}

bool is_reversed(const wire::TrafficSelector& selector) {
  const bool ports = selector.start_port > selector.end_port && !selector.has_opaque_ports();
  return selector.is_address_range() && (ports || selector.start_address > selector.end_address);
}

bool has_reversed_selectors(const wire::Payload& payload) {
  if (const auto* tsi = std::get_if<wire::TSi>(&payload.body)) return std::ranges::any_of(tsi->selectors, is_reversed);
  const auto* tsr = std::get_if<wire::TSr>(&payload.body);
  return tsr != nullptr && std::ranges::any_of(tsr->selectors, is_reversed);
}

bool has_short_attribute(const wire::Payload& payload) {
  const auto* cp = std::get_if<wire::Configuration>(&payload.body);
  return cp != nullptr && std::ranges::any_of(cp->attributes, [](const wire::ConfigurationAttribute& attribute) {
           return attribute.type == wire::CfgAttribute::INTERNAL_IP4_ADDRESS && !attribute.value.empty() &&
                  attribute.value.size() < 4;
         });
}

bool is_rekey_of_no_child(const wire::Payload& payload) {
  const auto* notify = std::get_if<wire::Notify>(&payload.body);
  return notify != nullptr && notify->type == wire::NotifyType::REKEY_SA && notify->protocol != wire::ProtocolId::ESP &&
         notify->protocol != wire::ProtocolId::AH;
}

}  // namespace

bool is_odd(Oddity oddity, const MessageRecord& message) {
  switch (oddity) {
    case Oddity::Malformed:
      return !message.outer.faults.empty() || !message.inner_faults.empty();
    case Oddity::ReservedBits:
      return any_payload(message, [](const wire::Payload& payload) { return payload.reserved != 0; });
    case Oddity::BadIntegrity:
      return message.protection == trace::Protection::BadIntegrity;
    case Oddity::BadPadding:
      return message.protection == trace::Protection::BadPadding;
    case Oddity::UnknownTransform:
      return any_proposal(message, has_unknown_type);
    case Oddity::MissingTransform:
      return any_proposal(message, lacks_mandatory_type);
    case Oddity::NoneOffered:
      return any_proposal(message, offers_none);
    case Oddity::UnfitSpi:
      return has_unfit_spi(message);
    case Oddity::FirstProposalNotOne: {
      const auto* sa = wire::find<wire::SecurityAssociation>(message.payloads());
      return sa != nullptr && !sa->proposals.empty() && sa->proposals.front().number != 1;
    }
    case Oddity::ReversedSelectors:
      return any_payload(message, has_reversed_selectors);
    case Oddity::ShortAttribute:
      return any_payload(message, has_short_attribute);
    case Oddity::RekeyProtocol:
      return any_payload(message, is_rekey_of_no_child);
    case Oddity::TrailingOctets:
      return !message.outer.trailing.empty();
    case Oddity::Fragment:
      return fragment_of(message) != nullptr;
    case Oddity::FragmentBeyondFifteen: {
      const auto* fragment = fragment_of(message);
      return fragment != nullptr && fragment->fragment_number > kFifteenFragments;
    }
    default:
      return false;
  }
}

FragmentWatch::Key FragmentWatch::key_of(const MessageRecord& message) {
  return {message.outer.header.spis, message.outer.header.message_id, message.is_response()};
}

bool FragmentWatch::is(Oddity oddity, const MessageRecord& message) const {
  if (oddity == Oddity::AfterFragments) return with_fragments_.contains(message.outer.header.spis);
  const auto* fragment = fragment_of(message);
  const auto found = seen_.find(key_of(message));
  if (fragment == nullptr) return false;
  const Seen seen = found == seen_.end() ? Seen{} : found->second;
  switch (oddity) {
    case Oddity::FragmentOutOfOrder:
      return seen.disordered || (fragment->fragment_number != 1 && fragment->fragment_number != seen.last + 1);
    case Oddity::FragmentAfterForged:
      return message.protection != trace::Protection::BadIntegrity && seen.forged.contains(fragment->fragment_number);
    case Oddity::FragmentOfOtherTotal:
      return seen.total != 0 && seen.total != fragment->total_fragments;
    default:
      return false;
  }
}

void FragmentWatch::note(const MessageRecord& message) {
  const auto* fragment = fragment_of(message);
  if (fragment == nullptr) return;
  with_fragments_.insert(message.outer.header.spis);
  Seen& seen = seen_[key_of(message)];
  if (message.protection == trace::Protection::BadIntegrity) {
    seen.forged.insert(fragment->fragment_number);
    return;
  }
  seen.disordered = is(Oddity::FragmentOutOfOrder, message);
  seen.last = fragment->fragment_number;
  if (seen.total == 0) seen.total = fragment->total_fragments;
}

}  // namespace ikevet::scenarios
