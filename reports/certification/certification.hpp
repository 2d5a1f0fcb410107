// A run held against a certification scheme: element -> requirement -> scenario -> verdict -> frames.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/report.hpp"
#include "scenarios/format/certification_map.hpp"

namespace ikevet::reports {

/// What a run shows of an element.
enum class ElementState {
  Failed,  ///< a requirement of it is broken
  Waived,  ///< the only broken ones are waived
  Partly,  ///< some of its requirements passed, the others were not shown
  Shown,   ///< all of its requirements that can be seen from outside passed
  Open,    ///< nothing of it was shown
  ByHand,  ///< the run has nothing to say of it
};
std::string_view name(ElementState);  ///< "failed", ...
inline constexpr std::size_t kElementStates = 6;

struct ElementRequirement {
  std::string id;
  std::string citation;                ///< "RFC 7296 §2.5, MUST"
  std::string place;                   ///< "passed", "failed", "not run", "not testable", ...
  std::vector<Evidence> evidence;      ///< scenarios and frames, one a scenario
  std::vector<std::string> scenarios;  ///< that would bear on it and are not in `evidence`: a few
  std::string why_not;                 ///< why it cannot be seen from outside
};

struct ElementResult {
  const scenarios::CertificationElement* element{};
  ElementState state{};
  std::vector<ElementRequirement> requirements;
  std::size_t passed{}, failed{}, waived{}, open{}, hidden{};  ///< of its requirements
};

struct CertificationResult {
  const scenarios::CertificationMap* map{};
  std::vector<ElementResult> elements;
  std::size_t count(ElementState state) const;
};

/// `maps` must outlive the result. `suite` tells which scenarios would show what the run did not.
std::vector<CertificationResult> certify(const RunReport& report, std::span<const scenarios::CertificationMap> maps,
                                         std::span<const scenarios::Scenario> suite);

/// certification.json, as schema/certification-report.schema.json has it.
std::string certification_json(const RunReport& report, const std::vector<CertificationResult>& results);
/// A table for each scheme, what is to be done by hand, and the requirements of every element that failed.
std::string certification_markdown(const RunReport& report, const std::vector<CertificationResult>& results);

/// A section for report.md: the schemes by their counts.
std::string certification_summary(const std::vector<CertificationResult>& results);

}  // namespace ikevet::reports
