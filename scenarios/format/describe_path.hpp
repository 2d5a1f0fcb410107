// One line for each step of path_steps.hpp.
#pragma once

#include <string>

#include "scenarios/format/path_steps.hpp"

namespace ikevet::scenarios {

std::string describe(const Traffic& traffic);
std::string describe(const Move& move);
std::string describe(const PathTest& test);
std::string describe(const Nat& nat);
std::string describe(const NatRemap& remap);
std::string describe(const Reorder& reorder);

}  // namespace ikevet::scenarios
