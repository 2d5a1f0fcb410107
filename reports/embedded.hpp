// Text files that are compiled in: the HTML template with its style and script, and the schema of report.json.
#pragma once

#include <string_view>

namespace ikevet::reports::embedded {

extern const std::string_view kReportTemplate;  ///< templates/report.mustache
extern const std::string_view kSeenTemplate;    ///< templates/seen.mustache, a part of it
extern const std::string_view kReportCss;       ///< templates/report.css
extern const std::string_view kReportScript;    ///< templates/report.js
extern const std::string_view kReportSchema;    ///< schema/report.schema.json

}  // namespace ikevet::reports::embedded
