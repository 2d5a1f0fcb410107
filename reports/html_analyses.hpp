// Waivers, cost, audit and certification as pages of report.html.
#pragma once

#include <optional>
#include <vector>

#include "reports/audit/audit.hpp"
#include "reports/certification/certification.hpp"
#include "reports/cost/cost_report.hpp"
#include "reports/html_section.hpp"
#include "reports/waivers.hpp"

namespace ikevet::reports {

/// None where nothing is waived.
std::optional<HtmlSection> waivers_page(const std::vector<WaiverAccount>& waivers);
HtmlSection cost_page(const RunCost& cost, const std::optional<ProjectedLink>& projected);
HtmlSection audit_page(const Audit& audit);
HtmlSection certification_page(const std::vector<CertificationResult>& results);

}  // namespace ikevet::reports
