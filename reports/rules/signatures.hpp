// Rules on signatures, apart from families.hpp.
#pragma once

#include <span>

#include "reports/rules.hpp"

namespace ikevet::reports::rules {

std::span<const Rule> signature_rules();

}  // namespace ikevet::reports::rules
