// What the target file claims of the device, against what its messages and the verdicts show.
#pragma once

#include <optional>

#include "reports/html_section.hpp"

namespace ikevet::reports {

/// Every capability that is claimed or seen, with the first message that shows it and the scenarios that need it; then
/// every status notification and vendor id that the device sent. Empty when nothing was played.
std::optional<HtmlSection> capabilities_page(const RunReport& report);

}  // namespace ikevet::reports
