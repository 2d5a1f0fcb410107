// What a grader should see.
#pragma once

#include <string>
#include <vector>

namespace ikevet {

/// An observation that bears on a requirement, made where the octets were looked at.
struct Finding {
  std::string requirement;  ///< id in scenarios/requirements, e.g. "rfc7296-3.9-nonce-length"
  std::string detail;       ///< what was seen, in one sentence
  friend bool operator==(const Finding&, const Finding&) = default;
};

using Findings = std::vector<Finding>;

}  // namespace ikevet
