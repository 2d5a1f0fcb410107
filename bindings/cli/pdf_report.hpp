// report.pdf: report.html printed by Chromium.
#pragma once

#include <filesystem>

#include "reports/report.hpp"

namespace ikevet::app {

/// Writes the PDF. The browser is the one that IKEVET_CHROMIUM names, else the first of chromium, chromium-browser,
/// google-chrome in PATH. Throws UserError where there is none, or where it fails; then nothing has been written.
void write_pdf(const std::filesystem::path& file, const reports::RunReport& report);

}  // namespace ikevet::app
