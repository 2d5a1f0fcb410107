// report.html: one file that needs nothing but a browser.
#pragma once

#include <cstddef>
#include <string>

#include "reports/report.hpp"

namespace ikevet::reports {

struct HtmlOptions {
  /// Decoded messages are left out once they make up this many octets; the ladders stay. A browser opens the rest well.
  std::size_t decoded_octets_at_most = 24'000'000;
};

/// The whole page: headline, failures first, every scenario with its ladder and decoded messages, requirements with
/// their denominator. No request leaves the page. Everything that a peer or a file said is escaped.
std::string html_report(const RunReport& report, const HtmlOptions& options = {});

}  // namespace ikevet::reports
