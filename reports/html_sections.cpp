// Which pages report.html has besides those of its own.
#include <array>

#include "reports/html_capabilities.hpp"
#include "reports/html_section.hpp"

namespace ikevet::reports {

std::vector<HtmlSection> html_sections(const RunReport& report) {
  using Page = std::optional<HtmlSection> (*)(const RunReport&);
  constexpr std::array<Page, 1> kPages{capabilities_page};
  std::vector<HtmlSection> out;
  for (const Page page : kPages)
    if (std::optional<HtmlSection> section = page(report)) out.push_back(std::move(*section));
  return out;
}

}  // namespace ikevet::reports
