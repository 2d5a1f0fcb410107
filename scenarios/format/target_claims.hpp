// Claims of a target file that cannot hold together.
#pragma once

#include <string>
#include <vector>

#include "scenarios/format/target.hpp"

namespace ikevet::scenarios {

struct Contradiction {
  std::string capability;
  std::string what;    ///< "is claimed without mobike, which it is part of (RFC 4555 §3.7)"
  std::string remedy;  ///< may be empty
};

/// What contradicts itself in the capabilities and triggers; told before anything is sent.
std::vector<Contradiction> contradictions(const Target& target);

}  // namespace ikevet::scenarios
