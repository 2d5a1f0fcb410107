// What the rules say of a hand-made trace.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "reports/rules.hpp"
#include "tests/support/dialogue.hpp"

namespace ikevet::test {

/// The rules' verdict on one requirement: "pass", "fail", or "" where its situation did not occur.
inline std::string verdict(const Dialogue& dialogue, std::string_view requirement) {
  const reports::TraceView view(dialogue.trace());
  for (const reports::RequirementVerdict& verdict : reports::apply_rules("test", view, {}))
    if (verdict.requirement == requirement) return std::string(name(verdict.status));
  return {};
}

/// Ids of everything that the rules find broken.
inline std::vector<std::string> broken(const Dialogue& dialogue) {
  std::vector<std::string> out;
  const reports::TraceView view(dialogue.trace());
  for (const reports::RequirementVerdict& verdict : reports::apply_rules("test", view, {}))
    if (verdict.status == reports::Status::Fail) out.push_back(verdict.requirement);
  return out;
}

}  // namespace ikevet::test
