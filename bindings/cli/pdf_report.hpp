// report.pdf: report.html printed by Chromium.
#pragma once

#include <filesystem>
#include <vector>

#include "reports/html_section.hpp"
#include "reports/report.hpp"

namespace ikevet::app {

/// Writes the PDF, with `pages` after those of the report itself. The browser is the one that IKEVET_CHROMIUM names,
/// else the first of chromium, chromium-browser, google-chrome in PATH. Throws UserError where there is none, or where
/// it fails; then nothing has been written.
void write_pdf(const std::filesystem::path& file, const reports::RunReport& report,
               std::vector<reports::HtmlSection> pages);

}  // namespace ikevet::app
