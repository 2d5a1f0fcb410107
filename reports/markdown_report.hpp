// report.md: the summary for a pull request or a wiki.
#pragma once

#include <string>
#include <vector>

#include "reports/report.hpp"
#include "reports/waivers.hpp"

namespace ikevet::reports {

/// Headline, failures with their evidence, one table of scenarios and the counts of requirements.
std::string markdown_report(const RunReport& report);
/// A section: what each waiver did; empty when there is none.
std::string waiver_section(const std::vector<WaiverAccount>& waivers);

}  // namespace ikevet::reports
