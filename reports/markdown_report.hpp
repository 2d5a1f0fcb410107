// report.md: the summary for a pull request or a wiki.
#pragma once

#include <string>

#include "reports/report.hpp"

namespace ikevet::reports {

/// Headline, failures with their evidence, one table of scenarios and the counts of requirements.
std::string markdown_report(const RunReport& report);

}  // namespace ikevet::reports
