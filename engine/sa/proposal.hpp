// Negotiation of algorithms, RFC 7296 §2.7 and §3.3.6.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/crypto/suite.hpp"
#include "engine/wire/security_association.hpp"

namespace ikevet::sa {

/// As an SA payload offers them: numbered from 1, each with `spi`. Two that came out the same are offered once.
std::vector<wire::Proposal> offer(std::span<const wire::Proposal> configured, BytesView spi);

/// The proposals without Key Exchange transforms, as they stand in IKE_AUTH: no KE payload goes with them (§1.2).
std::vector<wire::Proposal> without_key_exchange(std::span<const wire::Proposal> proposals);

/// The answer to an offer: the first of `acceptable` that can be met, with the number it has in the offer and exactly
/// one transform of each type (§3.3.6). `spi` is left as offered. Empty: NO_PROPOSAL_CHOSEN.
std::optional<wire::Proposal> choose(std::span<const wire::Proposal> offered,
                                     std::span<const wire::Proposal> acceptable);

/// Why `answer` is not a choice from `offered`; empty when it is.  §2.7: one proposal, one transform of each type, the
/// attributes unchanged.
std::optional<std::string> not_chosen_from(std::span<const wire::Proposal> answer,
                                           std::span<const wire::Proposal> offered);

crypto::IkeSuite ike_suite(const wire::Proposal& chosen);
crypto::ChildSuite child_suite(const wire::Proposal& chosen);

/// The first Key Exchange group that is not NONE.
std::optional<wire::DhGroup> first_group(std::span<const wire::Proposal> proposals);
/// Does any proposal hold this group?
bool offers_group(std::span<const wire::Proposal> proposals, wire::DhGroup group);

}  // namespace ikevet::sa
