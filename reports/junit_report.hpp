// junit.xml, for continuous integration.
#pragma once

#include <string>
#include <vector>

#include "reports/report.hpp"
#include "reports/waivers.hpp"

namespace ikevet::reports {

/// Two test suites: one test case a scenario, and one a requirement that was touched (steps and rules together).
/// `failure` for what counts as failed, `error` for errors of the harness, `skipped` for every verdict that is neither
/// pass nor fail. Citations are properties of the suites, since the common schema (Jenkins' junit-10.xsd) knows no
/// properties of test cases; the text of a failure repeats its own. What became of each waiver is a property too.
std::string junit_report(const RunReport& report, const std::vector<WaiverAccount>& waivers = {});

}  // namespace ikevet::reports
