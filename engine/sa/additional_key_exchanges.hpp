// Additional key exchanges in proposals: Transform Types 6 to 12, RFC 9370 §2.2.1.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/crypto/suite.hpp"
#include "engine/wire/security_association.hpp"

namespace ikevet::sa {

/// True for ADDKE1 to ADDKE7.
bool is_additional(wire::TransformType type);
bool has_additional(const wire::Proposal& proposal);
bool has_additional(std::span<const wire::Proposal> proposals);

/// The choice for each type that stands in either proposal: a transform of the offer that `acceptable` has too, in the
/// order of the latter. A type that is left out says NONE, and so does the answer to it where the offer has it. Empty
/// when a type has nothing in common, or when only choices remain that name an algorithm twice.
std::optional<std::vector<wire::Transform>> choose_additional(const wire::Proposal& offered,
                                                              const wire::Proposal& acceptable);

/// Which algorithm, other than NONE, a choice names for two types; empty when there is none.
std::optional<std::string> chosen_twice(const wire::Proposal& chosen);

/// What remains of an offer when IKE_INTERMEDIATE has not been agreed on: proposals with additional key exchanges are
/// passed over, as if their Transform Types were unknown.
std::vector<wire::Proposal> without_additional(std::span<const wire::Proposal> proposals);

/// The chosen transforms by type, NONE where a type is left out.
crypto::AdditionalGroups additional_groups(const wire::Proposal& chosen);

/// The key exchanges that have to be done, in their order: those that are not NONE.
std::vector<wire::DhGroup> to_be_done(const crypto::AdditionalGroups& groups);

}  // namespace ikevet::sa
