// Rules for every message: small functions over a trace, each with the id of the requirement it watches.
//
// A rule looks at what the device sent and at nothing else, save to know what it was sent in answer to. It says how
// often the situation of its requirement occurred, and where the requirement was broken. Where a sentence of the RFC
// does not bind the sender of a message, there is no rule.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/trace_view.hpp"
#include "reports/verdict.hpp"
#include "scenarios/format/requirement.hpp"

namespace ikevet::reports {

struct Violation {
  std::vector<std::size_t> frames;
  std::string detail;  ///< what was seen, in one sentence
};

/// What a rule saw in one trace.
class Observations {
 public:
  /// The situation occurred, and the message shows it.
  void saw(const trace::MessageRecord& message);
  /// The requirement was broken. Counts as an occurrence through saw(), which the rule calls before.
  void broken(std::initializer_list<const trace::MessageRecord*> messages, std::string detail);

  std::size_t occurred() const { return occurred_; }
  const std::vector<std::size_t>& examples() const { return examples_; }  ///< frames, the first few
  const std::vector<Violation>& violations() const { return violations_; }

 private:
  std::size_t occurred_{};
  std::vector<std::size_t> examples_;
  std::vector<Violation> violations_;
};

struct Rule {
  std::string_view requirement;
  Observations (*look)(const TraceView&);
};

/// The rules that need more than one message by itself, all files of rules/ together. What a single message shows is
/// checked through wire::check() and judged by apply_rules() as well.
std::vector<Rule> trace_rules();

/// Ids of all requirements that apply_rules() can judge: those of wire::kCheckedRequirements and of trace_rules().
std::vector<std::string_view> watched_requirements();

/// One verdict for each requirement whose situation occurred: Pass or Fail, with up to ten violations as evidence.
/// Requirements that were not touched are left out.
std::vector<RequirementVerdict> apply_rules(std::string_view scenario, const TraceView& view,
                                            const scenarios::Catalogue& catalogue);

}  // namespace ikevet::reports
